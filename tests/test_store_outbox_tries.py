"""A try to send: one at a time, whatever becomes of it; it ends sent, put off, dead or withdrawn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from outbox_steps import HOUR, figures, killed, queue, reclaimed, take, take_one
from store_values import ADA, BEN, MONDAY, NOW, PLACE, SERVERS, become_readers, delivery, sent

from bot.errors import StoreFull
from bot.models import DeliveryKind, DeliveryState, Place, UserId
from bot.store import MOST_TRIES, Begin, Begun, Entry, Store, shard_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)

DIGEST, QUIET, NOTE = DeliveryKind.DIGEST, DeliveryKind.QUIET, DeliveryKind.NOTE
ELSEWHERE = Place("D7", "1772443900.000200")


@pytest.fixture(autouse=True)
async def readers(store: Store) -> Sequence[UserId]:
    """Two readers, of two workspaces."""
    await become_readers(store, ADA, BEN)
    return ADA, BEN


async def test_sent(store: Store, raw_store: Any) -> None:
    """The ledger tells where, its papers are sent, and nothing of it is left in the queue."""
    await queue(store, delivery("papers:ada:1", ADA, "p1", "p2"))
    entry = await take_one(store)
    assert await store.outbox.begin(entry, "c", HOUR) == Begin(Begun.SEND, tries=1)
    assert await store.outbox.state(ADA, entry.delivery_id) is DeliveryState.SENDING
    assert await store.outbox.confirm(entry, PLACE, [sent("p1"), sent("p2")])
    assert await store.outbox.state(ADA, entry.delivery_id) is DeliveryState.SENT
    assert await store.sent.of(ADA) == [sent("p2"), sent("p1")]
    await store.outbox.ack(entry)
    assert await figures(store) == (0, 0, 0, 0)
    shard = shard_of(ADA)
    assert raw_store.exists(shard.deliveries, shard.parked, shard.dead) == 0
    assert await store.outbox.enqueue(delivery("papers:ada:1", ADA, "p3")) is None


async def test_papers_that_fell_out_may_be_claimed_again(store: Store) -> None:
    """What of a delivery was neither sent nor goes on in its thread is free; another delivery's claims stay."""
    await queue(store, delivery("papers:ada:0", ADA, "p9"), delivery("papers:ada:1", ADA, "p1", "p2", "p3"))
    _, entry = await take(store)
    await store.outbox.begin(entry, "c", HOUR)
    follow = delivery("papers:ada:1+1", ADA, "p3", kind=DeliveryKind.THREAD, parent=PLACE)
    assert await store.outbox.confirm(entry, PLACE, [sent("p1")], follow)
    assert await store.sent.known(ADA) == {"p9", "p1", "p3"}
    await store.outbox.ack(entry)
    assert await store.outbox.enqueue(delivery("papers:ada:2", ADA, "p9", "p1", "p2", "p3")) == ("p2",)


async def test_a_thread_goes_on_after_its_head(store: Store) -> None:
    """It is queued with the head's confirmation, once, and takes over the claims of its papers."""
    await queue(store, delivery("papers:ada:1", ADA, "p1", "p2", "p3"))
    entry = await take_one(store)
    await store.outbox.begin(entry, "c", HOUR)
    follow = delivery("papers:ada:1+1", ADA, "p2", "p3", kind=DeliveryKind.THREAD, parent=PLACE)
    for _ in range(2):
        assert await store.outbox.confirm(entry, PLACE, [sent("p1")], follow)
    await store.outbox.ack(entry)
    thread = await take_one(store)
    assert thread.delivery == follow
    await store.outbox.begin(thread, "c", HOUR)
    await store.outbox.withdraw(thread)
    assert await store.sent.known(ADA) == {"p1"}
    with pytest.raises(ValueError, match="papers:U2"):
        await store.outbox.confirm(entry, PLACE, [], delivery("papers:U2:1", BEN))


