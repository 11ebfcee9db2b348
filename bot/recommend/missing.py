"""Which papers came near to what a reader follows and stayed below the bar. Values in, values out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import numpy as np

from bot import matching
from bot.matching import Found
from bot.models import FACTS, ROW_EXTRA, WEIGHT, Match
from bot.recommend.picking import Yardstick, candidates, matched, measured
from bot.recommend.shelf import Shelf

#: A paper is near from this share of the stored papers on that are farther away. One in ten is nearer by chance alone,
#: which is still told of as the best there was; what is farther has no more to do with the reader than any other paper.
NEAR_FROM = 0.9


def near_misses(
    yardstick: Yardstick,
    shelf: Shelf,
    came: tuple[datetime, datetime],
    *,
    bar: float,
    but: Collection[str] = frozenset(),
) -> list[Match]:
    """The papers first seen after the one moment and until the other (aware) that came near, nearest first.

    Each is closer than ``NEAR_FROM`` of the stored papers to something that the reader followed when it came, and below
    the reader's ``bar`` for everything that the reader follows; ``yardstick`` is measured for that. None where nobody
    can say how close a paper is. ``but`` are ids that are left out.
    """
    (since, until), profile = came, yardstick.profile
    rows = [
        row
        for row, paper_id in enumerate(shelf.ids)
        if paper_id not in but and since < shelf.known[row].paper.first_seen <= until
    ]
    if not rows or bar <= NEAR_FROM:
        return []
    part = shelf.only(rows)
    floor = measured(profile, yardstick.rows, yardstick.words, shelf.background, NEAR_FROM)
    found, alerted = candidates(floor, part), above(yardstick, part)
    created = {one.id: one.created for one in profile.interests if one.kind not in FACTS}
    kept = tuple(
        replace(one, paper=rows[one.paper])
        for one in found.candidates
        if one.interest_id in created
        and one.paper not in alerted
        and ((at := created[one.interest_id]) is None or part.known[one.paper].paper.first_seen >= at)
    )
    near = [
        (match.closeness.closer_than, match)
        for match in matched(Found(found.user, kept), yardstick, shelf)
        if match.closeness.closer_than is not None and NEAR_FROM <= match.closeness.closer_than < bar
    ]
    near.sort(key=lambda one: -one[0])
    return [match for _, match in near]


def above(yardstick: Yardstick, part: Shelf) -> set[int]:
    """Rows of the part that are above the bar for something wanted: they were alerted of, or came before it was followed.

    What has nothing to do with the interest is nobody's alert.
    """
    own = [row for row in yardstick.rows.values() if row[WEIGHT - ROW_EXTRA] > 0]
    if not own:
        return set()
    rows = np.stack(own)
    hits = matching.hits(rows, part.seen, yardstick.words)
    if matching.knows_unrelated(part.background):
        hits = hits.only(matching.near_enough(rows[hits.interest], part.papers[hits.paper], part.background))
    return set(hits.paper.tolist())
