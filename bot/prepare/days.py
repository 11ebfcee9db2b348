"""How readers' days end: in papers that were sent, in a word on why there are none, or silently. Each ends once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot import due, metrics
from bot.freshness import Fault, told_readers
from bot.models import Cadence, Delivery, DeliveryKind, DeliveryState, Ending, Profile, SlotEnd, UserId
from bot.prepare.elsewhere import GOING
from bot.prepare.ending import before_this, ended, looking_back, speaks, week_words, without_papers
from bot.prepare.looking import Look
from bot.prepare.rolling_up import is_new
from bot.prepare.seams import Nearest, PrepareReport
from bot.prepare.talking import MOST, is_wanted, talked
from bot.prepare.ways import queue
from bot.settings import Settings
from bot.store import Store

#: Papers that are named as the best below the bar.
_NEAR = 3


def digest_id(reader: UserId, day: date) -> str:
    """What the digest of a local day is called."""
    return f"digest:{reader.user}:{day.isoformat()}"


@dataclass(frozen=True)
class Days:
    """Ends days. Every method raises StoreError."""

    store: Store
    settings: Settings
    #: None while the model is being loaded: days without papers wait.
    near: Nearest | None
    #: What is wrong with sources, and how many of them there are.
    faults: Sequence[Fault]
    sources: int
    #: Of the look, aware, UTC.
    now: datetime
    report: PrepareReport

    async def end(self, look: Look) -> bool:
        """End a day that brought no papers; whether nothing is left to do while nothing new waits."""
        if (slot := look.slot) is None:
            return True
        before = await self.before(look)
        if before is not None and before.day >= slot and await self._has_digest(look, slot):
            # A clock that was wrong let the day come twice.
            await self.store.sent.take_slot(look.reader, slot)
            return True
        if look.at_once and (sent := await self._sent(look, before)):
            end = ended(look.reader, slot, Ending.SENT, self.now, before)
            return await self._silently(look, replace(end, papers=sent))
        profile = await self.store.profiles.get(look.reader)
        if is_wanted(look, profile):
            return self.near is not None and await self._talked(look, slot, before, profile, self.near)
        is_kept = not look.at_once and before is not None and before.day == slot
        if look.is_newcomer and (is_kept or not self._is_expected(look, profile)):
            return True
        return self.near is not None and await self._without(look, before, profile, self.near)

    async def end_elsewhere(self, look: Look) -> None:
        """End a day whose papers stood in a channel where the reader is: silently, for they were seen."""
        if (slot := look.slot) is None:
            return
        before = await self.before(look)
        sent = await self._sent(look, before) if look.at_once else 0
        end = ended(look.reader, slot, Ending.SENT if sent else Ending.ELSEWHERE, self.now, before)
        await self._silently(look, replace(end, papers=sent))

    async def before(self, look: Look) -> SlotEnd | None:
        """How the reader's last day ended; it may be that nobody could note that any more."""
        before, last = await self.store.ends.of(look.reader), look.row.last_slot
        digest: DeliveryState | None = None
        if last is not None and (before is None or before.day < last):
            digest = await self.store.outbox.state(look.reader, digest_id(look.reader, last))
        moment = due.falls(look.subscription, self.settings.schedule, last) if last else None
        return before_this(before, look.reader, last, digest, at=moment)

    async def silence(self, look: Look, day: date) -> tuple[str, ...]:
        """What the look back that is due with this day says of days without papers, so that no second message does."""
        end = await self.store.ends.of(look.reader)
        if end is not None and end.day < day and await self._has_digest(look, day):
            end = ended(look.reader, day, Ending.SENT, self.now, end)
        if end is None or end.day != day:
            return ()
        today = due.today(look.subscription, self.settings.schedule, self.now)
        faults = told_readers(self.faults, self.sources, today)
        return looking_back(end, self.settings.digest.silence, faults, today, is_channel=look.is_channel)

    async def note_away(self, reader: UserId, day: date) -> None:
        """The slot of this day passed while the reader was away: what is missed then is missed for that reason."""
        before = await self.store.ends.of(reader)
        if before is not None and before.day < day and (before.away is None or before.away < day):
            await self.store.ends.tell(replace(before, away=day))

    def observe_late(self, look: Look) -> None:
        """What is due is queued now: how late that is."""
        if look.slot and (moment := due.falls(look.subscription, self.settings.schedule, look.slot)):
            metrics.DIGEST_LATE.observe(max(0.0, (self.now - moment).total_seconds()))

    async def _without(self, look: Look, before: SlotEnd | None, profile: Profile, near: Nearest) -> bool:
        """End a day with nothing, and tell why where the host wants that told."""
        if (slot := look.slot) is None:
            return True
        schedule, silence = self.settings.schedule, self.settings.digest.silence
        told = self._speaks(look, slot, before, profile)
        is_weekly = due.cadence(look.subscription, is_channel=look.is_channel) is Cadence.WEEKLY
        speaks_of_week = is_weekly or (told and silence != "daily" and not self.faults)
        since = due.came_since(look.subscription, schedule, slot, is_week=speaks_of_week)
        best = tuple(await near.near_misses(look.reader, since, _NEAR))
        end = without_papers(
            ended(look.reader, slot, Ending.SOURCE if self.faults else Ending.QUIET, self.now, before),
            faults=told_readers(self.faults, self.sources),
            best=best[0] if best else None,
            told=told,
        )
        if not told or self._looks_back(look, profile):
            return await self._silently(look, end)
        is_part = silence == "weekly" and not is_weekly and end.week[1] < end.week[0]
        delivery = Delivery(
            id=f"quiet:{look.reader.user}:{slot.isoformat()}",
            reader=look.reader,
            kind=DeliveryKind.QUIET,
            queued=self.now,
            slot=slot,
            notes=told_readers(self.faults, self.sources, slot),
            silence=(week_words(end, slot, is_channel=look.is_channel),) if is_part and not self.faults else (),
            near=best,
        )
        if await queue(self.store, self.settings, delivery, look.subscription) is None:
            return False
        self.observe_late(look)
        self.report.quiet += 1
        await self._note(end)
        return True

    async def _talked(self, look: Look, slot: date, before: SlotEnd | None, profile: Profile, near: Nearest) -> bool:
        """End a day with what is talked about; silently where that is what the reader was told before."""
        most = min(profile.cap or self.settings.digest.cap, MOST)
        delivery = talked(look.reader, slot, await near.trending_ids(most), self.now, before)
        is_old = await self.store.outbox.state(look.reader, delivery.id) is not None
        if is_old or not delivery.trending:
            return await self._silently(look, ended(look.reader, slot, Ending.QUIET, self.now, before))
        if await queue(self.store, self.settings, delivery, look.subscription) is None:
            return False
        self.observe_late(look)
        self.report.digests += 1
        self.report.ended += 1
        return True

    def _speaks(self, look: Look, slot: date, before: SlotEnd | None, profile: Profile) -> bool:
        """Whether the reader is told of this day; on the day itself, for nobody is woken up because of yesterday's."""
        schedule, of_channel = self.settings.schedule, look.is_channel
        if not profile.interests or slot != due.today(look.subscription, schedule, self.now):
            return False
        return speaks(
            self.settings.digest.silence,
            before,
            slot,
            is_at_fault=bool(self.faults),
            slots_a_week=due.slots_a_week(look.subscription, schedule, is_channel=of_channel),
            ends_week=due.ends_week(look.subscription, schedule, slot, is_channel=of_channel),
            is_channel=of_channel,
        )

    def _looks_back(self, look: Look, profile: Profile) -> bool:
        """Whether a look back goes out with this day, which tells of it."""
        schedule = self.settings.schedule
        if look.week is None or look.week != look.slot:
            return False
        return not is_new(look.subscription, schedule, profile, look.week, look.row.told)

    async def _note(self, end: SlotEnd) -> None:
        """Keep how a day ended."""
        await self.store.ends.tell(end)
        self.report.ended += 1

    async def _silently(self, look: Look, end: SlotEnd) -> bool:
        """The day ends without a message. A newcomer's stays open: the first digest comes as soon as there is one."""
        is_open = look.is_newcomer and not look.at_once
        if is_open or await self.store.sent.take_slot(look.reader, end.day):
            await self._note(end)
        return is_open

    async def _sent(self, look: Look, before: SlotEnd | None) -> int:
        """Papers that were sent since the last day ended, or are on their way."""
        if (slot := look.slot) is None:
            return 0
        since = due.came_since(look.subscription, self.settings.schedule, slot, is_week=False)
        since = before.at if before is not None and before.day < slot else since
        sent = sum(one.at > since for one in await self.store.sent.of(look.reader, since))
        _, claims = await self.store.rounds.told(look.reader)
        states = {one: await self.store.outbox.state(look.reader, one) for one in set(claims.values())}
        return sent + sum(states[one] in GOING for one in claims.values())

    async def _has_digest(self, look: Look, day: date) -> bool:
        return await self.store.outbox.state(look.reader, digest_id(look.reader, day)) is not None

    def _is_expected(self, look: Look, profile: Profile) -> bool:
        """Whether a newcomer followed something already when the day fell due."""
        created = [interest.created for interest in profile.interests]
        moment = due.falls(look.subscription, self.settings.schedule, look.slot) if look.slot else None
        return moment is not None and any(one is None or one < moment for one in created)
