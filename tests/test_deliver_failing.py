"""Delivering on a real store when Slack does not take it: what is sent again, looked up, held or given up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acts import Message
from bot.deliver.telling import key_of
from bot.errors import Concerns, NotifierAmbiguous, NotifierUnavailable, StoreError, StoreUnreachable
from bot.models import (
    Channel,
    DayCount,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Ending,
    Place,
    SlotEnd,
    Subscription,
    Suspension,
    UserId,
)
from bot.notify import BrokenOff, Posted
from bot.store import Draft, Store
from tests.delivering import ADA, BEN, CHANNEL, HOST, NOW, TEAM, TODAY, A, B, World, paper, refused

WHO_KNOWS = NotifierAmbiguous("Who knows.")


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    """Nothing that is put off is waited for: what is parked is due soon."""
    return World(store, tmp_path, lookup_after=0.04, send_timeout=0.5)


async def due(world: World, delivery: Delivery, *, state: DeliveryState = DeliveryState.SENT) -> None:
    """Deliver again and again until the delivery is that far."""
    async with asyncio.timeout(5):
        while await world.state(delivery) is not state:
            await world.round()
            await asyncio.sleep(0.01)


async def test_what_was_surely_not_sent_is_sent_later(world: World) -> None:
    """Slack was away: the delivery waits its second, no attempt is counted."""
    delivery = await world.queue(ADA, A)
    world.slack.failures[ADA] = [NotifierUnavailable("Later.", retry_after=0.01)]
    assert (await world.round()).later == 1
    assert await world.state(delivery) is DeliveryState.QUEUED
    await due(world, delivery)
    assert world.slack.papers(ADA) == [["A"]]
    assert world.slack.asked == []


@pytest.mark.parametrize("takes", [True, False])
async def test_what_may_have_been_sent_is_looked_up(world: World, takes: bool) -> None:
    """Slack has it or not: either way the reader gets it once, and all that belongs to it is kept."""
    delivery = await world.queue(ADA, A, B)
    world.slack.takes, world.slack.failures[ADA] = takes, [WHO_KNOWS]
    assert (await world.round()).ambiguous == 1
    assert await world.state(delivery) is DeliveryState.AMBIGUOUS
    await due(world, delivery)
    assert world.slack.papers(ADA) == [["A", "B"]]
    assert {one.message for one in await world.store.sent.of(ADA)} == {"1.000000"}
    assert await world.store.messages.papers(TEAM, "DU1", "1.000000") == (A.id, B.id)
    [(reader, key, since, parent, direct)] = world.slack.asked
    assert (reader, key, parent, direct) == (ADA, key_of(TEAM, delivery.id), None, None)
    assert since > 1_600_000_000_000


async def test_what_was_found_is_what_was_sent(world: World) -> None:
    """The cap changed after the post of which nobody knew: what was not on that message goes on in its thread."""
    papers = [paper(f"Paper {number}") for number in range(6)]
    delivery = await world.queue(ADA, *papers)
    world.slack.takes, world.slack.failures[ADA] = True, [WHO_KNOWS]
    await world.round()
    [told] = world.slack.papers(ADA)
    await world.store.profiles.set_cap(ADA, 1)
    await due(world, delivery)
    await world.round()
    assert sorted(title for page in world.slack.papers(ADA) for title in page) == [one.title for one in papers]
    assert world.slack.papers(ADA)[0] == told
    assert len(await world.store.sent.of(ADA)) == 6


async def test_a_message_without_cards_told_of_them_all_the_same(world: World) -> None:
    """Slack refused the blocks and took the text, and the process ended then: it counts as what it said."""
    delivery = await world.queue(ADA, A)
    world.slack.takes, world.slack.failures[ADA] = True, [WHO_KNOWS]
    await world.round()
    [post] = world.slack.posts
    world.slack.posts[0] = type(post)(post.reader, Message(post.message.text), post.key, None, post.place)
    await due(world, delivery)
    assert [one.paper_id for one in await world.store.sent.of(ADA)] == [A.id]
    assert len(world.slack.posts) == 1


async def test_slack_cannot_say_for_a_while(world: World) -> None:
    """The question fails: it is asked again, and no attempt is counted for it."""
    delivery = await world.queue(ADA, A)
    world.slack.takes, world.slack.failures[ADA] = True, [WHO_KNOWS]
    world.slack.blind = [NotifierUnavailable("Later.", retry_after=0.01)] * 3
    await due(world, delivery)
    assert len(world.slack.asked) == 4
    assert len(world.slack.posts) == 1


@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel"])
async def test_where_history_may_not_be_read(world: World, code: str) -> None:
    """A person hears it rather twice than not at all; what a channel was sent is held until somebody decides."""
    concerns = Concerns.WORKSPACE if code == "missing_scope" else Concerns.READER
    person = await world.queue(ADA, A)
    channel = await world.queue(CHANNEL, A, kind=DeliveryKind.DIGEST, slot=TODAY)
    world.slack.takes = True
    for reader in (ADA, CHANNEL):
        world.slack.failures[reader] = [WHO_KNOWS]
    world.slack.blind = [refused(code, concerns)] * 3
    await due(world, person)
    await due(world, channel, state=DeliveryState.DEAD)
    assert world.slack.papers(ADA) == [["A"], ["A"]]
    assert world.slack.papers(CHANNEL) == [["A"]]
    [dead] = await world.store.outbox.dead(TEAM)
    assert code in dead.reason
    assert await world.store.outbox.replay(TEAM, channel.id)
    await due(world, channel)
    assert world.slack.papers(CHANNEL) == [["A"], ["A"]]


async def test_the_thread_of_a_message_is_looked_up_there(world: World) -> None:
    """A part of a thread is looked for below its message."""
    await world.follow(ADA)
    await world.store.profiles.set_cap(ADA, 1)
    delivery = await world.queue(ADA, A, B)
    send = world.slack.send

    async def breaks(reader: UserId, message: Message, *, key: str, parent: Place | None, has_turn: bool) -> Posted:
        posted = await send(reader, message, key=key, parent=parent, has_turn=has_turn)
        if parent and len(world.slack.posts) == 2:
            raise WHO_KNOWS
        return posted

    world.slack.send = breaks  # pyright: ignore[reportAttributeAccessIssue]
    await world.round()
    await due(world, Delivery(f"{delivery.id}+1", ADA, DeliveryKind.THREAD, NOW))
    assert world.slack.papers(ADA) == [["A"], ["B"]]
    assert world.slack.asked[0][3] == world.slack.posts[0].place


@pytest.mark.parametrize(
    ("code", "suspension", "told"),
    [
        ("is_archived", Suspension.ARCHIVED, "it was archived"),
        ("not_in_channel", Suspension.REMOVED, "invite me"),
        ("restricted_action", Suspension.UNREACHABLE, "Slack refused it (restricted_action)"),
    ],
)
async def test_a_channel_that_cannot_be_reached(world: World, code: str, suspension: Suspension, told: str) -> None:
    """Nothing is sent there any more, its owner hears why once, and the papers are free."""
    await world.queue(CHANNEL, A, kind=DeliveryKind.DIGEST, slot=TODAY)
    await world.queue(CHANNEL, B, name="2")
    await world.store.subscriptions.put(Subscription(CHANNEL, owner="U2"))
    await world.store.channels.put(Channel("C1", "papers", is_member=True), TEAM)
    world.slack.failures[CHANNEL] = [refused(code, Concerns.READER)] * 2
    report = await world.round()
    assert report.refused + report.withdrawn == 2
    assert (await world.store.subscriptions.get(CHANNEL)).suspended is suspension
    [text] = world.slack.texts(BEN)
    assert "#papers" in text
    assert told in text
    assert await world.store.sent.known(CHANNEL) == set()
    tried = world.slack.tried
    await world.round()
    assert world.slack.tried == tried


async def test_a_person_who_cannot_be_reached(world: World) -> None:
    """A closed account is left alone; nobody else needs to know."""
    delivery = await world.queue(ADA, A)
    world.slack.failures[ADA] = [refused("user_disabled", Concerns.READER)]
    assert (await world.round()).refused == 1
    assert (await world.store.subscriptions.get(ADA)).suspended is Suspension.DEACTIVATED
    assert await world.state(delivery) is None
    assert world.slack.posts == []


async def test_a_note_that_reaches_nobody_is_kept_for_the_host(world: World) -> None:
    """Nobody is suspended for it: it may be nobody that we know."""
    await world.queue(HOST, kind=DeliveryKind.NOTE, notes=("A word.",))
    world.slack.failures[HOST] = [refused("user_not_found", Concerns.READER)]
    assert (await world.round()).dead == 1
    assert [one.reason for one in await world.store.outbox.dead(TEAM)] == ["Slack refused it (user_not_found)."]
    assert (await world.store.subscriptions.get(HOST)).suspended is None


async def test_a_refused_workspace_waits(world: World) -> None:
    """Nobody is sent anything until it is mended; then everything goes out, and the host hears of it."""
    first, second = await world.queue(ADA, A), await world.queue(BEN, A)
    world.slack.away = refused("invalid_auth", Concerns.WORKSPACE)
    report = await world.round()
    assert report.later == 2
    assert (await world.round()).later == 0
    assert [await world.state(one) for one in (first, second)] == [DeliveryState.QUEUED] * 2
    assert await world.store.subscriptions.get(ADA) == Subscription(ADA)
    assert world.slack.tried == 2


@pytest.mark.parametrize("code", ["msg_too_long", "a_word_nobody_knows"])
async def test_a_message_that_slack_finds_fault_with(world: World, code: str) -> None:
    """It is tried three times, then kept for the host; others are served."""
    delivery, other = await world.queue(ADA, A), await world.queue(BEN, A)
    world.slack.failures[ADA] = [refused(code, Concerns.MESSAGE)] * 3
    for _ in range(2):
        await world.round()
        assert await world.state(delivery) is DeliveryState.QUEUED
        await world.store.outbox._connection.write("ZADD", "pb:{T1:0}:parked", 0, await parked(world))  # pyright: ignore[reportPrivateUsage]
    assert (await world.round()).dead == 1
    assert await world.state(other) is DeliveryState.SENT
    # The last one is the word to the host.
    assert world.slack.tried == 5
    assert [one.tries for one in await world.store.outbox.dead(TEAM)] == [3]


async def test_digests_that_are_tried_no_more_are_told_of(world: World) -> None:
    """Their readers' days ended without them, and the host hears of it once a day, however many they are."""
    for reader in (ADA, BEN):
        end = SlotEnd(reader, TODAY, Ending.SENT, NOW)
        digest = await world.queue(reader, A, B, kind=DeliveryKind.DIGEST, slot=TODAY, end=end)
        world.slack.failures[reader] = [refused("a_word_nobody_knows", Concerns.MESSAGE)] * 3
        for _ in range(2):
            await world.round()
            await world.store.outbox._connection.write("ZADD", "pb:{T1:0}:parked", 0, await parked(world))  # pyright: ignore[reportPrivateUsage]
        await world.round()
        assert await world.state(digest) is DeliveryState.DEAD
        assert (told := await world.store.ends.of(reader))
        assert told.ending is Ending.FAILED
    await world.round()
    assert world.slack.texts(HOST) == [
        (
            "Some messages could not be sent and are tried no more. Slack refused it (a_word_nobody_knows). "
            "See `paperbot dead list`."
        )
    ]
    assert await world.store.outbox.replay(TEAM, digest.id)
    await world.round()
    assert (told := await world.store.ends.of(BEN))
    assert (told.ending, told.papers) == (Ending.SENT, 2)


