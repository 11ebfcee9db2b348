"""The papers that votes are replayed among, and what a model makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np
from numpy.typing import NDArray

from bot import cleaning, matching
from bot.embedder import Embedder
from bot.ingest.embedding import titled
from bot.models import Paper
from bot.progress import Report
from bot.reporting import MOST_CANDIDATES
from bot.store import Floats, Store, StoredPaper
from bot.terms import Terms, terms_of

_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Stored papers, in the order in which they were first stored."""

    stored: Sequence[StoredPaper]
    #: Row of each paper by its id.
    rows: Mapping[str, int]
    #: int64[n]: the number of the week in which each came.
    weeks: NDArray[np.int64]
    days: Sequence[date]
    texts: Sequence[str]
    terms: Sequence[Terms]


async def staged(store: Store, voted: Mapping[str, bool], zone: tzinfo, report: Report) -> Stage:
    """The papers of these ids, others of the weeks of those that are True, and a sample of all. Raises StoreError."""
    found: dict[str, tuple[int, int]] = {}
    number, of = 0, await store.papers.change_number()
    while changes := await store.papers.changed_since(number, _AT_ONCE):
        report("Reading papers", min(number, of), of)
        ids = [paper_id for _, paper_id in changes]
        for paper_id, stored in zip(ids, await store.papers.get(ids), strict=True):
            if stored and stored.paper.id == paper_id:
                found[paper_id] = (stored.ordinal, _week(stored.paper, zone))
        number = changes[-1][0]
    wanted = {found[one][1] for one, is_replayed in voted.items() if is_replayed and one in found}
    by_week: dict[int, list[str]] = {}
    for paper_id, (_, week) in sorted(found.items(), key=lambda pair: pair[1]):
        by_week.setdefault(week, []).append(paper_id)
    kept = {paper_id for week in wanted for paper_id in _spread(by_week[week], MOST_CANDIDATES)}
    kept |= set(_spread([paper_id for week in by_week.values() for paper_id in week], matching.SAMPLE))
    kept |= {paper_id for paper_id in voted if paper_id in found}
    papers = await _papers(store, sorted(kept, key=lambda one: found[one]))
    report("Reading papers", of, of)
    return Stage(
        stored=papers,
        rows={one.paper.id: row for row, one in enumerate(papers)},
        weeks=np.array([_week(one.paper, zone) for one in papers], np.int64),
        days=[one.paper.day() or one.paper.first_seen.date() for one in papers],
        texts=[cleaning.paper_text(one.paper) for one in papers],
        terms=[terms_of(cleaning.paper_text(one.paper)) for one in papers],
    )


async def vectors(store: Store, embedder: Embedder, stage: Stage, report: Report) -> Floats:
    """The papers' vectors of the embedder's model, unit float32[n, d]: as stored, else embedded now and not kept.

    Raises BadVector, StoreError.
    """
    known = await store.vectors.get(embedder.tag, stage.stored)
    made = np.zeros((len(stage.stored), embedder.tag.dimension), np.float32)
    absent: list[int] = []
    for row, one in enumerate(stage.stored):
        if one.paper.id in known:
            made[row] = known[one.paper.id].vector
        else:
            absent.append(row)
    if absent:
        titles = [cleaning.plain(stage.stored[row].paper.title, None) for row in absent]

        def told(done: int, of: int) -> None:
            report(f"Embedding with {embedder.tag.name}", done, of)

        both = await embedder.embed([*(stage.texts[row] for row in absent), *titles], progress=told, keep=False)
        made[absent] = titled(both[: len(absent)], both[len(absent) :])
    return made


async def _papers(store: Store, ids: Sequence[str]) -> list[StoredPaper]:
    found: list[StoredPaper] = []
    for start in range(0, len(ids), _AT_ONCE):
        found += [one for one in await store.papers.get(ids[start : start + _AT_ONCE]) if one]
    return found


def _week(paper: Paper, zone: tzinfo) -> int:
    """The number of the week, from Monday to Sunday, in which the paper came."""
    return (paper.first_seen.astimezone(zone).date().toordinal() - 1) // 7


def _spread(ids: Sequence[str], most: int) -> Sequence[str]:
    """At most so many, evenly spread."""
    return ids if len(ids) <= most else [ids[place * len(ids) // most] for place in range(most)]
