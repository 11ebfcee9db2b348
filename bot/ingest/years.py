"""Years that pages leave out, raised when a paper that stands on them gets a date, whichever dump tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bot import merging
from bot.errors import StoreConflict
from bot.models import YearOrigin
from bot.store import PaperChange, Papers, StoredPaper

_PAPERS_AT_ONCE = 512
#: Somebody else may change the same papers at the same time; each attempt starts from what is stored then.
_ATTEMPTS = 20
_UNCERTAIN = (YearOrigin.INFERRED, YearOrigin.UNKNOWN)


async def raise_page_years(papers: Papers) -> int:
    """Look again at every page of uncertain year that a changed paper stands on; returns how many papers it changed.

    Papers are taken in the order of their changes and the place reached is stored, so a run that was killed goes on
    where it stopped, and one before which nothing changed reads two values. Raises StoreConflict when the same papers
    keep changing under it.
    """
    raised = 0
    reached = await papers.years_reached()
    while changed := await papers.changed_since(reached, limit=_PAPERS_AT_ONCE):
        stored = [found for found in await papers.get([paper_id for _, paper_id in changed]) if found]
        known = {found.paper.id: found for found in stored}
        for dump in _dumps_of_uncertain_year(stored):
            raised += await _raise(papers, dump, known)
        reached = changed[-1][0]
        await papers.set_years_reached(reached)
    return raised


def _dumps_of_uncertain_year(stored: Iterable[StoredPaper]) -> list[str]:
    origins = (seen.origin for found in stored for seen in found.paper.appearances)
    return sorted({origin.dump for origin in origins if origin.page_date and origin.page_date.origin in _UNCERTAIN})


async def _raise(papers: Papers, dump: str, known: dict[str, StoredPaper]) -> int:
    """Store what becomes of one dump's papers. ``known`` saves reading them, and keeps what was read beside it."""
    ids = await papers.of_dump(dump)
    for _ in range(_ATTEMPTS):
        unread = [paper_id for paper_id in ids if paper_id not in known]
        known |= {found.paper.id: found for found in await papers.get(unread) if found}
        listed = [found.paper for found in known.values()]
        changed = await asyncio.to_thread(merging.raise_years, listed, dump)
        saved = await papers.save([PaperChange(paper, known[paper.id].version, ()) for paper in changed])
        for paper in changed:
            del known[paper.id]
        ids = [paper.id for paper in changed]
        if all(saved):
            return len(changed)
    raise StoreConflict(
        "Something else keeps changing the same papers: run the ingest again.",
        cause=f"years of dump {dump} not raised after {_ATTEMPTS} attempts",
    )
