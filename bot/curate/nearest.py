"""The stored papers that answer a new interest at once, so that nobody waits for the first digest."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot import matching
from bot.curate.measuring import Placing
from bot.models import Closeness, Interest, Paper
from bot.store import Papers

#: So many of the nearest stored papers answer a new interest.
NEAREST = 3

#: A fact is looked for among the papers that changed last, so many at a time and so many at most.
_AT_ONCE = 256
_LOOKED_AT = 4_096


@dataclass(frozen=True, slots=True)
class Near:
    """A stored paper and how close it is to the new interest."""

    paper: Paper
    closeness: Closeness


async def near_in_meaning(papers: Papers, placing: Placing) -> tuple[Near, ...]:
    """The papers nearest to a new interest, nearest first, without its own and without those that have nothing to do with it."""
    scores = await asyncio.to_thread(lambda: matching.usual(placing.row[None, :], placing.background, placing.words)[0])
    others = np.flatnonzero(~np.isnan(scores))
    if matching.knows_unrelated(placing.background):
        rows = np.broadcast_to(placing.row, (len(others), placing.row.size))
        others = others[matching.near_enough(rows, placing.background.papers[others], placing.background)]
    places: list[int] = others[np.argsort(-scores[others], kind="stable")[:NEAREST]].tolist()
    found = await papers.get([placing.background.ids[place] for place in places])
    return tuple(
        Near(one.paper, matching.closeness(float(scores[place]), scores, includes_itself=True))
        for place, one in zip(places, found, strict=True)
        if one
    )


async def near_by_fact(papers: Papers, interest: Interest, corpus: int) -> tuple[Near, ...]:
    """Papers that the fact holds of, newest first, among those that changed last. ``corpus`` is how many are stored."""
    end = await papers.change_number()
    last = max(0, end - _LOOKED_AT)
    found: dict[str, Paper] = {}
    while end > last and len(found) < NEAREST:
        start = max(last, end - _AT_ONCE)
        changed = [paper_id for number, paper_id in await papers.changed_since(start, _AT_ONCE) if number <= end]
        stored = [one.paper for one in await papers.get(changed) if one]
        found |= await asyncio.to_thread(_holding, stored, interest)
        end = start
    newest = sorted(found.values(), key=lambda paper: (paper.day() or date.min, paper.first_seen), reverse=True)
    return tuple(Near(paper, matching.certain(corpus)) for paper in newest[:NEAREST])


def _holding(papers: Sequence[Paper], interest: Interest) -> dict[str, Paper]:
    return {paper.id: paper for paper in papers if matching.has_fact(paper, interest)}
