"""Writes the interests that a vote left: only what it changed, each where its text and papers put it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import numpy as np

from bot import bars, feedback
from bot.embedder import Embedder
from bot.matching import Floats, WordBook
from bot.models import FACTS, ROW_EXTRA, SHARE, Interest, InterestKind
from bot.rate.scene import Scene
from bot.settings import DigestSettings
from bot.store import Store


async def write(
    store: Store, embedder: Embedder, scene: Scene, wanted: Sequence[Interest], digest: DigestSettings
) -> bool:
    """Store these interests in place of those that the reader of ``scene`` had. Raises StoreError.

    False where one of them was changed or removed meanwhile: that one stays as it is now, and everything is to be
    decided and written again.
    """
    reader, before = scene.profile.reader, {one.id: one for one in scene.profile.interests}
    worded = [one for one in wanted if one.kind not in FACTS]
    share = await asyncio.to_thread(feedback.shared, worded, scene.liked, scene.background, scene.now)
    changed = [one for one in worded if one != before.get(one.id) or one.id not in scene.rows]
    bases = await _bases(embedder, scene, changed)
    bar = bars.bar_of(scene.profile, digest)
    rows = await asyncio.to_thread(measured, scene, changed, bases, share, bar)
    for one in worded:
        known, row, was = before.get(one.id), rows.get(one.id), None
        if row is None and one == known:
            was = scene.rows.get(one.id)
            row = _with_share(was, share.get(one.id))
        if known is None and row is not None:
            await store.profiles.put_interest(reader, one, row, embedder.tag)
        elif known is None or (row is None and one == known):
            continue
        # a share is written over no row that an ingest measured meanwhile: that would bring back the one before
        elif not await store.profiles.change_interest(reader, known, one, row, embedder.tag, was=was):
            return False
    for gone in before.keys() - {one.id for one in wanted}:
        await store.profiles.remove_interest(reader, gone)
    return True


def _with_share(row: Floats | None, share: float | None) -> Floats | None:
    """The row with another share of the places; None where it has that share, or there is none."""
    if row is None or share is None or row[-ROW_EXTRA + SHARE] == np.float32(share):
        return None
    changed = row.copy()
    changed[-ROW_EXTRA + SHARE] = share
    return changed


async def _bases(embedder: Embedder, scene: Scene, changed: Sequence[Interest]) -> dict[str, Floats]:
    """The embeddings of those texts that an interest is made from, by interest id."""
    texts = {
        one.id: one.text for one in changed if one.kind is not InterestKind.LEARNT and one.paper_id not in scene.liked
    }
    # somebody waits for it, so it does not wait for what an ingest embeds
    return {interest_id: await embedder.embed_query(text) for interest_id, text in texts.items()}


def measured(
    scene: Scene, changed: Sequence[Interest], bases: Mapping[str, Floats], share: Mapping[str, float], bar: float
) -> dict[str, Floats]:
    """The rows of these interests by id; what has neither text nor papers left has none."""
    words = WordBook.of(scene.background, {one.ordinal: one.terms for one in scene.liked.values()})
    return feedback.rows_of(changed, bases, scene.liked, scene.background, words=words, share=share, bar=bar)