async def test_one_try_at_a_time(store: Store) -> None:
    """Whoever begins first has it; the same entry again is the same try; the others wait until it is certainly over."""
    await queue(store, delivery())
    entry = await take_one(store)
    others = [await reclaimed(store) for _ in range(5)]
    begins = await asyncio.gather(*(store.outbox.begin(one, "c", 10.0) for one in (entry, *others)))
    assert [one.begun for one in begins] == [Begun.SEND, *[Begun.WAIT] * 5]
    assert all(9 < one.seconds <= 10 for one in begins[1:])
    assert await store.outbox.begin(entry, "c", 10.0) == Begin(Begun.SEND, tries=1)
    await store.outbox.wait(others[0], 0)
    again = await take_one(store)
    assert (await store.outbox.begin(again, "c", 10.0)).begun is Begun.WAIT


async def test_a_killed_sender_is_looked_up_first(store: Store) -> None:
    """Nobody knows what became of its try: the next one looks, alone, and sends if it was not sent."""
    first = await killed(store, delivery("papers:ada:1", ADA, "p1"))
    entry = await reclaimed(store)
    begin = await store.outbox.begin(entry, "other", 0)
    assert (begin.begun, begin.tries) == (Begun.LOOK_UP, 2)
    assert begin.since_ms > 1_700_000_000_000
    assert await store.outbox.begin(entry, "other", HOUR) == begin
    assert await store.outbox.state(ADA, "papers:ada:1") is DeliveryState.AMBIGUOUS
    assert (await store.outbox.begin(await reclaimed(store), "third", HOUR)).begun is Begun.WAIT
    assert not await store.outbox.resend(first, "killed")
    assert await store.outbox.resend(entry, "other")
    assert await store.outbox.state(ADA, "papers:ada:1") is DeliveryState.SENDING
    later = await store.outbox.begin(await reclaimed(store), "third", 0)
    assert (later.begun, later.tries, later.since_ms) == (Begun.LOOK_UP, 3, begin.since_ms)


async def test_a_claim_that_is_over_is_over_for_its_own_try(store: Store) -> None:
    """Whoever asks again is told how old the claim is; once others may have sent it, it is looked up."""
    await queue(store, delivery())
    entry = await take_one(store)
    assert (await store.outbox.begin(entry, "c", HOUR)).age == 0
    while not (again := await store.outbox.begin(entry, "c", HOUR)).age:
        assert again == Begin(Begun.SEND, tries=1)
    assert await store.outbox.resend(entry, "c")
    assert (await store.outbox.begin(entry, "c", HOUR)).age < again.age + 1
    begin = await store.outbox.begin(entry, "c", 0)
    assert (begin.begun, begin.tries) == (Begun.LOOK_UP, 2)


async def test_a_killed_sender_had_sent_it(store: Store) -> None:
    """It is confirmed where it was found; when the killed one is not dead after all, its word changes nothing."""
    first = await killed(store, delivery("papers:ada:1", ADA, "p1"))
    entry = await reclaimed(store)
    await store.outbox.begin(entry, "other", 0)
    assert await store.outbox.confirm(entry, PLACE, [sent("p1")])
    assert await store.outbox.confirm(first, ELSEWHERE, [sent("p1", minutes=5)])
    assert await store.sent.of(ADA) == [sent("p1")]
    third = await reclaimed(store)
    assert await store.outbox.begin(third, "third", HOUR) == Begin(Begun.DONE, 2, (await since(store, third)), PLACE)
    await store.outbox.ack(third)
    assert (await store.outbox.begin(entry, "other", HOUR)).begun is Begun.GONE
    assert await figures(store) == (0, 0, 0, 0)


async def since(store: Store, entry: Entry) -> int:
    """The first attempt whose end nobody knew."""
    return (await store.outbox.begin(entry, "c", HOUR)).since_ms


