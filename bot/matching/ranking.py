"""All papers of a shelf in the order in which one reader's interests would be dealt them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bot.matching.background import Seen
from bot.matching.calibration import MUTED, REACH
from bot.matching.collecting import Candidate
from bot.matching.columns import Flags, Floats, Numbers, Places
from bot.matching.dealing import deal, weakened
from bot.matching.scoring import scores
from bot.matching.word_book import Words
from bot.models import DEVIATION, MEAN, ROW_EXTRA, SHARE, THRESHOLD, WEIGHT


def ranked(rows: Mapping[str, Floats], seen: Seen, words: Words, most: int | None = None) -> list[Candidate]:
    """Every paper once, or the first ``most``, by a reader's interest rows float32[d + ROW_EXTRA] with their ids.

    Thresholds are not looked at: a paper far from everything is dealt too, late. What a negative interest took away
    comes last, with a strength of minus infinity. Muted interests, spoilt rows and spoilt papers are left out; without
    a wanted interest there is nothing.
    """
    ids = sorted(interest_id for interest_id, row in rows.items() if _counts(row))
    table = np.stack([rows[interest_id] for interest_id in ids]) if ids else np.empty((0, ROW_EXTRA), np.float32)
    extra = table[:, -ROW_EXTRA:]
    wanted = extra[:, WEIGHT] > 0
    if not wanted.any() or not len(seen):
        return []
    most = len(seen) if most is None else most
    found = scores(table, seen, words)
    nearness = (found - extra[:, MEAN, None]) / extra[:, DEVIATION, None]
    with np.errstate(invalid="ignore"):
        pairs = np.isfinite(nearness) & (wanted[:, None] | (nearness >= REACH))
    which, paper = np.nonzero(pairs)
    interest = which.astype(np.int32)
    strength = weakened(paper, nearness[pairs], extra[interest, WEIGHT])
    share = extra[interest, SHARE]
    order = deal(np.zeros_like(paper), interest, paper.astype(np.int32), strength, share, by_field=_in_order, most=most)
    lost = _lost(np.where(wanted[:, None], nearness * extra[:, WEIGHT, None], -np.inf), paper[order])
    interest = np.concatenate([interest[order], lost[0]])[:most]
    paper = np.concatenate([paper[order], lost[1]])[:most]
    strength = np.concatenate([strength[order], np.full(len(lost[1]), -math.inf)])[:most]
    columns = (found[interest, paper].tolist(), strength.tolist(), extra[interest, SHARE].tolist())
    named = [ids[int(one)] for one in interest]
    return [Candidate(*one) for one in zip(named, paper.tolist(), *columns, strict=True)]


def _counts(row: Floats) -> bool:
    extra = row[-ROW_EXTRA:]
    return bool(np.isfinite(row).all() and extra[THRESHOLD] < MUTED and extra[DEVIATION] > 0)


def _in_order(interest: Places) -> Numbers:
    """Interests are numbered in the order of their ids already."""
    return interest.astype(np.int64)


def _lost(strength: Floats, dealt: Numbers) -> tuple[Places, Numbers]:
    """The papers that were not dealt, strongest first, with the interest that each would have been of."""
    left: Flags = np.isfinite(strength.max(axis=0))
    left[dealt] = False
    papers = np.flatnonzero(left)
    best = strength[:, papers].argmax(axis=0)
    order = np.argsort(-strength[best, papers], kind="stable")
    return best[order].astype(np.int32), papers[order]
