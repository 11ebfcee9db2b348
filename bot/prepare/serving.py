"""One look for what is due, reader by reader: papers go out, as the digest of the day or at once, and weeks end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from uuid import uuid4

from bot.models import Delivery, DeliveryKind, Ending, SlotEnd, SourceState
from bot.prepare.choosing import TIMES_CAP, Chosen, choose, with_code
from bot.prepare.days import Days, digest_id
from bot.prepare.elsewhere import GOING, Elsewhere
from bot.prepare.ending import ended
from bot.prepare.exploring import Exploring
from bot.prepare.looking import Look
from bot.prepare.rolling_up import roll_up, roll_up_id
from bot.prepare.ways import queue
from bot.settings import Settings
from bot.store import Store


class Found(Enum):
    """What looking for papers came to."""

    #: All that was due is queued, or somebody else queued it.
    DONE = auto()
    #: It has to wait until it is known what the reader sees elsewhere.
    WAITING = auto()
    #: The day that is due brought nothing, or what it brought was sent before.
    OPEN = auto()
    #: Nothing waits.
    NOTHING = auto()


@dataclass(frozen=True)
class Serving:
    """Queues what one look found due. Every method raises StoreError."""

    store: Store
    settings: Settings
    elsewhere: Elsewhere
    days: Days
    sources: Sequence[SourceState]
    exploring: Exploring

    async def papers(self, look: Look) -> Found:
        """Queue the papers that wait for a reader: as the digest of the day, or at once."""
        chosen = await self._chosen(look)
        code = await self._code(look)
        if look.slot is None or (look.at_once and not code and not look.has_missed):
            is_told = bool(chosen.paper_ids) and await self._at_once(look, chosen)
            if chosen.is_waiting and not (is_told and look.slot is None):
                return Found.WAITING
            if is_told:
                await self._drop(look, chosen.elsewhere)
            if look.slot is None:
                # What stood elsewhere is dropped when the day ends, which then is none without papers.
                return Found.DONE if is_told else Found.NOTHING
            return await self._open(look, chosen)
        if chosen.paper_ids or code:
            await self._digest(look, chosen, code)
            await self._drop(look, chosen.elsewhere)
            return Found.DONE
        return Found.WAITING if chosen.is_waiting else await self._open(look, chosen)

    async def week(self, look: Look) -> bool:
        """Queue the look back on a week; whether that is over."""
        if look.week is None:
            return True
        if (near := self.days.near) is None:
            return False
        if await self.store.outbox.state(look.reader, roll_up_id(look.reader, look.week)) is not None:
            return True
        made = await roll_up(
            self.store,
            near,
            self.settings.schedule,
            look.subscription,
            look.week,
            now=self.days.now,
            sources=self.sources,
            told=look.row.told,
            silence=await self.days.silence(look, look.week),
        )
        if made is not None and await queue(self.store, self.settings, made, look.subscription) is not None:
            self.days.report.roll_ups += 1
        return True

    async def _open(self, look: Look, chosen: Chosen) -> Found:
        """The day that is due brought nothing new: it is over where its papers stood elsewhere."""
        if not chosen.elsewhere:
            return Found.OPEN
        await self.days.end_elsewhere(look)
        await self._drop(look, chosen.elsewhere)
        return Found.DONE

    async def _drop(self, look: Look, paper_ids: Sequence[str]) -> None:
        if paper_ids:
            await self.store.alerts.remove(look.reader, paper_ids)

    async def _code(self, look: Look) -> tuple[str, ...]:
        """Saved papers that have code now, for the day that is due; nobody is told while another digest is on its way."""
        if look.slot is None or look.is_channel:
            return ()
        code, last = await with_code(self.store, look.reader), look.row.last_slot
        if code and last and await self.store.outbox.state(look.reader, digest_id(look.reader, last)) in GOING:
            return ()
        return code

    async def _chosen(self, look: Look) -> Chosen:
        """What is worth telling; what is not is dropped, but for what stood elsewhere."""
        skips = self.settings.digest.skip_seen_in_channels and not look.is_channel

        async def seen(paper_ids: Collection[str]) -> tuple[set[str], set[str]]:
            return await self.elsewhere.seen(look.reader, paper_ids)

        if not look.row.alerts:
            return Chosen.nothing(look.reader)
        times = 1 if look.has_missed else TIMES_CAP
        chosen = await choose(
            self.store, look.reader, self.settings.digest.cap, times=times, seen=seen if skips else None
        )
        await self._drop(look, chosen.dropped)
        return chosen

    async def _at_once(self, look: Look, chosen: Chosen) -> bool:
        delivery = Delivery(
            id=f"papers:{look.reader.user}:{uuid4().hex}",
            reader=look.reader,
            kind=DeliveryKind.PAPERS,
            queued=self.days.now,
            paper_ids=(*chosen.paper_ids, *chosen.left_out),
            most=len(chosen.paper_ids) if chosen.left_out else 0,
            notes=_kept_back(chosen),
        )
        if await queue(self.store, self.settings, delivery, look.subscription, requires_papers=True) is None:
            return False
        self.days.report.papers += 1
        return True

    async def _digest(self, look: Look, chosen: Chosen, code: tuple[str, ...]) -> None:
        """Queue the digest of the day that is due; whoever sends it notes how the day ended."""
        if (slot := look.slot) is None:
            return
        before, now = await self.days.before(look), self.days.now
        told = await self.exploring.added(look, slot, chosen)
        papers = (*told, *chosen.left_out)
        delivery = Delivery(
            id=digest_id(look.reader, slot),
            reader=look.reader,
            kind=DeliveryKind.DIGEST,
            queued=now,
            paper_ids=papers,
            slot=slot,
            most=len(told) if chosen.left_out else 0,
            missed=len(papers) if look.has_missed else 0,
            since=_heard_until(look, before),
            with_code=code,
            notes=() if look.has_missed else _kept_back(chosen),
            end=ended(look.reader, slot, Ending.SENT, now, before),
        )
        needs = bool(papers)
        if await queue(self.store, self.settings, delivery, look.subscription, requires_papers=needs) is None:
            return
        self.days.observe_late(look)
        self.days.report.digests += 1
        self.days.report.ended += 1


def _heard_until(look: Look, before: SlotEnd | None) -> date | None:
    """The last day that ended before slots passed for no reason of the reader's; None where there was one."""
    if not look.has_missed or before is None:
        return None
    chosen = look.subscription
    away = (before.away, chosen.holiday_until, chosen.paused_until)
    return None if any(until is not None and until > before.day for until in away) else before.day


def _kept_back(chosen: Chosen) -> tuple[str, ...]:
    """What there is no place for, in a sentence."""
    if not chosen.left_out:
        return ()
    count = len(chosen.left_out)
    more = "One more paper was" if count == 1 else f"{count:,} more papers were"
    return (f"{more} above the bar: these are the strongest.",)
