"""What colleagues did with papers, as far as they let it be counted, and of so many of them that nobody is told of."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from bot.blocks.card import LEAST_COLLEAGUES
from bot.models import Taste, UserId
from bot.store import Store
from bot.trending import Here

#: Readers whose votes are looked at: of more, it would take longer than anybody waits, and their saves tell enough.
_MOST_READERS = 500
#: Papers whose votes are looked at: more than anybody leafs through.
_MOST_VOTED = 200
_AT_ONCE = 50


async def colleagues_here(store: Store, reader: UserId, paper_ids: Sequence[str]) -> dict[str, Here]:
    """How many others of the reader's workspace saved each of these papers, and asked for more like it.

    Only those are counted who let their saves be counted, and each count from ``LEAST_COLLEAGUES`` upwards: of fewer,
    a number or a paper's place tells who it was. Papers with neither are left out. Votes are those on the first 200
    papers and on what was saved, and left out where there are more than 500 readers. Raises StoreError.
    """
    ids = list(dict.fromkeys(paper_ids))
    if not ids:
        return {}
    saved = _told(await store.saved.savers(reader.workspace, ids, reader))
    liked = _told(await _liked(store, reader, list(dict.fromkeys((*ids[:_MOST_VOTED], *saved)))))
    return {one: Here(saved.get(one, 0), liked.get(one, 0)) for one in ids if one in saved or one in liked}


def _told(counts: Mapping[str, int]) -> dict[str, int]:
    return {paper_id: count for paper_id, count in counts.items() if count >= LEAST_COLLEAGUES}


async def _liked(store: Store, reader: UserId, ids: Sequence[str]) -> Counter[str]:
    counted: list[UserId] = []
    async for page in store.rounds.pages(reader.workspace):
        counted += [row.reader for row in page if row.subscription.counted and row.reader != reader]
        if len(counted) > _MOST_READERS:
            return Counter()
    likes: Counter[str] = Counter()
    for start in range(0, len(counted), _AT_ONCE):
        given = await asyncio.gather(*(store.ratings.given(one, ids) for one in counted[start : start + _AT_ONCE]))
        likes.update(
            paper_id for ratings in given for paper_id, rating in ratings.items() if rating.taste is Taste.MORE
        )
    return likes
