"""Makes scores of different interests comparable: an interest's cosines to stored papers are its yardstick.

A cosine of 0.45 is high for a phrase of two words and ordinary for a whole abstract. Each interest is therefore
measured once against a sample of the stored papers: the mean and deviation of its cosines, and the cosine that beats
the share of papers the reader asked for (the bar). Vectors are unit rows, float32; scores are their dot products.
"""

from __future__ import annotations

import math

import numpy as np

from bot.matching.columns import Doubles, Floats
from bot.models import DEVIATION, MEAN, ROW_EXTRA, THRESHOLD, WEIGHT, Closeness

#: An interest is measured against at most so many stored papers, spread evenly over all of them.
SAMPLE = 2_000
#: Below so many stored papers a share of them would pretend too much; a rank is told instead.
SHARE_FROM = 200
#: No dot product of unit vectors gets there: the threshold of an interest that nothing is known to be near to.
UNREACHABLE = 2.0
#: The threshold of an interest that its reader muted; measuring it anew leaves it so.
MUTED = 3.0
#: A negative interest acts on papers at least so many deviations above its mean: about its nearest sixth.
REACH = 1.0
#: A dot product in float32 depends on its place in the block from about the seventh digit on.
ROUNDING = 2e-6
#: From here on a stored paper is the one that the interest was made from, which says nothing about the others.
ITSELF = 0.9999

#: Decimals of a percentage from this one on: the nearer to all, the more they tell.
_DECIMALS = ((99.9, 2), (99, 1), (0, 0))
_LEAST_DEVIATION = 1e-5
_SCORES_AT_ONCE = 400_000


def row(vector: Floats, weight: float, corpus: Floats, bar: float, *, muted: bool = False) -> Floats:
    """The stored row of one interest, float32[d + 4]: ``vector`` float32[d], calibrated on ``corpus`` float32[n, d].

    ``bar`` is the share of stored papers to beat, ``weight`` negative for "less of this"; nothing hits a muted one.
    """
    rows = np.zeros((1, vector.size + ROW_EXTRA), np.float32)
    rows[0, : vector.size] = vector
    rows[0, vector.size + WEIGHT] = weight
    rows[0, vector.size + THRESHOLD] = MUTED if muted else UNREACHABLE
    return calibrate(rows, corpus, np.array([bar]))[0]


def calibrate(rows: Floats, corpus: Floats, bars: Doubles) -> Floats:
    """Rows float32[k, d + 4] measured anew on ``corpus`` float32[n, d], each for its own bar; vectors and weights stay.

    The threshold is the score of the last stored paper that beats the bar, and of the nearest one where none can (50
    papers, bar 0.99). For a negative interest it is where its reach begins. Without papers, or for vectors that are
    not finite, no score reaches it, nor that of a muted interest. The deviation is never zero. A row is measured the
    same, to the bit, whatever stands beside it. Takes about 20 MB whatever ``k`` is.
    """
    measured = rows.copy()
    vectors, extra = measured[:, :-ROW_EXTRA], measured[:, -ROW_EXTRA:]
    muted = extra[:, THRESHOLD] >= MUTED
    step = max(1, _SCORES_AT_ONCE // max(1, len(corpus)))
    # float32 products would differ in their last bits with the number of rows beside them
    papers = corpus.astype(np.float64).T
    with np.errstate(invalid="ignore", over="ignore"):
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            _measure(vectors[part].astype(np.float64) @ papers, bars[part], extra[part])
    extra[muted, THRESHOLD] = MUTED
    return measured


def _measure(scores: Doubles, bars: Doubles, extra: Floats) -> None:
    """Fill threshold, mean and deviation of ``extra`` from one row of corpus scores each."""
    others = scores < ITSELF
    count = others.sum(axis=1)
    known = (count > 0) & np.isfinite(scores).all(axis=1)
    total = np.maximum(count, 1)
    mean = np.where(others, scores, 0.0).sum(axis=1) / total
    deviation = np.sqrt(np.where(others, np.square(scores - mean[:, None]), 0.0).sum(axis=1) / total)
    extra[:, MEAN] = np.where(known, mean, 0.0)
    extra[:, DEVIATION] = np.where(known & (deviation > _LEAST_DEVIATION), deviation, 1.0)
    extra[:, THRESHOLD] = UNREACHABLE
    scores[~others] = -UNREACHABLE
    beating = np.clip(np.floor(count * (1 - bars) + 1e-9), 1, total).astype(np.int64)
    for place in np.unique(beating[known]):
        mine = known & (beating == place)
        nth = scores.shape[1] - place
        extra[mine, THRESHOLD] = np.partition(scores[mine], nth, axis=1)[:, nth] - ROUNDING
    less = known & (extra[:, WEIGHT] < 0)
    extra[less, THRESHOLD] = extra[less, MEAN] + REACH * extra[less, DEVIATION]


def closeness(score: float, scores: Floats, *, includes_itself: bool) -> Closeness:
    """Where ``score`` stands among the interest's ``scores`` float32[n] with the stored papers.

    ``includes_itself`` says that the paper is one of the n; else it counts as one more. Equal papers share the
    better rank. The paper that the interest was made from is not counted.
    """
    if score < ITSELF:
        scores = scores[scores < ITSELF]
    corpus = max(1, scores.size + (not includes_itself))
    rank = 1 + int(np.count_nonzero(scores > score + ROUNDING))
    share = (corpus - rank) / corpus if corpus >= SHARE_FROM else None
    return Closeness(score=score, rank=rank, corpus=corpus, closer_than=share)


def words(closeness: Closeness) -> str:
    """``closer than 99.8 % of papers``, rounded down, or ``3rd closest of 84`` where a share would pretend."""
    if closeness.closer_than is None:
        nth = "" if closeness.rank == 1 else f"{_ordinal(closeness.rank)} "
        return f"{nth}closest of {closeness.corpus}"
    percent = min(99.99, closeness.closer_than * 100 + 1e-6)
    digits = next(digits for least, digits in _DECIMALS if percent >= least)
    return f"closer than {math.floor(percent * 10**digits) / 10**digits:g} % of papers"


def _ordinal(number: int) -> str:
    teens = number % 100 in (11, 12, 13)
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
