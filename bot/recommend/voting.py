"""Papers whose ratings tell most of a reader: together they stand for all recent ones. Values in, values out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np

from bot.recommend.catalogue import Shelf
from bot.recommend.picking import RECENT

#: The papers that the chosen ones stand for: the newest, so many at most.
_AMONG = 400
#: The order is made for so many papers; who has rated all of them needs no more.
_MOST = 40


def worth_voting_on(shelf: Shelf, today: date, limit: int, *, but: Collection[str]) -> list[str]:
    """Ids of at most ``limit`` papers with an abstract, recent ones if there are any, as different as the papers are.

    Each next paper is the one that brings all papers nearest to a chosen one. The order does not hang on ``but``, the
    papers that are left out, so that the others stay when one was voted on.
    """
    readable = [row for row, known in enumerate(shelf.known) if known.has_abstract]
    recent = [row for row in readable if shelf.known[row].is_recent(today - RECENT)]
    # Newest first, as the shelf is.
    rows = (recent if len(recent) >= limit else readable)[:_AMONG]
    if not rows:
        return []
    part = shelf.only(rows)
    likeness = np.clip(part.vectors @ part.vectors.T, 0, 1)
    covered = np.zeros(len(rows), np.float32)
    chosen: list[int] = []
    while len(chosen) < min(len(rows), _MOST):
        gain = np.maximum(likeness - covered, 0).sum(axis=1)
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
        covered = np.maximum(covered, likeness[chosen[-1]])
        if sum(part.ids[row] not in but for row in chosen) == limit:
            break
    return [part.ids[row] for row in chosen if part.ids[row] not in but]
