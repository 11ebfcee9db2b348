"""What the answers of rankings to the same votes say, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.reporting.trials import Trial

Doubles = NDArray[np.float64]

#: Likes that can be replayed; of fewer, chance tells more than the ranking.
ENOUGH = 20
_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How one ranking did: shares from 0 to 1, chance is 0.5 for the first two and the last."""

    name: str
    #: Share of the other papers of the week that stand below one that is liked (the area under the ROC curve, AUC).
    liked: Figure | None
    #: The same of one that is disliked: less is better.
    disliked: Figure | None
    #: How often one that is liked is among the first three of its week.
    first_three: Figure | None
    #: How often one that is liked stands above one that the same reader disliked, each within its week.
    over_disliked: Figure | None
    #: By how much the first ranking's ``liked`` is above this one's, vote by vote; None for the first itself.
    behind: Figure | None = None


def compared(trials: Sequence[Trial], answers: Mapping[str, Sequence[tuple[float, float]]]) -> list[Standing]:
    """The standing of each ranking, in their order; ``answers`` has the answer to each trial by the ranking's name.

    Intervals: readers are drawn again with replacement, then the votes of each (a bootstrap of clusters), so that one
    who votes much does not pass for many.
    """
    likes = np.array([trial.vote.is_like for trial in trials], bool)
    readers = np.array([trial.vote.reader for trial in trials], np.int64)
    draws = _draws(readers)
    found: list[Standing] = []
    first: Doubles | None = None
    for name, given in answers.items():
        table: Doubles = np.array(given, np.float64).reshape(len(trials), 2)
        above, hits = table[:, 0], table[:, 1]
        found.append(
            Standing(
                name=name,
                liked=_mean(above, likes, draws),
                disliked=_mean(above, ~likes, draws),
                first_three=_mean(hits, likes, draws),
                over_disliked=_over(above, likes, readers, draws),
                behind=None if first is None else _mean(first - above, likes, draws),
            )
        )
        first = above if first is None else first
    return found


def _draws(readers: NDArray[np.int64]) -> Doubles:
    """How often each vote stands in each resample, float64[resamples, votes]; the first row has each once."""
    random = np.random.default_rng(0)
    table: Doubles = np.ones((_RESAMPLES + 1, len(readers)), np.float64)
    each = np.unique(readers)
    if len(each):
        drawn = random.multinomial(len(each), np.full(len(each), 1 / len(each)), _RESAMPLES)
        for place, reader in enumerate(each):
            own = np.flatnonzero(readers == reader)
            table[1:, own] = random.multinomial(drawn[:, place] * len(own), np.full(len(own), 1 / len(own)))
    return table


def _mean(values: Doubles, which: NDArray[np.bool_], draws: Doubles) -> Figure | None:
    weights = draws[:, which]
    return _figure(weights @ values[which], weights.sum(axis=1))


def _over(above: Doubles, likes: NDArray[np.bool_], readers: NDArray[np.int64], draws: Doubles) -> Figure | None:
    won, pairs = np.zeros(len(draws), np.float64), np.zeros(len(draws), np.float64)
    for reader in np.unique(readers):
        liked, disliked = (np.flatnonzero((readers == reader) & which) for which in (likes, ~likes))
        gaps = above[liked][:, None] - above[disliked]
        wins = (gaps > 0) + (gaps == 0) / 2
        won += ((draws[:, liked] @ wins) * draws[:, disliked]).sum(axis=1)
        pairs += draws[:, liked].sum(axis=1) * draws[:, disliked].sum(axis=1)
    return _figure(won, pairs)


def _figure(sums: Doubles, weights: Doubles) -> Figure | None:
    """The first row's mean, within what the others give; None where it is of nothing."""
    if not weights[0]:
        return None
    drawn = weights[1:] > 0
    low, high = np.percentile(sums[1:][drawn] / weights[1:][drawn], (2.5, 97.5))
    return Figure(float(sums[0] / weights[0]), float(low), float(high))
