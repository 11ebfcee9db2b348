"""What a digest's places are dealt by: the shares of the interests, and how alike the papers are."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot import matching
from bot.models import ROW_EXTRA, SHARE, Alert, Paper, UserId
from bot.store import Floats, Store

#: Of more than so many, which only a long absence leaves, the strongest are compared.
_COMPARED = 200


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Shares by interest id, and unit vectors, float32[d], of papers by the ids that their alerts have."""

    shares: Mapping[str, float] = field(default_factory=dict[str, float])
    vectors: Mapping[str, Floats] = field(default_factory=dict[str, Floats])


async def weighed(
    store: Store, reader: UserId, queued: Sequence[tuple[Alert, Paper]]
) -> tuple[Weights, Collection[str]]:
    """The weights of a reader's alerts, strongest first, and ids of those that are a stronger one's paper over again.

    What is not known weighs as everything else. Raises StoreError.
    """
    tag = await store.vectors.current_model()
    if tag is None:
        return Weights(), ()
    queued = queued[:_COMPARED]
    rows = await store.profiles.rows(reader, tag)
    ids, found = await store.vectors.of(tag, [paper.id for _, paper in queued])
    known: dict[str, Floats] = dict(zip(ids, found, strict=True))
    vectors = np.zeros((len(queued), tag.dimension), np.float32)
    for row, (_, paper) in enumerate(queued):
        if paper.id in known:
            vectors[row] = known[paper.id]

    def work() -> set[int]:
        return set(matching.without_duplicates([paper for _, paper in queued], vectors))

    kept = await asyncio.to_thread(work)
    weights = Weights(
        {interest_id: float(row[SHARE - ROW_EXTRA]) for interest_id, row in rows.items()},
        {alert.paper_id: known[paper.id] for alert, paper in queued if paper.id in known},
    )
    return weights, {alert.paper_id for row, (alert, _) in enumerate(queued) if row not in kept}