async def test_a_sender_that_slept_undoes_nothing(store: Store) -> None:
    """Once another try has the delivery, whatever the first one says is not heard, but that it was sent."""
    first = await killed(store, delivery("digest:ada:1", ADA, "p1", kind=DIGEST, slot=MONDAY))
    entry = await reclaimed(store)
    assert (await store.outbox.begin(entry, "other", 0)).begun is Begun.LOOK_UP
    assert await store.outbox.resend(entry, "other")
    await store.outbox.later(first, 0, give_back_try=True)
    await store.outbox.withdraw(first, free_slot=True)
    await store.outbox.bury(first, "No.", NOW)
    assert not await store.outbox.resend(first, "killed")
    assert await store.outbox.state(ADA, "digest:ada:1") is DeliveryState.SENDING
    assert await store.sent.last_slot(ADA) == MONDAY
    assert await store.sent.known(ADA) == {"p1"}
    assert await store.outbox.dead(ADA.workspace) == []
    assert await store.outbox.resend(entry, "other")
    assert await store.outbox.confirm(first, PLACE, [sent("p1")])
    assert not await store.outbox.resend(entry, "other")
    assert (await store.outbox.begin(entry, "other", HOUR)).place == PLACE


async def test_a_withdrawn_delivery_that_was_sent_after_all(store: Store) -> None:
    """A sender that slept too long says so: its paper counts as sent, and what was queued anew is not sent."""
    first = await killed(store, delivery("papers:ada:1", ADA, "p1"))
    entry = await reclaimed(store)
    await store.outbox.begin(entry, "other", 0)
    await store.outbox.withdraw(entry)
    await queue(store, delivery("papers:ada:1", ADA, "p1"))
    anew = await take_one(store)
    assert await store.outbox.confirm(first, PLACE, [sent("p1")])
    assert (await store.outbox.begin(anew, "c", HOUR)).begun is Begun.DONE
    await store.outbox.ack(anew)
    assert [one.paper_id for one in await store.sent.of(ADA)] == ["p1"]
    assert await figures(store) == (0, 0, 0, 0)


async def test_later(store: Store, raw_store: Any) -> None:
    """It waits for its moment and is queued then; what surely was not sent is sent without a look."""
    await queue(store, delivery())
    entry = await take_one(store)
    await store.outbox.begin(entry, "c", HOUR)
    await store.outbox.later(entry, 600)
    assert await figures(store) == (0, 1, 0, 0)
    assert await take(store) == []
    assert await store.outbox.state(ADA, entry.delivery_id) is DeliveryState.QUEUED
    # Its moment has come.
    [ticket] = raw_store.zrange(shard_of(ADA).parked, 0, -1)
    raw_store.zadd(shard_of(ADA).parked, {ticket: 0})
    again = await take_one(store)
    assert await store.outbox.begin(again, "c", HOUR) == Begin(Begun.SEND, tries=2)
    await store.outbox.later(again, 0, give_back_try=True)
    assert await store.outbox.begin(await take_one(store), "c", HOUR) == Begin(Begun.SEND, tries=2)


async def test_ambiguous(store: Store) -> None:
    """It is too early to look until the attempt is certainly over; a look that failed is made again at once."""
    await queue(store, delivery())
    entry = await take_one(store)
    await store.outbox.begin(entry, "c", HOUR)
    await store.outbox.later(entry, 0, ambiguous=True)
    assert await store.outbox.state(ADA, entry.delivery_id) is DeliveryState.AMBIGUOUS
    entry = await take_one(store)
    assert (await store.outbox.begin(entry, "c", HOUR)).begun is Begun.WAIT
    begin = await store.outbox.begin(entry, "c", 0)
    assert (begin.begun, begin.tries, begin.replayed) == (Begun.LOOK_UP, 2, False)
    await store.outbox.later(entry, 0, ambiguous=True, give_back_try=True)
    entry = await take_one(store)
    again = await store.outbox.begin(entry, "c", 0)
    assert again == begin
    assert await store.outbox.resend(entry, "c")
    await store.outbox.later(entry, 0)
    third = await store.outbox.begin(await take_one(store), "c", HOUR)
    assert (third.begun, third.tries, third.since_ms) == (Begun.SEND, 3, begin.since_ms)


