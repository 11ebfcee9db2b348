"""Makes scores of different interests comparable: an interest's scores of stored papers are its yardstick.

A score of 0.45 is high for a phrase of two words and ordinary for a whole abstract. Each interest is therefore
measured once against a sample of the stored papers: how much its words must weigh beside its meaning, the mean and
deviation of its whole scores, and the score that beats the share of papers the reader asked for (the bar).
"""

from __future__ import annotations

import numpy as np

from bot.matching.background import Background
from bot.matching.closeness import ROUNDING
from bot.matching.columns import Doubles, Flags, Floats
from bot.matching.evidence import Evidence
from bot.matching.scoring import scores
from bot.matching.word_book import SharedWords, Words
from bot.models import (
    DEVIATION,
    LEXICAL,
    MEAN,
    ROW_EXTRA,
    SHARE,
    SOURCE_WEIGHTS,
    SOURCES,
    THRESHOLD,
    WEIGHT,
)

#: No score gets there: the threshold of an interest that nothing is known to be near to.
UNREACHABLE = 1e6
#: The threshold of an interest that its reader muted; measuring it anew leaves it so.
MUTED = 2e6
#: A negative interest acts on papers at least so many deviations above its mean: about its nearest sixth.
REACH = 1.0
#: Words that hardly a stored paper has deviate little; they are scaled up no further than if they did so much.
LEAST_IN_WORDS = 0.01

_LEAST_DEVIATION = 1e-5
#: A unit vector has no component beyond 1; what is far beyond was never one.
_LARGEST_COMPONENT = 10.0
_WEIGHT_STEPS = 4096
_SCORES_AT_ONCE = 400_000


def row(
    vector: Floats,
    weight: float,
    background: Background,
    bar: float,
    *,
    evidence: Evidence,
    words_of: Words,
    muted: bool = False,
) -> Floats:
    """The stored row of one interest, float32[d + ROW_EXTRA]: ``vector`` float32[d], calibrated on ``background``.

    ``bar`` is the share of stored papers to beat, ``weight`` negative for "less of this"; nothing hits a muted one.
    """
    rows = np.zeros((1, vector.size + ROW_EXTRA), np.float32)
    rows[0, : vector.size] = vector
    extra = rows[0, -ROW_EXTRA:]
    extra[WEIGHT], extra[SHARE], extra[LEXICAL] = weight, evidence.share, evidence.lexical
    extra[SOURCES][: len(evidence.sources)] = evidence.sources
    extra[SOURCE_WEIGHTS][: len(evidence.weights)] = evidence.weights
    extra[THRESHOLD] = MUTED if muted else UNREACHABLE
    return calibrate(rows, background, np.array([bar]), words_of)[0]


