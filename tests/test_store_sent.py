"""What readers were told of: claimed once, then confirmed or released; days of digests; our messages."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from store_values import ADA, BEN, SERVERS, alert, become_readers, delivery, sent

from bot.models import UserId
from bot.store import Store, shard_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)

MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)


async def test_what_was_sent(store: Store) -> None:
    """It comes newest first; what is only claimed is known and was not sent; each reader has its own."""
    await become_readers(store, ADA, BEN)
    await store.outbox.enqueue(delivery("papers:ada:1", ADA, "p2", "p3"))
    await store.sent.confirm(ADA, [sent("p1"), sent("p2", minutes=1)])
    await store.sent.confirm(ADA, [])
    assert await store.sent.of(ADA) == [sent("p2", minutes=1), sent("p1")]
    assert await store.sent.known(ADA) == {"p1", "p2", "p3"}
    assert await store.sent.of(BEN) == []
    assert await store.sent.known(BEN) == set()


async def test_one_digest_a_local_day(store: Store) -> None:
    """A day is taken once by one caller; an earlier day is over; the next day is a new one."""
    assert await store.sent.last_slot(ADA) is None
    taken = await asyncio.gather(*(store.sent.take_slot(ADA, MONDAY) for _ in range(8)))
    assert sorted(taken) == [False] * 7 + [True]
    assert not await store.sent.take_slot(ADA, MONDAY - DAY)
    assert await store.sent.last_slot(ADA) == MONDAY
    assert await store.sent.take_slot(ADA, MONDAY + DAY)
    assert await store.sent.last_slot(ADA) == MONDAY + DAY
    assert await store.sent.last_slot(BEN) is None
    assert await store.sent.take_slot(BEN, MONDAY)


async def test_a_clock_that_was_wrong_does_not_silence_a_reader(store: Store) -> None:
    """A day far ahead of the one asked for does not count; a week is more than any change of zone."""
    assert await store.sent.take_slot(ADA, date(2031, 1, 1))
    assert await store.sent.take_slot(ADA, MONDAY)
    assert await store.sent.take_slot(BEN, MONDAY + 6 * DAY)
    assert not await store.sent.take_slot(BEN, MONDAY)
    assert await store.sent.take_slot(BEN, date.max)


async def test_a_message_tells_its_papers(store: Store, raw_store: Any) -> None:
    """By workspace, conversation and ts, to the last digit; told again it is replaced; it leaves after 400 days."""
    await store.messages.remember("T1", "C1", "1772443800.000100", ["p1", "p2"])
    await store.messages.remember("T1", "C1", "1772443800.000101", ["p3"])
    await store.messages.remember("T1", "C1", "1772443800.000101", ["p4", "p5"])
    await store.messages.remember("T1", "C2", "1772443800.000100", [])
    assert await store.messages.papers("T1", "C1", "1772443800.000100") == ("p1", "p2")
    assert await store.messages.papers("T1", "C1", "1772443800.000101") == ("p4", "p5")
    assert await store.messages.papers("T1", "C2", "1772443800.000100") == ()
    for elsewhere in (
        ("T2", "C1", "1772443800.000100"),
        ("T1", "C1", "1772443800.000102"),
        ("T1", "C1", "1772443800.0001"),
    ):
        assert await store.messages.papers(*elsewhere) == ()
    assert 0 <= 400 * 86_400 - raw_store.ttl(shard_of(UserId("T1", "C1")).messages("C1")) < 60
    much_later = f"{1772443801 + 400 * 86_400}.000000"
    await store.messages.remember("T1", "C1", much_later, ["p6"])
    assert await store.messages.of("T1", "C1") == [(much_later, ("p6",))]


@pytest.mark.parametrize("ts", ["", "now", "-1.0", "1e9", "nan", "1772443800.0001000", "+inf", "(5"])
async def test_a_ts_that_is_none(store: Store, ts: str) -> None:
    """Nothing is remembered under it and nothing found."""
    with pytest.raises(ValueError, match="^$" if not ts else None):
        await store.messages.remember("T1", "C1", ts, ["p1"])
    assert await store.messages.papers("T1", "C1", ts) == ()
    with pytest.raises(ValueError, match="p 1"):
        await store.messages.remember("T1", "C1", "1772443800.000100", ["p 1"])


async def test_the_conversation_of_direct_messages(store: Store) -> None:
    """It is known after the first message that was remembered as such; a channel is no such conversation."""
    channel = UserId("T1", "C1")
    await store.messages.remember("T1", "D7", "1772443800.000100", ["p1"], reader=BEN)
    await store.messages.remember("T1", "C1", "1772443800.000100", ["p1"], reader=channel)
    assert await store.messages.direct(BEN) == "D7"
    assert await store.messages.direct(channel) is None


async def test_what_was_sent_since(store: Store, raw_store: Any) -> None:
    """Of thousands those from a moment on are given; the old ones are not even read, and nobody waits for them."""
    for start in range(0, 3_000, 500):
        await store.sent.confirm(ADA, [sent(f"p{number}", minutes=number) for number in range(start, start + 500)])
    since = sent(minutes=2_997).at
    assert [one.paper_id for one in await store.sent.of(ADA, since)] == ["p2999", "p2998", "p2997"]
    zoned = (since + timedelta(microseconds=1)).astimezone(ZoneInfo("Asia/Tokyo"))
    assert [one.paper_id for one in await store.sent.of(ADA, zoned)] == ["p2999", "p2998"]
    raw_store.hset(shard_of(ADA).sent(ADA.user), "p0", "{")
    await store.sent.of(ADA, since)
    assert store.skipped == 1
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    assert len(await store.sent.of(ADA)) == 2_999
    assert turns > 10
    other.cancel()


async def test_where_some_papers_were_sent(store: Store) -> None:
    """Those that were not sent, or are only claimed, are left out."""
    await become_readers(store, ADA)
    await store.outbox.enqueue(delivery("papers:ada:1", ADA, "p2"))
    await store.sent.confirm(ADA, [sent("p1"), sent("p3")])
    assert await store.sent.given(ADA, ["p2", "p1", "p4"]) == {"p1": sent("p1")}
    assert await store.sent.given(ADA, []) == {}


async def test_ids_of_alerts(store: Store) -> None:
    """All there ever were, of one reader."""
    await become_readers(store, ADA, BEN)
    assert await store.alerts.ids(ADA) == set()
    await store.alerts.add(shard_of(ADA), [alert(), alert(paper_id="p2")])
    await store.sent.confirm(ADA, [sent("p1")])
    assert await store.alerts.ids(ADA) == {"p1", "p2"}
    assert await store.alerts.ids(BEN) == set()
