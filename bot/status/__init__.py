"""The verb ``Status``: how the sources and the deliveries are doing, as far as it is known.

answers         what it answers with
sources         how a source is doing
holding         when a reader whose messages are kept back is written to next
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bot import blocks, freshness
from bot.blocks import Lately, QuietDays
from bot.clock import Clock
from bot.due import cadence, came_since, zone_of
from bot.interests import is_channel
from bot.models import Cadence, Ending, Sent, SlotEnd, SourceState, Subscription, UserId
from bot.settings import Settings
from bot.status.answers import LastSlot, SourceRow, StatusPage
from bot.status.holding import comes, quiet_ends
from bot.status.sources import source_row
from bot.store import Store

__all__ = ["LastSlot", "SourceRow", "Status", "StatusPage"]


async def _always() -> bool:
    return True


@dataclass(frozen=True)
class Status:
    """Tells how the bot is doing; needs no model."""

    store: Store
    settings: Settings
    clock: Clock
    version: str
    #: Whether the store takes something in; answers soon and raises nothing.
    has_room: Callable[[], Awaitable[bool]] = _always

    async def page(self, reader: UserId, *, is_awake: bool = True) -> StatusPage:
        """What the reader may know; ``is_awake`` is told by who knows whether the model is loaded. Raises StoreError."""
        now = self.clock.now()
        states = {state.name: state for state in await self.store.sources.all()}
        is_host = reader.user == self.settings.slack.operator
        sent = await self.store.sent.of(reader)
        waiting = await self.store.alerts.ids(reader) - await self.store.sent.known(reader)
        readers = [one for one in await self.store.profiles.readers() if one.workspace == reader.workspace]
        last = await self._last_slot(reader, sent)
        named = [(one, states.get(one.name, SourceState(one.name))) for one in self.settings.places()]
        faults = [fault for _, state in named if (fault := freshness.faulty(state, now))]
        return StatusPage(
            sources=tuple(
                source_row(state, one.kind, now, timedelta(seconds=self.settings.cadence(one)), is_host=is_host)
                for one, state in named
            ),
            faults=freshness.told_readers(faults, len(named)),
            papers=await self.store.papers.count(),
            readers=len(readers),
            last_sent=sent[0].at if sent else None,
            waiting=len(waiting),
            held=await self.held(reader),
            version=self.version,
            is_awake=is_awake,
            last_slot=last.words if last else "",
            is_full=not await self.has_room(),
            queue=await self.store.outbox.depth(reader.workspace) if is_host else None,
        )

    async def held(self, reader: UserId) -> str:
        """What keeps messages back from the reader now, until when, and when the next one is due, in plain sentences.

        "" where nothing does. Raises StoreError.
        """
        subscription, schedule, now = (
            await self.store.subscriptions.get(reader),
            self.settings.schedule,
            self.clock.now(),
        )
        of_channel = is_channel(reader)
        return blocks.held_words(
            subscription,
            comes(
                subscription,
                schedule,
                is_channel=of_channel,
                last_slot=await self.store.sent.last_slot(reader),
                now=now,
            ),
            today=now.astimezone(zone_of(subscription, schedule)).date(),
            quiet_until=quiet_ends(subscription, schedule, now),
            is_channel=of_channel,
        )

    async def last_slot(self, reader: UserId) -> LastSlot | None:
        """What came last for the reader, or how the last day ended on which something was expected.

        None where neither was yet. Raises StoreError.
        """
        return await self._last_slot(reader, await self.store.sent.of(reader))

    async def _last_slot(self, reader: UserId, sent: list[Sent]) -> LastSlot | None:
        end = await self.store.ends.of(reader)
        subscription = await self.store.subscriptions.get(reader)
        how_often = cadence(subscription, is_channel=is_channel(reader))
        lately = self._lately(subscription, end, sent, at_once=how_often is Cadence.AT_ONCE)
        if end is None and lately is None:
            return None
        [best] = await self.store.papers.get([end.best.paper_id]) if end and end.best else [None]
        today = self.clock.now().astimezone(zone_of(subscription, self.settings.schedule)).date()
        words = blocks.slot_words(
            end, best.paper if best else None, today=today, lately=lately, at_once=how_often is Cadence.AT_ONCE
        )
        if end is None or lately or end.ending is Ending.SENT or best is None:
            return LastSlot(words)
        return LastSlot(words, QuietDays(end.day, is_week=how_often is Cadence.WEEKLY))

    def _lately(
        self, subscription: Subscription, end: SlotEnd | None, sent: list[Sent], *, at_once: bool
    ) -> Lately | None:
        """The papers of the last day on which some came, where they came after the slot ended, or without one."""
        # A digest is sent after its slot has ended; papers at once come before theirs does.
        told_by_end = end is not None and end.ending is Ending.SENT
        if not sent or (told_by_end and not at_once) or (end and not told_by_end and sent[0].at <= end.at):
            return None
        zone = zone_of(subscription, self.settings.schedule)
        last = sent[0].at.astimezone(zone)
        moments = [at for one in sent if (at := one.at.astimezone(zone)).date() == last.date()]
        minutes = {at.replace(second=0, microsecond=0) for at in moments}
        return Lately(len(moments), last, is_spread=len(minutes) > 1)

    async def came(self, reader: UserId, quiet: QuietDays) -> tuple[datetime, datetime]:
        """Between which moments (aware, UTC) the papers of quiet days came: since the slot before, up to the day's end.

        Raises StoreError.
        """
        subscription, schedule = await self.store.subscriptions.get(reader), self.settings.schedule
        since = came_since(subscription, schedule, quiet.day, is_week=quiet.is_week)
        end = datetime.combine(quiet.day + timedelta(days=1), time(), zone_of(subscription, schedule))
        return since, end.astimezone(UTC)