async def parked(world: World) -> bytes:
    """The one delivery that is parked."""
    [ticket] = await world.store.outbox._connection.read("ZRANGE", "pb:{T1:0}:parked", 0, -1)  # pyright: ignore[reportPrivateUsage]
    return ticket


async def test_what_nobody_can_end_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day of answers that say nothing, then eight more attempts, and nothing of it in Slack: kept for the host."""
    monkeypatch.setattr("bot.deliver.outages.LONGEST_DOUBT", 0.02)
    monkeypatch.setattr("bot.deliver.outages.LONGEST", 0.02)
    delivery = await world.queue(ADA, A)
    await world.queue(BEN, A)
    world.set(NOW + timedelta(days=1))
    world.slack.failures[ADA] = [WHO_KNOWS] * 99
    await due(world, delivery, state=DeliveryState.DEAD)
    assert 8 <= world.slack.tried <= 10
    assert world.slack.papers(BEN) == [["A"]]


async def test_an_hour_of_answers_that_say_nothing_kills_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack takes no posts and answers questions: what it does not have is tried as long as that lasts."""
    monkeypatch.setattr("bot.deliver.outages.LONGEST_DOUBT", 0.02)
    monkeypatch.setattr("bot.deliver.outages.LONGEST", 0.02)
    delivery = await world.queue(ADA, A)
    world.slack.failures[ADA] = [WHO_KNOWS] * 20
    await due(world, delivery)
    assert world.slack.tried == 21
    assert world.slack.papers(ADA) == [["A"]]


