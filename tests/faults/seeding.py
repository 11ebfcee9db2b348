"""Invented readers, papers and deliveries: each paper goes to one reader, and its title says which paper it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

from bot import identity
from bot.models import (
    Alert,
    Cadence,
    Closeness,
    Delivery,
    DeliveryKind,
    Interest,
    InterestKind,
    Paper,
    Subscription,
    UserId,
)
from bot.store import PaperChange, Store, shard_of
from tests.slack_server import TEAM

INTEREST = Interest("author:nobody", "author: Nobody Invented", InterestKind.AUTHOR, "Nobody Invented")
#: Papers of one digest: more than stand in its message, so that its thread is sent too.
DIGEST_PAPERS = 9
#: Queued at the same time, as the bot itself does.
_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Queued:
    """What somebody is owed: each of these titles once."""

    delivery: Delivery
    titles: tuple[str, ...]


@dataclass
class Seeds:
    """Makes readers and queues deliveries for them; every number is used once."""

    store: Store
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    days: Iterator[date] = field(default_factory=lambda: (date(2024, 1, 1) + timedelta(days=n) for n in count()))

    async def readers(self, number: int, *, channels: int = 0, is_due: bool = True) -> list[UserId]:
        """New people, then new channels, who follow somebody and are written to at once.

        Without ``is_due`` a scheduler finds nothing due for them today, so it queues none of what is queued here.
        """
        later = ((datetime.now(UTC).weekday() + 3) % 7,)
        made = [UserId(TEAM, f"U0F{next(self.numbers):07d}") for _ in range(number)]
        made += [UserId(TEAM, f"C0F{next(self.numbers):07d}") for _ in range(channels)]
        for reader in made:
            await self.store.profiles.put_interest(reader, replace(INTEREST, created=datetime.now(UTC)), None)
            chosen = Subscription(reader, cadence=Cadence.AT_ONCE, zone="UTC")
            if not is_due:
                chosen = replace(chosen, cadence=Cadence.WEEKLY, weekdays=later, roll_up=False)
            await self.store.subscriptions.put(chosen)
        return made

    async def papers(self, number: int, word: str = "") -> list[Paper]:
        """New papers, stored."""
        made: list[Paper] = []
        for _ in range(number):
            n = next(self.numbers)
            title = f"Invented finding {n:07d}{word} on nothing at all"
            arxiv_id = f"{2501 + n // 100_000}.{n % 100_000:05d}"
            made.append(Paper(f"p{n:015x}", title, "Nothing was found.", datetime.now(UTC), arxiv_id=arxiv_id))
        await self.store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in made])
        return made

    async def alert(self, reader: UserId, papers: Sequence[Paper]) -> None:
        """Queue these papers for the reader."""
        now = datetime.now(UTC)
        closeness = Closeness(0.5, 1, 1_000, 0.999)
        alerts = [
            Alert(reader, one.id, INTEREST.id, INTEREST.name, closeness, 3.0, "It is by Nobody Invented.", now)
            for one in papers
        ]
        await self.store.alerts.add(shard_of(reader), alerts)

    async def queue(self, readers: Sequence[UserId], word: str = "") -> list[Queued]:
        """One delivery each: a paper for a person, a digest with a thread for a channel."""
        sizes = [DIGEST_PAPERS if reader.user.startswith("C") else 1 for reader in readers]
        papers = await self.papers(sum(sizes), word)
        owed: list[tuple[UserId, Sequence[Paper]]] = []
        for reader, size in zip(readers, sizes, strict=True):
            mine, papers = papers[:size], papers[size:]
            await self.alert(reader, mine)
            owed.append((reader, mine))
        return await self.enqueue(owed)

    async def enqueue(self, owed: Sequence[tuple[UserId, Sequence[Paper]]]) -> list[Queued]:
        """One delivery each, some at the same time; their alerts are there already. Several papers are a day's digest."""
        made = [self._delivery(reader, tuple(one.id for one in papers)) for reader, papers in owed]
        for start in range(0, len(made), _TOGETHER):
            some = made[start : start + _TOGETHER]
            claimed = await asyncio.gather(*(self.store.outbox.enqueue(one, requires_papers=True) for one in some))
            for one, papers in zip(some, claimed, strict=True):
                if papers is None or set(papers) != set(one.paper_ids):
                    raise AssertionError(f"{one.id} was not queued: {papers}")
        titles = (tuple(one.title for one in papers) for _, papers in owed)
        return [Queued(*one) for one in zip(made, titles, strict=True)]

    def _delivery(self, reader: UserId, ids: tuple[str, ...]) -> Delivery:
        now = datetime.now(UTC)
        if len(ids) > 1:
            day = next(self.days)
            return Delivery(f"digest:{reader.user}:{day}", reader, DeliveryKind.DIGEST, now, ids, slot=day)
        name = f"papers:{reader.user}:{next(self.numbers):032x}"
        return Delivery(name, reader, DeliveryKind.PAPERS, now, ids)
