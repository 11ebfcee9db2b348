"""Turns the hits of many readers into each reader's order of papers.

- A negative interest is local. It pushes papers within its reach away, the more, the nearer they are to it. A paper is
  lost to a positive interest whose bar it no longer beats, or that it is much farther from than from the negative one.
- Each paper goes to the interest it is strongest in.
- Places are dealt out by share (D'Hondt) and strength: the interest with the largest claim, share times a power of its
  best paper's strength / (places it has + 1), gives that paper next; of equal ones the one whose paper is stronger. So
  a small or new interest is seen beside a big one, and one that nothing strong came for does not fill a page.

Nearness is in deviations above the interest's mean; strength is nearness times the interest's weight.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bot.matching.calibration import REACH
from bot.matching.columns import Doubles, Floats, Numbers, Places, changes, counted, ranks

#: At most so many papers are dealt to one reader, and kept of one interest: more than any cap.
KEEP = 200
#: Strengths that differ by less are a tie: float32 products differ by their place in the block.
TIE = 1e-4

#: How much of what a paper is near to a negative interest is taken from how near it is to a positive one.
PUSHED = 0.375
#: A paper is lost where the negative interest's push is so many deviations more than its nearness beyond REACH.
FAR_NEARER = 1.5
#: An interest of no share would never be dealt a place.
LEAST_SHARE = 1e-3
#: A paper's claim to a place grows with this power of its strength, between these two: a narrow interest stands out
#: farther than a broad one, whatever its reader thinks of it.
BY_STRENGTH, LEAST_STRENGTH, MOST_STRENGTH = 2.0, 0.05, 5.0

_STRONGEST = 1e6


def weakened(pair: Numbers, nearness: Floats, weight: Floats, bar: Floats | None = None) -> Doubles:
    """The strength of each hit; minus infinity for those of negative interests and for those lost to one.

    ``pair`` is a number for the hit's reader and paper, ``weight`` that of its interest, ``bar`` the nearness that the
    interest asks for; None: a paper may fall below it. The push of a negative interest is the nearness to it beyond
    REACH, times its weight; of several the strongest counts.
    """
    strength = nearness.astype(np.float64) * weight
    strength[~(weight > 0)] = -np.inf
    less = np.flatnonzero(weight < 0)
    if not less.size:
        return strength
    less = less[np.argsort(pair[less])]
    starts = np.flatnonzero(changes(pair[less]))
    pairs = pair[less][starts]
    pushes = np.maximum.reduceat((nearness[less] - REACH) * -weight[less], starts)
    at = np.minimum(np.searchsorted(pairs, pair), len(pairs) - 1)
    reached = np.flatnonzero((pairs[at] == pair) & (weight > 0))
    near, push = nearness[reached], np.maximum(pushes[at[reached]], 0)
    left = near - PUSHED * push
    lost = push >= np.maximum(near - REACH, 0) + FAR_NEARER
    if bar is not None:
        lost |= (push > 0) & (left < bar[reached])
    strength[reached] = np.where(lost, -np.inf, left.astype(np.float64) * weight[reached])
    return strength


def deal(
    reader: Numbers,
    interest: Places,
    paper: Places,
    strength: Doubles,
    share: Floats,
    *,
    by_field: Callable[[Places], Numbers],
    most: int = KEEP,
) -> Numbers:
    """The places of the hits that are dealt: reader after reader (numbers from 0), at most ``most`` of each.

    ``share`` is that of the hit's interest. ``by_field`` puts distinct interests into an order that does not hang on
    where they are stored; it is asked when two interests of a reader tie for a paper. Nothing is dealt of strength
    minus infinity.
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
    claim = claims(share[order], -weaker[order] * TIE, turn)
    order = order[np.lexsort((place[order], -claim, reader[order]))]
    return order[counted(reader[order]) < most]


def claims(share: Floats, strength: NDArray[np.floating], places: Numbers) -> Doubles:
    """How strong a claim to the next place each paper gives its interest, which has so many places already."""
    return (
        np.maximum(share, LEAST_SHARE) * np.clip(strength, LEAST_STRENGTH, MOST_STRENGTH) ** BY_STRENGTH / (places + 1)
    )


def _named(interest: Places, tied: Places, by_field: Callable[[Places], Numbers]) -> Numbers:
    """For each hit of the ``tied`` interests, the place of its interest's field."""
    at = np.minimum(np.searchsorted(tied, interest), len(tied) - 1)
    return np.where(tied[at] == interest, by_field(tied)[at], 0)
