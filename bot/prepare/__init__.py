"""The verb ``Prepare``: what is due is queued.

readers, page by page ─► who may be due ─► papers first, then days without any, then weeks ─► outbox

A reader's day ends once: in a digest, in a word on why there is none, or silently, and how is kept. Whatever is queued
has a name that is the same whoever queues it, so two schedulers queue it once.

looking         whom to look at
choosing        what of a reader's alerts is worth a message
weighing        what its places are dealt by
exploring       one paper more that is a little outside
elsewhere       what people see in the channels they are in
ending          how a day without papers ends, and whether that is told
days            each day ends once
rolling_up      the look back on a week
serving         papers go out, and weeks end
talking         what is talked about, for who follows nothing
ways            by Slack, by e-mail, or both
ordering        who is served before whom, and what goes wrong for one of them
memory          what earlier looks found
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

from bot import freshness, identity
from bot.clock import Clock
from bot.due import reachable
from bot.interests import is_channel
from bot.models import Delivery, DeliveryKind, Pending, SourceState, UserId
from bot.prepare.days import Days
from bot.prepare.elsewhere import Elsewhere, Unseen
from bot.prepare.exploring import Exploring
from bot.prepare.looking import Look, looked_at, missed
from bot.prepare.memory import Memory
from bot.prepare.ordering import Round
from bot.prepare.seams import Members, Nearest, PrepareReport
from bot.prepare.serving import Serving
from bot.settings import Settings
from bot.store import Store

__all__ = ["Members", "Nearest", "Prepare", "PrepareReport"]

log = logging.getLogger(__name__)


def _nobody() -> Nearest | None:
    return None


@dataclass(frozen=True)
class Prepare:
    """Queues what is due, and words to people."""

    store: Store
    clock: Clock
    settings: Settings
    members: Members
    #: Gives None until the model is loaded: days without papers, and weeks, wait until then.
    near: Callable[[], Nearest | None] = _nobody
    _memory: Memory = field(default_factory=Memory, init=False, repr=False, compare=False)

    async def due(self, workspace: str) -> PrepareReport:
        """Queue everything of the workspace's readers that is due now.

        What goes wrong for one reader is logged and keeps nobody else's from being queued. Raises StoreUnreachable and
        StoreFull, which end the look: it would go wrong for everybody.
        """
        now, report = self.clock.now(), PrepareReport()
        sources, faults = await self._sources(workspace, now)
        channels: list[UserId] = []
        looks: list[Look] = []
        away: list[tuple[UserId, date]] = []
        schedule, digest = self.settings.schedule, self.settings.digest
        async for page in self.store.rounds.pages(workspace):
            for row in page:
                if is_channel(row.reader):
                    channels.append(row.reader)
                if look := looked_at(row, schedule, digest, now):
                    looks += [look] if self._memory.is_news(look) else []
                elif (day := missed(row, schedule, now)) and self._memory.away.get(row.reader) != day:
                    away.append((row.reader, day))
            # A page takes some milliseconds: others get their turn in between.
            await asyncio.sleep(0)
        elsewhere = Elsewhere(self.store, self.members, channels, self._memory.untold)
        near = self.near()
        if near is not None and digest.skip_seen_in_channels:
            near = Unseen(near, elsewhere)
        days = Days(self.store, self.settings, near, faults, len(sources), now, report)
        exploring = Exploring(self.store, self.settings, near)
        serving = Serving(self.store, self.settings, elsewhere, days, sources, exploring)
        await Round(serving, self._memory).serve(looks, away)
        return report

    async def tell(self, reader: UserId, topic: str, *sentences: str) -> bool:
        """Queue a word to somebody, once for each topic, which says what, and of when; whether it is queued now.

        Raises StoreError.
        """
        # A topic may name another reader, of whom nothing must be left here once that one is forgotten.
        name = f"note:{reader.user}:{sha256(topic.encode('utf-8', 'replace')).hexdigest()[:32]}"
        # What a source says of its failure may hold what is no character; the rest is told all the same.
        words = tuple(sentence.encode("utf-8", "replace").decode() for sentence in sentences)
        note = Delivery(name, reader, DeliveryKind.NOTE, self.clock.now(), notes=words)
        return await self.store.outbox.enqueue(note) is not None

    async def bring(self, pending: Pending) -> bool:
        """Queue for who asked a paper that is there now; True if that is over and nothing is pending any more.

        Who cannot be reached now is told later; who was sent the paper already is not told again. In ``pending``
        ``follow`` means that there was no room for it. Raises StoreError.
        """
        reader, now = pending.reader, self.clock.now()
        if not await self.store.pending.has(reader, pending.arxiv_id):
            # Forgotten since the list of those who wait was read.
            return True
        if not reachable(await self.store.subscriptions.get(reader), self.settings.schedule, now):
            return False
        alias = identity.arxiv_alias(pending.arxiv_id)
        if (paper_id := (await self.store.papers.resolve([alias])).get(alias)) is None:
            return False
        full = "It is not followed, for too much is followed already: unfollow something first."
        delivery = Delivery(
            id=f"brought:{reader.user}:{pending.arxiv_id}",
            reader=reader,
            kind=DeliveryKind.BROUGHT,
            queued=now,
            paper_ids=(paper_id,),
            notes=(full,) if pending.follow else (),
        )
        await self.store.outbox.enqueue(delivery, requires_papers=True)
        await self.store.pending.remove(reader, pending.arxiv_id)
        return True

    async def welcome(self, host: UserId) -> bool:
        """Queue the first steps for the host; False if that was done before. Raises StoreError."""
        steps = Delivery(f"welcome:{host.user}", host, DeliveryKind.WELCOME, self.clock.now())
        return await self.store.outbox.enqueue(steps) is not None

    async def _sources(self, workspace: str, now: datetime) -> tuple[list[SourceState], list[freshness.Fault]]:
        """How the sources are doing, and what is wrong with them; the host is told of each fault once."""
        known = {state.name: state for state in await self.store.sources.all()}
        states = [known.get(source.name) or SourceState(source.name) for source in self.settings.places()]
        faults = [(state, fault) for state in states if (fault := freshness.faulty(state, now))]
        for state, fault in faults:
            topic = f"source:{fault.kind}:{fault.since.isoformat()}:{state.name}"
            if topic in self._memory.topics:
                continue
            if operator := self.settings.slack.operator:
                await self.tell(UserId(workspace, operator), topic, fault.sentence)
            self._memory.topics.add(topic)
            log.warning("source=%s is at fault: %s since=%s", state.name, fault.kind, fault.since)
        return states, [fault for _, fault in faults]
