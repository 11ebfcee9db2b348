"""The verb ``Export``: papers and readers as readable lines, while the bot may be at work."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.backup import whole
from bot.backup.nouns import AnyNoun, Saved, Told, WasSent, row_of
from bot.models import Subscription, UserId
from bot.progress import Report, silent
from bot.store import Store

_PAPERS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has: how many lines of each kind."""

    file: Path
    counts: dict[str, int]
    size: int
    seconds: float


@dataclass(frozen=True)
class Export:
    """Writes what people have; no queue, no ledger, no vector, no address of a feed."""

    store: Store
    now: Callable[[], datetime]
    #: Of Paperbot.
    version: str

    async def write(self, file: Path, *, report: Report = silent) -> Exported:
        """Make ``file``, over any earlier one, when everything is read and not before. Raises StoreError, OSError."""
        began, counts = time.monotonic(), Counter[str]()
        with whole.writing(file) as written:
            written.open({"paperbot": "export", "version": self.version, "made": self.now().isoformat()})
            async for noun in self._nouns(report):
                row = row_of(noun)
                written.add(row)
                counts[next(iter(row))] += 1
            written.close()
        return Exported(file, dict(counts), written.size, time.monotonic() - began)

    async def _nouns(self, report: Report) -> AsyncGenerator[AnyNoun]:
        async for told in self._papers(report):
            yield told
        following = set(await self.store.profiles.readers())
        readers = sorted(following | await self._subscribed())
        for place, reader in enumerate(readers):
            if reader in following:
                yield await self.store.profiles.get(reader)
            async for noun in self._of(reader):
                yield noun
            report("Reading readers", place + 1, len(readers))
        for pending in await self.store.pending.all():
            yield pending

    async def _papers(self, report: Report) -> AsyncGenerator[Told]:
        """In the order in which they changed last; one that changes meanwhile comes once."""
        papers = self.store.papers
        unmatched, last, done = set(await papers.unmatched()), await papers.change_number(), set[str]()
        reached = 0
        while reached < last and (changed := await papers.changed_since(reached, limit=_PAPERS_AT_ONCE)):
            for stored in await papers.get([paper_id for _, paper_id in changed]):
                if stored and stored.paper.id not in done:
                    done.add(stored.paper.id)
                    yield Told(stored.paper, matched=stored.paper.id not in unmatched)
            reached = changed[-1][0]
            report("Reading papers", min(reached, last), last)

    async def _subscribed(self) -> set[UserId]:
        """All who chose how they are reached."""
        workspaces = await self.store.workspaces()
        return {one.reader for name in workspaces for one in await self.store.subscriptions.of_workspace(name)}

    async def _of(self, reader: UserId) -> AsyncGenerator[AnyNoun]:
        store = self.store
        subscription = await store.subscriptions.get(reader)
        # An address that waits for a click waits in this store alone.
        if (told := replace(subscription, asked_address="")) != Subscription(reader):
            yield told
        # Read first, written last: what is sent in between counts as sent, and a file that was cut tells of no alert
        # without what was sent of it.
        alerts = await store.alerts.of(reader)
        for sent in await store.sent.of(reader):
            yield WasSent(reader, sent)
        for save in await store.saved.of(reader):
            yield Saved(reader, save, counted=subscription.counted)
        for rating in await store.ratings.of(reader):
            yield rating
        for alert in alerts:
            yield alert
