"""Likes that belong to nothing a reader named: what they have in common makes groups of them, each an interest.

Grouped anew from all of them at every vote, so a like that seemed to stand alone finds the others that come later, and
groups that turn out to be one become one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from bot.feedback.weighing import Liked, likeness
from bot.matching import Background
from bot.matching.columns import Doubles
from bot.terms import TermRows

#: What likeness in words counts beside likeness in meaning.
WORDS = 0.5
#: Two groups become one while their papers are at least so alike on average: the first figure, less the second divided
#: by the square of the number of likes. Among few likes even unlike ones may be one subject.
ALIKE, ALIKE_OF_FEW = -0.02, 0.6
#: A group's share of the places is this power of its size: two interests share them less unevenly than the likes.
OF_SIZE = 0.6
#: A smaller group's part of its share is the first figure, and more the less it is like the largest one; within bounds.
PART, PART_OF_UNLIKE = 0.7, 5.0
LEAST_PART, MOST_PART = 0.5, 2.5

_NEVER = -np.inf


def grouped(
    liked: Mapping[str, Liked], background: Background, *, most: int | None = None
) -> tuple[tuple[str, ...], ...]:
    """Groups of the papers that were liked, by their ids: the largest first, each ascending. At most ``most`` groups.

    Average linkage: the two groups whose papers are most alike on average become one, as long as they are alike enough
    or more than ``most``. The order in which the papers come does not matter.
    """
    ids = sorted(liked)
    if not ids:
        return ()
    alike = _alike(ids, liked, background)
    joined = linked(alike, ALIKE - ALIKE_OF_FEW / len(ids) ** 2, most or len(ids))
    groups = (tuple(sorted(ids[place] for place in group)) for group in joined)
    return tuple(sorted(groups, key=_largest_first))


def shares(groups: Sequence[Collection[str]], liked: Mapping[str, Liked], background: Background) -> tuple[float, ...]:
    """What share of the places each group has beside the others: more of them the larger it is, and the more it is apart.

    Apart from the largest, whose papers outnumber its own: what is unlike them would else never be shown.
    """
    known = [sorted(paper_id for paper_id in group if paper_id in liked) for group in groups]
    if not any(known):
        return (0.0,) * len(known)
    largest = min((group for group in known if group), key=lambda group: _largest_first(tuple(group)))
    others = [group for group in known if group and group is not largest]
    between = iter(_likeness_to(largest, others, liked, background))
    found: list[float] = []
    for group in known:
        part = 1.0
        if group and group is not largest:
            part = min(MOST_PART, max(LEAST_PART, PART + PART_OF_UNLIKE * max(0.0, -next(between))))
        found.append(part * len(group) ** OF_SIZE)
    return tuple(found)


def middle(ids: Sequence[str], liked: Mapping[str, Liked], background: Background) -> str | None:
    """The paper that is most like the others of its group on average, the first of equals; None: none is ``liked``.

    The mean likeness to the others is that to their sum, so that no pair is compared.
    """
    known = [paper_id for paper_id in ids if paper_id in liked]
    if not known:
        return None
    centred, words = _standing(known, liked, background)
    table = np.bincount(words.columns, words.values, minlength=words.width)[:, None].astype(np.float32)
    own = np.bincount(np.repeat(np.arange(len(known)), np.diff(words.starts)), words.values**2, minlength=len(known))
    meaning: Doubles = centred @ centred.sum(axis=0) - (centred**2).sum(axis=1)
    # what differs by rounding alone is equal
    alike: Doubles = np.round((meaning + WORDS * (words.times(table)[:, 0] - own)) / len(known), 5)
    return known[int(alike.argmax())]


def _likeness_to(
    largest: Sequence[str], others: Sequence[Sequence[str]], liked: Mapping[str, Liked], background: Background
) -> list[float]:
    """The mean likeness of each group's papers to those of the largest: that of their means, so that no pair is compared."""
    if not others:
        return []
    centred, words = _standing(largest, liked, background)
    mean = centred.mean(axis=0)
    spoken = np.bincount(words.columns, words.values, minlength=words.width)[:, None] / len(largest)
    table = spoken.astype(np.float32)
    found: list[float] = []
    for group in others:
        own, said = _standing(group, liked, background)
        found.append(float((own @ mean).mean() + WORDS * said.times(table).mean(dtype=np.float64)))
    return found


def _standing(ids: Sequence[str], liked: Mapping[str, Liked], background: Background) -> tuple[Doubles, TermRows]:
    papers = [liked[paper_id] for paper_id in ids]
    centred = background.centred(np.stack([one.vector for one in papers])).astype(np.float64)
    return centred, background.words([one.terms for one in papers])


def _largest_first(group: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    return -len(group), group


def _alike(ids: Sequence[str], liked: Mapping[str, Liked], background: Background) -> Doubles:
    papers = [liked[paper_id] for paper_id in ids]
    return likeness(np.stack([one.vector for one in papers]), background, [one.terms for one in papers], WORDS)


def linked(alike: Doubles, least: float, most: int) -> list[list[int]]:
    """Groups of places 0 to n-1; ``alike`` float64[n, n]. Each group's nearest other is kept up, so that a merge is O(n)."""
    alike = alike.copy()
    np.fill_diagonal(alike, _NEVER)
    groups: dict[int, list[int]] = {place: [place] for place in range(len(alike))}
    nearest, best = alike.argmax(axis=1), alike.max(axis=1)
    while len(groups) > 1:
        kept = int(best.argmax())
        if best[kept] < least and len(groups) <= most:
            break
        kept, gone = sorted((kept, int(nearest[kept])))
        ours, theirs = len(groups[kept]), len(groups[gone])
        alike[kept] = (ours * alike[kept] + theirs * alike[gone]) / (ours + theirs)
        alike[kept, kept] = _NEVER
        alike[:, kept] = alike[kept]
        alike[gone] = alike[:, gone] = best[gone] = _NEVER
        groups[kept] += groups.pop(gone)
        best[kept], nearest[kept] = alike[kept].max(), alike[kept].argmax()
        for place in groups:
            if place != kept and nearest[place] in (kept, gone):
                best[place], nearest[place] = alike[place].max(), alike[place].argmax()
            elif place != kept and alike[place, kept] > best[place]:
                best[place], nearest[place] = alike[place, kept], kept
    return list(groups.values())
