"""Which papers came near to what a reader follows and stayed below the bar. Values in, values out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import numpy as np

from bot.matching import Found
from bot.models import FACTS, ROW_EXTRA, THRESHOLD, WEIGHT, Match
from bot.recommend.catalogue import Shelf
from bot.recommend.picking import UNRELATED, Yardstick, candidates, matched, measured

#: A paper is near from this share of the stored papers on that are farther away. One in ten is nearer by chance alone,
#: which is still told of as the best there was; what is farther has no more to do with the reader than any other paper.
NEAR_FROM = 0.9


def near_misses(
    yardstick: Yardstick,
    shelf: Shelf,
    came: tuple[datetime, datetime],
    limit: int,
    *,
    bar: float,
    but: Collection[str] = frozenset(),
) -> list[Match]:
    """At most ``limit`` papers first seen after the one moment and until the other (aware), nearest first.

    Each is closer than ``NEAR_FROM`` of the stored papers to something that the reader followed when it came, and below
    the reader's bar for everything that the reader follows; ``yardstick`` is measured for that, ``bar`` is the host's,
    the reader's own goes before it. None where nobody can say how close a paper is. ``but`` are ids that are left out.
    """
    (since, until), profile = came, yardstick.profile
    bar = profile.bar or bar
    rows = [
        row
        for row, paper_id in enumerate(shelf.ids)
        if paper_id not in but and since < shelf.known[row].paper.first_seen <= until
    ]
    if not rows or bar <= NEAR_FROM:
        return []
    part = shelf.only(rows)
    floor = measured(replace(profile, bar=NEAR_FROM), yardstick.rows, shelf, NEAR_FROM)
    for row in floor.rows.values():
        row[THRESHOLD - ROW_EXTRA] = max(row[THRESHOLD - ROW_EXTRA], UNRELATED)
    found, alerted = candidates(floor, part), _above(yardstick, part)
    created = {one.id: one.created for one in profile.interests if one.kind not in FACTS}
    kept = tuple(
        one
        for one in found.candidates
        if one.interest_id in created
        and one.paper not in alerted
        and ((at := created[one.interest_id]) is None or part.known[one.paper].paper.first_seen >= at)
    )
    # Rows are measured on a sample of the papers, what is shown on all of them: both have to agree.
    near = [
        (match.closeness.closer_than, match)
        for match in matched(Found(found.user, kept), yardstick, part, shelf, len(kept))
        if match.closeness.closer_than is not None and NEAR_FROM <= match.closeness.closer_than < bar
    ]
    near.sort(key=lambda one: -one[0])
    return [match for _, match in near[: max(0, limit)]]


def _above(yardstick: Yardstick, part: Shelf) -> set[int]:
    """Rows of the part that are above the bar for something wanted: they were alerted of, or came before it was followed."""
    own = [row for row in yardstick.rows.values() if row[WEIGHT - ROW_EXTRA] > 0]
    if not own:
        return set()
    stacked = np.stack(own)
    scores = part.vectors @ stacked[:, :-ROW_EXTRA].T
    above = (scores >= stacked[:, THRESHOLD - ROW_EXTRA]).any(axis=1)
    return set(np.flatnonzero(above).tolist())