async def test_not_knowing_and_a_store_that_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack has it, its answer is lost, and the store takes no note of that: it is looked up before anything else."""
    delivery = await world.queue(ADA, A)
    world.slack.takes, world.slack.failures[ADA] = True, [WHO_KNOWS]
    later, away = world.store.outbox.later, [True]

    async def fails(*arguments: Any, **more: Any) -> None:
        if away:
            raise StoreUnreachable("The store is away.")
        await later(*arguments, **more)

    monkeypatch.setattr(world.store.outbox, "later", fails)
    task = asyncio.create_task(world.deliver.work(lambda: TEAM))
    await world.until(lambda: world.slack.tried)
    await asyncio.sleep(0.05)
    away.clear()
    async with asyncio.timeout(5):
        while await world.state(delivery) is not DeliveryState.SENT:  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.01)
    world.deliver.stop()
    await task
    assert len(world.slack.posts) == 1
    assert len(world.slack.asked) >= 1


async def test_a_stop_while_slack_is_asked(world: World) -> None:
    """It is asked again by the next process: that nothing was sent now says nothing of what was sent before."""
    delivery = await world.queue(ADA, A)
    world.slack.takes, world.slack.failures[ADA] = True, [WHO_KNOWS]
    await world.round()
    world.slack.blind = [BrokenOff().cancelled()]  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(asyncio.CancelledError):
        await due(world, delivery)
    assert await world.state(delivery) is DeliveryState.AMBIGUOUS
    world.deliver = world.worker("another")
    await due(world, delivery)
    assert len(world.slack.posts) == 1


async def test_who_is_told_before_a_channel_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store fails between the two: the owner hears it all the same, once."""
    await world.queue(CHANNEL, A, kind=DeliveryKind.DIGEST, slot=TODAY)
    await world.store.subscriptions.put(Subscription(CHANNEL, owner="U2"))
    world.slack.failures[CHANNEL] = [refused("is_archived", Concerns.READER)] * 2

    async def fails(*_: object) -> bool:
        raise StoreUnreachable("The store is away.")

    with monkeypatch.context() as patched:
        patched.setattr(world.store.subscriptions, "suspend", fails)
        with pytest.raises(StoreError):
            await world.round()
    for entry in await world.store.outbox.reclaim(TEAM, "one", 0.0, 9):
        await world.store.outbox.wait(entry, 0.0)
    await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        while (await world.store.subscriptions.get(CHANNEL)).suspended is None or not world.slack.texts(BEN):
            await world.round()
            await asyncio.sleep(0.01)
    assert len(world.slack.texts(BEN)) == 1


