"""How good the bot is, by its own readers' acts: figures of each week, and rankings compared by replaying the votes. Pure.

weeks           what was sent in each week, and what became of it
trials          each vote as a question to a ranking that knows earlier votes only
peers           rankings that others use: the mean of the likes, a classifier of words, the newest first
figures         what the answers say, with their intervals

No figure names a reader. Medians are only told of so many readers that they hide who it is; weeks are sums, told with
the number of their readers: of one or two, a sum is what those did, and a host of a small workspace has no other.
"""

from __future__ import annotations

from bot.reporting.figures import ENOUGH, Figure, Standing, compared
from bot.reporting.peers import ByDate, ByMean, ByWords
from bot.reporting.trials import (
    MOST_CANDIDATES,
    MOST_TRIALS,
    Earlier,
    Followed,
    Ranking,
    Rows,
    Scores,
    Trial,
    Vote,
    answers,
    trials,
)
from bot.reporting.weeks import HIDDEN_BELOW, Acts, Medians, Week, interval, medians, total, weekly

__all__ = [
    "ENOUGH",
    "HIDDEN_BELOW",
    "MOST_CANDIDATES",
    "MOST_TRIALS",
    "Acts",
    "ByDate",
    "ByMean",
    "ByWords",
    "Earlier",
    "Figure",
    "Followed",
    "Medians",
    "Ranking",
    "Rows",
    "Scores",
    "Standing",
    "Trial",
    "Vote",
    "Week",
    "answers",
    "compared",
    "interval",
    "medians",
    "total",
    "trials",
    "weekly",
]
