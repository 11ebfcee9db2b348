"""Decides what a rating changes: which interest it joins, how likes fall into groups, where each interest then stands.

joining     which interest of a reader's own a rating joins, and what an interest learnt from ratings is called
grouping    likes that belong to none: groups by what they have in common, and what each group's share of the places is
weighing    how much each paper of an interest says of it
placing     the vector of an interest and the words that speak for it

Pure. An interest is made from its text and from the papers that its ratings name, and from nothing else. So the order
of ratings does not matter, and taking one back leaves exactly what the others make.
"""

from __future__ import annotations

from bot.feedback.grouping import OF_SIZE, grouped, middle, shares
from bot.feedback.joining import (
    REACH,
    is_pooled,
    joined,
    learnt,
    named,
    opened,
    opened_id,
    pooled,
    was_renamed,
    with_paper,
    without_paper,
)
from bot.feedback.placing import NAMED, placed, rows_of, shared
from bot.feedback.weighing import Liked, weights

__all__ = [
    "NAMED",
    "OF_SIZE",
    "REACH",
    "Liked",
    "grouped",
    "is_pooled",
    "joined",
    "learnt",
    "middle",
    "named",
    "opened",
    "opened_id",
    "placed",
    "pooled",
    "rows_of",
    "shared",
    "shares",
    "was_renamed",
    "weights",
    "with_paper",
    "without_paper",
]