async def test_what_always_ends_badly_is_poison(store: Store) -> None:
    """After 8 tries it is not begun again; what may have been sent is looked up as often once more."""
    await queue(store, delivery())
    for tries in range(1, MOST_TRIES + 1):
        entry = await take_one(store)
        assert await store.outbox.begin(entry, "c", HOUR) == Begin(Begun.SEND, tries)
        await store.outbox.later(entry, 0)
    poison = await take_one(store)
    assert await store.outbox.begin(poison, "c", HOUR) == Begin(Begun.POISON, MOST_TRIES)
    await store.outbox.bury(poison, "It ends badly.", NOW)
    assert [dead.tries for dead in await store.outbox.dead(ADA.workspace)] == [MOST_TRIES]


async def test_a_look_up_that_always_ends_badly_is_poison(store: Store, raw_store: Any) -> None:
    """A process dies of each look-up: in the end it is buried, and its grave says how often it was tried."""
    await killed(store, delivery())
    for tries in range(2, 2 * MOST_TRIES + 1):
        begin = await store.outbox.begin(await reclaimed(store), "other", 0)
        assert (begin.begun, begin.tries) == (Begun.LOOK_UP, tries)
    poison = await reclaimed(store)
    assert (await store.outbox.begin(poison, "other", 0)).begun is Begun.POISON
    assert (await store.outbox.begin(poison, "other", HOUR)).begun is Begun.POISON
    await store.outbox.bury(poison, "It ends badly.", NOW)
    assert [dead.tries for dead in await store.outbox.dead(ADA.workspace)] == [2 * MOST_TRIES + 1]
    raw_store.xadd(poison.shard.outbox, {"ticket": poison.ticket})
    late = await take_one(store)
    assert (await store.outbox.begin(late, "c", 0)).begun is Begun.GONE
    await store.outbox.ack(late)
    assert await figures(store) == (0, 0, 0, 1)


async def test_withdrawn(store: Store) -> None:
    """Its papers, its id and, if wished, its day are free again; the day before it is the last one then."""
    await store.sent.take_slot(ADA, MONDAY - timedelta(days=1))
    digest = delivery("digest:ada:1", ADA, "p1", kind=DIGEST, slot=MONDAY)
    for free_slot, last in ((True, MONDAY - timedelta(days=1)), (False, MONDAY)):
        await queue(store, digest)
        entry = await take_one(store)
        await store.outbox.begin(entry, "c", HOUR)
        await store.outbox.withdraw(entry, free_slot=free_slot)
        assert await store.sent.last_slot(ADA) == last
        assert await store.sent.known(ADA) == set()
        assert await store.outbox.state(ADA, digest.id) is None
        assert await figures(store) == (0, 0, 0, 0)
    assert await store.outbox.enqueue(digest) is None


async def test_dead(store: Store) -> None:
    """It is listed with its reason, oldest first; its papers stay claimed; it is not queued by anybody."""
    await queue(store, delivery("papers:ada:1", ADA, "p1"), delivery("papers:ada:2", ADA, "p2"))
    for minutes, entry in zip((5, 0), await take(store), strict=True):
        await store.outbox.begin(entry, "c", HOUR)
        await store.outbox.bury(entry, 'Slack said: "tries":0.', NOW + timedelta(minutes=minutes))
    second, first = await store.outbox.dead(ADA.workspace)
    assert (second.delivery, second.tries, second.at) == (delivery("papers:ada:2", ADA, "p2"), 1, NOW)
    assert first.reason == 'Slack said: "tries":0.'
    assert await figures(store) == (0, 0, 0, 2)
    assert await store.outbox.state(ADA, "papers:ada:1") is DeliveryState.DEAD
    assert await store.sent.known(ADA) == {"p1", "p2"}
    assert await store.outbox.enqueue(delivery("papers:ada:1", ADA, "p3")) is None


