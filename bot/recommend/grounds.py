"""What speaks for a paper: the rated one that gave most of its score, and the sentence that says most."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot import cleaning, matching
from bot.background import Backgrounds, Passages
from bot.matching import Background, Seen
from bot.models import Alert, Interest, InterestKind, Paper
from bot.recommend.missing import NEAR_FROM
from bot.recommend.picking import Yardstick
from bot.recommend.standing import Standing, Subject
from bot.recommend.telling import Grounds
from bot.store import Store


async def rated(
    store: Store, backgrounds: Backgrounds, yardstick: Yardstick, asked: Sequence[tuple[Interest, Seen]]
) -> list[Paper | None]:
    """Of the papers that an interest learnt from, the one that gave most of its score with a paper ``seen`` (one row).

    One for each of the pairs, in their order; None where the interest was named. Raises StoreError.
    """
    learning = {
        interest.id: interest
        for interest, _ in asked
        if interest.kind is InterestKind.LEARNT and interest.id in yardstick.rows
    }
    if not learning:
        return [None] * len(asked)
    known = await backgrounds.papers(sorted({one for interest in learning.values() for one in interest.learnt_from}))

    def nearest(interest: Interest, seen: Seen) -> str | None:
        if interest.id not in learning:
            return None
        liked = {one: (known[one].ordinal, known[one].vector) for one in interest.learnt_from if one in known}
        return matching.nearest_evidence(yardstick.rows[interest.id], seen, liked, yardstick.words)

    ids = await asyncio.to_thread(lambda: [nearest(interest, seen) for interest, seen in asked])
    wanted = list(dict.fromkeys(one for one in ids if one))
    found = dict(zip(wanted, await store.papers.get(wanted), strict=True))
    papers = [found.get(one) if one else None for one in ids]
    return [stored.paper if stored else None for stored in papers]


async def grounds_of(
    subject: Subject,
    shown: Standing,
    yardstick: Yardstick,
    background: Background,
    *,
    alert: Alert | None,
    store: Store,
    backgrounds: Backgrounds,
    passages: Passages,
) -> Grounds:
    """What speaks for the interest that is shown; its passage as it was queued, where that was for this interest.

    A paper that is not near has none: no sentence speaks for it.

    Raises StoreError, and ModelMissing where a passage is to be found without a model.
    """
    if not shown.is_scored or subject.seen is None:
        return Grounds()
    interest = shown.interest
    [named] = await rated(store, backgrounds, yardstick, [(interest, subject.seen)])
    title = cleaning.display(named.title) if named else None
    if alert and alert.passage and alert.interest_id == interest.id:
        return Grounds(title, alert.passage, alert.words)
    if not _is_near(shown):
        return Grounds(title)
    if interest.kind is InterestKind.PAPER and interest.paper_id:
        [stored] = await store.papers.get([interest.paper_id])
        named = stored.paper if stored else None
    among = cleaning.paper_text(named) if named else interest.text
    passage = await passages.of(subject.paper, yardstick.rows[interest.id], background, among)
    return Grounds(title, passage.sentence, passage.words) if passage else Grounds(title)


def _is_near(shown: Standing) -> bool:
    share = shown.closeness.closer_than
    return shown.is_above_bar or (not shown.is_unrelated and (share is None or share >= NEAR_FROM))
