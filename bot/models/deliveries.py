"""What is queued for sending, and what became of a reader's days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.models.readers import UserId

#: The latest form of a queued delivery; a process leaves what has a later one to processes that know it.
DELIVERY_VERSION = 2


class DeliveryKind(StrEnum):
    """What a delivery says."""

    #: Papers, as soon as they are there.
    PAPERS = "papers"
    #: The papers of a day or a week.
    DIGEST = "digest"
    #: The rest of either, in its thread.
    THREAD = "thread"
    #: Why a day brought nothing.
    QUIET = "quiet"
    #: The weekly look back.
    ROLL_UP = "roll_up"
    #: What is talked about, for somebody who follows nothing.
    TRENDING = "trending"
    #: A paper that was asked for before any dump told of it.
    BROUGHT = "brought"
    #: A word to somebody who has to know: the host, the owner of a channel.
    NOTE = "note"
    #: First steps, for the host.
    WELCOME = "welcome"


class Medium(StrEnum):
    """A way to people; each has a queue of its own, so that one that is down holds up no other."""

    SLACK = "slack"
    EMAIL = "email"


class DeliveryState(StrEnum):
    """How far a delivery is. Ambiguous: nobody knows whether it was sent."""

    QUEUED = "queued"
    SENDING = "sending"
    AMBIGUOUS = "ambiguous"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Near:
    """A paper that was near, and how near: the share of the stored papers that are farther away."""

    paper_id: str
    closer_than: float | None = None
    interest_name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A message in Slack."""

    #: The conversation; for a direct message its ``D…``.
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class DayCount:
    """One local day of a chart: papers that came, that the reader was sent, and liked or saved."""

    day: date
    seen: int = 0
    sent: int = 0
    liked: int = 0


class Ending(StrEnum):
    """How a day on which a reader expected a digest ended."""

    SENT = "sent"
    #: Nothing was above the bar.
    QUIET = "quiet"
    #: A source is at fault: it is stale, failing, or brought half of what it usually does.
    SOURCE = "source"
    #: There was a digest, and it could not be sent.
    FAILED = "failed"
    #: What was above the bar stood in a channel where the reader is.
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class SlotEnd:
    """How a reader's last day ended, for App Home."""

    reader: UserId
    #: Local day.
    day: date
    ending: Ending
    #: Aware, UTC.
    at: datetime
    papers: int = 0
    #: The best below the bar.
    best: Near | None = None
    #: What the source lacks, in a sentence.
    note: str = ""
    #: Days in a row before this one that ended without papers.
    quiet_days: int = 0
    #: Those of them of which the reader was not told, since the reader was told last.
    untold: int = 0
    #: Days of this week, from Monday on, that ended before this one, and how many of them without papers.
    week: tuple[int, int] = (0, 0)
    #: The reader was written to because of it.
    told: bool = False
    #: The last expected day after this one on which the reader was away (paused, on holiday, suspended).
    away: date | None = None

    @property
    def is_empty(self) -> bool:
        """There was nothing to send."""
        return self.ending in {Ending.QUIET, Ending.SOURCE}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one reader, queued once.

    It names what it is about and is put into words when it is sent, so it says what is true then.
    """

    #: Names it for ever: the same for the same day's digest, whoever queues it. At most 200 characters.
    id: str
    reader: UserId
    kind: DeliveryKind
    #: Aware, UTC.
    queued: datetime
    #: Papers with cards, strongest first; they are claimed for the reader.
    paper_ids: tuple[str, ...] = ()
    #: The local day whose digest this is.
    slot: date | None = None
    #: Of ``paper_ids`` only so many, from the beginning, are told; for the others there is no place. 0: all are.
    most: int = 0
    #: Papers that came while the reader was away, where this is a choice of them; 0: nothing was missed.
    missed: int = 0
    #: Nothing was sent after this local day for no reason of the reader's; None where the reader was away.
    since: date | None = None
    #: Papers that are named in a line of their own: code has appeared for them.
    with_code: tuple[str, ...] = ()
    #: Plain sentences.
    notes: tuple[str, ...] = ()
    #: Plain sentences on days that brought nothing: of a week, instead of what a quiet day says, or in a look back.
    silence: tuple[str, ...] = ()
    #: The best below the bar, best first.
    near: tuple[Near, ...] = ()
    #: What is talked about, most first (paper ids).
    trending: tuple[str, ...] = ()
    days: tuple[DayCount, ...] = ()
    #: The message in whose thread it goes.
    parent: Place | None = None
    #: How the day of a digest ends, once it is sent.
    end: SlotEnd | None = None
    #: By which way it goes.
    medium: Medium = Medium.SLACK
    #: E-mail: the one address it is for; what is no longer an address of the reader's is not written to.
    to: str = ""
    #: It says over again, by another way, what this delivery says: its papers are that one's, and claimed by it.
    copy_of: str = ""
    #: The earliest form that tells all of it: 1, or 2 with a kind, a way or a copy that 1 has not.
    version: int = 1

    def __post_init__(self) -> None:
        if 1 <= self.version <= DELIVERY_VERSION:
            is_new = self.kind is DeliveryKind.TRENDING or self.medium is not Medium.SLACK or bool(self.copy_of)
            object.__setattr__(self, "version", 2 if is_new else 1)

    @property
    def told_ids(self) -> tuple[str, ...]:
        """The papers that are told."""
        return self.paper_ids[: self.most] if self.most else self.paper_ids

    @property
    def left_out(self) -> tuple[str, ...]:
        """The papers for which there is no place: once this is sent, they wait no longer."""
        return self.paper_ids[self.most :] if self.most else ()


@dataclass(frozen=True, slots=True)
class DeadDelivery:
    """A delivery that is tried no more until somebody says so."""

    delivery: Delivery
    #: Why, in a sentence for the host.
    reason: str
    tries: int
    #: Aware, UTC.
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """What waits in a workspace's outbox."""

    #: In the stream, not taken yet; parked until later; taken and not ended; dead.
    queued: int = 0
    parked: int = 0
    taken: int = 0
    dead: int = 0
    #: Seconds since the oldest of them was queued.
    oldest: float = 0.0