async def test_who_was_forgotten_while_slack_refused_stays_so(world: World) -> None:
    """Nothing is written of somebody who is no reader any more."""
    await world.queue(ADA, A)
    world.slack.failures[ADA] = [refused("user_disabled", Concerns.READER)]

    async def forgets(reader: UserId) -> None:
        await world.store.forget(reader)

    world.slack.before = forgets
    await world.round()
    assert await world.store.subscriptions.get(ADA) == Subscription(ADA)
    assert await world.store.subscriptions.of_workspace(TEAM) == []


async def test_suspending_leaves_what_is_changed_meanwhile(world: World) -> None:
    """The reader's own choice is kept beside it; the same again changes nothing; nobody becomes a reader by it."""
    await world.store.subscriptions.put(Subscription(ADA, hour=7))
    assert await world.store.subscriptions.suspend(ADA, Suspension.DEACTIVATED)
    assert await world.store.subscriptions.suspend(ADA, Suspension.DEACTIVATED)
    assert await world.store.subscriptions.get(ADA) == Subscription(ADA, hour=7, suspended=Suspension.DEACTIVATED)
    await world.follow(BEN)
    assert await world.store.subscriptions.suspend(BEN, Suspension.UNREACHABLE)
    assert not await world.store.subscriptions.suspend(HOST, Suspension.UNREACHABLE)


