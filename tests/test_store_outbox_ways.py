"""The outbox has a queue for each way to people, and one ledger: copies, and what is about all queues."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from outbox_steps import HOUR
from store_values import ADA, BEN, MONDAY, NOW, PLACE, SERVERS, become_readers, delivery, sent

from bot.models import Delivery, DeliveryKind, DeliveryState, Medium, UserId
from bot.store import MOST_TRIES, Begin, Begun, Entry, Store, shard_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)

TEAM = ADA.workspace
FIRST, SECOND = "ada@example.org", "lab@example.org"


@pytest.fixture(autouse=True)
async def readers(store: Store) -> Sequence[UserId]:
    """Two readers, of two workspaces."""
    await become_readers(store, ADA, BEN)
    return ADA, BEN


def by_mail(one: Delivery, to: str = FIRST) -> Delivery:
    """The same by e-mail alone."""
    return replace(one, medium=Medium.EMAIL, to=to)


def copy(one: Delivery, to: str = FIRST) -> Delivery:
    """A copy by e-mail."""
    return replace(by_mail(one, to), id=f"{one.id}@{to}", copy_of=one.id, end=None)


async def taken(store: Store, medium: Medium = Medium.EMAIL) -> list[Entry]:
    """What is there now in one way's queue."""
    queue = store.queue(medium)
    await queue.move_due(TEAM)
    return await queue.read(TEAM, "c", 100, 0)


async def test_each_way_has_a_queue_of_its_own(store: Store) -> None:
    """Who sends by one way is given nothing of the other's; how far each is stands in one ledger."""
    message, letter = delivery("papers:ada:1", ADA), by_mail(delivery("papers:ada:2", ADA))
    assert await store.queue(Medium.EMAIL).enqueue(message) == ()
    assert await store.outbox.enqueue(letter) == ()
    [by_slack], [by_post] = await taken(store, Medium.SLACK), await taken(store)
    assert (by_slack.delivery, by_post.delivery) == (message, letter)
    for queue in (store.outbox, store.queue(Medium.EMAIL)):
        assert await queue.state(ADA, letter.id) is DeliveryState.QUEUED
    assert store.queue(Medium.SLACK) is store.outbox


async def test_copies_are_queued_with_what_they_are_copies_of(store: Store) -> None:
    """With the papers that it claimed, whoever queues it and however often; a paper that was told is in none of them."""
    await store.sent.confirm(ADA, [sent("p2", "D7")])
    original = delivery("digest:ada:1", ADA, "p1", "p2", "p3", kind=DeliveryKind.DIGEST, slot=MONDAY)
    copies = [copy(original), copy(original, SECOND)]
    results = await asyncio.gather(*(store.outbox.enqueue(original, copies=copies) for _ in range(5)))
    assert sorted(results, key=str) == [("p1", "p3"), *[None] * 4]
    [message], letters = await taken(store, Medium.SLACK), await taken(store)
    assert message.delivery == replace(original, paper_ids=("p1", "p3"))
    assert {one.delivery for one in letters} == {replace(one, paper_ids=("p1", "p3")) for one in copies}


async def test_what_is_not_queued_has_no_copies(store: Store) -> None:
    """Nor are they where nothing is free, or the day is taken."""
    await store.sent.confirm(ADA, [sent("p1", "D7")])
    nothing = delivery("papers:ada:1", ADA, "p1")
    assert await store.outbox.enqueue(nothing, requires_papers=True, copies=[copy(nothing)]) is None
    assert await store.sent.take_slot(ADA, MONDAY)
    digest = delivery("digest:ada:1", ADA, kind=DeliveryKind.DIGEST, slot=MONDAY)
    assert await store.outbox.enqueue(digest, copies=[copy(digest)]) is None
    assert await taken(store) == []


