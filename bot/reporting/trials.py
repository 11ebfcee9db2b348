"""Each vote as a trial: where a ranking that knew earlier votes only would put its paper, among those of its week.

A vote's paper stands among those that came in the same week. Papers that the reader had voted on before are known and
left out, and so is what else the reader liked, at whatever time: it would be no mistake to rank it higher.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.models import Interest
from bot.terms import Terms

Floats = NDArray[np.float32]
Scores = NDArray[np.float64]
Rows = NDArray[np.int64]

#: A vote's paper is compared with so many others at most, drawn from those of its week.
MOST_CANDIDATES = 1_000
#: Votes that are replayed at most, the newest: each takes some hundredths of a second.
MOST_TRIALS = 1_000


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote of one reader, who is a number here; ``paper`` is the paper's row."""

    reader: int
    paper: int
    is_like: bool
    #: Aware.
    at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A phrase or paper that a reader follows by name: its unit vector, float32[d], and its terms."""

    interest: Interest
    vector: Floats
    terms: Terms
    #: The row of the paper that it is; None for a phrase.
    paper: int | None = None

    @property
    def is_wanted(self) -> bool:
        """More of it, not less."""
        return self.interest.weight > 0

    def is_before(self, at: datetime) -> bool:
        """It was followed then, as far as that is known."""
        return self.interest.created is None or self.interest.created < at


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """What was known of a reader before a vote."""

    reader: int
    followed: Sequence[Followed]
    #: Votes, the oldest first.
    votes: Sequence[Vote]

    @property
    def liked(self) -> list[int]:
        """Rows of the papers liked, the oldest first."""
        return [vote.paper for vote in self.votes if vote.is_like]

    @property
    def disliked(self) -> list[int]:
        """Rows of the papers disliked, the oldest first."""
        return [vote.paper for vote in self.votes if not vote.is_like]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One vote, what was known before it, and the other papers of its week, as ascending rows."""

    vote: Vote
    earlier: Earlier
    others: Rows


class Ranking(Protocol):
    """A way to put papers in order for a reader."""

    @property
    def name(self) -> str:
        """What it is called in the table."""
        ...

    def scores(self, earlier: Earlier, papers: Rows) -> Scores:
        """float64[n], larger for what comes first, for these rows of the stored papers."""
        ...


def trials(
    votes: Sequence[Vote], followed: Sequence[Sequence[Followed]], weeks: Rows, *, since: datetime
) -> list[Trial]:
    """The trials of the votes from ``since`` (aware) on before which anything was known of their reader, oldest first.

    ``followed`` is by reader; ``weeks`` int64[papers] the number of the week in which each paper came. The newest
    ``MOST_TRIALS`` at most.
    """
    random = np.random.default_rng(0)
    by_reader: dict[int, list[Vote]] = {}
    for vote in sorted(votes, key=lambda one: (one.at, one.reader, one.paper)):
        by_reader.setdefault(vote.reader, []).append(vote)
    found = [
        trial
        for reader, given in by_reader.items()
        for place, vote in enumerate(given)
        if vote.at >= since and (trial := _trial(given, place, followed[reader], weeks, random))
    ]
    return sorted(found, key=lambda one: (one.vote.at, one.vote.reader, one.vote.paper))[-MOST_TRIALS:]


def _trial(
    given: Sequence[Vote], place: int, followed: Sequence[Followed], weeks: Rows, random: np.random.Generator
) -> Trial | None:
    vote = given[place]
    earlier = Earlier(vote.reader, [one for one in followed if one.is_before(vote.at)], given[:place])
    if not any(one.is_wanted for one in earlier.followed) and not earlier.liked:
        return None
    known = [vote.paper, *(one.paper for one in given if one.is_like or one.at < vote.at)]
    others: Rows = np.setdiff1d(np.flatnonzero(weeks == weeks[vote.paper]), known)
    if len(others) > MOST_CANDIDATES:
        others = np.sort(random.choice(others, MOST_CANDIDATES, replace=False))
    return Trial(vote, earlier, others) if len(others) else None


def answers(trial: Trial, ranking: Ranking) -> tuple[float, float]:
    """Share of the others that the ranking puts below the vote's paper, and whether it is among its first three (0 to 1).

    Of equals, each place is as likely as the others.
    """
    scores = ranking.scores(trial.earlier, np.append(trial.others, trial.vote.paper))
    own, others = scores[-1], scores[:-1]
    above, equal = int((others > own).sum()), int((others == own).sum())
    first = 3
    place = float(np.clip((first - above) / (equal + 1), 0.0, 1.0))
    return 1.0 - (above + equal / 2) / len(others), place
