"""Scores blocks of interests against new papers: one matrix product a block, and costs that follow the hits.

``rows`` are stored interest rows, float32[n, d + 4] (unit vector, then threshold, mean, deviation, weight); ``papers``
are unit vectors, float32[m, d]. Nothing is assumed of a stored row: one that is not finite, or whose scores no unit
vectors can have, never hits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bot.matching.columns import Flags, Floats, Numbers, Places
from bot.models import DEVIATION, MEAN, ROW_EXTRA, THRESHOLD

#: The largest dot product of two unit vectors, with room for rounding.
LARGEST_SCORE = 1.001

_SCORES_AT_ONCE = 1_000_000


class Block(Protocol):
    """Some interests as they are stored together."""

    @property
    def fields(self) -> Sequence[bytes]:
        """Whose interest each row is: ``b"<user>"``, a NUL, ``b"<interest id>"``."""
        ...

    @property
    def rows(self) -> Floats:
        """float32[n, d + 4], one row a field."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Pairs of an interest and a paper at or above the interest's threshold, in columns of one length."""

    #: Row of the interest in its block, ascending.
    interest: Places
    #: Row of the paper.
    paper: Places
    score: Floats
    #: Deviations of the score above the interest's mean.
    nearness: Floats

    def __len__(self) -> int:
        return len(self.interest)

    def only(self, which: Flags | Numbers) -> Hits:
        """These of the pairs."""
        return Hits(self.interest[which], self.paper[which], self.score[which], self.nearness[which])


def hits(rows: Floats, papers: Floats) -> Hits:
    """All pairs that hit. Takes 5 MB and the hits; ``rows`` may be a slice of a wider array, it is not copied."""
    step = max(1, _SCORES_AT_ONCE // max(1, len(papers)))
    parts = [_hits(rows[start : start + step], papers, start) for start in range(0, max(1, len(rows)), step)]
    if len(parts) == 1:
        return parts[0]
    return Hits(
        np.concatenate([part.interest for part in parts]),
        np.concatenate([part.paper for part in parts]),
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.nearness for part in parts]),
    )


def _hits(rows: Floats, papers: Floats, start: int) -> Hits:
    extra = rows[:, -ROW_EXTRA:]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        scores = rows[:, :-ROW_EXTRA] @ papers.T
        # numpy finds the places of a flat array six times as fast as those of a matrix
        place = np.flatnonzero(scores >= extra[:, THRESHOLD, None])
        score: Floats = scores.ravel()[place]
        interest = place // max(1, len(papers))
        mine = extra[interest]
        nearness: Floats = (score - mine[:, MEAN]) / mine[:, DEVIATION]
        possible = np.isfinite(mine).all(axis=1) & (mine[:, DEVIATION] > 0) & (np.abs(score) <= LARGEST_SCORE)
    paper = place - interest * len(papers)
    found = Hits((interest + start).astype(np.int32), paper.astype(np.int32), score, nearness)
    return found if possible.all() else found.only(possible)
