"""The outbox: each delivery is queued once and given to one process; what is left behind is taken over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from outbox_steps import HOUR, figures, queue, take, take_one
from store_values import ADA, BEN, MONDAY, NOW, PLACE, SERVERS, become_readers, delivery, full_delivery, pending, sent

from bot.models import DeliveryKind, DeliveryState, Place, Subscription, UserId
from bot.settings import StoreSettings
from bot.store import LATER_VERSION_SECONDS, MOST_TRIES, Begin, Begun, Store, open_store, shard_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)

DIGEST, QUIET, NOTE = DeliveryKind.DIGEST, DeliveryKind.QUIET, DeliveryKind.NOTE
ELSEWHERE = Place("D7", "1772443900.000200")


@pytest.fixture(autouse=True)
async def readers(store: Store) -> Sequence[UserId]:
    """Two readers, of two workspaces."""
    await become_readers(store, ADA, BEN)
    return ADA, BEN


@pytest.fixture
async def restarted(
    store: Store,  # noqa: ARG001 - it is there first
    store_servers: Callable[[str | None], Path],
    store_server: str | None,
) -> AsyncGenerator[Store]:
    """The same store, opened by a process that was started after the first one ended."""
    opened = await open_store(StoreSettings(url=f"unix://{store_servers(store_server)}"))
    yield opened
    await opened.close()


async def test_a_delivery_is_queued_once(store: Store) -> None:
    """By whoever is first, with everything that was in it; its papers are claimed, and known as such."""
    whole = full_delivery()
    results = await asyncio.gather(*(store.outbox.enqueue(whole) for _ in range(8)))
    assert sorted(results, key=str) == [("p1", "p2"), *[None] * 7]
    entry = await take_one(store)
    assert entry.delivery == whole
    assert (entry.delivery_id, entry.reader, entry.is_later_version) == (whole.id, ADA, False)
    assert await store.outbox.state(ADA, whole.id) is DeliveryState.QUEUED
    assert await store.outbox.state(BEN, whole.id) is None
    assert await store.sent.known(ADA) == {"p1", "p2"}
    assert await store.sent.of(ADA) == []
    assert await take(store) == []


async def test_only_free_papers_are_in_it(store: Store) -> None:
    """Those that were sent or are claimed fall out; one without any is queued unless papers are required."""
    await store.sent.confirm(ADA, [sent("p1")])
    await queue(store, delivery("papers:ada:1", ADA, "p2"))
    assert await store.outbox.enqueue(delivery("papers:ada:2", ADA, "p1", "p3", "p2", "p4", "p3")) == ("p3", "p4")
    empty = delivery("papers:ada:3", ADA, "p1", "p3")
    assert await store.outbox.enqueue(empty, requires_papers=True) is None
    assert await store.outbox.state(ADA, empty.id) is None
    assert await store.outbox.enqueue(empty) == ()
    found = [entry.delivery and entry.delivery.paper_ids for entry in await take(store)]
    assert found == [("p2",), ("p3", "p4"), ()]


async def test_one_digest_a_local_day(store: Store) -> None:
    """A digest or the word that there is none takes the day; other kinds take none; a wrong clock silences nobody."""
    first, quiet = delivery("digest:ada:1", kind=DIGEST, slot=MONDAY), delivery("quiet:ada:1", kind=QUIET, slot=MONDAY)
    assert await store.outbox.enqueue(first) == ()
    assert await store.outbox.enqueue(quiet) is None
    assert await store.outbox.state(ADA, quiet.id) is None
    assert await store.sent.last_slot(ADA) == MONDAY
    await queue(store, delivery("roll:ada:1", kind=DeliveryKind.ROLL_UP, slot=MONDAY))
    earlier = replace(quiet, id="quiet:ada:0", slot=MONDAY - timedelta(days=1))
    assert await store.outbox.enqueue(earlier) is None
    await queue(store, replace(quiet, id="quiet:ada:2", slot=MONDAY + timedelta(days=1)))
    assert await store.sent.last_slot(ADA) == MONDAY + timedelta(days=1)
    await queue(store, delivery("digest:U2:1", BEN, kind=DIGEST, slot=date(2031, 1, 1)))
    await queue(store, delivery("digest:U2:2", BEN, kind=DIGEST, slot=MONDAY))
    assert await store.sent.last_slot(BEN) == MONDAY


async def test_two_schedulers_queue_one_digest(store: Store) -> None:
    """However they race, with the same papers or others, one of them wins the day and all of its papers."""
    for number in range(50):
        day = MONDAY + timedelta(days=number)
        both = [
            delivery(f"digest:ada:{day}", ADA, f"p{number}a", f"p{number}b", kind=DIGEST, slot=day),
            delivery(f"digest:ada:{day}", ADA, f"p{number}b", f"p{number}c", kind=DIGEST, slot=day),
            delivery(f"quiet:ada:{day}", ADA, kind=QUIET, slot=day),
        ]
        results = await asyncio.gather(*map(store.outbox.enqueue, both))
        assert sum(result is not None for result in results) == 1
    entries = await take(store)
    assert len(entries) == 50
    claimed = [paper_id for entry in entries if entry.delivery for paper_id in entry.delivery.paper_ids]
    assert await store.sent.known(ADA) == set(claimed)


async def test_nobody_who_is_forgotten_is_written_to(store: Store, raw_store: Any) -> None:
    """Nothing is queued for a reader whom nobody knows, but for notes and welcomes."""
    stranger = UserId("local", "eve")
    before = set(raw_store.keys("*"))
    assert await store.outbox.enqueue(delivery("papers:eve:1", stranger, "p1")) is None
    assert await store.outbox.enqueue(delivery("digest:eve:1", stranger, kind=DIGEST, slot=MONDAY)) is None
    assert set(raw_store.keys("*")) == before
    await queue(store, delivery("note:eve:1", stranger, kind=NOTE, notes=("Hello.",)))
    await queue(store, delivery("welcome:eve", stranger, kind=DeliveryKind.WELCOME))
    await store.subscriptions.put(Subscription(stranger))
    await queue(store, delivery("papers:eve:1", stranger, "p1"))


async def test_a_paper_that_was_asked_for_is_for_who_still_waits(store: Store) -> None:
    """Whoever asked may follow nothing at all; who was forgotten since, or asked for another paper, is not written to."""
    stranger = UserId("local", "eve")
    brought = delivery("brought:eve:2603.00001", stranger, "p1", kind=DeliveryKind.BROUGHT)
    assert await store.outbox.enqueue(brought) is None
    await store.pending.add(pending(stranger, "2603.00002"))
    assert await store.outbox.enqueue(brought) is None
    await store.pending.add(pending(stranger, "2603.00001"))
    assert await store.outbox.enqueue(brought) == ("p1",)
    assert await store.outbox.enqueue(delivery("papers:eve:1", stranger, "p2")) is None


@pytest.mark.parametrize(
    "change", [{"id": ""}, {"id": "a\0b"}, {"id": "\ud800"}, {"id": "x" * 401}, {"missed": -1}, {"version": 3}]
)
async def test_what_could_not_be_read_back_is_not_queued(store: Store, change: dict[str, Any]) -> None:
    """Nothing is stored of it."""
    with pytest.raises(ValueError, match=r"^.*$"):
        await store.outbox.enqueue(replace(delivery(), **change))
    assert await figures(store) == (0, 0, 0, 0)


async def test_who_waits_hears_at_once(store: Store) -> None:
    """A read that waits ends with the first delivery, also with the very first of a workspace; else it ends empty."""
    assert await store.outbox.read(ADA.workspace, "c", 10, 0.01) == []
    waiting = asyncio.create_task(store.outbox.read(ADA.workspace, "c", 10, 2))
    await queue(store, delivery())
    [entry] = await waiting
    assert entry.delivery == delivery()
    waiting = asyncio.create_task(store.outbox.read(ADA.workspace, "c", 10, 2))
    await asyncio.wait([waiting], timeout=0.02)
    await queue(store, delivery("papers:ada:2"))
    assert [one.delivery_id for one in await waiting] == ["papers:ada:2"]
    assert await store.outbox.read(ADA.workspace, "c", 10, 0.01) == []


async def test_workspaces_have_queues_of_their_own(store: Store) -> None:
    """What one takes is not the other's, and a workspace without deliveries gets no stream by being looked at."""
    await queue(store, delivery(), delivery("papers:U2:1", BEN, "p1"))
    assert [one.reader for one in await take(store, BEN.workspace)] == [BEN]
    assert [one.reader for one in await take(store)] == [ADA]
    assert await store.outbox.read("T9", "c", 10, 0) == await store.outbox.left("T9", "c") == []
    assert await store.outbox.reclaim("T9", "c", 0, 10) == []
    assert await store.outbox.move_due("T9") == 0
    await store.outbox.retire("T9", "c")
    await store.outbox.tidy("T9")
    assert (await store.outbox.depth("T9")).oldest == 0
    assert await store.workspaces() == ["T1", "local"]


