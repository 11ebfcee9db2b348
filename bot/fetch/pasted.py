"""Single papers that people ask for, by their arXiv ids."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.arxiv_ids import without_subject
from bot.dumps import Folder
from bot.errors import DumpRefused, PageRefused, PageUnavailable
from bot.fetch.answers import Answers, Page
from bot.fetch.taking import UNKNOWN
from bot.models import PageState
from bot.settings import SourceSettings
from bot.sources.live import Wanted
from bot.store import Store

#: How long a paper that nobody knows is not asked for again; one that came is stored by then, or is asked for again.
UNKNOWN_FOR = timedelta(days=1)
#: The rest is asked for by the next call.
MOST_AT_ONCE = 100
_KNOWN_FOR = timedelta(hours=1)
_FORGOTTEN = timedelta(days=7)
#: Names of pages that are one paper.
_PAPER = "paper/"


def page_of(arxiv_id: str) -> str:
    """What a paper is called among the pages of its source."""
    return f"{_PAPER}{without_subject(arxiv_id)}"


def to_ask(arxiv_ids: Sequence[str], known: Mapping[str, PageState], now: datetime) -> list[str]:
    """The papers that were not asked for of late, each once; not more than one call can ask for in a few minutes."""
    return [one for one in dict.fromkeys(arxiv_ids) if not _is_fresh(known.get(page_of(one)), now)][:MOST_AT_ONCE]


def _is_fresh(state: PageState | None, now: datetime) -> bool:
    return state is not None and now - state.asked < (_KNOWN_FOR if state.entries else UNKNOWN_FOR)


def unknown(
    source: SourceSettings, arxiv_ids: Sequence[str], known: Mapping[str, PageState], now: datetime
) -> list[tuple[str, str]]:
    """The papers of which it was heard of late that nobody knows them, each with a sentence."""
    found = ((one, known.get(page_of(one))) for one in dict.fromkeys(arxiv_ids))
    return [
        (one, _unknown(source, one)) for one, state in found if state and not state.entries and _is_fresh(state, now)
    ]


def forgotten(known: Mapping[str, PageState], now: datetime) -> list[str]:
    """Papers that were asked for so long ago that nothing hangs on it."""
    return [page for page, state in known.items() if page.startswith(_PAPER) and now - state.asked >= _FORGOTTEN]


@dataclass(frozen=True)
class Pasted:
    """Takes single papers into the inbox of a source."""

    store: Store
    folder: Folder
    answers: Answers
    now: datetime

    async def take(self, wanted: Wanted) -> Sequence[Wanted]:
        """Ask for the papers of one page; gives what has to be asked for instead. Raises PageError and the like."""
        try:
            page = await self.answers.of(wanted, None, self.now.date())
        except PageRefused as refusal:
            if refusal.code not in UNKNOWN:
                raise
            page = None
        if (page is None or page.refusal is not None) and wanted.instead:
            # One id that arXiv takes for misspelt makes it answer for none.
            return wanted.instead
        if page is not None:
            await self._check(wanted, page)
        await self._settle(wanted, page)
        return ()

    async def _check(self, wanted: Wanted, page: Page) -> None:
        """Raise PageUnavailable for an answer that lacks papers and does not say that nobody knows them."""
        lacks = {without_subject(arxiv_id) for arxiv_id in wanted.ids} - _told(page)
        if not lacks or self.answers.kind.is_final(page.came.content):
            return
        if page.refusal is not None:
            await asyncio.to_thread(self._refuse, wanted, page, page.refusal)
        host = "arXiv" if self.answers.source.kind == "arxiv" else "The server of Daily Papers"
        cause = page.refusal.code if page.refusal else f"no word of {', '.join(sorted(lacks))[:200]}"
        raise PageUnavailable(f"{host} answered something else for now. It may know later.", cause=cause)

    def _refuse(self, wanted: Wanted, page: Page, refusal: DumpRefused) -> None:
        self.folder.refuse(page.file(self.answers.source.name, wanted.page), page.content, refusal)

    async def _settle(self, wanted: Wanted, page: Page | None) -> None:
        tally, source = self.answers.tally, self.answers.source.name
        entries = page.reading.entries if page and page.reading else ()
        told = _told(page) if page else frozenset[str]()
        if page and page.reading:
            await asyncio.to_thread(self.folder.put, page.file(source, wanted.page), page.content)
            tally.new += 1
            tally.entries += len(entries)
        else:
            tally.unchanged += 1
        states: list[PageState] = []
        for arxiv_id in wanted.ids:
            is_known = without_subject(arxiv_id) in told
            states.append(PageState(source, page_of(arxiv_id), self.now, int(is_known), int(is_known)))
            if not is_known:
                tally.notices.append((arxiv_id, _unknown(self.answers.source, arxiv_id)))
        await self.store.pages.remember(*states)


def _told(page: Page) -> frozenset[str]:
    entries = page.reading.entries if page.reading else ()
    return frozenset(without_subject(entry.arxiv_id) for entry in entries if entry.arxiv_id)


def _unknown(source: SourceSettings, arxiv_id: str) -> str:
    return f"{'arXiv' if source.kind == 'arxiv' else 'Daily Papers'} knows no paper {arxiv_id}."
