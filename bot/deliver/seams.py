"""What delivering needs of a notifier, and what it tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.acts import Message
from bot.models import Place, UserId
from bot.notify import Found, Posted


class Notifier(Protocol):
    """A way to reach people. Every method raises SlackRefused, SlackUnavailable; those that post SlackAmbiguous too."""

    async def turn(self, reader: UserId, *, parent: Place | None = None) -> None:
        """Wait until a message may be posted to the reader, or below ``parent``; ``send`` it then ``has_turn``.

        Raises SlackUnavailable, with the seconds until then, where that takes too long.
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
        messages with the reader, if known. Raises SlackRefused where history may not be read.
        """
        ...

    async def upload_image(self, name: str, alt: str, content: bytes) -> str | None:
        """Give Slack an image, to be shown by a block; its id there, None where Slack does not take it."""
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
