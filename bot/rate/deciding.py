"""Which interests a reader has after a vote. Values in, values out: the reader before it decides, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from bot import feedback
from bot.errors import TooManyInterests
from bot.interests import MOST_INTERESTS
from bot.models import Interest, Paper, Taste
from bot.rate.scene import Scene


def has_sign(interest: Interest, taste: Taste) -> bool:
    """Whether the interest asks for what the taste asks for: more, or less."""
    return (interest.weight > 0) == (taste is Taste.MORE)


def with_vote(scene: Scene, paper: Paper, taste: Taste) -> list[Interest]:
    """The interests once the reader wants more or less of this paper.

    A vote joins the nearest interest that the reader named; else a dislike joins or opens one of its own, and a like is
    grouped with the others. Raises TooManyInterests where nothing can be opened and nothing joined.
    """
    followed = scene.profile.interests
    held = next((one for one in followed if paper.id in one.learnt_from and has_sign(one, taste)), None)
    own = held if held is not None and not feedback.is_pooled(held) else None
    if held is None:
        own = feedback.joined(followed, scene.rows, scene.scores, taste, corpus=_corpus(scene)) or _reopened(
            scene, paper, taste
        )
    if own is not None:
        return _replaced(followed, own, _told(scene, feedback.with_paper(own, paper.id)))
    named = [one for one in followed if not feedback.is_pooled(one)]
    if taste is Taste.MORE and len(named) < MOST_INTERESTS:
        return [*named, *_grouped(scene, named, {paper.id})]
    if taste is Taste.LESS and len(followed) < MOST_INTERESTS:
        opened = feedback.opened(paper, taste, (one.name for one in followed), scene.now)
        return [*followed, _told(scene, feedback.with_paper(opened, paper.id))]
    nearest = feedback.joined(followed, scene.rows, scene.scores, taste, corpus=_corpus(scene), anyhow=True)
    if nearest is None:
        raise TooManyInterests(f"You follow {MOST_INTERESTS} things already: unfollow one first.")
    return _replaced(followed, nearest, _told(scene, feedback.with_paper(nearest, paper.id)))


def without_vote(scene: Scene, ids: Collection[str]) -> list[Interest]:
    """The interests as if the paper of these ids had never been rated."""
    followed = scene.profile.interests
    named: list[Interest] = []
    for one in followed:
        if feedback.is_pooled(one):
            continue
        left = feedback.without_paper(one, ids) if set(ids) & set(one.learnt_from) else one
        if left is not None:
            named.append(one if left is one else _told(scene, left))
    if not any(set(ids) & set(one.learnt_from) for one in followed if feedback.is_pooled(one)):
        return [*named, *(one for one in followed if feedback.is_pooled(one))]
    return [*named, *_grouped(scene, named, (), without=ids)]


def _grouped(
    scene: Scene, named: Sequence[Interest], fresh: Collection[str], *, without: Collection[str] = ()
) -> list[Interest]:
    """The interests that likes make by themselves, beside the ``named`` ones."""
    holders = feedback.pooled(scene.profile.interests)
    pool = [paper_id for paper_id in dict.fromkeys([*holders, *fresh]) if paper_id not in without]
    there = [paper_id for paper_id in pool if paper_id in scene.liked and paper_id in scene.papers]
    # where all papers are gone, the interest stays as it was
    gone = [paper_id for paper_id in pool if paper_id not in there]
    alone = {one.id: one for paper_id in gone if not set(there) & set((one := holders[paper_id]).learnt_from)}
    found = feedback.grouped(
        {paper_id: scene.liked[paper_id] for paper_id in there},
        scene.background,
        most=max(1, MOST_INTERESTS - len(named) - len(alone)),
    )
    groups = [set(group) for group in found]
    for paper_id in sorted(gone):
        # a paper that is gone stays with those that it was with
        if (one := holders[paper_id]).id not in alone:
            beside = set(one.learnt_from)
            max(groups, key=lambda group: (len(group & beside), min(group))).add(paper_id)
    taken = [one.name for one in (*named, *alone.values())]
    learnt = feedback.learnt(groups, scene.papers, scene.times, taken, liked=scene.liked, background=scene.background)
    return [*alone.values(), *learnt]


def _reopened(scene: Scene, paper: Paper, taste: Taste) -> Interest | None:
    """The interest that this paper once opened, where its reader made it its own and then took the paper back."""
    opened = feedback.opened(paper, taste, (), scene.now)
    return next((one for one in scene.profile.interests if one.id == opened.id and not feedback.is_pooled(one)), None)


def _replaced(followed: Iterable[Interest], before: Interest, after: Interest) -> list[Interest]:
    return [after if one.id == before.id else one for one in followed]


def _told(scene: Scene, interest: Interest) -> Interest:
    """The interest with the day of its latest vote and, if it was learnt, the name that its papers give it."""
    times = [scene.times[paper_id] for paper_id in interest.learnt_from if paper_id in scene.times]
    dated = replace(interest, voted=max(times, default=None))
    taken = [one.name for one in scene.profile.interests if one.id != interest.id]
    return feedback.named(dated, scene.papers, scene.liked, scene.background, taken)


def _corpus(scene: Scene) -> int:
    return len(scene.background.ids)