async def test_a_mistake_of_ours_harms_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be put into words is tried again later; the others are served."""
    delivery = await world.queue(ADA, A)
    await world.queue(BEN, B)
    reads = world.store.drafts.of

    async def breaks(reader: UserId, *ids: object) -> object:
        if reader == ADA:
            raise ZeroDivisionError
        return await reads(reader, *ids)  # pyright: ignore[reportArgumentType]

    with monkeypatch.context() as patched:
        patched.setattr(world.store.drafts, "of", breaks)
        report = await world.round()
    assert (report.sent, report.later) == (1, 1)
    assert await world.state(delivery) is DeliveryState.QUEUED


async def test_a_mistake_while_posting_leaves_nobody_knowing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notifier itself breaks: the message is looked for before it is sent again."""
    delivery = await world.queue(ADA, A)
    send = world.slack.send

    async def breaks(*arguments: object, **more: object) -> None:
        await send(*arguments, **more)  # pyright: ignore[reportArgumentType]
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(world.slack, "send", breaks)
        assert (await world.round()).ambiguous == 1
    await due(world, delivery)
    assert len(world.slack.posts) == 1


@pytest.mark.parametrize(
    ("told", "looked"),
    [(BrokenOff().cancelled(), False), (asyncio.CancelledError(), True)],
)
async def test_a_stop_in_the_middle_of_sending(world: World, told: asyncio.CancelledError, looked: bool) -> None:
    """What had surely not left goes out with the next start; what may have is looked up first."""
    delivery = await world.queue(ADA, A)
    world.slack.failures[ADA] = [told]
    with pytest.raises(asyncio.CancelledError):
        await world.round()
    assert await world.state(delivery) is (DeliveryState.SENDING if looked else DeliveryState.QUEUED)
    world.deliver = world.worker("another")
    async with asyncio.timeout(5):
        while not world.slack.posts:
            for entry in await world.store.outbox.reclaim(TEAM, "another", 0.0, 9):
                await world.store.outbox.wait(entry, 0.0)
            await world.round()
            await asyncio.sleep(0.01)
    assert bool(world.slack.asked) is looked
    assert world.slack.papers(ADA) == [["A"]]


