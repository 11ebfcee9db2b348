"""The verb ``Ingest``: dumps in, papers and vectors stored, alerts queued, dumps filed away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from bot import dumps, metrics, sources
from bot.background import Backgrounds
from bot.clock import Clock
from bot.dumps import Dump, Folder
from bot.embedder import Embedder
from bot.errors import DumpRefused, FolderError
from bot.ingest.adopting import adopt_model
from bot.ingest.alerting import alert_readers
from bot.ingest.embedding import embed_papers
from bot.ingest.news import leave_out_old
from bot.ingest.placing import place_entries
from bot.ingest.standing import Standing
from bot.ingest.years import raise_page_years
from bot.models import IngestReport, ModelTag, Origin, Profile
from bot.progress import Report, silent
from bot.settings import DigestSettings
from bot.store import Floats, Store

__all__ = ["PATIENCE", "Ingest", "adopt_model"]

#: Seconds that a person's ingest waits for files of an inbox that are still being written.
PATIENCE = 10.0


@dataclass
class _Tally:
    """What a run has done so far."""

    #: Stored values that could not be read before it began.
    skipped: int = 0
    papers: int = 0
    new: int = 0
    rejected: int = 0
    refusals: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    notices: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    growing: list[str] = field(default_factory=list[str])

    def refuse(self, name: str, refusal: DumpRefused) -> None:
        self.rejected += 1
        self.refusals.append((name, refusal.code, refusal.reason))


@dataclass(frozen=True)
class Ingest:
    """Papers of dumps stored once, and alerts queued once, whatever is killed or repeated.

    ::

        dumps.open ─► sources.read ─► placing ─► store.papers ─► years ─► embedder ─► store.terms, store.vectors
              ─► settling ─► matching ─► store.alerts, one script a shard ─► papers matched ─► done/

    Every step may be repeated: papers are merged into what is there, vectors are put where they stand already, an
    alert that exists is not queued again. A dump moves to ``done/`` last, so a run that was killed is taken up by the
    next one.
    """

    store: Store
    embedder: Embedder
    clock: Clock
    digest: DigestSettings
    backgrounds: Backgrounds
    #: Live sources are set up: what they bring may be of days long past.
    asks: bool = False

    async def files(self, paths: Sequence[Path], *, report: Report = silent) -> IngestReport:
        """Take in the named files; they stay where they are. Refused files are counted and reported."""
        started = time.monotonic()
        tally = _Tally(skipped=self.store.skipped)
        for number, path in enumerate(paths, start=1):
            try:
                await self._take(await asyncio.to_thread(dumps.open_dump, path), tally)
            except DumpRefused as refusal:
                tally.refuse(dumps.readable(path), refusal)
            report("Reading dumps", number, len(paths))
        return await self._finish(tally, started, report)

    async def folder(self, folder: Folder, *, report: Report = silent, wait: float = 0.0) -> IngestReport:
        """Take in what stands in an inbox and file it away.

        ``wait``: seconds to wait at most for files that are still being written. Raises FolderError.
        """
        started = time.monotonic()
        tally = _Tally(skipped=self.store.skipped)
        await asyncio.to_thread(folder.prepare)
        settled, growing = await asyncio.to_thread(folder.waiting, wait=wait)
        tally.growing += [dumps.readable(path) for path in growing]
        taken: list[Dump] = []
        for number, path in enumerate(settled, start=1):
            state: tuple[int, int, int] | None = None
            try:
                dump = await asyncio.to_thread(dumps.open_dump, path, follow=False)
                state = dump.state
                await self._take(dump, tally, page=path.name if folder.latest_only else "")
                # Its bytes are not needed any more, and an inbox may hold many.
                taken.append(replace(dump, content=b""))
            except DumpRefused as refusal:
                # What is missing was filed by somebody else who reads this inbox.
                if refusal.code != "MISSING":
                    tally.refuse(dumps.readable(path), refusal)
                if refusal.code not in {"MISSING", "UNREADABLE"}:
                    await _file_away(tally, path, partial(folder.reject, path, refusal, state=state))
            report("Reading dumps", number, len(settled))
        done = await self._finish(tally, started, report)
        for dump in taken:
            await _file_away(tally, dump.path, partial(folder.done, dump))
        return replace(done, refusals=tuple(tally.refusals))

    @property
    def tag(self) -> ModelTag:
        """The model that vectors are made by."""
        return self.embedder.tag

    async def catch_up(self, report: Report = silent) -> None:
        """Give every stored paper its vectors, whoever stored it; nobody is matched with anything."""
        await embed_papers(self.store, self.embedder, report)
        await self.backgrounds.now(fresh=True)

    async def rows(self, profile: Profile, only: Collection[str]) -> Mapping[str, Floats]:
        """Where these interests of a profile stand among the stored papers, float32[d + ROW_EXTRA] by their ids.

        One whose papers are all unknown is left out.
        """
        background = await self.backgrounds.now()
        standing = Standing(self.embedder, self.backgrounds, background, self.digest, self.clock.now())
        return await standing.rows(profile, only)

    async def _take(self, dump: Dump, tally: _Tally, *, page: str = "") -> None:
        """Store the papers of one dump, of a live source's ``page``. Raises DumpRefused; then nothing of it is stored."""
        now = self.clock.now()
        reading = await asyncio.to_thread(sources.read, dump.content, name=dump.name, today=now.date())
        origin = Origin(
            format=reading.format,
            file=dump.path.name,
            dump=await asyncio.to_thread(sources.digest, dump.content),
            page_day=reading.page_date.as_date() if reading.page_date else None,
            seen=now.date(),
            page_date=reading.page_date,
            page=page,
        )
        known = await self.store.papers.knows_dump(origin.dump)
        new = await place_entries(self.store.papers, reading.entries, origin, query=reading.query, now=now)
        tally.papers += len(reading.entries)
        tally.new += new
        for bad in reading.rejected:
            tally.refuse(f"{dump.name}:{bad.line or 1}", DumpRefused(bad.code, bad.reason))
        tally.notices += [(dump.name, notice.code, notice.sentence) for notice in reading.notices]
        if known and not new:
            tally.notices.append((dump.name, "SAME_FILE", "This page was taken in before: nothing of it is new."))

    async def _finish(self, tally: _Tally, started: float, report: Report) -> IngestReport:
        await raise_page_years(self.store.papers)
        await embed_papers(self.store, self.embedder, report)
        if self.asks:
            await leave_out_old(self.store, self.clock.now().date())
        alerts = await alert_readers(self.store, self.embedder, self.backgrounds, self.digest, self.clock.now())
        self.backgrounds.warm()
        if (skipped := self.store.skipped) > tally.skipped:
            unreadable = f"{skipped - tally.skipped} stored values could not be read and were left out."
            tally.notices.append((self.store.address, "SKIPPED", unreadable))
        for result, count in (("new", tally.new), ("merged", tally.papers - tally.new), ("rejected", tally.rejected)):
            metrics.INGESTED.labels(result).inc(count)
        return IngestReport(
            papers=tally.papers,
            new=tally.new,
            merged=tally.papers - tally.new,
            rejected=tally.rejected,
            alerts=alerts,
            seconds=time.monotonic() - started,
            refusals=tuple(tally.refusals),
            notices=tuple(tally.notices),
            growing=tuple(tally.growing),
        )


async def _file_away(tally: _Tally, path: Path, move: Callable[[], object]) -> None:
    """File a dump away; one that cannot be moved is told and stays, and the others go on."""
    try:
        await asyncio.to_thread(move)
    except FolderError as failure:
        tally.refusals.append((dumps.readable(path), "NOT_MOVED", failure.sentence))
