"""Papers whose ratings tell most of a reader: together they stand for all recent ones. Values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import numpy as np

from bot import matching
from bot.matching import Floats
from bot.matching.columns import Doubles
from bot.models import DEVIATION, ROW_EXTRA, THRESHOLD, WEIGHT
from bot.recommend.catalogue import Known, Shelf
from bot.recommend.picking import RECENT, Yardstick

#: The papers that the chosen ones stand for: the newest, so many at most.
_AMONG = 400
#: The order is made for so many papers; who has rated all of them needs no more.
_MOST = 40
#: So many papers are chosen for what they stand for alone: a first vote does not put papers like it in their places.
_FIRST = 5
#: A paper that nobody talked about tells this part of what the most talked about one does: more people can judge that.
_UNKNOWN = 0.7
#: What lies so many deviations from where a reader's interest begins says half as much as what lies there.
_NEAR = 1.0
#: Below this part a paper that is surely wanted, or surely not, is still worth a question.
_LEAST_DOUBT = 0.15


def worth_voting_on(
    shelf: Shelf, today: date, limit: int, *, but: Collection[str], yardstick: Yardstick | None = None
) -> list[str]:
    """Ids of at most ``limit`` papers with an abstract, recent ones if there are any, as different as the papers are.

    Each next paper is the one that brings all papers nearest to a chosen one; the more it was talked about and, from the
    sixth on and once its reader follows something (``yardstick``), the less sure it is whether that brings it, the
    sooner. The order does not hang on ``but``, the papers that are left out, so that the others stay when one was
    voted on.
    """
    readable = [row for row, known in enumerate(shelf.known) if known.has_abstract]
    recent = [row for row in readable if shelf.known[row].is_recent(today - RECENT)]
    # Newest first, as the shelf is.
    rows = (recent if len(recent) >= limit else readable)[:_AMONG]
    if not rows:
        return []
    part = shelf.only(rows)
    about = part.background.centred(part.papers)
    likeness = np.clip(about @ about.T, 0, 1)
    known_to_many = _known_to_many(part.known)
    in_doubt = known_to_many * (_doubt(part, yardstick) if yardstick else 1.0)
    covered = np.zeros(len(rows), np.float32)
    chosen: list[int] = []
    while len(chosen) < min(len(rows), _MOST):
        gain = np.maximum(likeness - covered, 0).sum(axis=1) * (known_to_many if len(chosen) < _FIRST else in_doubt)
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
        covered = np.maximum(covered, likeness[chosen[-1]])
        if sum(part.ids[row] not in but for row in chosen) == limit:
            break
    return [part.ids[row] for row in chosen if part.ids[row] not in but]


def _known_to_many(known: Sequence[Known]) -> Doubles:
    """From ``_UNKNOWN`` to 1, float64[n]: how much each paper is talked about beside the others; 1 where none is.

    A count that was never printed is taken for the middle one.
    """
    talked = np.array(
        [
            one.paper.upvotes[0].value + 2 * (one.paper.comments[0].value if one.paper.comments else 0)
            if one.paper.upvotes
            else np.nan
            for one in known
        ],
        np.float64,
    )
    if np.isnan(talked).all() or not np.nanmax(talked) > 0:
        return np.ones(len(known))
    loud = np.log1p(np.maximum(np.where(np.isnan(talked), np.nanmedian(talked), talked), 0))
    return _UNKNOWN + (1 - _UNKNOWN) * loud / loud.max()


def _doubt(part: Shelf, yardstick: Yardstick) -> Doubles:
    """From ``_LEAST_DOUBT`` to 1, float64[n]: how near each paper is to where the reader's nearest interest begins."""
    rows: list[Floats] = [row for row in yardstick.rows.values() if row[-ROW_EXTRA + WEIGHT] > 0]
    if not rows:
        return np.ones(len(part.ids))
    measured = np.stack(rows)
    extra = measured[:, -ROW_EXTRA:].astype(np.float64)
    above = (matching.scores(measured, part.seen, yardstick.words) - extra[:, THRESHOLD, None]) / extra[
        :, DEVIATION, None
    ]
    return _LEAST_DOUBT + (1 - _LEAST_DOUBT) / (1 + np.square(above.max(axis=0) / _NEAR))
