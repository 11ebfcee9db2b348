"""What delivering needs of a notifier, and what it tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.acts import Message
from bot.models import UserId
from bot.notify import Posted


class Notifier(Protocol):
    """A way to reach people."""

    async def send(self, reader: UserId, message: Message, *, key: str) -> Posted:
        """Post to a person or a channel. Raises SlackRefused, SlackUnavailable, SlackAmbiguous."""
        ...


@dataclass(slots=True)
class DeliverReport:
    """What one round of delivering did, counted in readers except for ``papers``."""

    readers: int = 0
    papers: int = 0
    #: It did not work and is tried again; nobody knows whether it did; nobody can be reached there.
    later: int = 0
    unknown: int = 0
    suspended: int = 0
    #: The workspace itself refused, or Slack is away: the others were left for the next round.
    ended_early: bool = False