async def test_a_restart_goes_on_with_its_own(store: Store, restarted: Store) -> None:
    """A process of the same name is given what the one before had taken; nobody is given what this one has in hand."""
    await queue(store, delivery("papers:ada:1"), delivery("papers:ada:2"), delivery("papers:ada:3"))
    first, second, _ = await take(store)
    assert await store.outbox.left(ADA.workspace, "c") == []
    await store.outbox.begin(second, "c", HOUR)
    await store.outbox.confirm(second, PLACE, [])
    await store.outbox.ack(second)
    left = await restarted.outbox.left(ADA.workspace, "c")
    assert [one.delivery_id for one in left] == ["papers:ada:1", "papers:ada:3"]
    assert left[0].attempt != first.attempt
    assert await restarted.outbox.left(ADA.workspace, "other") == []


async def test_hundreds_that_were_left_are_all_given(store: Store, restarted: Store, raw_store: Any) -> None:
    """However many there are, and whether or not what they stood for is still there."""
    await asyncio.gather(*(store.outbox.enqueue(delivery(f"papers:ada:{n}")) for n in range(250)))
    entries = [entry for _ in range(3) for entry in await take(store)]
    assert len(entries) == 250
    raw_store.xdel(shard_of(ADA).outbox, *(one.entry_id for one in entries[50:200]))
    assert len(await restarted.outbox.left(ADA.workspace, "c")) == 100
    assert len(await store.outbox.reclaim(ADA.workspace, "other", 0, 1_000)) == 100
    assert (await store.outbox.depth(ADA.workspace)).taken == 100


