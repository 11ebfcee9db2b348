"""Where what somebody names stands among the papers: its row, and rows measured anew for another weight or bar."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot import feedback, matching
from bot.background import Backgrounds
from bot.clock import Clock
from bot.embedder import Embedder
from bot.feedback import Liked
from bot.matching import Background, Floats, WordBook
from bot.models import ROW_EXTRA, SHARE, THRESHOLD, WEIGHT, Interest, InterestKind


@dataclass(frozen=True, slots=True)
class Placing:
    """A new interest among the stored papers: its row, float32[d + ROW_EXTRA], and what that was measured on."""

    row: Floats
    background: Background
    words: WordBook


async def place(
    interest: Interest, bar: float, *, embedder: Embedder, backgrounds: Backgrounds, clock: Clock
) -> Placing:
    """Where a phrase or a paper stands: a paper among the others where it is, any other where its text is."""
    background = await backgrounds.now()
    known = await backgrounds.papers([interest.paper_id]) if interest.paper_id else {}
    liked = {paper_id: Liked(*told) for paper_id, told in known.items()}
    # somebody waits for it, so it does not wait for what an ingest embeds
    bases = {} if liked else {interest.id: await embedder.embed_query(interest.text)}
    words = await backgrounds.words_of((one.ordinal for one in liked.values()), background=background)
    now = clock.now()

    def work() -> Floats:
        share = feedback.shared([interest], liked, background, now)
        rows = feedback.rows_of([interest], bases, liked, background, words=words, share=share, bar=bar)
        return rows[interest.id]

    return Placing(await asyncio.to_thread(work), background, words)


async def measured(
    rows: Mapping[str, Floats], changed: Mapping[str, Interest], bar: float, *, backgrounds: Backgrounds
) -> dict[str, Floats]:
    """These interests' rows by their ids, measured anew for their weights, for whether they are muted and for ``bar``.

    Where they stand stays. One without a row is left out.
    """
    ids = [interest_id for interest_id in changed if interest_id in rows]
    if not ids:
        return {}
    background = await backgrounds.now()
    words = await backgrounds.words((rows[one] for one in ids), background=background)
    stacked = np.stack([rows[one] for one in ids])
    for row, interest in zip(stacked, (changed[one] for one in ids), strict=True):
        extra = row[-ROW_EXTRA:]
        extra[SHARE] = _share(interest, float(extra[SHARE]), float(extra[WEIGHT]))
        extra[WEIGHT] = interest.weight
        extra[THRESHOLD] = matching.MUTED if interest.muted else 0.0
    fresh = await asyncio.to_thread(matching.calibrate, stacked, background, np.full(len(ids), bar), words)
    return dict(zip(ids, fresh, strict=True))


def _share(interest: Interest, share: float, weight: float) -> float:
    """The share of an interest that had ``share`` with another ``weight``."""
    if interest.weight < 0:
        return 1.0
    if weight > 0:
        return share * interest.weight / weight if interest.weight != weight else share
    counted = len(interest.learnt_from) + (0 if interest.kind is InterestKind.LEARNT else feedback.NAMED)
    return interest.weight * max(1, counted) ** feedback.OF_SIZE