async def test_replayed(store: Store) -> None:
    """It is queued once more with all its tries; where it may have been sent that is looked up, and said to be wished."""
    await queue(store, delivery("papers:ada:1", ADA, "p1"), delivery("papers:ada:2", ADA, "p2"))
    unsent, unknown = await take(store)
    await store.outbox.begin(unsent, "c", HOUR)
    await store.outbox.bury(unsent, "No.", NOW)
    await store.outbox.begin(unknown, "c", HOUR)
    await store.outbox.later(unknown, 0, ambiguous=True)
    unknown = await take_one(store)
    begin = await store.outbox.begin(unknown, "c", 0)
    await store.outbox.bury(unknown, "Nobody may look.", NOW)
    assert await store.outbox.replay(ADA.workspace, "papers:ada:1")
    assert not await store.outbox.replay(ADA.workspace, "papers:ada:1")
    assert await store.outbox.replay(ADA.workspace, "papers:ada:2")
    assert not await store.outbox.replay(ADA.workspace, "papers:ada:3")
    assert await store.outbox.dead(ADA.workspace) == []
    unsent, unknown = await take(store)
    assert await store.outbox.begin(unsent, "c", HOUR) == Begin(Begun.SEND, tries=1)
    again = await store.outbox.begin(unknown, "c", HOUR)
    assert again == Begin(Begun.LOOK_UP, 1, begin.since_ms, replayed=True)
    assert await store.outbox.resend(unknown, "c")
    await store.outbox.later(unknown, 0, ambiguous=True)
    assert not (await store.outbox.begin(await take_one(store), "c", 0)).replayed


async def test_replayed_when_the_ledger_ended(store: Store, raw_store: Any) -> None:
    """Nobody knows whether it was sent: that is looked up, from the moment it was queued on."""
    entry = await killed(store, delivery("papers:ada:1", ADA, "p1"))
    await store.outbox.bury(entry, "No.", NOW)
    raw_store.unlink(shard_of(ADA).ledger(ADA.user))
    assert await store.outbox.replay(ADA.workspace, "papers:ada:1")
    begin = await store.outbox.begin(await take_one(store), "c", HOUR)
    assert begin == Begin(Begun.LOOK_UP, 1, round(NOW.timestamp() * 1_000), replayed=True)


async def test_dropped(store: Store) -> None:
    """It is gone from the list, once, and is not sent by another way either."""
    entry = await killed(store, delivery("papers:ada:1", ADA, "p1"))
    await store.outbox.bury(entry, "No.", NOW)
    assert not await store.outbox.drop(ADA.workspace, "papers:ada:2")
    assert await store.outbox.drop(ADA.workspace, "papers:ada:1")
    assert not await store.outbox.drop(ADA.workspace, "papers:ada:1")
    assert not await store.outbox.replay(ADA.workspace, "papers:ada:1")
    assert await store.outbox.dead(ADA.workspace) == []
    assert await store.outbox.state(ADA, "papers:ada:1") is DeliveryState.DEAD
    assert await store.outbox.enqueue(delivery("papers:ada:1", ADA, "p1", "p2")) is None