async def test_what_is_taken_over_was_idle(store: Store, raw_store: Any) -> None:
    """An entry that was taken a moment ago is its consumer's; what was deleted meanwhile is nobody's."""
    await queue(store, delivery("papers:ada:1"), delivery("papers:ada:2"))
    first, _ = await take(store)
    assert await store.outbox.reclaim(ADA.workspace, "other", HOUR, 10) == []
    raw_store.xdel(shard_of(ADA).outbox, first.entry_id)
    assert [one.delivery_id for one in await store.outbox.reclaim(ADA.workspace, "other", 0, 10)] == ["papers:ada:2"]
    assert (await figures(store))[2] == 1


async def test_consumers_that_are_gone(store: Store, raw_store: Any) -> None:
    """One leaves when it has nothing pending; what is pending is never lost with it."""
    await queue(store, delivery())
    entry = await take_one(store)
    await store.outbox.read(ADA.workspace, "idle", 1, 0.001)
    key = shard_of(ADA).outbox
    for consumer in ("c", "idle", "nobody"):
        await store.outbox.retire(ADA.workspace, consumer)
    assert [one["name"] for one in raw_store.xinfo_consumers(key, "deliver")] == [b"c"]
    await store.outbox.ack(entry)
    await store.outbox.tidy(ADA.workspace)
    assert len(raw_store.xinfo_consumers(key, "deliver")) == 1
    await store.outbox.retire(ADA.workspace, "c")
    assert raw_store.xinfo_consumers(key, "deliver") == []


