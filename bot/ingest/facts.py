"""New papers against the facts that readers follow: authors, organisations, categories."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from bot.matching import FactBook
from bot.models import Interest, Paper
from bot.store import Shard, Store

#: Papers that are read and compared at once.
_AT_ONCE = 256


async def facts_holding(store: Store, shard: Shard, paper_ids: Sequence[str]) -> dict[str, list[tuple[Interest, int]]]:
    """By user of the shard: each followed fact that holds, with the place in ``paper_ids`` of the paper it holds of.

    Costs one read where nobody follows a fact.
    """
    book = FactBook(await store.facts.of(shard))
    holding: defaultdict[str, list[tuple[Interest, int]]] = defaultdict(list)
    if not book:
        return holding
    for start in range(0, len(paper_ids), _AT_ONCE):
        found = await store.papers.get(paper_ids[start : start + _AT_ONCE])
        papers = [(place, one.paper) for place, one in enumerate(found, start) if one]
        for user, interest, place in await asyncio.to_thread(_compare, book, papers):
            holding[user].append((interest, place))
    return holding


def _compare(book: FactBook, papers: Sequence[tuple[int, Paper]]) -> list[tuple[str, Interest, int]]:
    return [(reader.user, interest, place) for place, paper in papers for reader, interest in book.holding(paper)]
