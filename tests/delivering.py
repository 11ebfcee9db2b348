"""A store, a stand-in for the notifier, a clock that can be set, and what delivers: for tests of delivering."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot import identity, settings
from bot.acts import Message
from bot.blocks import papers_in
from bot.clock import Clock
from bot.deliver import Deliver, DeliverReport
from bot.errors import Concerns, NotifierError, NotifierRefused
from bot.models import (
    Alert,
    Closeness,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Interest,
    InterestKind,
    ModelTag,
    Paper,
    Place,
    UserId,
)
from bot.notify import Found, Posted
from bot.settings import DeliverySettings, Settings
from bot.store import PaperChange, Store, shard_of
from bot.store.outbox import Outbox
from tests.store_values import row

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
TAG = ModelTag("a-model", "r1", 8)
TEAM = "T1"
ADA, BEN, CAY, HOST = UserId(TEAM, "U1"), UserId(TEAM, "U2"), UserId(TEAM, "U3"), UserId(TEAM, "U99")
CHANNEL = UserId(TEAM, "C1")
FLOWS = Interest("i00000000a", "flow matching", InterestKind.PHRASE, "flow matching", created=NOW)
HANDS = Interest("i00000000b", "robot hands", InterestKind.PHRASE, "robot hands", created=NOW)

_TITLES: dict[str, str] = {}


def paper(title: str, **more: Any) -> Paper:
    """An invented paper."""
    paper_id = f"p{sha256(title.encode()).hexdigest()[:15]}"
    _TITLES[paper_id] = title
    return Paper(paper_id, title, "An abstract.", NOW, **more)


A, B, C, D = paper("A"), paper("B"), paper("C"), paper("D")


def refused(code: str, concerns: Concerns) -> NotifierRefused:
    """Slack's no."""
    return NotifierRefused("No.", code=code, concerns=concerns)


@dataclass(frozen=True)
class Post:
    """A message that Slack has."""

    reader: UserId
    message: Message
    key: str
    parent: Place | None
    place: Place


@dataclass
class FakeSlack:
    """Takes what is sent, or fails as it is told to; it can be asked what it has."""

    posts: list[Post] = field(default_factory=list[Post])
    #: What becomes of the next messages to a reader, one after the other.
    failures: defaultdict[UserId, list[BaseException]] = field(default_factory=lambda: defaultdict(list))
    #: Of those, which are taken before they fail.
    takes: bool = False
    #: What becomes of the next questions.
    blind: list[NotifierError] = field(default_factory=list[NotifierError])
    #: Everything fails so.
    away: NotifierError | None = None
    #: Attempts to post, and questions.
    tried: int = 0
    asked: list[tuple[UserId, str, int, Place | None, str | None]] = field(default_factory=list[Any])
    images: list[bytes] = field(default_factory=list[bytes])
    image_id: str | None = "F0000000001"
    #: The wait for a turn.
    waits: Callable[[UserId], Awaitable[None]] | None = None
    #: Happens before a message is posted.
    before: Callable[[UserId], Awaitable[None]] | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def turn(self, reader: UserId, *, parent: Place | None = None) -> None:
        assert parent is None or parent.ts
        if self.waits:
            await self.waits(reader)

    async def send(
        self,
        reader: UserId,
        message: Message,
        *,
        key: str = "",
        parent: Place | None = None,
        has_turn: bool = False,  # noqa: ARG002 - a notifier's shape
    ) -> Posted:
        await asyncio.sleep(0)
        self.tried += 1
        self.arrived.set()
        if self.before:
            await self.before(reader)
        if self.away:
            raise self.away
        failures = self.failures[reader]
        failure = failures.pop(0) if failures else None
        if failure is None or self.takes:
            posted = self._post(reader, message, key, parent)
            if failure is None:
                return posted
        assert failure
        raise failure

    def _post(self, reader: UserId, message: Message, key: str, parent: Place | None) -> Posted:
        channel = reader.user if reader.user.startswith("C") else f"D{reader.user}"
        place = Place(channel, f"{len(self.posts) + 1}.000000")
        self.posts.append(Post(reader, message, key, parent, place))
        return Posted(place.channel, place.ts)

    async def find(
        self, reader: UserId, key: str, *, since_ms: int, parent: Place | None, direct: str | None
    ) -> Found | None:
        await asyncio.sleep(0)
        self.asked.append((reader, key, since_ms, parent, direct))
        if self.away or self.blind:
            raise self.away or self.blind.pop(0)
        return next((Found(post.place, post.message.blocks) for post in self.posts if post.key == key), None)

    async def upload_image(self, name: str, alt: str, content: bytes) -> str | None:
        assert name
        assert alt
        self.images.append(content)
        return self.image_id

    def texts(self, reader: UserId) -> list[str]:
        """What a reader was told."""
        return [post.message.text for post in self.posts if post.reader == reader]

    def papers(self, reader: UserId) -> list[list[str]]:
        """Titles on each message to a reader."""
        return [
            [_TITLES[one] for one in papers_in(post.message.blocks)] for post in self.posts if post.reader == reader
        ]


