"""How near a paper is to an interest, as a place among the stored papers, and in words."""

from __future__ import annotations

import math

import numpy as np

from bot.matching.columns import Floats
from bot.models import Closeness

#: Below so many stored papers a share of them would pretend too much; a rank is told instead.
SHARE_FROM = 200
#: A score in float32 depends on its place in the block from about the seventh digit on.
ROUNDING = 5e-6

#: Decimals of a percentage from this one on: the nearer to all, the more they tell.
_DECIMALS = ((99.9, 2), (99, 1), (0, 0))


def closeness(score: float, scores: Floats, *, includes_itself: bool) -> Closeness:
    """Where ``score`` stands among the interest's ``scores`` float32[n] with the stored papers, as ``usual`` gives them.

    ``includes_itself`` says that the paper is one of the n; else it counts as one more. Equal papers share the
    better rank. What is not a number, a paper that the interest was made from, is not counted.
    """
    others = int(np.count_nonzero(~np.isnan(scores)))
    corpus = max(1, others + (not includes_itself))
    rank = min(corpus, 1 + int(np.count_nonzero(scores > score + ROUNDING)))
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
