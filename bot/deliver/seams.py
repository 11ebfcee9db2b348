"""What delivering needs of the ways to people, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeAlias, TypeVar

from bot.acts import Message
from bot.deliver.choosing import Chosen
from bot.letters import Letter
from bot.models import Delivery, LinkPurpose, Medium, Place, UserId
from bot.notify import Found, Posted

Content = TypeVar("Content")

#: A picture that Slack has: its id there, and what is on it.
Picture: TypeAlias = tuple[str, str]
#: Asked right before the step after which nobody knows; it raises where that is not to be taken.
Ready: TypeAlias = Callable[[], Awaitable[None]]


class Notifier(Protocol):
    """A way to reach people. Every method raises NotifierRefused, NotifierUnavailable; those that post NotifierAmbiguous too."""

    async def turn(self, reader: UserId, *, parent: Place | None = None) -> None:
        """Wait until a message may be posted to the reader, or below ``parent``; ``send`` it then ``has_turn``.

        Raises NotifierUnavailable, with the seconds until then, where that takes too long.
        """
        ...

    async def send(
        self, reader: UserId, message: Message, *, key: str, parent: Place | None = None, has_turn: bool = False
    ) -> Posted:
        """Post one message to a person or a channel, in the thread of ``parent`` if given; its own thread is left out.

        ``key`` is stored with it, so that ``find`` finds it. ``has_turn``: ``turn`` has just been waited for.
        """
        ...

    async def find(
        self, reader: UserId, key: str, *, since_ms: int, parent: Place | None, direct: str | None
    ) -> Found | None:
        """The message that was posted to the reader with this key, None if there is none.

        ``since_ms``: the first attempt by the store's time, in milliseconds; ``direct`` the conversation of direct
        messages with the reader, if known. Raises NotifierRefused where history may not be read.
        """
        ...

    async def upload_image(self, name: str, alt: str, content: bytes) -> str | None:
        """Give Slack an image, to be shown by a block; its id there, None where Slack does not take it."""
        ...


class Postman(Protocol):
    """A mail server. Raises NotifierRefused, NotifierUnavailable, NotifierAmbiguous."""

    @property
    def at_once(self) -> int:
        """How many letters it takes at the same time; others wait."""
        ...

    async def send(self, letter: Letter, *, key: str, at: datetime, ready: Ready) -> Posted:
        """Hand over one letter, dated ``at`` (aware); the same ``key`` makes it the same mail.

        ``ready`` is asked once, before anything of the letter is sent; what it raises is raised.
        """
        ...


class Links(Protocol):
    """Who knows the addresses that end letters."""

    async def address(self, reader: UserId, purpose: LinkPurpose, about: str = "") -> str | None:
        """The reader's address for this purpose, None where there can be none. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class Written(Generic[Content]):
    """A delivery in words, and the papers that it shows, by their ids now."""

    content: Content
    papers: tuple[str, ...]


class Way(Protocol[Content]):
    """One way to people, as delivering sees it. What asks a server raises as ``Notifier`` does."""

    @property
    def medium(self) -> Medium:
        """Which one it is: whose queue is sent from."""
        ...

    @property
    def at_once(self) -> int:
        """How many deliveries may be under way at the same time."""
        ...

    def ahead(self, lookup_after: float) -> float:
        """Seconds that pass at most before ``send`` asks ``ready``; 0: it does not, and what was begun may be posted."""
        ...

    async def picture(self, delivery: Delivery) -> Picture | None:
        """What it shows as a picture, handed over beforehand."""
        ...

    async def write(self, chosen: Chosen, picture: Picture | None, now: datetime) -> Written[Content]:
        """Put it into words at ``now`` (aware). Raises StoreError."""
        ...

    async def turn(self, delivery: Delivery) -> None:
        """Wait until it may be sent; ``send`` it then."""
        ...

    async def send(self, delivery: Delivery, content: Content, *, key: str, ready: Ready) -> Posted:
        """Send it, once."""
        ...

    async def find(self, delivery: Delivery, *, key: str, since_ms: int, direct: str | None) -> Found | None:
        """What was sent with this key, None if nothing was. Raises NotifierRefused where nobody can tell."""
        ...


@dataclass(slots=True)
class DeliverReport:
    """What became of the deliveries that were taken up, counted in attempts except for ``papers``."""

    #: Posted now; posted by an attempt of which nobody knew the end.
    sent: int = 0
    found: int = 0
    papers: int = 0
    #: Nothing was sent and it is tried again; nobody knows whether it was, and it is looked up.
    later: int = 0
    ambiguous: int = 0
    #: Slack said no for good; nothing was left to send; it is tried no more.
    refused: int = 0
    withdrawn: int = 0
    dead: int = 0
