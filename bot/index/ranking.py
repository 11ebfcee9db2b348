"""How well papers answer a text, by its meaning and by its words. Arrays in, arrays out.

Meaning is the cosine of both directions from the centre of all papers. It and the words (``bm25``) are measured in
deviations of a sample of papers and added up. Then the text moves towards the best papers (Rocchio 1971), and the best
thousand are measured once more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.index.analysis import Wanted
from bot.index.arrays import Floats, Mask, Rows
from bot.index.bm25 import in_words
from bot.index.yardstick import Yardstick

#: Papers that the word index gives to be scored.
CANDIDATES = 300
#: What words count beside meaning.
_WORDS = 0.4
#: The text moves by this share of the direction of so many papers.
_TOWARDS, _BEST = 0.2, 4
#: So many papers are measured once more.
_AGAIN = 1000
_NO_LENGTH = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """How well papers answer: those that have words of the text, and the nearest in meaning."""

    #: Ascending.
    rows: Rows
    #: float32[m], in deviations from a usual paper, higher is better.
    scores: Floats
    #: The candidates, best by their words first.
    by_words: Rows
    #: Rows nearest in meaning first.
    by_meaning: Rows
    #: float32[n]: meaning alone, of all papers; -inf without a vector or outside the mask.
    meaning: Floats

    def of_all(self) -> Floats:
        """Scores of all papers, float32[n]: those that were not looked at come last, nearest in meaning first."""
        scores = self.meaning.copy()
        scores[self.rows] = -np.inf
        highest = float(scores.max(initial=-np.inf))
        if np.isfinite(highest):
            scores -= max(0.0, highest - float(self.scores.min()))
        scores[self.rows] = self.scores
        return scores


def ranked(yardstick: Yardstick, wanted: Wanted, vector: Floats | None, candidates: Rows, mask: Mask) -> Ranked:
    """Papers of ``mask`` (bool[n]) measured against a text.

    ``vector`` is the text's unit vector, float32[d], None to go by words alone; ``candidates`` are those rows of the
    mask that have words of the text, best by the word index first.
    """
    of_words, usual = in_words(yardstick, wanted, candidates)
    by_words = candidates[np.argsort(-of_words, kind="stable")]
    usable = mask & yardstick.meaning.embedded(len(mask))
    if vector is None or not yardstick.size or not usable.any():
        nothing = np.full(len(mask), -np.inf, np.float32)
        order = np.argsort(candidates)
        return Ranked(candidates[order], _WORDS * of_words[order], by_words, candidates[:0], nothing)
    query = yardstick.meaning.direction(vector)
    meaning = _measured(yardstick, query, usable)
    by_meaning = best_of(meaning, _AGAIN)
    # All others have no words of the text and less of its meaning.
    rows = np.union1d(by_meaning, candidates)
    words = np.full(len(rows), -_WORDS * usual, np.float32)
    words[np.searchsorted(rows, candidates)] = _WORDS * of_words
    scores = _again(yardstick, query, rows, meaning[rows], words)
    return Ranked(rows, scores, by_words, by_meaning, meaning)


def _measured(yardstick: Yardstick, query: Floats, usable: Mask) -> Floats:
    """Every row along a direction, float32[n], in deviations; -inf for those that are not usable."""
    meaning = yardstick.meaning
    mean, deviation = yardstick.usual(meaning.along(query, yardstick.rows))
    rows = np.flatnonzero(usable)
    if len(rows) * 8 < len(usable):
        found = np.full(len(usable), -np.inf, np.float32)
        found[rows] = (meaning.along(query, rows) - mean) / deviation
        return found
    found = meaning.all_along(query, len(usable))
    found -= mean
    found /= deviation
    found[~usable] = -np.inf
    return found


def _again(yardstick: Yardstick, query: Floats, rows: Rows, in_meaning: Floats, words: Floats) -> Floats:
    """Scores of the rows by the text as it is after it moved towards the best of them, float32[m]."""
    meaning = yardstick.meaning
    has_vector = np.isfinite(in_meaning)
    first = in_meaning + words
    top = best_of(first, _BEST)
    toward = np.maximum(first[top], 0) @ meaning.directions(rows[top])
    moved = (query + _TOWARDS / max(float(np.linalg.norm(toward)), _NO_LENGTH) * toward).astype(np.float32)
    moved /= np.float32(max(float(np.linalg.norm(moved)), _NO_LENGTH))
    # A paper that has no vector yet is taken for a usual one.
    scores = words.copy()
    fresh = meaning.along(moved, rows[has_vector])
    scores[has_vector] += yardstick.measured(fresh, meaning.along(moved, yardstick.rows))
    return scores


def best_of(scores: Floats, limit: int) -> Rows:
    """At most so many rows that are not -inf, best first; of equal ones the first."""
    rows = np.flatnonzero(np.isfinite(scores))
    if len(rows) > limit:
        rows = rows[np.argpartition(-scores[rows], limit)[:limit]]
    return rows[np.lexsort((rows, -scores[rows]))]
