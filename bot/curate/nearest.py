"""The stored papers that answer a new interest at once, so that nobody waits for the first digest."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot import matching
from bot.models import Closeness, Interest, Paper
from bot.store import Floats, Papers

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


async def near_in_meaning(
    papers: Papers, vector: Floats, ids: Sequence[str], corpus: Floats, *, but: str | None
) -> tuple[Near, ...]:
    """The papers nearest to a unit vector, float32[d], nearest first, without the one of id ``but``.

    ``ids`` are those of the rows of ``corpus``, float32[n, d].
    """
    scores = corpus @ vector
    places: list[int] = np.argsort(-scores, kind="stable")[: NEAREST + 1].tolist()
    found = await papers.get([ids[place] for place in places])
    nearest = [
        Near(one.paper, matching.closeness(float(scores[place]), scores, includes_itself=True))
        for place, one in zip(places, found, strict=True)
        if one and one.paper.id != but
    ]
    return tuple(nearest[:NEAREST])


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
