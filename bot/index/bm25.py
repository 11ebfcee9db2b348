"""How well the words of papers answer a text. Arrays in, arrays out.

BM25 (Robertson and Zaragoza 2009) over title and abstract as one text, and on top of it pairs of words that stand beside
each other in the text and near each other in the paper, weighed as words are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.index.analysis import Wanted
from bot.index.arrays import Floats, Numbers, Rows
from bot.index.hits import Hits, hits
from bot.index.stems import Stems, number
from bot.index.yardstick import Yardstick

#: How soon a word said again counts no more, and how much long texts are held against them.
_SATURATION, _LENGTH = 0.9, 0.4
#: What a pair counts beside its words, and how many words apart the two may stand.
_PAIRS, _REACH = 0.2, 7
#: The best paper's words stand at most so many deviations out: in a sample of chance texts nearly nothing may occur.
_FARTHEST = 12.0


def in_words(yardstick: Yardstick, wanted: Wanted, candidates: Rows) -> tuple[Floats, float]:
    """Scores in words of the candidates, float32[m], and what the score of a paper without any of the words lacks.

    Both in deviations of the sample.
    """
    if not len(candidates):
        return np.zeros(0, np.float32), 0.0
    stems, many = yardstick.stems, len(candidates)
    asked = _Asked.of(wanted, stems)
    found = hits(asked.stems, stems.gather(candidates)).and_those(many, yardstick.index.hits(asked.stems))
    lengths = np.concatenate([stems.lengths(candidates), yardstick.index.lengths])
    singles, places = asked.measured(found, lengths / stems.mean_length)
    # What word pairs are worth is told by the candidates: nearly every paper that has both words is among them.
    rare = _rarity((places[:many] > 0).sum(axis=0), stems.count)
    scores = singles + _PAIRS * (places @ (asked.pair_counts * rare))
    scores, sample = scores[:many], scores[many:]
    if not scores.any():
        # Stop words alone were asked for, which are counted by the word index only: its order is all there is.
        scores = np.linspace(1, 0.5, many, dtype=np.float32)
    mean = float(sample.mean()) if len(sample) else 0.0
    deviation = max(float(sample.std()) if len(sample) else 0.0, float(scores.max()) / _FARTHEST)
    return ((scores - mean) / deviation).astype(np.float32), mean / deviation


def _rarity(papers_with: NDArray[np.int64] | NDArray[np.int32], papers: int) -> Floats:
    """BM25's weight of a word that so many of the papers have."""
    had = np.minimum(papers_with, papers)
    return np.log(1 + (papers - had + 0.5) / (had + 0.5)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What a text asks for, as arrays over its t stems, ascending by number, and p pairs."""

    stems: Numbers
    weights: Floats
    #: int64[p, 2]: places of the two stems.
    pairs: Rows
    pair_counts: Floats

    @classmethod
    def of(cls, wanted: Wanted, stems: Stems) -> _Asked:
        counts = {number(stem): count for stem, count in wanted.stems.items()}
        numbers = np.array(sorted(counts), np.uint32)
        weights = np.sqrt([counts[one] for one in numbers.tolist()]) * _rarity(stems.papers_with(numbers), stems.count)
        place = {one: at for at, one in enumerate(numbers.tolist())}
        pairs = [sorted((place[number(one)], place[number(other)])) for one, other in wanted.pairs]
        return cls(
            numbers,
            weights.astype(np.float32),
            np.array(pairs, np.int64).reshape(len(pairs), 2),
            np.array(list(wanted.pairs.values()), np.float32),
        )

    def measured(self, hits: Hits, lengths: Floats) -> tuple[Floats, Floats]:
        """BM25 of m papers, float32[m], and how much each pair counts before its weight, float32[m, p].

        ``lengths`` float32[m] are those of the papers, 1 the usual one.
        """
        papers, kinds = len(lengths), len(self.stems)
        counts = np.bincount(hits.papers * kinds + hits.kinds, minlength=papers * kinds).reshape(papers, kinds)
        norm = _SATURATION * (1 - _LENGTH + _LENGTH * lengths)[:, None]
        return _saturated(counts, norm) @ self.weights, _saturated(self._near(hits, papers), norm)

    def _near(self, hits: Hits, papers: int) -> NDArray[np.int64]:
        """How often each pair stands near each other in each paper, int64[papers, p]."""
        kinds, pairs, many = len(self.stems), len(self.pairs), len(hits.papers)
        if not pairs:
            return np.zeros((papers, 0), np.int64)
        which = np.full((kinds, kinds), -1)
        which[self.pairs[:, 0], self.pairs[:, 1]] = which[self.pairs[:, 1], self.pairs[:, 0]] = np.arange(pairs)
        # Between two hits at most so many words apart there are fewer hits than that.
        one = np.repeat(np.arange(many), _REACH)
        other = one + np.tile(np.arange(1, _REACH + 1), many)
        one, other = one[other < many], other[other < many]
        pair = which[hits.kinds[one], hits.kinds[other]]
        near = (hits.papers[one] == hits.papers[other]) & (hits.positions[other] - hits.positions[one] <= _REACH)
        near &= pair >= 0
        found = np.bincount(hits.papers[one[near]] * pairs + pair[near], minlength=papers * pairs)
        return found.reshape(papers, pairs)


def _saturated(counts: NDArray[np.int64], norm: Floats) -> Floats:
    return (counts * (_SATURATION + 1) / (counts + norm)).astype(np.float32)
