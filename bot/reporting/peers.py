"""Rankings that other programs use, made from the same votes and from what is followed by name: to be compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from bot.reporting.trials import Earlier, Floats, Rows, Scores
from bot.terms import Lexicon, TermRows, Terms

Doubles = NDArray[np.float64]

#: As arxiv-sanity-lite sets it.
_STRENGTH = 0.01
#: Papers that stand for all others: a classifier of few positives needs no more.
_MOST_NEGATIVES = 1_000
_MOST_STEPS = 100

#: scipy leaves its types open.
_minimize = cast("Callable[..., Any]", optimize.minimize)


class ByMean:
    """Cosine to the mean vector of what is liked and followed, as most tools do it; dislikes are not looked at."""

    name = "mean profile"

    def __init__(self, vectors: Floats) -> None:
        """``vectors``: unit, float32[papers, d], of the papers' texts."""
        self._vectors = vectors

    def scores(self, earlier: Earlier, papers: Rows) -> Scores:
        """float64[n] for these rows."""
        followed = [one.vector for one in earlier.followed if one.is_wanted]
        mean = np.concatenate([self._vectors[earlier.liked], np.array(followed).reshape(-1, self._vectors.shape[1])])
        return (self._vectors[papers] @ mean.mean(axis=0)).astype(np.float64)


class ByWords:
    """A linear classifier of words, liked or not, as arxiv-sanity-lite does it (Karpathy 2021).

    TF-IDF of words and pairs of words; support vectors with squared hinge loss, C = 0.01, both classes of equal weight;
    what is not liked stands for all that is not.
    """

    name = "words (SVM)"

    def __init__(self, terms: Sequence[Terms]) -> None:
        self._lexicon = Lexicon.of(terms)
        self._words = self._lexicon.rows(terms)
        self._others = np.sort(np.random.default_rng(1).permutation(len(terms))[:_MOST_NEGATIVES])
        self._last: dict[int, Doubles] = {}

    def scores(self, earlier: Earlier, papers: Rows) -> Scores:
        """float64[n] for these rows."""
        liked = earlier.liked
        followed = self._lexicon.rows([one.terms for one in earlier.followed if one.is_wanted])
        others = np.setdiff1d(np.concatenate([papers, self._others, np.array(earlier.disliked, np.int64)]), liked)
        given = TermRows.stacked([self._words[np.array(liked, np.int64)], followed, self._words[others]])
        signs = np.where(np.arange(len(given)) < len(liked) + len(followed), 1.0, -1.0)
        # The next vote of the same reader moves them by little.
        weights = self._last[earlier.reader] = separating(given, signs, self._last.get(earlier.reader))
        asked = self._words[papers]
        return _sums(_row_of(asked), asked.values * weights[asked.columns], len(asked))


class ByDate:
    """The newest first."""

    name = "newest first"

    def __init__(self, days: Sequence[date]) -> None:
        self._days = np.array([day.toordinal() for day in days], np.float64)

    def scores(self, earlier: Earlier, papers: Rows) -> Scores:  # noqa: ARG002 - the same for all readers
        """float64[n] for these rows."""
        return self._days[papers]


def separating(given: TermRows, signs: Doubles, start: Doubles | None = None) -> Doubles:
    """The weights of a linear support vector machine, float64[width + 1], the last one is the intercept's.

    Least of ½‖w‖² + C Σ cᵢ max(0, 1 - sᵢ (w·xᵢ + b))², b among w (Fan et al. 2008, LIBLINEAR), where cᵢ gives both
    ``signs`` (1 and -1) the same weight in all. ``start``: weights to begin with.
    """
    positive = signs > 0
    balance = np.where(positive, 1 / max(1, positive.sum()), 1 / max(1, (~positive).sum())) * len(signs) / 2
    row, values = _row_of(given), given.values.astype(np.float64)

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        products = _sums(row, values * weights[given.columns], len(given)) + weights[-1]
        short = np.maximum(0.0, 1 - signs * products)
        pull = -2 * _STRENGTH * balance * signs * short
        gradient = weights.copy()
        gradient[:-1] += _sums(given.columns, values * pull[row], given.width)
        gradient[-1] += pull.sum()
        return float(weights @ weights / 2 + _STRENGTH * (balance @ short**2)), gradient

    begin = np.zeros(given.width + 1, np.float64) if start is None else start
    found = _minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": _MOST_STEPS})
    return np.asarray(found.x, np.float64)


def _row_of(rows: TermRows) -> Rows:
    """The row of each entry."""
    return np.repeat(np.arange(len(rows)), np.diff(rows.starts))


def _sums(places: NDArray[np.integer[Any]], values: NDArray[np.floating[Any]], length: int) -> Doubles:
    """float64[length]: the sum of the values at each place."""
    return np.bincount(places, values, length).astype(np.float64)
