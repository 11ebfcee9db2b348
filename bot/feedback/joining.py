"""Which interest a rating joins, and what one that it opens is called."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot import cleaning, interests
from bot.feedback.moving import Floats
from bot.models import DEVIATION, FACTS, MEAN, ROW_EXTRA, THRESHOLD, Interest, InterestKind, Paper, Taste

#: A rated paper joins an interest that it is at least so near to, in deviations above the interest's mean: among 500
#: papers what is farther has another subject.
REACH = 2.0
#: Among fewer papers a subject is a larger share of them, so nothing stands out as far.
REACH_OF_FEW, FEW = 1.25, 200
#: A reader with a low bar is told of papers farther away than that; those join too, down to here.
_LEAST_REACH = 1.0


def joined(
    followed: Iterable[Interest],
    rows: Mapping[str, Floats],
    paper: Floats,
    taste: Taste,
    *,
    corpus: int,
    anyhow: bool = False,
) -> Interest | None:
    """The interest that a rating joins: the nearest of its sign within reach; None: it opens one of its own.

    ``rows`` are the reader's interest rows, float32[d + 4], by interest id, measured on ``corpus`` papers; ``paper`` is
    the paper's unit vector, float32[d]. Facts have no place to be near to, and from a muted interest nothing would
    come. ``anyhow``: however far it is.
    """
    nearest: tuple[float, str, Interest] | None = None
    for interest in followed:
        row = rows.get(interest.id)
        if row is None or interest.kind in FACTS or interest.muted or (interest.weight > 0) != (taste is Taste.MORE):
            continue
        nearness, bar = _deviations(row, float(row[:-ROW_EXTRA] @ paper)), _deviations(row, row[-ROW_EXTRA + THRESHOLD])
        reach = REACH if corpus >= FEW else REACH_OF_FEW
        if interest.weight > 0:
            reach = max(_LEAST_REACH, min(reach, bar))
        # a tie goes to the one that every process would choose
        candidate = (nearness, interest.id, interest)
        if (anyhow or nearness >= reach) and (nearest is None or candidate[:2] > nearest[:2]):
            nearest = candidate
    return nearest[2] if nearest else None


def _deviations(row: Floats, score: float) -> float:
    """How many deviations above the interest's mean a score is."""
    extra = row[-ROW_EXTRA:]
    return (float(score) - float(extra[MEAN])) / max(float(extra[DEVIATION]), 1e-9)


def opened(paper: Paper, taste: Taste, followed: Collection[Interest], now: datetime) -> Interest:
    """The interest that a rating opens, named after the paper; it has learnt from nothing yet."""
    return Interest(
        id=interests.interest_id(f"learnt:{taste}:{paper.id}"),
        name=interests.free_name(
            " ".join(cleaning.display(paper.title).split()) or paper.id, (one.name for one in followed), beside="learnt"
        ),
        kind=InterestKind.LEARNT,
        text="",
        weight=1.0 if taste is Taste.MORE else -1.0,
        created=now,
    )


def with_paper(interest: Interest, paper_id: str) -> Interest:
    """The interest, having learnt from this paper too."""
    if paper_id in interest.learnt_from:
        return interest
    return replace(interest, learnt_from=(*interest.learnt_from, paper_id))


def without_paper(interest: Interest, ids: Collection[str]) -> Interest | None:
    """The interest as if it had not learnt from the paper of these ids; None where nothing is left of it."""
    left = tuple(paper_id for paper_id in interest.learnt_from if paper_id not in ids)
    if interest.kind is InterestKind.LEARNT and not left:
        return None
    return replace(interest, learnt_from=left)