async def test_a_store_that_fails_before_the_post(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is posted; the same delivery goes out once the store is back."""
    delivery = await world.queue(ADA, A)

    async def fails(*_: object) -> None:
        raise StoreUnreachable("The store is away.")

    with monkeypatch.context() as patched:
        patched.setattr(world.store.drafts, "of", fails)
        with pytest.raises(StoreError):
            await world.round()
    assert world.slack.tried == 0
    [entry] = await world.store.outbox.reclaim(TEAM, "one", 0.0, 9)
    await world.store.outbox.wait(entry, 0.0)
    await due(world, delivery)
    assert world.slack.papers(ADA) == [["A"]]


async def test_a_store_that_fails_after_the_post(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Slack has is kept in memory until it can be written down, and is sent once."""
    await world.queue(ADA, A)
    monkeypatch.setattr("bot.deliver.keeping.AWAY_SECONDS", 0.001)
    confirm, failures = world.store.outbox.confirm, 5

    async def fails(*arguments: object) -> bool:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreUnreachable("The store is away.")
        return await confirm(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(world.store.outbox, "confirm", fails)
    assert (await world.round()).sent == 1
    assert len(world.slack.posts) == 1
    assert [one.paper_id for one in await world.store.sent.of(ADA)] == [A.id]


async def test_a_store_that_will_not_have_it_written_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses for a reason of its own: the message is looked up by whoever takes it over, not sent again."""
    delivery = await world.queue(ADA, A)
    monkeypatch.setattr("bot.deliver.keeping.AWAY_SECONDS", 0.001)

    async def fails(*_: object) -> bool:
        raise StoreError("Broken.")

    with monkeypatch.context() as patched:
        patched.setattr(world.store.outbox, "confirm", fails)
        assert (await world.round()).ambiguous == 1
    await asyncio.sleep(0.05)
    [entry] = await world.store.outbox.reclaim(TEAM, "one", 0.0, 9)
    await world.store.outbox.wait(entry, 0.0)
    await due(world, delivery)
    assert len(world.slack.posts) == 1


async def test_an_attempt_that_came_too_late_does_not_post(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process stood still between taking and posting, another one has taken over: only that one sends."""
    delivery = await world.queue(ADA, A)
    other = world.worker("another")
    reads = world.store.drafts.of
    stood_still = False

    async def stands_still(*asked: Any) -> Draft:
        nonlocal stood_still
        if not stood_still:
            stood_still = True
            await asyncio.sleep(0.06)
            for entry in await world.store.outbox.reclaim(TEAM, "another", 0.0, 9):
                await world.store.outbox.wait(entry, 0.0)
            assert (await other.deliver_once(TEAM)).sent == 1
        return await reads(*asked)

    monkeypatch.setattr(world.store.drafts, "of", stands_still)
    assert (await world.round()).sent == 0
    assert world.slack.papers(ADA) == [["A"]]
    assert await world.state(delivery) is DeliveryState.SENT


async def test_who_opts_out_while_a_turn_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was true when the wait began is looked at again: nothing is sent after a pause was taken note of."""
    monkeypatch.setattr("bot.deliver.posting._STALE_SECONDS", 0.001)
    await world.queue(ADA, A)
    await world.queue(BEN, A)

    async def waits(reader: UserId) -> None:
        if reader == ADA:
            await world.store.subscriptions.put(Subscription(ADA, paused=True))
        await asyncio.sleep(0.005)

    world.slack.waits = waits
    report = await world.round()
    assert (report.sent, report.withdrawn) == (1, 1)
    assert world.slack.papers(ADA) == []


async def test_a_picture_is_handed_over_once(world: World) -> None:
    """However often the look back that shows it is put off."""
    await world.follow(ADA)
    delivery = await world.queue(ADA, kind=DeliveryKind.ROLL_UP, days=(DayCount(TODAY, 40, 2, 1),))
    world.slack.failures[ADA] = [NotifierUnavailable("Later.", retry_after=0.01)] * 2
    task = asyncio.create_task(world.deliver.work(lambda: TEAM))
    await world.until(lambda: world.slack.posts)
    world.deliver.stop()
    await task
    assert await world.state(delivery) is DeliveryState.SENT
    assert len(world.slack.images) == 1


async def test_two_workers_send_each_delivery_once(world: World) -> None:
    """However many take from the same outbox."""
    world.with_settings(delivery=world.settings.delivery.model_copy(update={"lookup_after": 30}))
    papers = [paper(f"Paper {number}") for number in range(30)]
    for number, one in enumerate(papers):
        await world.queue(ADA, one, name=str(number))
    reports = await asyncio.gather(*(world.worker(name).deliver_once(TEAM) for name in ("one", "two", "three")))
    assert sum(report.sent for report in reports) == 30
    assert sorted(page[0] for page in world.slack.papers(ADA)) == sorted(one.title for one in papers)


async def test_a_post_that_hangs_is_let_go(world: World) -> None:
    """After the time for which an attempt is this process's own it is broken off and looked up."""
    delivery = await world.queue(ADA, A)

    async def hangs(_: UserId) -> None:
        world.slack.before = None
        await asyncio.sleep(60)

    world.slack.before = hangs
    assert (await world.round()).ambiguous == 1
    await due(world, delivery)
    assert world.slack.papers(ADA) == [["A"]]


async def test_the_host_hears_how_long_slack_was_away(world: World) -> None:
    """Once, afterwards, however many processes saw it."""
    moments = [10.0]
    workers = [world.worker("one"), world.worker("two")]
    for minutes in range(0, 126, 5):
        moments.append(10.0 + minutes * 60)
        for worker in workers:
            worker.outage.now = lambda: moments[-1]
            worker.outage.failed()
    moments.append(moments[-1] + 60)
    for worker in workers:
        await world.queue(ADA, A if worker is workers[0] else B, name=worker.consumer)
        await worker.deliver_once(TEAM)
    await world.round()
    assert len(world.slack.papers(ADA)) == 2
    [text] = world.slack.texts(HOST)
    assert "could not be reached for 2 hours 5 minutes" in text
    assert "waited" in text


async def test_the_host_hears_that_a_refusal_is_mended(world: World) -> None:
    """With Slack's own word for it."""
    moments = [10.0]
    world.deliver.outage.now = lambda: moments[-1]
    world.deliver.outage.refused("invalid_auth")
    moments.append(75.0)
    await world.queue(ADA, A)
    await world.round()
    await world.round()
    [text] = world.slack.texts(HOST)
    assert "invalid_auth" in text
    assert "works again" in text
