"""The verb ``Fetch``: live sources are asked, and what they answer stands in their inboxes as dumps.

rounds      many pages of one source, one after the other
taking      one page: asked for, judged, put into the inbox, remembered
pasted      single papers that people ask for
answers     all answers that make one page
tally       what it came to
seams       what is needed of the door to HTTP
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.clock import Clock
from bot.dumps import Folder
from bot.errors import PageDrifted, UserError
from bot.fetch.answers import Answers
from bot.fetch.pasted import Pasted, forgotten, to_ask, unknown
from bot.fetch.rounds import ask_all
from bot.fetch.seams import Asks
from bot.fetch.taking import Taking
from bot.fetch.tally import Tally
from bot.models import FetchReport, mark_of
from bot.progress import Report, silent
from bot.settings import Settings, SourceSettings
from bot.sources.live import KINDS, Kind, Known
from bot.store import Store

__all__ = ["Asks", "Fetch"]

#: Kinds that can be asked for single papers, the best first.
_TELL_PAPERS = ("arxiv", "huggingface")


@dataclass(frozen=True)
class Fetch:
    """Pages of live sources become dumps in the inboxes of their folders.

    ::

        wanted ─► pages.get, its next pages, papers' details ─► one dump, read once ─► is it what it was?
              ─► inbox, whole and settled ─► store.pages

    Every step may be repeated: a page is remembered after its dump stands in the inbox, so what was killed in between
    is asked for again, and the same papers are taken in once.
    """

    store: Store
    pages: Asks
    clock: Clock
    settings: Settings
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def ask(self, source: SourceSettings, *, again: bool = False, report: Report = silent) -> FetchReport:
        """Ask for what is wanted now; what failed or drifted stands in the report.

        ``again``: without conditions, and what comes is taken as it is. Raises StoreError, FolderError.
        """
        return (await self._ask(source, again=again, report=report)).report()

    async def look(self, source: SourceSettings, *, report: Report = silent) -> FetchReport:
        """As ``ask``, but failures are raised once everything was asked for; what came stands in the inbox all the same.

        Raises PageDrifted where a page is not what it was, PageError when nothing could be had at all, StoreError,
        FolderError.
        """
        tally = await self._ask(source, again=False, report=report)
        if sentence := tally.drift():
            raise PageDrifted(sentence, cause="; ".join(f"{page} {what}" for page, what in tally.drifts))
        if tally.last is not None and not (tally.new or tally.unchanged):
            raise tally.last
        return tally.report()

    async def backfill(
        self, source: SourceSettings, since: date, *, report: Report = silent, again: bool = False
    ) -> FetchReport:
        """Ask for every day since ``since`` (UTC); what is settled and known is not asked for again, unless ``again``.

        A server that asks for rest gets it, up to a quarter of an hour; then the same call goes on where this one
        stopped. Raises UserError for a source that has no past, StoreError, FolderError.
        """
        kind, now = KINDS[source.kind], self.clock.now()
        if kind.past is None:
            raise UserError(
                f"The source {source.name} tells what is there now, and nothing of {since}: "
                "past days are told by sources of the kind huggingface."
            )
        if since > now.date():
            raise UserError(f"{since} is not over yet: choose a day of the past.")
        tally = Tally(source.name)
        known = {} if again else await self.store.pages.of(source.name)
        taking = await self._taking(source, kind, tally, known, now)
        await ask_all(kind.past(source, since, now.date(), known), taking.take, tally, report, sleep=self.sleep)
        if tally.partial:
            named = ", ".join(tally.partial[:3]) + (", …" if len(tally.partial) > 3 else "")  # noqa: PLR2004 - some
            what = "A page seems" if len(tally.partial) == 1 else f"{len(tally.partial):,} pages seem"
            sentence = f"{what} to lack papers ({named}): the same command asks for them again."
            tally.notices.append((tally.partial[0], sentence))
        return tally.report()

    async def papers(self, arxiv_ids: Sequence[str]) -> FetchReport:
        """Ask for single papers; what nobody knew within the last day is not asked for again.

        ``source`` of the report is the one in whose inbox they stand, ``notices`` are (arXiv id, sentence) of those
        that nobody knows, asked for now or within the last day. Raises UserError without a source that could be asked, PageError when nothing could be had
        at all, StoreError, FolderError.
        """
        source, now = self.teller(), self.clock.now()
        if source is None or (ask_papers := KINDS[source.kind].papers) is None:
            raise UserError("No source tells of single papers: add one of the kind arxiv to config.toml.")
        tally, known = Tally(source.name), await self.store.pages.of(source.name)
        tally.notices += unknown(source, arxiv_ids, known, now)
        await self.store.pages.drop(source.name, forgotten(known, now))
        if wanted := ask_papers(source, to_ask(arxiv_ids, known, now)):
            folder = await self._folder(source)
            pasted = Pasted(self.store, folder, Answers(self.pages, source, KINDS[source.kind], tally), now)
            await ask_all(wanted, pasted.take, tally, silent)
        if tally.last is not None and not (tally.new or tally.unchanged):
            raise tally.last
        return tally.report()

    def teller(self) -> SourceSettings | None:
        """The source that is asked for single papers; None without one."""
        places = self.settings.places()
        return next((place for kind in _TELL_PAPERS for place in places if place.kind == kind), None)

    async def _ask(self, source: SourceSettings, *, again: bool, report: Report) -> Tally:
        kind, now, tally = KINDS[source.kind], self.clock.now(), Tally(source.name)
        known = {} if again else await self.store.pages.of(source.name)
        taking, today = await self._taking(source, kind, tally, known, now), now.astimezone(UTC).date()
        wanted = kind.wanted(source, today, known)
        tally.first = wanted[0].page if wanted else ""
        await ask_all(wanted, taking.take, tally, report)
        if not tally.had_nothing:
            asked = {(one.page, mark_of(one.url)) for page in wanted for one in (page, *page.instead)}
            tally.doubt(state for state in known.values() if (state.page, state.url) in asked)
        await self.store.pages.drop(source.name, kind.passed(known, today))
        return tally

    async def _taking(self, source: SourceSettings, kind: Kind, tally: Tally, known: Known, now: datetime) -> Taking:
        return Taking(self.store, await self._folder(source), Answers(self.pages, source, kind, tally), known, now)

    async def _folder(self, source: SourceSettings) -> Folder:
        folder = Folder(source.place(self.settings.store.data_dir), latest_only=True)
        await asyncio.to_thread(folder.prepare)
        return folder
