"""What a notifier gives back."""

from __future__ import annotations

from asyncio import CancelledError
from dataclasses import dataclass

from bot.acts import Block
from bot.errors import NotifierError
from bot.models import Place


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that Slack has taken."""

    #: The conversation it is in: for a direct message its ``D…``, not the person.
    channel: str
    #: Its id within the conversation.
    ts: str
    #: The messages in its thread, oldest first.
    thread: tuple[str, ...] = ()
    #: What became of the next message of the thread where it ends too early; the ones after that were not sent.
    ended: NotifierError | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A message of ours that was looked for."""

    place: Place
    #: As Slack has them; what is no block is left out.
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """What is known of a message whose sending was cancelled: what Slack had taken of it, None for nothing at all."""

    posted: Posted | None = None

    def cancelled(self) -> CancelledError:
        """The cancellation that tells it. ``asyncio.timeout`` of Python 3.11 knows no class but CancelledError itself."""
        return CancelledError(self)

    @staticmethod
    def told(by: CancelledError) -> BrokenOff | None:
        """What a cancellation tells; None where nobody knows what was sent."""
        told: object = by.args[0] if by.args else None
        return told if isinstance(told, BrokenOff) else None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who our token is."""

    #: The workspace's id and name.
    team: str
    team_name: str
    #: The bot as a user (``U…``) and as a bot (``B…``).
    bot_user: str
    bot_id: str
    #: What Slack says the token may do.
    scopes: frozenset[str] = frozenset()
    #: The organisation's id on Enterprise Grid, "" elsewhere.
    enterprise: str = ""
