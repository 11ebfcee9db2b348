"""A world in which something is due: a real store, a clock that can be set, and those whom preparing asks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot import identity, settings
from bot.clock import Clock
from bot.deliver.keeping import Record, close_day, write_down
from bot.errors import EmbedderError, NotifierError, NotifierUnavailable
from bot.models import (
    Alert,
    Closeness,
    Delivery,
    DeliveryKind,
    Interest,
    InterestKind,
    ModelTag,
    Near,
    Paper,
    Place,
    Sent,
    SlotEnd,
    Subscription,
    UserId,
)
from bot.prepare import Prepare, PrepareReport
from bot.settings import Settings
from bot.store import Entry, PaperChange, Store, shard_of
from tests.store_values import row

#: A Wednesday, half an hour after the host's hour.
NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
LONG_AGO = NOW - timedelta(days=100)
TAG = ModelTag("a-model", "r1", 8)
ADA, BEN, CAY = UserId("T1", "U1"), UserId("T1", "U2"), UserId("T1", "U3")
CHANNEL = UserId("T1", "C1")
OPERATOR = UserId("T1", "U99")
FLOWS = Interest("i00000000a", "flow matching", InterestKind.PHRASE, "flow matching", created=LONG_AGO)
HANDS = Interest("i00000000b", "robot hands", InterestKind.PHRASE, "robot hands", created=LONG_AGO)


@dataclass
class FakeNear:
    """Tells the same of everybody, and keeps what it was asked."""

    misses: list[Near] = field(default_factory=lambda: [Near("p-near", 0.97, "flow matching")])
    trending: list[str] = field(default_factory=lambda: ["p-talk"])
    asked: list[tuple[UserId, datetime]] = field(default_factory=list[tuple[UserId, datetime]])
    #: What is different for everybody, and whom it was asked for: the reader, since when, beside which papers.
    other: Paper | None = None
    failure: EmbedderError | None = None
    explored: list[tuple[UserId, datetime, tuple[str, ...]]] = field(
        default_factory=list[tuple[UserId, datetime, tuple[str, ...]]]
    )

    async def near_misses(self, reader: UserId, since: datetime, limit: int) -> list[Near]:
        self.asked.append((reader, since))
        return self.misses[:limit]

    async def different(self, reader: UserId, since: datetime, told: Collection[str]) -> Alert | None:
        self.explored.append((reader, since, tuple(told)))
        if self.failure:
            raise self.failure
        if self.other is None:
            return None
        near = Closeness(0.3, 40, 507, 0.93)
        why = "Nearest to “flow matching”: closer than 93 % of papers"
        return Alert(reader, self.other.id, FLOWS.id, FLOWS.name, near, 1.0, why, NOW, exploring=True)

    async def trending_ids(self, limit: int) -> list[str]:
        return self.trending[:limit]


@dataclass
class FakeMembers:
    """Knows who is in which channel, or does not tell."""

    of: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    failure: NotifierError | None = None
    asked: list[str] = field(default_factory=list[str])

    async def members(self, channel: str) -> set[str]:
        self.asked.append(channel)
        if self.failure:
            raise self.failure
        if channel not in self.of:
            raise NotifierUnavailable("Nobody knows.")
        return self.of[channel]


def paper(title: str, **fields: Any) -> Paper:
    return Paper(f"p{sha256(title.encode()).hexdigest()[:15]}", title, "An abstract.", NOW, **fields)


A, B, C, D = paper("A"), paper("B"), paper("C"), paper("D")


class World:
    """A store, a clock, and what prepares."""

    def __init__(self, store: Store, folder: Path, **digest: Any) -> None:
        self.store, self.near, self.members = store, FakeNear(), FakeMembers()
        self._file = folder / "clock"
        self.entries: dict[str, Entry] = {}
        self.now = NOW
        self.set(NOW)
        chosen: dict[str, Any] = {"roll_up": False, **digest}
        self.settings = Settings(
            slack=settings.SlackSettings(operator="U99"),
            digest=settings.DigestSettings(**chosen),
            sources=(settings.SourceSettings(kind="folder", name="inbox", path=folder),),
        )
        self.clock = Clock(settings.TestingSettings(enabled=True, clock=str(self._file)))
        self.prepare = self.another()

    def another(self) -> Prepare:
        """One more that does the same, as another process would."""
        return Prepare(self.store, self.clock, self.settings, self.members, lambda: self.near)

    def set(self, now: datetime) -> None:
        self.now = now
        self._file.write_text(now.isoformat())

    def pass_by(self, **time: float) -> None:
        """Let some time pass."""
        self.set(self.now + timedelta(**time))

    async def follow(self, reader: UserId, *interests: Interest, **chosen: Any) -> None:
        """A reader who follows these; ``chosen`` are the fields of its subscription."""
        for interest in interests or (FLOWS,):
            await self.store.profiles.put_interest(reader, interest, row(), TAG)
        if chosen:
            await self.store.subscriptions.put(Subscription(reader, **chosen))

    async def keep(self, *papers: Paper) -> None:
        """Store papers."""
        await self.store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in papers])

    async def queue(self, reader: UserId, *papers: Paper, interest: Interest = FLOWS) -> None:
        """Alerts of these papers, each weaker than the one before."""
        await self.keep(*papers)
        alerts = [
            Alert(
                reader=reader,
                paper_id=one.id,
                interest_id=interest.id,
                interest_name=interest.name,
                closeness=Closeness(0.6, 1, 507, 0.99),
                strength=9 - place / 1_000,
                why="Because.",
                queued=self.now,
            )
            for place, one in enumerate(papers)
        ]
        await self.store.alerts.add(shard_of(reader), alerts)

    async def due(self, prepare: Prepare | None = None) -> PrepareReport:
        return await (prepare or self.prepare).due("T1")

    async def queued(self) -> list[Delivery]:
        """What was queued since this was asked last, in the order of queueing."""
        entries = await self.store.outbox.read("T1", "a-test", 1_000, 0)
        self.entries |= {entry.delivery_id: entry for entry in entries}
        return [entry.delivery for entry in entries if entry.delivery]

    async def prepared(self) -> list[Delivery]:
        """What a look now queues."""
        await self.due()
        return await self.queued()

    async def end(self, reader: UserId = ADA) -> SlotEnd | None:
        return await self.store.ends.of(reader)

    async def sent(self, delivery: Delivery) -> None:
        """As if a worker had sent it."""
        entry = self.entries[delivery.id]
        await self.store.outbox.begin(entry, "a-test", 60)
        place = Place("D1", "1.1")
        told = [Sent(one, self.now, place.channel, place.ts) for one in delivery.told_ids]
        assert await write_down(self.store, entry, Record(place, tuple(told), (), None), lambda: None)
        await close_day(self.store, delivery, len(told), self.now)
        await self.store.outbox.ack(entry)

    async def withdrawn(self, delivery: Delivery) -> None:
        """As if a worker had found the reader away."""
        entry = self.entries[delivery.id]
        await self.store.outbox.begin(entry, "a-test", 60)
        await self.store.outbox.withdraw(entry, free_slot=True)


def kinds(deliveries: list[Delivery]) -> list[tuple[str, DeliveryKind]]:
    """Whom each is for, and what it says; sorted."""
    return sorted((one.reader.user, one.kind) for one in deliveries)