def calibrate(rows: Floats, background: Background, bars: Doubles, words: Words) -> Floats:
    """Rows float32[k, d + ROW_EXTRA] measured anew on ``background``, each for its own bar.

    Vectors, weights, shares, and sources with what they count beside each other, stay. The threshold is the score of
    the last stored paper that beats the bar, and of the nearest one where none can (50 papers, bar 0.99). For a
    negative interest it is where its reach begins. Without papers, or for vectors that are not finite, no score reaches
    it, nor that of a muted interest. The deviation is never zero. A row that was damaged, so that its vector is far from
    a unit one or what it is measured to is not finite, keeps nothing but its weight and share, as far as those are
    finite: no paper is near to it until it is placed anew. A row is measured the same, to the bit, whatever stands
    beside it. Takes some 30 MB whatever ``k`` is.
    """
    measured = rows.copy()
    vectors, extra = measured[:, :-ROW_EXTRA], measured[:, -ROW_EXTRA:]
    muted = extra[:, THRESHOLD] >= MUTED
    step = max(1, _SCORES_AT_ONCE // max(1, len(background)))
    with np.errstate(invalid="ignore", over="ignore"):
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            others = ~_sources(extra[part], background)
            # float32 products would differ in their last bits with the number of rows beside them
            meaning = vectors[part].astype(np.float64) @ background.exact
            _weigh(meaning, others, extra[part], SharedWords(words, background.terms))
            _measure(meaning, others, bars[part], extra[part])
    _silence(measured)
    extra[muted, THRESHOLD] = MUTED
    return measured


def _silence(measured: Floats) -> None:
    """Leave of damaged rows what can be stored and hits nothing: an absurd vector scores above any threshold."""
    damaged = ~np.isfinite(measured).all(axis=1)
    damaged |= (np.abs(measured[:, :-ROW_EXTRA]) > _LARGEST_COMPONENT).any(axis=1)
    if not damaged.any():
        return
    kept = measured[damaged, -ROW_EXTRA:]
    rows = np.zeros((len(kept), measured.shape[1]), np.float32)
    extra = rows[:, -ROW_EXTRA:]
    extra[:, [WEIGHT, SHARE]] = np.nan_to_num(kept[:, [WEIGHT, SHARE]])
    extra[:, THRESHOLD], extra[:, DEVIATION] = UNREACHABLE, 1.0
    measured[damaged] = rows


def usual(rows: Floats, background: Background, words: Words) -> Floats:
    """The whole scores of the sample's papers, float32[k, n]; not a number for a paper that the row speaks through."""
    found = scores(rows, background.sample, words)
    found[_sources(rows[:, -ROW_EXTRA:], background)] = np.nan
    return found


def _sources(extra: Floats, background: Background) -> Flags:
    """Which papers of the sample each row speaks through, bool[k, n]."""
    found = np.zeros((len(extra), len(background)), np.bool_)
    stated = extra[:, SOURCES]
    which, place = np.nonzero(np.isfinite(stated) & (stated > 0))
    for interest, source in zip(which.tolist(), stated[which, place].tolist(), strict=True):
        if (paper := background.at.get(int(source) - 1)) is not None:
            found[interest, paper] = True
    return found


def _weigh(meaning: Doubles, others: Flags, extra: Floats, shared: SharedWords) -> None:
    """Scale the sources' weights of ``extra`` to the scores in meaning, float64[k, n], and add the words to those."""
    _, deviation = _spread(meaning, others)
    weights = np.where(np.isfinite(extra[:, SOURCE_WEIGHTS]), np.maximum(extra[:, SOURCE_WEIGHTS], 0), 0)
    largest = weights.max(axis=1, keepdims=True)
    weights = np.divide(weights, largest, out=np.zeros_like(weights), where=largest > 0)
    # rounded, so that measuring twice gives the same bits
    weights = np.rint(weights * _WEIGHT_STEPS) / np.float32(_WEIGHT_STEPS)
    extra[:, SOURCE_WEIGHTS] = weights
    _, in_words = _spread(shared.scores(extra).astype(np.float64), others)
    scale = extra[:, LEXICAL] * deviation / np.maximum(in_words, LEAST_IN_WORDS * np.maximum(weights.sum(axis=1), 1))
    scale = np.where(np.isfinite(scale) & ((scale > 0) | (extra[:, LEXICAL] <= 0)), np.maximum(scale, 0), 1)
    extra[:, SOURCE_WEIGHTS] *= scale[:, None].astype(np.float32)
    meaning += shared.scores(extra)


def _spread(scores: Doubles, others: Flags) -> tuple[Doubles, Doubles]:
    """Mean and deviation of each row's scores of other papers than its own; 0 and 0 where there is none."""
    total = np.maximum(others.sum(axis=1), 1)
    mean = np.where(others, scores, 0.0).sum(axis=1) / total
    return mean, np.sqrt(np.where(others, np.square(scores - mean[:, None]), 0.0).sum(axis=1) / total)


def _measure(scores: Doubles, others: Flags, bars: Doubles, extra: Floats) -> None:
    """Fill threshold, mean and deviation of ``extra`` from one row of whole scores each."""
    count = others.sum(axis=1)
    known = (count > 0) & np.isfinite(scores).all(axis=1)
    mean, deviation = _spread(scores, others)
    extra[:, MEAN] = np.where(known, mean, 0.0)
    extra[:, DEVIATION] = np.where(known & (deviation > _LEAST_DEVIATION), deviation, 1.0)
    extra[:, THRESHOLD] = UNREACHABLE
    scores[~others] = -np.inf
    beating = np.clip(np.floor(count * (1 - bars) + 1e-9), 1, np.maximum(count, 1)).astype(np.int64)
    for place in np.unique(beating[known]):
        mine = known & (beating == place)
        nth = scores.shape[1] - place
        extra[mine, THRESHOLD] = np.partition(scores[mine], nth, axis=1)[:, nth] - ROUNDING
    less = known & (extra[:, WEIGHT] < 0)
    extra[less, THRESHOLD] = extra[less, MEAN] + REACH * extra[less, DEVIATION]