async def test_an_answer_that_was_lost_queues_no_second_copy(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command once more changes nothing, and gives the same papers."""
    original = delivery("papers:ada:1", ADA, "p1", "p2", "p3")
    await store.sent.confirm(ADA, [sent("p1", "D7")])
    connection: Any = store._connection  # pyright: ignore[reportPrivateUsage]
    write = connection.write

    async def twice(*command: Any, **more: Any) -> Any:
        await write(*command, **more)
        return await write(*command, **more)

    monkeypatch.setattr(connection, "write", twice)
    assert await store.outbox.enqueue(original, copies=[copy(original)]) == ("p2", "p3")
    monkeypatch.undo()
    assert len(await taken(store)) == 1


async def test_another_copy_is_refused(store: Store) -> None:
    """It has to be this delivery's, and go by the other way."""
    original = delivery("papers:ada:1", ADA)
    for wrong in (
        replace(copy(original), copy_of="papers:ada:2"),
        replace(copy(original), reader=UserId(TEAM, "U9")),
        replace(copy(original), medium=Medium.SLACK, to=""),
        replace(copy(original), paper_ids=("p1",)),
    ):
        with pytest.raises(ValueError, match=wrong.id):
            await store.outbox.enqueue(original, copies=[wrong])
    with pytest.raises(ValueError, match="ada:1"):
        await store.outbox.enqueue(replace(by_mail(original), to=""))


async def test_a_copy_that_was_sent_is_not_sent_again(store: Store) -> None:
    """Where what it is a copy of was withdrawn and is queued anew, only that is."""
    original = delivery("digest:ada:1", ADA, "p1", kind=DeliveryKind.DIGEST, slot=MONDAY)
    assert await store.outbox.enqueue(original, copies=[copy(original)])
    [letter], [message] = await taken(store), await taken(store, Medium.SLACK)
    mails = store.queue(Medium.EMAIL)
    await mails.begin(letter, "c", HOUR)
    assert await mails.confirm(letter, PLACE, [])
    await mails.ack(letter)
    await store.outbox.begin(message, "c", HOUR)
    await store.outbox.withdraw(message, free_slot=True)
    assert await store.outbox.enqueue(original, copies=[copy(original)]) == ("p1",)
    assert await taken(store) == []
    assert len(await taken(store, Medium.SLACK)) == 1


async def test_what_becomes_of_a_copy_leaves_the_papers_alone(store: Store) -> None:
    """Sent, withdrawn or given up: the claim is not the copy's."""
    original = delivery("papers:ada:1", ADA, "p1")
    copies = [copy(original, f"{name}@example.org") for name in ("sent", "withdrawn", "dead")]
    assert await store.outbox.enqueue(original, copies=copies)
    mails = store.queue(Medium.EMAIL)
    for entry in await taken(store):
        assert (await mails.begin(entry, "c", HOUR)).begun is Begun.SEND
        assert entry.delivery
        match entry.delivery.to.partition("@")[0]:
            case "sent":
                assert await mails.confirm(entry, PLACE, [])
                await mails.ack(entry)
            case "withdrawn":
                await mails.withdraw(entry)
            case _:
                await mails.bury(entry, "No.", NOW)
    assert await store.sent.known(ADA) == {"p1"}
    assert await store.outbox.enqueue(delivery("papers:ada:2", ADA, "p1"), requires_papers=True) is None
    [message] = await taken(store, Medium.SLACK)
    assert (await store.outbox.begin(message, "c", HOUR)).begun is Begun.SEND


async def test_what_is_about_all_queues(store: Store) -> None:
    """How much waits, what is dead, and replaying or dropping that, whoever asks; what waits can be told for one way."""
    letters = [by_mail(delivery(f"papers:ada:{number}", ADA)) for number in range(3)]
    for one in (delivery("papers:ada:9", ADA), *letters):
        assert await store.outbox.enqueue(one) is not None
    mails = store.queue(Medium.EMAIL)
    for number, entry in enumerate((await taken(store))[:2]):
        await mails.begin(entry, "c", HOUR)
        await mails.bury(entry, "No.", NOW + timedelta(minutes=number))
    depth, own = await store.outbox.depth(TEAM), await store.outbox.depth(TEAM, only=Medium.EMAIL)
    assert (depth.queued, depth.taken, depth.dead) == (1, 1, 2)
    assert (own.queued, own.taken, own.dead) == (0, 1, 2)
    assert [one.delivery for one in await store.outbox.dead(TEAM)] == letters[:2]
    assert await store.outbox.replay(TEAM, letters[0].id)
    assert await store.outbox.drop(TEAM, letters[1].id)
    assert not await store.outbox.drop(TEAM, letters[1].id)
    assert [one.delivery for one in await taken(store)] == [letters[0]]
    assert await store.outbox.dead(TEAM) == []


async def test_a_letter_that_lost_its_place_is_found(store: Store, raw_store: Any) -> None:
    """By keeping house, whoever does."""
    assert await store.outbox.enqueue(by_mail(delivery("papers:ada:1", ADA))) is not None
    raw_store.delete(shard_of(ADA).by(Medium.EMAIL).outbox)
    await store.outbox.tidy(TEAM)
    assert [one.delivery_id for one in await taken(store)] == ["papers:ada:1"]


async def test_what_stands_in_the_wrong_queue_is_sent_by_nobody(store: Store, raw_store: Any) -> None:
    """A letter among messages is told to be unreadable, not sent to a person by the wrong way."""
    shard = shard_of(ADA)
    assert await store.outbox.enqueue(by_mail(delivery("papers:ada:1", ADA))) is not None
    [(ticket, raw)] = raw_store.hgetall(shard.by(Medium.EMAIL).deliveries).items()
    raw_store.hset(shard.deliveries, ticket, raw)
    raw_store.xadd(shard.outbox, {"ticket": ticket})
    [entry] = await taken(store, Medium.SLACK)
    assert entry.delivery is None
    assert (await store.outbox.begin(entry, "c", HOUR)).begun is Begun.POISON


async def test_what_is_talked_about_takes_the_day(store: Store) -> None:
    """As a digest does: a day has one of them."""
    talk = delivery("trending:ada:1", ADA, kind=DeliveryKind.TRENDING, slot=MONDAY)
    assert await store.outbox.enqueue(talk) is not None
    assert await store.sent.last_slot(ADA) == MONDAY
    digest = delivery("digest:ada:1", ADA, kind=DeliveryKind.DIGEST, slot=MONDAY)
    assert await store.outbox.enqueue(digest) is None


async def test_the_ledger_leaves_rows_of_dead_letters(store: Store, raw_store: Any) -> None:
    """What is old leaves it, however many copies are queued at once; what is dead stays known."""
    ledger = shard_of(ADA).ledger(ADA.user)
    letter = by_mail(delivery("digest:ada:0", ADA, kind=DeliveryKind.DIGEST))
    assert await store.outbox.enqueue(letter) is not None
    [entry] = await taken(store)
    mails = store.queue(Medium.EMAIL)
    await mails.begin(entry, "c", HOUR)
    await mails.bury(entry, "No.", NOW)
    old = raw_store.hget(ledger, letter.id).split(b" ")
    old[3] = b"1000"
    raw_store.hset(ledger, letter.id, b" ".join(old))
    raw_store.hset(ledger, "digest:ada:gone", b" ".join(old))
    for number in range(64):
        original = delivery(f"quiet:ada:{number}", ADA, kind=DeliveryKind.QUIET)
        assert await store.outbox.enqueue(original, copies=[copy(original)]) is not None
    assert await store.outbox.state(ADA, "digest:ada:gone") is None
    assert await store.outbox.state(ADA, letter.id) is DeliveryState.DEAD


async def begun(store: Store, entry: Entry) -> Begin:
    """What is said when a letter's try begins, once the one before has had its time."""
    async with asyncio.timeout(5):
        while True:
            begin = await store.queue(Medium.EMAIL).begin(entry, "c", 0.01, 0.02)
            if begin.begun is not Begun.WAIT:
                return begin
            await asyncio.sleep(0.005)


async def test_what_is_claimed_and_not_posted_is_begun_again(store: Store) -> None:
    """A try that ended before it asked to post left no doubt, but counts; once it asked, there is one."""
    assert await store.outbox.enqueue(by_mail(delivery("papers:ada:1", ADA))) is not None
    mails = store.queue(Medium.EMAIL)
    [entry] = await taken(store)
    assert await mails.begin(entry, "killed", 0.01, 0.05) == Begin(Begun.SEND, tries=1)
    assert await mails.state(ADA, "papers:ada:1") is DeliveryState.SENDING
    second = replace(entry, attempt="b")
    assert (await mails.begin(second, "c", 0.01, HOUR)).begun is Begun.WAIT
    assert await begun(store, second) == Begin(Begun.SEND, tries=2)
    assert not await mails.resend(entry, "killed")
    assert await mails.resend(second, "c")
    third = replace(entry, attempt="c")
    begin = await begun(store, third)
    assert (begin.begun, begin.is_again, begin.since_ms > 0) == (Begun.LOOK_UP, False, True)
    assert await mails.resend(third, "d")
    await mails.later(third, 0.0, ambiguous=True)
    fourth = (await taken(store))[-1]
    begin = await begun(store, fourth)
    assert (begin.begun, begin.is_again, begin.replayed) == (Begun.LOOK_UP, True, False)


async def test_what_is_claimed_too_often_is_poison(store: Store) -> None:
    """It may be what ends the processes that take it; it can be buried."""
    assert await store.outbox.enqueue(by_mail(delivery("papers:ada:1", ADA))) is not None
    mails = store.queue(Medium.EMAIL)
    [entry] = await taken(store)
    for number in range(MOST_TRIES):
        assert (await begun(store, one := replace(entry, attempt=f"a{number}"))).begun is Begun.SEND, one
    last = replace(entry, attempt="b")
    assert (await begun(store, last)).begun is Begun.POISON
    await mails.bury(last, "No.", NOW)
    assert await mails.state(ADA, "papers:ada:1") is DeliveryState.DEAD


async def test_what_a_copy_told_counts_as_told(store: Store) -> None:
    """Withdrawn with what it tells, the original is sent by e-mail; asked again, as where an answer was lost, too."""
    original = delivery("digest:ada:1", ADA, "p1", "p2", kind=DeliveryKind.DIGEST, slot=MONDAY)
    assert await store.outbox.enqueue(original, copies=[copy(original)])
    [letter], [message] = await taken(store), await taken(store, Medium.SLACK)
    mails = store.queue(Medium.EMAIL)
    await mails.begin(letter, "c", HOUR)
    assert await mails.confirm(letter, PLACE, [])
    await mails.ack(letter)
    await store.outbox.begin(message, "c", HOUR)
    for _ in range(2):
        assert await store.outbox.withdraw(message, free_slot=True, told=[sent("p1", "email")], key="0a")
    assert await store.outbox.state(ADA, original.id) is DeliveryState.SENT
    assert await store.sent.known(ADA) == {"p1"}
    assert await store.sent.last_slot(ADA) == MONDAY
    assert (await store.outbox.depth(TEAM)).oldest == 0


def test_only_what_a_worker_of_before_cannot_read_has_a_later_version() -> None:
    """It leaves that to others instead of burying it; everything else it sends as ever."""
    plain = delivery("papers:ada:1", ADA, "p1")
    assert (plain.version, by_mail(plain).version, copy(plain).version) == (1, 2, 2)
    assert replace(plain, kind=DeliveryKind.TRENDING).version == 2
    assert replace(by_mail(plain), medium=Medium.SLACK, to="").version == 1
    assert replace(plain, version=3).version == 3
