"""The bar that a reader's votes ask for: how close a paper must be so that most of what is sent is liked. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.models import Profile
from bot.settings import DigestSettings

#: A bar learnt from votes lies between these, unless the host's own is beyond them.
LOWEST, HIGHEST = 0.90, 0.995
#: Of what is above the bar at least so much is to be liked.
WANTED = 0.6
#: The bar moves by at most so much with one vote, and not before there are so many votes. Only the latest ones count.
STEP, LEAST, LATEST = 0.005, 5, 200
#: So many votes' worth of belief that the host's bar is right.
_BELIEF = 8.0
#: Where half as many papers pass, so much more of them is believed to be liked; never less, nor more, than these.
_RISE, _LEAST_LIKED, _MOST_LIKED = 0.1, 0.05, 0.95
#: Bars differ by tenths of a percentage point.
_FINE = 1_000
#: What is added before two shares are compared: sums of tenths are not exact.
_NEARLY = 1e-9


@dataclass(frozen=True, slots=True)
class Vote:
    """What a reader said of a paper that was sent."""

    #: The share of the stored papers that it was closer than when it was sent, 0 to 1.
    closer_than: float
    liked: bool


def bar_of(profile: Profile, digest: DigestSettings) -> float:
    """The share of stored papers that a paper must be closer than: the reader's choice, what was learnt, the host's."""
    learnt = profile.learnt_bar if digest.learn_bar else None
    return profile.bar or learnt or digest.bar


def learnt(votes: Sequence[Vote], host: float) -> float | None:
    """The bar that these votes, oldest first, ask for; None while there are fewer than ``LEAST``.

    It is the lowest bar above which at least ``WANTED`` of the votes are likes, sought from the ``host``'s on with steps
    of at most ``STEP`` a vote. At the host's bar a Beta prior of that mean speaks with the weight of ``_BELIEF`` votes;
    for a lower one it believes in fewer likes, and weighs with the square of how many papers pass that nobody voted on,
    so that likes of very near papers alone do not open the gates. The same votes always give the same, so a vote that is
    taken back leaves no trace.
    """
    if len(votes) < LEAST:
        return None
    bars = np.arange(_fine(min(LOWEST, host)), _fine(max(HIGHEST, host)) + 1) / _FINE
    halvings = np.log2((1 - host) / (1 - bars))
    believed = np.clip(WANTED + _RISE * halvings, _LEAST_LIKED, _MOST_LIKED)
    liked, given = np.zeros(len(bars)), np.zeros(len(bars))
    bar = seen = host
    for number, vote in enumerate(votes[-LATEST:], start=1):
        counts = bars <= vote.closer_than + _NEARLY
        liked += counts & vote.liked
        given += counts
        seen = min(seen, max(vote.closer_than, float(bars[0])))
        if number >= LEAST:
            belief = _BELIEF * np.maximum(1.0, (1 - bars) / (1 - seen)) ** 2
            good = (liked + belief * believed) / (given + belief) >= WANTED - _NEARLY
            sought = float(bars[int(good.argmax())]) if good.any() else float(bars[-1])
            bar = min(max(sought, bar - STEP), bar + STEP)
    return round(bar * _FINE) / _FINE


def _fine(bar: float) -> int:
    return math.floor(bar * _FINE + _NEARLY)
