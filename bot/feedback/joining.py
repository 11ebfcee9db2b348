"""Which interest a rating joins, and what the interests are that likes make by themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot import cleaning, interests
from bot.feedback.grouping import middle
from bot.feedback.weighing import Liked
from bot.matching import Background, Floats
from bot.models import DEVIATION, FACTS, MEAN, ROW_EXTRA, THRESHOLD, Interest, InterestKind, Paper, Taste

#: A rated paper joins an interest that it is at least so near to, in deviations above the interest's mean: among 500
#: papers what is farther has another subject.
REACH = 2.0
#: Among fewer papers a subject is a larger share of them, so nothing stands out as far.
REACH_OF_FEW, FEW = 1.25, 200
#: A reader with a low bar is told of papers farther away than that; those join too, down to here.
_LEAST_REACH = 1.0


def is_pooled(interest: Interest) -> bool:
    """Whether likes alone make the interest, so that every vote may group its papers anew.

    What its reader muted, renamed or weighed is the reader's own and stays as it is.
    """
    is_shaped = interest.muted or interest.renamed or interest.weight != 1
    return interest.kind is InterestKind.LEARNT and not is_shaped


def joined(
    followed: Iterable[Interest],
    rows: Mapping[str, Floats],
    scores: Mapping[str, float],
    taste: Taste,
    *,
    corpus: int,
    anyhow: bool = False,
) -> Interest | None:
    """The interest that a rating joins: the nearest of its sign within reach; None: it belongs to none.

    ``rows`` are the reader's interest rows, measured on ``corpus`` papers, and ``scores`` the paper's scores with them,
    by interest id. Facts have no place to be near to, from a muted interest nothing would come, and what likes made by
    themselves is grouped anew. ``anyhow``: however far it is.
    """
    nearest: tuple[float, str, Interest] | None = None
    for interest in followed:
        if interest.kind in FACTS or interest.muted or (interest.weight > 0) != (taste is Taste.MORE):
            continue
        if interest.id not in rows or interest.id not in scores or is_pooled(interest):
            continue
        row = rows[interest.id]
        nearness = _deviations(row, scores[interest.id])
        reach = REACH if corpus >= FEW else REACH_OF_FEW
        if interest.weight > 0:
            reach = max(_LEAST_REACH, min(reach, _deviations(row, row[-ROW_EXTRA + THRESHOLD])))
        # a tie goes to the one that every process would choose
        candidate = (nearness, interest.id, interest)
        if (anyhow or nearness >= reach) and (nearest is None or candidate[:2] > nearest[:2]):
            nearest = candidate
    return nearest[2] if nearest else None


def _deviations(row: Floats, score: float) -> float:
    """How many deviations above the interest's mean a score is."""
    extra = row[-ROW_EXTRA:]
    return (float(score) - float(extra[MEAN])) / max(float(extra[DEVIATION]), 1e-9)


def opened(paper: Paper, taste: Taste, taken: Iterable[str], at: datetime | None) -> Interest:
    """The interest that a rating opens, named after the paper; it has learnt from nothing yet.

    ``taken`` are the names that the reader's other interests have.
    """
    return Interest(
        id=opened_id(paper.id, taste),
        name=interests.free_name(" ".join(cleaning.display(paper.title).split()) or paper.id, taken, beside="learnt"),
        kind=InterestKind.LEARNT,
        text="",
        weight=1.0 if taste is Taste.MORE else -1.0,
        created=at,
    )


def opened_id(paper_id: str, taste: Taste) -> str:
    """The id of the interest that a rating of this paper opens."""
    return interests.interest_id(f"learnt:{taste}:{paper_id}")


def was_renamed(interest: Interest, papers: Iterable[Paper]) -> bool:
    """Whether a learnt interest has another name than its papers can have given it: then that is its reader's own.

    ``papers`` are those that it learnt from; where one of them is missing nobody can say, and it was not.
    """
    known = {one.id: one for one in papers}
    if interest.kind is not InterestKind.LEARNT or not known or not known.keys() >= set(interest.learnt_from):
        return False
    return not any(_can_name(one, interest.name) for one in known.values())


def _can_name(paper: Paper, name: str) -> bool:
    """Whether what is named after the paper may have this name, whatever names its reader's others have."""
    given: list[str] = []
    while len(given) < interests.MOST_INTERESTS:
        given.append(opened(paper, Taste.MORE, given, None).name)
        if given[-1] == name:
            return True
    return False


def named(
    interest: Interest,
    papers: Mapping[str, Paper],
    liked: Mapping[str, Liked],
    background: Background,
    taken: Iterable[str],
) -> Interest:
    """The interest, if it is a learnt one that its reader did not rename, named after the middle one of its papers.

    ``papers`` and ``liked`` by the ids that it learnt from: where none is among them, it keeps its name. ``taken`` are
    the names of the reader's other interests.
    """
    if interest.kind is not InterestKind.LEARNT or interest.renamed:
        return interest
    there = [paper_id for paper_id in interest.learnt_from if paper_id in papers]
    chosen = middle(there, liked, background) or next(iter(there), None)
    return interest if chosen is None else replace(interest, name=opened(papers[chosen], Taste.MORE, taken, None).name)


def pooled(followed: Iterable[Interest]) -> dict[str, Interest]:
    """The papers whose likes are grouped by themselves, each with the interest that holds it now."""
    return {paper_id: one for one in followed if is_pooled(one) for paper_id in one.learnt_from}


def learnt(
    groups: Sequence[Collection[str]],
    papers: Mapping[str, Paper],
    times: Mapping[str, datetime],
    taken: Iterable[str],
    *,
    liked: Mapping[str, Liked],
    background: Background,
) -> tuple[Interest, ...]:
    """The interests that groups of likes are, oldest first: known by the paper liked first, named after the middle one.

    ``papers`` and the ``times`` of the likes (aware) by the ids in the groups; ``taken`` are the names of the reader's
    other interests. Groups, papers and times decide everything: what was before does not matter. A paper of a group may
    be gone from the store, so that it is not among ``papers``; not all of them.
    """
    names = list(taken)
    found: list[Interest] = []
    for group in sorted(
        (sorted(group, key=lambda one: (times[one], one)) for group in groups), key=lambda ids: (times[ids[0]], ids[0])
    ):
        oldest = next(one for one in group if one in papers)
        first = opened(papers[oldest], Taste.MORE, (), times[oldest])
        interest = replace(first, id=opened_id(oldest, Taste.MORE), learnt_from=tuple(group))
        interest = named(interest, papers, liked, background, names)
        names.append(interest.name)
        found.append(replace(interest, voted=max(times[one] for one in group)))
    return tuple(found)


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
