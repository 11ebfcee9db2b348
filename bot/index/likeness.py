"""How much papers are like one. Arrays in, arrays out.

Meaning is twice the cosine: to the paper, and to its direction moved towards the papers nearest to it. Words are the
cosine of TF-IDF, and count less for a paper of few words. Last, a paper gains what its ten neighbours have, so that one
whose neighbours are all like the paper goes before one that only looks like it. Each part is measured in deviations of a
sample of papers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bot.index.arrays import Floats, Mask, Rows
from bot.index.profiles import profiles
from bot.index.ranking import best_of
from bot.index.yardstick import Yardstick

#: The paper is moved towards so many others.
_TOWARDS = 5
#: What words count beside each of the two parts of meaning, for a paper of so many words.
_WORDS, _FULL_LENGTH = 0.5, 100
#: What the neighbours' scores count beside a paper's own.
_NEIGHBOURS = 0.6
#: Nearest papers whose words are looked at, and the best of them whose neighbours are.
_POOL, LISTED = 1000, 300
#: Papers of the sample by which the neighbours' part is measured.
_SAMPLED = 200
#: The deviation of the cosine of words of a sample that shares no word with the paper.
_LEAST_WORDS = 0.01
_NO_LENGTH = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Papers, most alike first."""

    rows: Rows
    #: In deviations; of the papers beyond the first ``LISTED`` only their order is right.
    scores: Floats
    #: Cosine of the vectors.
    cosines: Floats
    #: Cosine of the words.
    words: Floats


class Likeness:
    """The papers like one; ``steps`` does the work in parts, between which others may use the arrays."""

    def __init__(self, yardstick: Yardstick, vector: Floats, row: int | None, mask: Mask, alive: Mask) -> None:
        """The paper of this unit vector, float32[d], and of ``row``, None where it has none yet.

        ``mask`` (bool[n]) are the papers to order, ``alive`` (bool[n]) all there are; the paper itself is left out.
        """
        self._meaning, self._stems, self._yardstick = yardstick.meaning, yardstick.stems, yardstick
        self._vector, self._row, self._mask, self._alive = vector, row, mask, alive
        itself = np.array([] if row is None else [row], np.int64)
        self._profile = profiles(self._stems, itself).whole()
        self._in_words_at = _WORDS * min(1.0, (0 if row is None else self._stems.words(row)) / _FULL_LENGTH)

    def steps(self) -> Iterator[Alike | None]:
        """Do a part of the work; the last one gives what was found."""
        pool, in_meaning = self._nearest()
        if not len(pool):
            nothing = np.zeros(0, np.float32)
            yield Alike(pool, nothing, nothing, nothing)
            return
        sample = self._yardstick.rows
        usual = in_meaning[sample], self._in_words(sample)
        words = self._in_words(pool)
        own = self._own(in_meaning[pool], words, usual)
        order = np.argsort(-own, kind="stable")
        pool, own, words = pool[order], own[order], words[order]
        yield None
        asked = np.concatenate([pool[:LISTED], sample[:: len(sample) // _SAMPLED + 1]])
        for part in self._yardstick.graph.missing(asked):
            self._yardstick.graph.find(self._meaning, self._stems, part, self._alive)
            yield None
        neighbours, counts, whose = self._yardstick.graph.of(asked)
        there, place = np.unique(neighbours, return_inverse=True)
        theirs = self._own(in_meaning[there], self._in_words(there), usual)
        around = np.bincount(whose, counts * theirs[place], minlength=len(asked)).astype(np.float32)
        scores = own.copy()
        best = len(pool[:LISTED])
        scores[:best] += _NEIGHBOURS * self._yardstick.measured(around[:best], around[best:])
        if len(scores) > best:
            scores[best:] -= max(0.0, float(scores[best] - scores[:best].min()))
        order = np.argsort(-scores, kind="stable")
        yield Alike(pool[order], scores[order], self._meaning.cosines(self._vector, pool[order]), words[order])

    def _nearest(self) -> tuple[Rows, Floats]:
        """The rows nearest in meaning, and the score in meaning of all, float32[n]."""
        meaning, yardstick, size = self._meaning, self._yardstick, len(self._mask)
        direction = meaning.direction(self._vector)
        usable = self._alive & meaning.embedded(size)
        if self._row is not None:
            usable[self._row] = False
        top = best_of(np.where(usable, meaning.all_along(direction, size), -np.inf).astype(np.float32), _TOWARDS)
        moved = direction + np.maximum(meaning.along(direction, top), 0) @ meaning.directions(top) / max(1, len(top))
        moved /= max(float(np.linalg.norm(moved)), _NO_LENGTH)
        both = np.zeros(size, np.float32)
        for query in (self._vector, moved.astype(np.float32)):
            both += yardstick.measured(meaning.times(query, size), meaning.cosines(query, yardstick.rows))
        return best_of(np.where(usable & self._mask, both, -np.inf).astype(np.float32), _POOL), both

    def _in_words(self, rows: Rows) -> Floats:
        """The cosine of words of rows with the paper's, float32[m]."""
        there = np.unique(rows)
        return profiles(self._stems, there).against(*self._profile, rows)

    def _own(self, in_meaning: Floats, words: Floats, usual: tuple[Floats, Floats]) -> Floats:
        """Meaning and words together; ``usual`` is what the papers of the sample have of both."""
        measured = self._yardstick.measured
        theirs, sample = (
            (meaning + self._in_words_at * measured(of_words, usual[1], least=_LEAST_WORDS)).astype(np.float32)
            for meaning, of_words in ((in_meaning, words), usual)
        )
        return measured(theirs, sample)