async def test_a_reader_who_is_forgotten_while_it_is_sent(store: Store, raw_store: Any) -> None:
    """Nothing is kept of what was sent, and nothing comes back."""
    await queue(store, delivery("papers:ada:2", ADA, "p2"))
    [other] = await take(store)
    entry = await killed(store, delivery("papers:ada:1", ADA, "p1"))
    await store.forget(ADA)
    before = set(raw_store.keys("*ada*"))
    follow = delivery("papers:ada:1+1", ADA, "p3", kind=DeliveryKind.THREAD, parent=PLACE)
    assert not await store.outbox.confirm(entry, PLACE, [sent("p1")], follow)
    assert (await store.outbox.begin(other, "c", HOUR)).begun is Begun.GONE
    await store.outbox.later(entry, 0)
    await store.outbox.bury(entry, "No.", NOW)
    await store.outbox.ack(other)
    assert set(raw_store.keys("*ada*")) == before == set()
    assert await figures(store) == (0, 0, 0, 0)


async def test_a_server_that_is_full_hears_how_it_ended(store: Store, raw_store: Any) -> None:
    """It takes no delivery and begins none; that one was sent, put off or is over is kept all the same."""
    await queue(store, *(delivery(f"papers:ada:{n}", ADA, f"p{n}") for n in range(4)))
    first, second, third, fourth = await take(store)
    for entry in (first, second, third):
        await store.outbox.begin(entry, "c", HOUR)
    raw_store.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreFull):
            await store.outbox.enqueue(delivery("papers:ada:9", ADA, "p9"))
        with pytest.raises(StoreFull):
            await store.outbox.begin(fourth, "c", HOUR)
        follow = delivery("papers:ada:0+1", ADA, "p8", kind=DeliveryKind.THREAD, parent=PLACE)
        assert await store.outbox.confirm(first, PLACE, [sent("p0")], follow)
        await store.outbox.ack(first)
        await store.outbox.later(second, 0)
        await store.outbox.withdraw(third)
        assert await store.outbox.move_due(ADA.workspace) == 1
        assert len(await take(store)) == 2
    finally:
        raw_store.config_set("maxmemory", 0)
    assert await store.outbox.state(ADA, "papers:ada:0") is DeliveryState.SENT
    assert await store.outbox.state(ADA, "papers:ada:1") is DeliveryState.QUEUED
    assert await store.outbox.state(ADA, "papers:ada:2") is None
    assert await store.outbox.state(ADA, "papers:ada:9") is None
    assert (await store.outbox.begin(fourth, "c", HOUR)).begun is Begun.SEND


async def test_a_look_that_failed_is_made_again_at_once(store: Store) -> None:
    """What may have been sent long ago is not waited for once more."""
    await queue(store, delivery())
    entry = await take_one(store)
    await store.outbox.begin(entry, "c", HOUR)
    await store.outbox.later(entry, 0, ambiguous=True)
    entry = await take_one(store)
    while (await store.outbox.begin(entry, "c", 0.05)).begun is not Begun.LOOK_UP:
        pass
    await store.outbox.later(entry, 0, ambiguous=True)
    assert (await store.outbox.begin(await take_one(store), "c", 0.05)).begun is Begun.LOOK_UP


@pytest.mark.parametrize("damage", ["gone", "junk", "type"])
async def test_what_the_ledger_lost_is_looked_up(store: Store, raw_store: Any, damage: str) -> None:
    """It may have been sent: it is looked for, from the moment it was queued on, and then sent or confirmed."""
    await queue(store, delivery("papers:ada:1", ADA, "p1"))
    entry, key = await take_one(store), shard_of(ADA).ledger(ADA.user)
    queued = int(raw_store.hget(entry.shard.deliveries, entry.ticket).partition(b" ")[0])
    if damage == "junk":
        raw_store.hset(key, entry.delivery_id, "sent yesterday")
    else:
        raw_store.unlink(key)
    if damage == "type":
        raw_store.set(key, "sent")
    begin = await store.outbox.begin(entry, "c", HOUR)
    assert begin == Begin(Begun.LOOK_UP, tries=1, since_ms=queued)
    assert await store.outbox.resend(entry, "c")
    assert await store.outbox.confirm(entry, PLACE, [sent("p1")])
    assert await store.outbox.state(ADA, "papers:ada:1") is DeliveryState.SENT


