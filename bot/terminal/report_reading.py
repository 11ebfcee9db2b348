"""What the report is made of, read from the store: what people were sent, did and follow, without their names."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot import interests
from bot.models import FACTS, Interest, InterestKind, Rating, Save, Sent, UserId
from bot.reporting import Acts
from bot.store import Store

_AT_ONCE = 50

Act = TypeVar("Act", Sent, Rating, Save)


@dataclass(frozen=True, slots=True)
class Person:
    """One person's acts, and what the person follows by name."""

    acts: Acts
    named: tuple[Interest, ...] = ()


async def people(store: Store) -> list[Person]:
    """Everybody who was sent something or did something, in no order that tells who; channels are no readers here."""
    readers = [one for one in await store.profiles.readers() if not interests.is_channel(one)]
    found: list[Person] = []
    for start in range(0, len(readers), _AT_ONCE):
        found += await asyncio.gather(*(_person(store, one) for one in readers[start : start + _AT_ONCE]))
    return [one for one in found if one.acts.sent or one.acts.ratings or one.acts.saves]


async def _person(store: Store, reader: UserId) -> Person:
    sent, ratings, saves, profile = await asyncio.gather(
        store.sent.of(reader), store.ratings.of(reader), store.saved.of(reader), store.profiles.get(reader)
    )
    ids = {one.paper_id for acts in (sent, ratings, saves) for one in acts}
    now = await store.papers.current_ids(sorted(ids)) if ids else {}
    named = tuple(
        one
        for one in profile.interests
        if one.kind not in FACTS and one.kind is not InterestKind.LEARNT and not one.muted
    )
    return Person(Acts(_renamed(sent, now), _renamed(ratings, now), _renamed(saves, now)), named)


def _renamed(acts: Sequence[Act], now: dict[str, str]) -> list[Act]:
    """The acts, each paper once under the id that it has now; they come newest first, and the newest stays."""
    found: dict[str, Act] = {}
    for act in acts:
        paper_id = now.get(act.paper_id, act.paper_id)
        found.setdefault(paper_id, replace(act, paper_id=paper_id))
    return list(found.values())
