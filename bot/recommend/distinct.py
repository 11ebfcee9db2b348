"""Which papers of a list are no earlier one over again, told from the vectors of their texts as they are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice

import numpy as np

from bot import matching
from bot.models import ModelTag, Paper
from bot.store import Floats, Vectors

#: Papers whose vectors are read at once, for more are seldom looked at.
_COMPARED = 50


async def distinct(vectors: Vectors, tag: ModelTag, papers: Sequence[Paper], limit: int) -> list[int]:
    """The places of the first ``limit`` papers that are no earlier one over again, ascending. Raises StoreError."""
    rows = np.zeros((0, tag.dimension), np.float32)
    places: list[int] = []
    while len(places) < limit and len(rows) < len(papers):
        more = papers[len(rows) : len(rows) + max(_COMPARED, limit)]
        fresh = np.zeros((len(more), tag.dimension), np.float32)
        ids, found = await vectors.of(tag, [one.id for one in more])
        place = {one.id: row for row, one in enumerate(more)}
        fresh[[place[one] for one in ids]] = found
        rows = np.concatenate([rows, fresh])
        places = await asyncio.to_thread(_first, papers[: len(rows)], rows, limit)
    return places


def _first(papers: Sequence[Paper], rows: Floats, limit: int) -> list[int]:
    return list(islice(matching.without_duplicates(papers, rows), limit))