async def test_what_was_queued_again_is_sent_once(store: Store, raw_store: Any) -> None:
    """The ledger was lost and the same delivery queued anew: the old one is over, and takes nothing with it."""
    await queue(store, delivery("papers:ada:1"))
    raw_store.unlink(shard_of(ADA).ledger(ADA.user))
    await queue(store, delivery("papers:ada:1"))
    old, new = await take(store)
    assert (await store.outbox.begin(new, "c", HOUR)).begun is Begun.SEND
    assert (await store.outbox.begin(old, "c", 0)).begun is Begun.GONE
    await store.outbox.ack(old)
    await store.outbox.withdraw(old)
    await store.outbox.bury(old, "No.", NOW)
    assert await figures(store) == (0, 0, 1, 0)
    assert await store.outbox.resend(new, "c")


async def test_a_clock_of_the_server_that_was_ahead(store: Store, raw_store: Any) -> None:
    """An attempt that begins tomorrow began now; what is parked for longer than anything may be is due."""
    entry = await killed(store, delivery("papers:ada:1"))
    key, tomorrow = shard_of(ADA).ledger(ADA.user), 1_000 * (raw_store.time()[0] + 30 * 3_600)
    row = raw_store.hget(key, entry.delivery_id).split(b" ")
    raw_store.hset(key, entry.delivery_id, b" ".join([*row[:3], b"%d" % tomorrow, *row[4:]]))
    again = await reclaimed(store)
    begin = await store.outbox.begin(again, "other", 10)
    assert (begin.begun, 0 < begin.seconds <= 10) == (Begun.WAIT, True)
    await store.outbox.wait(again, 60)
    raw_store.zadd(shard_of(ADA).parked, {again.ticket: tomorrow})
    assert [one.delivery_id for one in await take(store)] == ["papers:ada:1"]


async def test_what_is_not_over_is_not_acknowledged(store: Store) -> None:
    """Whoever says so by mistake loses nothing: it comes again."""
    await queue(store, delivery())
    await store.outbox.ack(await take_one(store))
    assert await figures(store) == (0, 1, 0, 0)
    assert await store.outbox.state(ADA, delivery().id) is DeliveryState.QUEUED


async def test_what_cannot_be_read_is_buried_by_its_name(store: Store, raw_store: Any) -> None:
    """The host sees that it was there; it cannot be sent. What has not even a name is counted and left out."""
    await queue(store, *(delivery(f"papers:ada:{number}") for number in range(3)))
    shard = shard_of(ADA)
    forms = {raw.partition(b" ")[2]: ticket for ticket, raw in raw_store.hgetall(shard.deliveries).items()}
    for form, ticket in forms.items():
        spoilt = {0: form.replace(b'"papers"', b'"hologram"'), 1: b"{", 2: form.replace(b'"ada"', b'"ada\\u0000"')}
        raw_store.hset(shard.deliveries, ticket, b"1 " + spoilt[int(json.loads(form)["id"][-1])])
    named, *nameless = sorted(await take(store), key=lambda entry: not entry.delivery_id)
    assert (named.delivery_id, named.delivery, named.is_later_version) == ("papers:ada:0", None, False)
    assert (await store.outbox.begin(named, "c", HOUR)).begun is Begun.POISON
    await store.outbox.bury(named, "It cannot be read.", NOW)
    for entry in nameless:
        assert (await store.outbox.begin(entry, "c", HOUR)).begun is Begun.GONE
        await store.outbox.bury(entry, "It cannot be read.", NOW)
    assert [dead.delivery.id for dead in await store.outbox.dead(ADA.workspace)] == ["papers:ada:0"]
    assert not await store.outbox.replay(ADA.workspace, "papers:ada:0")
    assert await store.outbox.drop(ADA.workspace, "papers:ada:0")
    assert await figures(store) == (0, 0, 0, 0)
    assert store.skipped == 3
