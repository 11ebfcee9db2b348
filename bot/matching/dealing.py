"""Turns the hits of many readers into each reader's order of papers.

- A negative interest is local. A paper at least as near to it as to a positive one is lost to that one; a paper
  within its reach is weakened the more, the nearer it is to it.
- Each paper goes to the interest it is strongest in.
- Places are dealt out in turn: every interest's best paper, then every interest's second, each turn by strength. So a
  small or new interest is seen beside a big one.

Nearness is in deviations above the interest's mean; strength is nearness times the interest's weight.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bot.matching.calibration import REACH
from bot.matching.columns import Doubles, Floats, Numbers, Places, changes, counted, ranks

#: At most so many papers are dealt to one reader, and kept of one interest: more than any cap.
KEEP = 200
#: Strengths that differ by less are a tie: float32 products differ by their place in the block.
TIE = 1e-4

_STRONGEST = 1e6


def weakened(pair: Numbers, nearness: Floats, weight: Floats) -> Doubles:
    """The strength of each hit; minus infinity for those of negative interests and for those lost to one.

    ``pair`` is a number for the hit's reader and paper, ``weight`` that of its interest.
    """
    strength = nearness.astype(np.float64) * weight
    strength[~(weight > 0)] = -np.inf
    less = np.flatnonzero(weight < 0)
    if not less.size:
        return strength
    less = less[np.argsort(pair[less])]
    starts = np.flatnonzero(changes(pair[less]))
    pairs = pair[less][starts]
    nearest = np.maximum.reduceat(nearness[less], starts)
    push = np.maximum.reduceat((nearness[less] - REACH) * -weight[less], starts)
    at = np.minimum(np.searchsorted(pairs, pair), len(pairs) - 1)
    reached = np.flatnonzero((pairs[at] == pair) & (weight > 0))
    at, near = at[reached], nearness[reached]
    left = 1 - push[at] / np.maximum(near - REACH, np.float32(TIE))
    strength[reached] = np.where((nearest[at] < near) & (left > 0), strength[reached] * left, -np.inf)
    return strength


def deal(
    reader: Numbers, interest: Places, paper: Places, strength: Doubles, by_field: Callable[[Places], Numbers]
) -> Numbers:
    """The places of the hits that are dealt: reader after reader (numbers from 0), at most KEEP of each.

    ``by_field`` puts distinct interests into an order that does not hang on where they are stored; it is asked when
    two interests of a reader tie for a paper. Nothing is dealt of strength minus infinity.
    """
    papers, size = int(paper.max(initial=0)) + 1, len(paper) + 1
    weaker = -np.rint(np.clip(strength, -_STRONGEST, _STRONGEST) / TIE).astype(np.int64)
    place = ranks(weaker * papers + paper)
    pair = reader * papers + paper

    order = np.argsort(pair * size + place)
    tied = ~(changes(pair[order]) | changes(weaker[order]))
    if tied.any():
        tied[:-1] |= tied[1:]
        order = np.lexsort((_named(interest, np.unique(interest[order[tied]]), by_field), weaker, pair))
    best = order[changes(pair[order])]
    best = best[strength[best] > -np.inf]

    order = best[np.argsort(interest[best].astype(np.int64) * size + place[best])]
    turn = counted(interest[order])
    turns = reader[order] * (int(turn.max(initial=0)) + 1) + turn
    order = order[np.argsort(turns * size + place[order])]
    return order[counted(reader[order]) < KEEP]


def _named(interest: Places, tied: Places, by_field: Callable[[Places], Numbers]) -> Numbers:
    """For each hit of the ``tied`` interests, the place of its interest's field."""
    at = np.minimum(np.searchsorted(tied, interest), len(tied) - 1)
    return np.where(tied[at] == interest, by_field(tied)[at], 0)
