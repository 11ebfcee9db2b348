"""Settles papers among their neighbours: interests look at what a paper has in common with those nearest to it.

New papers are settled among all that are stored; all of them again once they have become a fifth more, for then their
neighbours are others. What was done is stored, so a run that was killed goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import numpy as np

from bot.background import stage
from bot.matching import SAMPLE, Neighbours
from bot.models import ModelTag
from bot.progress import Report, silent
from bot.store import PaperVector, Store, VectorBlock

#: Up to so many papers all are settled again when they have grown: half a minute of one core.
MOST_AGAIN = 20_000
#: Papers that look for their neighbours at once: 8 MB of cosines with each block.
_AT_ONCE = 2_000
_LABEL = "Comparing papers"


async def settle_papers(store: Store, tag: ModelTag, report: Report = silent) -> int:
    """Put the settled vector (``tag.among()``) of every paper whose own changed; returns how many were put.

    Reads the stored vectors once for every 2,000 papers to settle, a block at a time, and nothing where nothing changed.
    """
    among = tag.among()
    reached, embedded = await store.vectors.reached(among), await store.vectors.reached(tag)
    papers = stage(await store.vectors.count(tag))
    again = papers > await store.vectors.settled(tag) and papers <= MOST_AGAIN
    if not again and embedded <= reached:
        return 0
    sample = await store.vectors.sample(tag, SAMPLE)
    if not len(sample.rows):
        return 0
    centre = sample.rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    settle = partial(_settle, store, tag, centre)
    wanted = (
        [block async for block in store.vectors.iterate(tag)]
        if again
        else await _changed(store, tag, reached, embedded)
    )
    total = sum(len(block.ids) for block in wanted)
    put = 0
    for part in _parts(wanted):
        report(_LABEL, put, total)
        await settle(part)
        put += len(part.ids)
    await store.vectors.set_reached(among, embedded)
    if again:
        await store.vectors.set_settled(tag, papers)
    report(_LABEL, total, total)
    return put


async def _changed(store: Store, tag: ModelTag, reached: int, embedded: int) -> list[VectorBlock]:
    """The vectors of papers that changed after ``reached`` and are of another text than their settled ones."""
    among = tag.among()
    found: list[VectorBlock] = []
    while reached < embedded and (changed := await store.papers.changed_since(reached, limit=_AT_ONCE)):
        reached = changed[-1][0]
        block = await store.vectors.block(tag, [paper_id for _, paper_id in changed])
        settled = await store.vectors.block(among, block.ids)
        known = dict(zip(settled.ids, settled.text_hashes, strict=True))
        fresh = [row for row, paper_id in enumerate(block.ids) if known.get(paper_id) != block.text_hashes[row]]
        found.append(_only(block, fresh))
    return found


def _parts(blocks: Sequence[VectorBlock]) -> list[VectorBlock]:
    """The same rows, so many at a time as are settled at once."""
    whole = VectorBlock(
        [paper_id for block in blocks for paper_id in block.ids],
        [ordinal for block in blocks for ordinal in block.ordinals],
        [text_hash for block in blocks for text_hash in block.text_hashes],
        np.concatenate([block.rows for block in blocks]) if blocks else np.empty((0, 0), np.float32),
    )
    rows = range(len(whole.ids))
    return [_only(whole, rows[start : start + _AT_ONCE]) for start in range(0, len(rows), _AT_ONCE)]


def _only(block: VectorBlock, rows: Sequence[int]) -> VectorBlock:
    return VectorBlock(
        [block.ids[row] for row in rows],
        [block.ordinals[row] for row in rows],
        [block.text_hashes[row] for row in rows],
        block.rows[np.array(rows, np.intp)],
    )


async def _settle(store: Store, tag: ModelTag, centre: np.ndarray, wanted: VectorBlock) -> None:
    """Settle these papers among all that are stored, and store what they are then."""
    neighbours = Neighbours(centre, wanted.rows)
    places = {ordinal: place for place, ordinal in enumerate(wanted.ordinals)}
    async for block in store.vectors.iterate(tag):
        itself = {places[ordinal]: row for row, ordinal in enumerate(block.ordinals) if ordinal in places}
        await asyncio.to_thread(neighbours.add, block.rows, itself)
    settled = await asyncio.to_thread(neighbours.settled)
    rows = zip(wanted.ids, wanted.ordinals, wanted.text_hashes, settled, strict=True)
    await store.vectors.put(tag.among(), [PaperVector(*row) for row in rows])
