"""Scores blocks of interests against new papers: one matrix product a block, and costs that follow the hits.

A score is what meaning gives, the interest's vector times the paper's, and what words give: what the paper shares with
each of the interest's sources, times what that one weighs. ``rows`` are stored interest rows, float32[n, d + ROW_EXTRA].
Nothing is assumed of a stored row: one that is not finite, or whose scores none can have, never hits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bot.matching.background import Seen
from bot.matching.columns import Flags, Floats, Numbers, Places
from bot.matching.word_book import SharedWords, Words, shared_by_few
from bot.models import DEVIATION, MEAN, ROW_EXTRA, SOURCE_WEIGHTS, THRESHOLD

#: A unit vector's length, with room for rounding.
LARGEST_LENGTH = 1.001

_SCORES_AT_ONCE = 1_000_000
#: Up to so many rows are scored without looking at each of their sources by itself.
_FEW = 32


class Block(Protocol):
    """Some interests as they are stored together."""

    @property
    def fields(self) -> Sequence[bytes]:
        """Whose interest each row is: ``b"<user>"``, a NUL, ``b"<interest id>"``."""
        ...

    @property
    def rows(self) -> Floats:
        """float32[n, d + ROW_EXTRA], one row a field."""
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


class Scoring:
    """New papers, ready to be scored by one block after the other."""

    def __init__(self, seen: Seen, words: Words) -> None:
        self._papers = seen.vectors
        self._shared = SharedWords(words, seen.words)
        self._longest: float | None = None

    def __len__(self) -> int:
        """How many papers there are."""
        return len(self._papers)

    def scores(self, rows: Floats) -> Floats:
        """The whole scores of all papers, float32[k, m]."""
        with np.errstate(invalid="ignore", over="ignore"):
            found = rows[:, :-ROW_EXTRA] @ self._papers.T
            found += self._shared.scores(rows[:, -ROW_EXTRA:])
            return found

    def longest(self) -> float:
        """The length of the longest paper."""
        if self._longest is None:
            lengths = np.linalg.norm(self._papers, axis=1)
            self._longest = float(np.max(lengths, initial=0, where=np.isfinite(lengths)))
        return self._longest

    def hits(self, rows: Floats) -> Hits:
        """All pairs that hit. Takes 9 MB and the hits; ``rows`` may be a slice of a wider array, it is not copied."""
        step = max(1, _SCORES_AT_ONCE // max(1, len(self)))
        parts = [self._hits(rows[start : start + step], start) for start in range(0, max(1, len(rows)), step)]
        if len(parts) == 1:
            return parts[0]
        return Hits(
            np.concatenate([part.interest for part in parts]),
            np.concatenate([part.paper for part in parts]),
            np.concatenate([part.score for part in parts]),
            np.concatenate([part.nearness for part in parts]),
        )

    def _hits(self, rows: Floats, start: int) -> Hits:
        extra = rows[:, -ROW_EXTRA:]
        scores = self.scores(rows)
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            # numpy finds the places of a flat array six times as fast as those of a matrix
            place = np.flatnonzero(scores >= extra[:, THRESHOLD, None])
            score: Floats = scores.ravel()[place]
            interest = place // max(1, len(self))
            mean, deviation = extra[:, MEAN], extra[:, DEVIATION]
            nearness: Floats = (score - mean[interest]) / deviation[interest]
            sound = np.isfinite(extra).all(axis=1) & (deviation > 0)
            largest = self.longest() * LARGEST_LENGTH + extra[:, SOURCE_WEIGHTS].sum(axis=1)
            possible = sound[interest] & (np.abs(score) <= largest[interest] * LARGEST_LENGTH)
        paper = place - interest * len(self)
        found = Hits((interest + start).astype(np.int32), paper.astype(np.int32), score, nearness)
        return found if possible.all() else found.only(possible)


def hits(rows: Floats, seen: Seen, words: Words) -> Hits:
    """All pairs that hit, of one block."""
    return Scoring(seen, words).hits(rows)


def scores(rows: Floats, seen: Seen, words: Words) -> Floats:
    """The whole scores of a few interests, float32[k, d + ROW_EXTRA], with all papers: float32[k, m]."""
    if len(rows) > _FEW:
        return Scoring(seen, words).scores(rows)
    with np.errstate(invalid="ignore", over="ignore"):
        meaning = rows[:, :-ROW_EXTRA] @ seen.vectors.T
        return meaning + shared_by_few(rows[:, -ROW_EXTRA:], words, seen.words)