async def test_a_place_in_the_queue_that_was_lost_is_found(store: Store, raw_store: Any) -> None:
    """Somebody trimmed the stream: housekeeping queues anew what nothing stands for, and nothing else."""
    await queue(store, *(delivery(f"papers:ada:{n}") for n in range(3)))
    parked = (await take(store))[0]
    await store.outbox.wait(parked, 600)
    await queue(store, delivery("papers:ada:3"))
    raw_store.xtrim(shard_of(ADA).outbox, maxlen=1, approximate=False)
    await store.outbox.tidy(ADA.workspace)
    assert sorted(one.delivery_id for one in await take(store)) == ["papers:ada:1", "papers:ada:2", "papers:ada:3"]
    await store.outbox.tidy(ADA.workspace)
    assert await take(store) == []


async def test_how_much_waits(store: Store, raw_store: Any) -> None:
    """By what becomes of it next, and how long the oldest waits, parked or not."""
    await queue(store, *(delivery(f"papers:ada:{n}") for n in range(4)))
    taken = await store.outbox.read(ADA.workspace, "c", 3, 0)
    await store.outbox.wait(taken[0], 600)
    await store.outbox.bury(taken[1], "No.", NOW)
    depth = await store.outbox.depth(ADA.workspace)
    assert (depth.queued, depth.parked, depth.taken, depth.dead) == (1, 1, 1, 1)
    assert 0 <= depth.oldest < 60
    shard = shard_of(ADA)
    moment, _, form = raw_store.hget(shard.deliveries, taken[0].ticket).partition(b" ")
    raw_store.hset(shard.deliveries, taken[0].ticket, b"%d %s" % (int(moment) - 3_600_000, form))
    assert 3_600 <= (await store.outbox.depth(ADA.workspace)).oldest < 3_700


async def test_what_is_known_for_long_enough_leaves(store: Store, raw_store: Any) -> None:
    """Rows of 400 days, and of 90 where the papers tell, go when others come; the waiting, dead and young ones stay."""
    seconds, _ = raw_store.time()
    days_100, days_500 = (1_000 * (seconds - days * 86_400) for days in (100, 500))
    key = shard_of(ADA).ledger(ADA.user)

    def row(state: str, at: int) -> str:
        return f"{state} 1 0 {at} ab 0 - * 1.0 D7"

    stays = {
        "digest:a": row("sent", days_100),
        "papers:b": row("queued", days_500),
        "papers:c": row("ambiguous", days_500),
        "digest:d": row("dead", days_500),
    }
    goes = {"digest:e": row("sent", days_500), "papers:f": row("sent", days_100), "digest:g": row("dead", days_500)}
    raw_store.hset(key, mapping={**stays, **goes})
    raw_store.hset(shard_of(ADA).dead, "digest:d", "{}")
    for number in range(64 - 7):
        await queue(store, delivery(f"papers:ada:{number}"))
    left = {name.decode() for name in raw_store.hkeys(key)}
    assert left == {*stays, *(f"papers:ada:{number}" for number in range(64 - 7))}
    assert raw_store.ttl(key) > 399 * 86_400


async def test_a_later_version_is_left_for_those_who_know_it(store: Store, raw_store: Any) -> None:
    """It is not touched but put off, again and again; a process that knows it sends it, with none of its tries spent."""
    await queue(store, delivery("papers:ada:1", ADA, "p1"), delivery("papers:ada:2"))
    shard = shard_of(ADA)
    [ticket] = [one for one, raw in raw_store.hgetall(shard.deliveries).items() if b'"papers:ada:1"' in raw]
    moment, _, form = raw_store.hget(shard.deliveries, ticket).partition(b" ")
    later = json.loads(form) | {"version": 3, "kind": "hologram", "depth": 3}
    raw_store.hset(shard.deliveries, ticket, moment + b" " + json.dumps(later).encode())
    for _ in range(2 * MOST_TRIES):
        entry = next(one for one in await take(store) if one.delivery_id == "papers:ada:1")
        assert (entry.delivery, entry.is_later_version, entry.reader) == (None, True, ADA)
        begin = await store.outbox.begin(entry, "c", HOUR)
        assert begin == Begin(Begun.WAIT, seconds=LATER_VERSION_SECONDS)
        await store.outbox.wait(entry, 0)
    raw_store.hset(shard.deliveries, ticket, moment + b" " + form)
    entry = await take_one(store)
    assert await store.outbox.begin(entry, "c", HOUR) == Begin(Begun.SEND, tries=1)
    assert store.skipped == 0
