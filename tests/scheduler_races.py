"""Two schedulers that both think they lead, on one store: who queues what, counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.models import Cadence, DeliveryKind, UserId
from bot.store import Store
from tests.preparing import NOW, World, paper


@dataclass(frozen=True)
class Raced:
    """What came of the races."""

    #: Days of readers that both schedulers wanted to end.
    races: int
    #: Those that ended in no delivery, and deliveries beyond the first.
    lost: int
    doubled: int
    #: Papers that stand in more than one delivery to the same reader.
    repeated: int


async def race(store: Store, folder: Path, *, readers: int, days: int) -> Raced:
    """Each day both look at the same moment, while papers come in for half of the readers; all must hear once a day."""
    world = World(store, folder, silence="daily")
    people = [UserId("T1", f"U{number}") for number in range(readers)]
    for reader in people:
        await world.follow(reader, cadence=Cadence.DAILY, hour=9, zone="UTC", weekdays=tuple(range(7)))
        await world.store.sent.take_slot(reader, (NOW - timedelta(days=1)).date())
    slots: Counter[tuple[UserId, str]] = Counter()
    papers: Counter[tuple[UserId, str]] = Counter()
    for day in range(days):
        coming = [world.queue(reader, paper(f"{day} {reader.user}")) for reader in people[:: 1 + day % 2]]
        await asyncio.gather(world.due(world.another()), world.due(world.another()), *coming)
        for delivery in await world.queued():
            if delivery.kind in {DeliveryKind.DIGEST, DeliveryKind.QUIET}:
                slots[delivery.reader, str(delivery.slot)] += 1
            papers.update((delivery.reader, paper_id) for paper_id in delivery.paper_ids)
        world.pass_by(days=1)
    races = readers * days
    return Raced(
        races,
        lost=races - len(slots),
        doubled=sum(count - 1 for count in slots.values()),
        repeated=sum(count - 1 for count in papers.values()),
    )
