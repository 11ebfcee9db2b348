"""By Slack: a delivery is one message, found again by the key that is posted with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot import blocks
from bot.acts import Message
from bot.deliver.choosing import Chosen
from bot.deliver.seams import Notifier, Picture, Ready, Written
from bot.deliver.showing import picture_of, shown
from bot.models import Delivery, DeliveryKind, Medium
from bot.notify import Found, Posted
from bot.settings import Settings

_MOST_PICTURES = 1_000


@dataclass(frozen=True)
class BySlack:
    """The way by Slack; see ``Way``."""

    notifier: Notifier
    settings: Settings
    #: Pictures that were handed over, by delivery.
    _pictures: dict[str, Picture | None] = field(default_factory=dict[str, Picture | None])

    @property
    def medium(self) -> Medium:
        """Slack's."""
        return Medium.SLACK

    @property
    def at_once(self) -> int:
        """Pacing decides how fast."""
        return 16

    def ahead(self, lookup_after: float) -> float:  # noqa: ARG002 - a way's shape
        """A post is one request, so it may have arrived from its beginning on."""
        return 0.0

    async def picture(self, delivery: Delivery) -> Picture | None:
        """The week as a picture that Slack has, handed over once however often the delivery is tried."""
        if delivery.kind is not DeliveryKind.ROLL_UP:
            return None
        if delivery.id not in self._pictures:
            if len(self._pictures) >= _MOST_PICTURES:
                self._pictures.clear()
            self._pictures[delivery.id] = await picture_of(self.notifier, delivery.days)
        return self._pictures[delivery.id]

    async def write(self, chosen: Chosen, picture: Picture | None, now: datetime) -> Written[Message]:
        """The message, and whose cards are on it; what has no room goes on in its thread."""
        message = shown(self.settings, chosen, picture, now)
        return Written(message, blocks.papers_in(message.blocks))

    async def turn(self, delivery: Delivery) -> None:
        """Wait for the turn of its conversation."""
        await self.notifier.turn(delivery.reader, parent=delivery.parent)

    async def send(self, delivery: Delivery, content: Message, *, key: str, ready: Ready) -> Posted:  # noqa: ARG002 - a way's shape
        """Post it, with its key."""
        posted = await self.notifier.send(delivery.reader, content, key=key, parent=delivery.parent, has_turn=True)
        self._pictures.pop(delivery.id, None)
        return posted

    async def find(self, delivery: Delivery, *, key: str, since_ms: int, direct: str | None) -> Found | None:
        """The message that Slack has with this key."""
        return await self.notifier.find(delivery.reader, key, since_ms=since_ms, parent=delivery.parent, direct=direct)
