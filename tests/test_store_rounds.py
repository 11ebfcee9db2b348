"""Reading many readers at once, on a real store."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.models import Cadence, Delivery, DeliveryKind, Sent, Subscription, UserId
from bot.store import Store
from bot.store.rounds import PAGE, Row
from tests.preparing import ADA, BEN, FLOWS, NOW, TAG, A, B
from tests.store_values import SERVERS, row

_READERS = "pb:{T1:0}:readers"

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)


async def rows(store: Store) -> list[Row]:
    return [one async for page in store.rounds.pages("T1") for one in page]


async def test_a_reader_with_all_there_is_to_know(store: Store) -> None:
    """Subscription, last day, and how much there is; of who chose nothing the defaults."""
    for reader in (ADA, BEN, UserId("T2", "U1")):
        await store.profiles.put_interest(reader, FLOWS, row(), TAG)
    chosen = Subscription(ADA, cadence=Cadence.DAILY, hour=7)
    await store.subscriptions.put(chosen)
    await store.subscriptions.put(Subscription(UserId("T1", "U7")))
    await store.sent.take_slot(ADA, date(2026, 3, 17))
    await store.sent.confirm(ADA, [Sent(A.id, NOW, "D1", "1.1")])
    found = sorted(await rows(store), key=lambda one: one.reader)
    assert found == [
        Row(chosen, date(2026, 3, 17), alerts=0, told=1),
        Row(Subscription(BEN), None, alerts=0, told=0),
    ]


async def test_nobody(store: Store) -> None:
    """A workspace without readers has no page worth looking at."""
    assert await rows(store) == []


async def test_each_reader_once_on_pages_that_are_small(store: Store, raw_store: Any) -> None:
    """A thousand of them, some hundred a page."""
    users = [f"U{number}" for number in range(1_000)]
    raw_store.sadd(_READERS, *users)
    pages = [page async for page in store.rounds.pages("T1")]
    assert max(map(len, pages)) <= PAGE
    assert sorted(one.reader.user for page in pages for one in page) == sorted(users)


async def test_what_others_left_there(store: Store, raw_store: Any) -> None:
    """Keys of another type, rows of somebody else, days that are none: left out, counted, and nobody is missing."""
    raw_store.sadd(_READERS, "U1", "U2", b"\xff", "")
    raw_store.hset("pb:{T1:0}:slots", mapping={"U1": "yesterday", "U2": b"\xff"})
    raw_store.hset("pb:{T1:0}:subscriptions", mapping={"U1": "{", "U2": b'{"reader":{"workspace":"T2","user":"U2"}}'})
    raw_store.set("pb:{T1:0}:alerts:U1", "no hash")
    assert sorted(await rows(store), key=lambda one: one.reader) == [
        Row(Subscription(one), None, alerts=0, told=0) for one in (ADA, BEN)
    ]
    assert store.skipped >= 5
    for key in ("subscriptions", "slots"):
        raw_store.set(f"pb:{{T1:0}}:{key}", "no hash")
    assert len(await rows(store)) == 2
    raw_store.set(_READERS, "no set")
    assert await rows(store) == []


async def test_what_was_sent_and_what_is_only_claimed(store: Store, raw_store: Any) -> None:
    """A claim names its delivery; a value that is neither is left out."""
    await store.subscriptions.put(Subscription(ADA))
    await store.sent.confirm(ADA, [Sent(A.id, NOW, "D1", "1.1")])
    delivery = Delivery("papers:U1:1", ADA, DeliveryKind.PAPERS, NOW, paper_ids=(A.id, B.id))
    assert await store.outbox.enqueue(delivery) == (B.id,)
    raw_store.hset("pb:{T1:0}:sent:U1", mapping={"p-odd": "claimed", b"\xff": "{}", "p-other": b"claimed ab \xff"})
    assert await store.rounds.told(ADA) == ({A.id}, {B.id: "papers:U1:1"})
    assert await store.rounds.told(BEN) == (set(), {})


async def test_more_than_is_read_at_once(store: Store) -> None:
    """Thousands of papers come in several answers."""
    await store.sent.confirm(ADA, [Sent(f"p{number}", NOW) for number in range(5_000)])
    sent, claims = await store.rounds.told(ADA)
    assert (len(sent), claims) == (5_000, {})