class World:
    """What delivers, and everything around it."""

    def __init__(self, store: Store, folder: Path, **delivery: Any) -> None:
        self.store, self.slack = store, FakeSlack()
        self._file = folder / "clock"
        self.set(NOW)
        self.settings = Settings(
            slack=settings.SlackSettings(operator=HOST.user),
            delivery=DeliverySettings(
                **{"send_timeout": 5, "lookup_after": 30, "channel_rate": 0, "workspace_rate": 0, **delivery}
            ),
        )
        self.clock = Clock(settings.TestingSettings(enabled=True, clock=str(self._file)))
        self.deliver = self.worker("one")

    def worker(self, name: str) -> Deliver:
        """Another process that delivers."""
        return Deliver(self.store, self.slack, self.clock, self.settings, name)

    def outbox_of_another(self) -> Outbox:
        """The outbox as another process sees it; close it."""
        return Outbox(self.store._connection)  # pyright: ignore[reportPrivateUsage]

    def with_settings(self, **groups: Any) -> None:
        """Other settings from now on."""
        self.settings = self.settings.model_copy(update=groups)
        self.deliver = self.worker("one")

    def set(self, now: datetime) -> None:
        """It is another time."""
        self._file.write_text(now.isoformat())

    async def follow(self, reader: UserId, *interests: Interest) -> None:
        """The reader follows these."""
        for interest in interests or (FLOWS,):
            await self.store.profiles.put_interest(reader, interest, row(), TAG)

    async def alert(self, reader: UserId, *papers: Paper, interest: Interest = FLOWS) -> None:
        """Alerts of these papers, each weaker than the one before."""
        await self.save(*papers)
        alerts = [
            Alert(
                reader=reader,
                paper_id=one.id,
                interest_id=interest.id,
                interest_name=interest.name,
                closeness=Closeness(0.6, 1, 507, 0.99),
                strength=9 - place / 10,
                why=f"Because you follow “{interest.name}”: closer than 99 % of papers",
                queued=NOW,
            )
            for place, one in enumerate(papers)
        ]
        await self.store.alerts.add(shard_of(reader), alerts)

    async def save(self, *papers: Paper) -> None:
        """These papers are stored."""
        await self.store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in papers])

    async def join(self, gone: Paper, into: Paper) -> None:
        """One paper turned out to be another."""
        [known] = await self.store.papers.get([into.id])
        version = known.version if known else None
        change = PaperChange(into, version, identity.aliases(into), forwards=(gone.id,))
        assert await self.store.papers.save([change]) == [True]

    async def queue(
        self, reader: UserId, *papers: Paper, kind: DeliveryKind = DeliveryKind.PAPERS, name: str = "1", **more: Any
    ) -> Delivery:
        """Queue a delivery of papers, for a reader who follows them and has alerts of them."""
        if papers and kind is not DeliveryKind.BROUGHT:
            if not (await self.store.profiles.get(reader)).interests:
                await self.follow(reader)
            await self.alert(reader, *papers)
        ids = tuple(one.id for one in papers)
        delivery = Delivery(f"{kind.value}:{reader.user}:{name}", reader, kind, NOW, paper_ids=ids, **more)
        assert await self.store.outbox.enqueue(delivery) is not None
        return delivery

    async def round(self) -> DeliverReport:
        """Everything that can be sent now is."""
        return await self.deliver.deliver_once(TEAM)

    async def state(self, delivery: Delivery) -> DeliveryState | None:
        """How far it is."""
        return await self.store.outbox.state(delivery.reader, delivery.id)

    async def until(self, happened: Callable[[], Any], seconds: float = 5.0) -> None:
        """Wait for something that a worker does."""
        async with asyncio.timeout(seconds):
            while not happened():  # noqa: ASYNC110 - what it waits for has no event
                await asyncio.sleep(0.005)
