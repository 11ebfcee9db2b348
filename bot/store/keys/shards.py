"""Keys of readers: the shards of a workspace, and what stands in each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote
from zlib import crc32

from bot.errors import UserError
from bot.models import Medium, UserId

#: Shards of one workspace. The keys are ready for 64; a change moves readers, so it needs a migration.
SHARDS = 1


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Some of a workspace's readers: whatever is written in one script or scored in one pass."""

    workspace: str
    number: int
    #: Whose queue is meant where there is one for each way to people; nothing else differs.
    medium: Medium = Medium.SLACK

    def by(self, medium: Medium) -> Shard:
        """The same shard with this way's queue."""
        return replace(self, medium=medium)

    def _queue(self, name: str) -> str:
        """The first way's keys are those of stores that know no other."""
        return self._key(name if self.medium is Medium.SLACK else f"{name}:{self.medium}")

    def __str__(self) -> str:
        return f"{self.number}:{self.workspace}"

    @classmethod
    def parse(cls, name: str) -> Shard:
        """The shard that ``str`` wrote. Raises ValueError."""
        number, colon, workspace = name.partition(":")
        if not (colon and number.isascii() and number.isdigit() and len(number) <= 4):  # noqa: PLR2004 - 64 at most
            raise ValueError(name)
        return cls(workspace, int(number))

    @property
    def prefix(self) -> str:
        """What all of its keys begin with; no character of it has a meaning in a pattern."""
        return self._key("")

    def _key(self, rest: str) -> str:
        return f"pb:{{{_quoted(self.workspace)}:{self.number}}}:{rest}"

    @property
    def readers(self) -> str:
        """The names of its readers."""
        return self._key("readers")

    @property
    def places(self) -> str:
        """Where each interest's vector stands."""
        return self._key("places")

    @property
    def place(self) -> str:
        """The counter behind ``places``."""
        return self._key("place")

    @property
    def models(self) -> str:
        """Which models its interests have vectors of."""
        return self._key("models")

    def profile(self, user: str) -> str:
        """One reader's settings and interests."""
        return self._key(f"profile:{user}")

    def vectors(self, model: str, block: int) -> str:
        """One block of interest vectors; ``model`` is ``ModelTag.key()``."""
        return self._key(f"vectors:{model}:{block}")

    def calibrated(self, model: str) -> str:
        """Against how many papers its interests were measured; ``model`` is ``ModelTag.key()``."""
        return self._key(f"calibrated:{model}")

    @property
    def learnt(self) -> str:
        """Readers whose learnt bar moved since their interests were measured."""
        return self._key("learnt")

    def alerts(self, user: str) -> str:
        """One reader's alerts."""
        return self._key(f"alerts:{user}")

    def receipt(self, token: str) -> str:
        """What one call did, for when its answer is lost."""
        return self._key(f"receipt:{token}")

    @property
    def facts(self) -> str:
        """Interests that are matched by a paper's facts."""
        return self._key("facts")

    @property
    def subscriptions(self) -> str:
        """How and when each reader is reached."""
        return self._key("subscriptions")

    @property
    def links(self) -> str:
        """Addresses of ours that readers have."""
        return self._key("links")

    def saved(self, user: str) -> str:
        """One reader's reading list."""
        return self._key(f"saved:{user}")

    def savers(self, paper_id: str) -> str:
        """Readers of this shard whose save of this paper counts."""
        return self._key(f"savers:{paper_id}")

    def ratings(self, user: str) -> str:
        """What one reader thought of papers."""
        return self._key(f"ratings:{user}")

    def sent(self, user: str) -> str:
        """Papers that one reader was told of, or is being told of."""
        return self._key(f"sent:{user}")

    @property
    def slots(self) -> str:
        """The day of each reader's last digest."""
        return self._key("slots")

    def messages(self, channel: str) -> str:
        """Our messages in one conversation."""
        return self._key(f"messages:{channel}")

    @property
    def directs(self) -> str:
        """Each reader's conversation of direct messages."""
        return self._key("directs")

    @property
    def pending(self) -> str:
        """Papers asked for before any dump told of them."""
        return self._key("pending")

    def person(self, user: str) -> str:
        """What Slack says of one user."""
        return self._key(f"person:{user}")

    def channel(self, channel: str) -> str:
        """What Slack says of one conversation."""
        return self._key(f"channel:{channel}")

    def act(self, act_id: str) -> str:
        """That one act was received."""
        return self._key(f"act:{act_id}")

    @property
    def acts(self) -> str:
        """Acts that were received and are not done yet."""
        return self._key("acts")

    @property
    def outbox(self) -> str:
        """Deliveries in the order in which they are taken."""
        return self._queue("outbox")

    @property
    def deliveries(self) -> str:
        """What each delivery that waits is about."""
        return self._queue("deliveries")

    @property
    def parked(self) -> str:
        """Deliveries that wait for a moment."""
        return self._queue("parked")

    def ledger(self, user: str) -> str:
        """How far each delivery to one reader is."""
        return self._key(f"ledger:{user}")

    @property
    def dead(self) -> str:
        """Deliveries that are tried no more."""
        return self._queue("dead")

    @property
    def ends(self) -> str:
        """How each reader's last day ended."""
        return self._key("ends")

    def members(self, channel: str) -> str:
        """Who is in one channel."""
        return self._key(f"members:{channel}")

    def turn(self, channel: str) -> str:
        """From when the next message may be posted in one conversation; "" for the whole workspace."""
        return self._key(f"turn:{channel}")

    def pause(self, method: str) -> str:
        """That Slack asked to leave one method alone."""
        return self._key(f"pause:{method}")


@lru_cache
def _quoted(workspace: str) -> str:
    # The tag of the papers belongs to no workspace.
    return "%70apers" if workspace == "papers" else quote(workspace, safe="")


_LONGEST_NAME = 200


@lru_cache(4_096)
def shard_of(reader: UserId) -> Shard:
    """Where this reader's keys are. Raises UserError for a name that cannot be stored."""
    for name in (reader.workspace, reader.user):
        if not is_name(name):
            raise UserError(f"A reader's name is 1 to {_LONGEST_NAME} ordinary characters: this one cannot be stored.")
    return Shard(reader.workspace, crc32(reader.user.encode()) % SHARDS)


def shards_of(workspace: str) -> list[Shard]:
    """All shards of a workspace. Raises UserError for a name that cannot be stored."""
    return [Shard(shard_of(UserId(workspace, "-")).workspace, number) for number in range(SHARDS)]


def field(reader: UserId, interest_id: str) -> bytes:
    """The name of one interest's field in a block. Raises ValueError for an id that is empty or holds a NUL."""
    if not interest_id or "\0" in interest_id:
        raise ValueError(interest_id)
    return f"{reader.user}\0{interest_id}".encode()


def is_name(name: str) -> bool:
    """Whether a workspace, a user or a conversation of this name can be stored."""
    if not name or "\0" in name or len(name) > _LONGEST_NAME:
        return False
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
