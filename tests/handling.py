"""What tests of handlers need: a whole bot over a real store, acts as the door reads them, and a Reply that records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot import identity
from bot.acts import Act, ActKind, Block, Message, Surface, View
from bot.background import Backgrounds
from bot.clock import Clock
from bot.curate import Curate
from bot.deliver import Deliver, DeliverReport
from bot.inbox import Inbox
from bot.index import open_index
from bot.ingest import Ingest
from bot.ingest.embedding import embed_papers
from bot.links import Links
from bot.models import Attached, Channel, Paper, Person, Place, UserId
from bot.notify import Found, Identity, Posted
from bot.people import People
from bot.prepare import Prepare
from bot.rate import Rate
from bot.readers import Readers
from bot.recommend import Recommend
from bot.search import Search
from bot.services import Bot, Services
from bot.settings import Settings
from bot.status import Status
from bot.store import PaperChange, Store
from tests.fakes import hashing_embedder

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
WORKSPACE = "T1"
AMARA = UserId(WORKSPACE, "UAMARA")
BEN = UserId(WORKSPACE, "UBEN")
GUEST = UserId(WORKSPACE, "UGUEST")
#: A channel that the bot and everybody but the guest is in, and one that it is not in.
CHANNEL = UserId(WORKSPACE, "CPAPERS")
ELSEWHERE = "CELSEWHERE"
DIRECT = "DAMARA"


@dataclass
class RecordingReply:
    """Keeps what was answered, in order, instead of telling Slack."""

    answered: list[Message] = field(default_factory=list[Message])
    replaced: list[Message] = field(default_factory=list[Message])
    shared: list[Message] = field(default_factory=list[Message])
    opened: list[View] = field(default_factory=list[View])
    updated: list[tuple[str, View]] = field(default_factory=list[tuple[str, View]])
    published: list[View] = field(default_factory=list[View])
    #: Name, title, content.
    uploaded: list[tuple[str, str, bytes]] = field(default_factory=list[tuple[str, str, bytes]])
    unfurled: list[Mapping[str, tuple[Block, ...]]] = field(default_factory=list[Mapping[str, tuple[Block, ...]]])

    async def answer(self, message: Message) -> None:
        self.answered.append(message)

    async def replace(self, message: Message) -> None:
        self.replaced.append(message)

    async def share(self, message: Message) -> None:
        self.shared.append(message)

    async def open(self, view: View) -> str:
        self.opened.append(view)
        return f"V{len(self.opened)}"

    async def update(self, view_id: str, view: View) -> None:
        self.updated.append((view_id, view))

    async def publish(self, view: View) -> None:
        self.published.append(view)

    async def upload(self, name: str, title: str, content: bytes) -> None:
        self.uploaded.append((name, title, content))

    async def unfurl(self, links: Mapping[str, tuple[Block, ...]]) -> None:
        self.unfurled.append(links)

    @property
    def said(self) -> str:
        """The text of the last answer."""
        return self.answered[-1].text


@dataclass
class Slack:
    """As much of Slack as verbs ask for: who people are, who is where; and what was sent."""

    persons: dict[str, Person]
    channels: dict[str, Channel]
    joined: dict[str, set[str]]
    sent: list[tuple[UserId, Message]] = field(default_factory=list[tuple[UserId, Message]])
    #: Files that were given in windows, by their ids.
    files: dict[str, Attached] = field(default_factory=dict[str, Attached])

    async def person(self, user: str) -> Person | None:
        return self.persons.get(user)

    async def channel(self, channel: str) -> Channel | None:
        return self.channels.get(channel)

    async def is_member(self, channel: str, user: str) -> bool:
        return user in await self.members(channel)

    async def file(self, file: str, most_bytes: int) -> Attached | None:
        found = self.files.get(file)
        is_larger = found is not None and len(found.content or b"") > most_bytes
        return replace(found, content=None) if found and is_larger else found

    async def members(self, channel: str) -> set[str]:
        return self.joined.get(channel, set())

    async def turn(self, reader: UserId, *, parent: Place | None = None) -> None:
        pass

    async def send(
        self,
        reader: UserId,
        message: Message,
        *,
        key: str,  # noqa: ARG002 - a notifier's shape
        parent: Place | None = None,  # noqa: ARG002 - a notifier's shape
        has_turn: bool = False,  # noqa: ARG002 - a notifier's shape
    ) -> Posted:
        self.sent.append((reader, message))
        return Posted(f"D{reader.user}", f"{len(self.sent)}.000000")

    async def find(self, reader: UserId, key: str, **_: object) -> Found | None:  # noqa: ARG002 - a notifier's shape
        return None

    async def upload_image(self, name: str, alt: str, content: bytes) -> str | None:  # noqa: ARG002 - a notifier's shape
        return "F0123456789"


def slack() -> Slack:
    """Amara in Lagos, Ben in Berlin, a guest; the channel that they are in, and another."""
    zones = {AMARA: "Africa/Lagos", BEN: "Europe/Berlin", GUEST: None}
    return Slack(
        persons={one.user: Person(one, zone=zone, is_guest=one == GUEST) for one, zone in zones.items()},
        channels={
            CHANNEL.user: Channel(CHANNEL.user, "papers", is_member=True),
            ELSEWHERE: Channel(ELSEWHERE, "elsewhere"),
        },
        joined={CHANNEL.user: {AMARA.user, BEN.user, GUEST.user}},
    )


def _has_live(settings: Settings) -> bool:
    return any(source.is_live for source in settings.places())


@asynccontextmanager
async def open_test_bot(
    store: Store, papers: Sequence[Paper] = (), settings: Settings | None = None, directory: Slack | None = None
) -> AsyncGenerator[Bot]:
    """The bot over a store that holds these papers, at nine (UTC) on 18 March 2026, with a model that needs no weights."""
    settings = settings or Settings()
    settings = settings.model_copy(
        update={"testing": settings.testing.model_copy(update={"enabled": True, "clock": NOW.isoformat()})}
    )
    directory = directory or slack()
    clock = Clock(settings.testing)
    embedder = hashing_embedder(store.vectors)
    await keep(store, papers)
    index = await open_index(store, embedder.tag, None)
    backgrounds = Backgrounds(store, embedder.tag)
    opening: asyncio.Future[Services] = asyncio.get_running_loop().create_future()
    readers = Readers(store, clock, settings)
    opening.set_result(
        Services(
            ingest=Ingest(store, embedder, clock, settings.digest, backgrounds, asks=_has_live(settings)),
            curate=Curate(store, embedder, clock, settings.digest, backgrounds),
            readers=readers,
            search=Search(index=index, embedder=embedder, store=store),
            rate=Rate(store, embedder, clock, settings.digest, backgrounds),
            recommend=Recommend(store, clock, settings.digest, embedder, backgrounds),
            folders=(),
        )
    )
    try:
        yield Bot(
            settings=settings,
            clock=clock,
            readers=readers,
            people=People(store, directory, settings.slack, settings.schedule.zone),
            status=Status(store, settings, clock, "0.0"),
            prepare=Prepare(store, clock, settings, directory, lambda: opening.result().recommend),
            inbox=Inbox(store),
            links=Links(store, clock, settings),
            opening=opening,
            identity=Identity(WORKSPACE, "Test", "UBOT", "BBOT"),
        )
    finally:
        await index.close()
        await backgrounds.close()
        await embedder.close()


async def deliver(bot: Bot, store: Store, workspace: Slack) -> DeliverReport:
    """Send what is queued, as the process that delivers does."""
    return await Deliver(store, workspace, bot.clock, bot.settings, "test").deliver_once(WORKSPACE)


async def keep(store: Store, papers: Sequence[Paper]) -> None:
    """Store papers with their vectors, as an ingest run does."""
    if papers:
        await store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in papers])
        await embed_papers(store, hashing_embedder(store.vectors))


def act(kind: ActKind, name: str, *, reader: UserId = AMARA, channel: str = DIRECT, **fields: Any) -> Act:
    """Something that Amara did in her direct message with the bot, unless the fields say otherwise."""
    made = Act(id="A1", kind=kind, name=name, reader=reader, at=NOW, channel=channel, trigger="t1")
    return replace(made, **fields)


def command(text: str, **fields: Any) -> Act:
    """``/papers`` and this text."""
    return act(ActKind.COMMAND, "/papers", text=text, **fields)


def button(name: str, value: str = "", **fields: Any) -> Act:
    """A button of a message was pressed."""
    given: dict[str, Any] = {"surface": Surface.MESSAGE, **fields}
    return act(ActKind.BUTTON, name, value=value, **given)


def submission(name: str, fields: Mapping[str, Any], **others: Any) -> Act:
    """A modal was sent with these fields."""
    given: dict[str, Any] = {"surface": Surface.MODAL, "channel": "", **others}
    return act(ActKind.SUBMISSION, name, fields=fields, **given)


def event(name: str, **fields: Any) -> Act:
    """Slack told of something, which permits no window."""
    given: dict[str, Any] = {"trigger": "", **fields}
    return act(ActKind.EVENT, name, **given)


def buttons(blocks: Sequence[Block]) -> dict[str, str]:
    """The value of each button in the blocks, by its action_id; of several with one id the first."""
    found: dict[str, str] = {}
    for block in blocks:
        elements: list[dict[str, Any]] = [*block.get("elements", ()), block.get("accessory") or {}]
        for element in elements:
            if element.get("type") == "button":
                found.setdefault(element["action_id"], element.get("value", ""))
    return found
