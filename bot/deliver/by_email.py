"""By e-mail: a delivery is one letter to one address, with all its papers; nobody can look whether it arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from bot import letters
from bot.deliver.choosing import Chosen
from bot.deliver.seams import Links, Picture, Postman, Ready, Written
from bot.deliver.showing import cards_of, heading_of, talked, today_of
from bot.due import cadence
from bot.errors import Concerns, NotifierRefused
from bot.interests import is_channel
from bot.letters import Frame, Letter
from bot.models import Cadence, Delivery, DeliveryKind, LinkPurpose, Medium
from bot.notify import Posted
from bot.settings import Settings
from bot.store import Store

#: So many times as long as the letter itself what comes before it may take.
_AHEAD = 3


@dataclass(frozen=True)
class ByEmail:
    """The way by e-mail; see ``Way``."""

    postman: Postman
    store: Store
    settings: Settings
    #: None: letters name no address that ends them.
    links: Links | None = None

    @property
    def medium(self) -> Medium:
        """E-mail's."""
        return Medium.EMAIL

    @property
    def at_once(self) -> int:
        """As many as there are connections: what is begun waits for none."""
        return self.postman.at_once

    def ahead(self, lookup_after: float) -> float:
        """A mail server answers seven times before it is handed the letter, and each answer may take long."""
        return _AHEAD * lookup_after

    async def picture(self, delivery: Delivery) -> Picture | None:  # noqa: ARG002 - a way's shape
        """None: the letter draws the week itself."""
        return None

    async def write(self, chosen: Chosen, picture: Picture | None, now: datetime) -> Written[Letter]:  # noqa: ARG002 - a way's shape
        """The letter, and the papers in it: all there are."""
        frame = await self._frame(chosen, now)
        papers = tuple(dict.fromkeys(paper.id for paper in chosen.papers.values()))
        return Written(_letter(self.settings, chosen, frame, now), papers)

    async def turn(self, delivery: Delivery) -> None:
        """The mail server says itself when it is too much."""

    async def send(self, delivery: Delivery, content: Letter, *, key: str, ready: Ready) -> Posted:
        """Hand it over, dated when it was queued: sent again it is the same mail."""
        return await self.postman.send(content, key=key, at=delivery.queued, ready=ready)

    async def find(self, delivery: Delivery, *, key: str, since_ms: int, direct: str | None) -> NoReturn:  # noqa: ARG002 - a way's shape
        """Nobody can tell what became of a letter."""
        raise NotifierRefused("What was sent by e-mail cannot be looked up.", code="no_look", concerns=Concerns.READER)

    async def _frame(self, chosen: Chosen, now: datetime) -> Frame:
        delivery, reader = chosen.delivery, chosen.delivery.reader
        channel = await self.store.channels.get(reader.workspace, reader.user) if is_channel(reader) else None
        stops = await self.links.address(reader, LinkPurpose.UNSUBSCRIBE, about=delivery.to) if self.links else None
        return Frame(
            reader,
            delivery.to,
            self.settings.email.sender or "",
            today_of(chosen, self.settings, now),
            channel_name=channel.name if channel else "",
            command=self.settings.slack.command,
            unsubscribe=stops,
        )


def _letter(settings: Settings, chosen: Chosen, frame: Frame, now: datetime) -> Letter:
    delivery = chosen.delivery
    match delivery.kind:
        case DeliveryKind.QUIET:
            is_weekly = cadence(chosen.subscription, is_channel=frame.is_channel) is Cadence.WEEKLY
            return letters.quiet(
                frame,
                delivery.slot or frame.today,
                chosen.near[0] if chosen.near else None,
                delivery.notes,
                silence=settings.digest.silence,
                silence_notes=delivery.silence,
                is_weekly=is_weekly,
            )
        case DeliveryKind.ROLL_UP:
            return letters.roll_up(
                frame,
                delivery.slot or (delivery.days[-1].day if delivery.days else frame.today),
                chosen.near,
                chosen.trending,
                delivery.notes,
                days=delivery.days,
                silence_notes=delivery.silence,
                saved=chosen.saved,
            )
        case DeliveryKind.TRENDING:
            return letters.trending(frame, chosen.trending, talked(chosen))
        case _:
            cards = cards_of(settings, chosen)
            heading = heading_of(chosen, cards, settings, now)
            most = chosen.profile.cap or settings.digest.cap
            return letters.digest(frame, heading, cards, most=most, notes=delivery.notes, with_code=chosen.with_code)
