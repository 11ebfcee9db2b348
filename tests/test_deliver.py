"""Delivering on a real store: what of a delivery is sent, in which words, and what is kept of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, date, time, timedelta
from itertools import chain
from pathlib import Path

import pytest

from bot import settings
from bot.models import (
    Alert,
    Cadence,
    Closeness,
    DayCount,
    DeliveryKind,
    DeliveryState,
    Interest,
    InterestKind,
    Near,
    Pending,
    Place,
    Rating,
    Save,
    Sent,
    Subscription,
    Suspension,
    Taste,
    UserId,
)
from bot.store import Store, shard_of
from tests.delivering import ADA, BEN, CAY, CHANNEL, FLOWS, HANDS, HOST, NOW, TODAY, A, B, C, World, paper


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    return World(store, tmp_path)


async def test_papers_are_sent_in_one_message(world: World) -> None:
    """The strongest first; what was sent, where and when is kept, and a reaction finds it."""
    delivery = await world.queue(ADA, A, B)
    report = await world.round()
    assert (report.sent, report.papers) == (1, 2)
    assert world.slack.papers(ADA) == [["A", "B"]]
    [post] = world.slack.posts
    assert post.message.text.startswith("2 papers for you:")
    assert "Because you follow “flow matching”" in post.message.text
    assert "mute_interest" in str(post.message.blocks)
    assert len(post.key) == 32
    assert ADA.user not in post.key
    sent = await world.store.sent.of(ADA)
    assert {(one.paper_id, one.at, one.channel, one.message) for one in sent} == {
        (one.id, NOW, "DU1", "1.000000") for one in (A, B)
    }
    assert await world.store.messages.papers("T1", "DU1", "1.000000") == (A.id, B.id)
    assert await world.store.messages.direct(ADA) == "DU1"
    assert await world.state(delivery) is DeliveryState.SENT
    assert await world.store.outbox.depth("T1") == replace(await world.store.outbox.depth("T1"), queued=0, taken=0)
    assert (await world.round()).sent == 0


async def test_each_attempt_is_one_line_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Which delivery, of which workspace and kind, the how-manieth attempt, what came of it, where and how long."""
    delivery = await world.queue(ADA, A)
    with caplog.at_level(logging.INFO, "bot.deliver"):
        await world.round()
    [line] = [record for record in caplog.records if record.message == "delivery"]
    said = {name: getattr(line, name) for name in ("delivery_id", "team", "kind", "attempt", "outcome", "ts")}
    assert said == {
        "delivery_id": delivery.id,
        "team": "T1",
        "kind": "papers",
        "attempt": 1,
        "outcome": "sent",
        "ts": "1.000000",
    }
    assert line.__dict__["ms"] >= 0


async def test_a_channel_is_spoken_to_as_one(world: World) -> None:
    """What the channel follows is not for one person to mute."""
    await world.queue(CHANNEL, A, kind=DeliveryKind.DIGEST, slot=TODAY)
    await world.round()
    [post] = world.slack.posts
    assert post.message.text.startswith("1 paper for this channel:")
    assert "mute_interest" not in str(post.message.blocks)
    assert await world.store.messages.papers("T1", "C1", post.place.ts) == (A.id,)


async def test_the_cap_is_the_message_and_the_rest_its_thread(world: World) -> None:
    """What has no room goes on in the thread, as deliveries of their own, each paper once."""
    papers = [paper(f"Paper {number}") for number in range(5)]
    await world.follow(ADA)
    await world.store.profiles.set_cap(ADA, 2)
    await world.queue(ADA, *papers)
    report = await world.round()
    assert report.papers == 5
    head, *rest = world.slack.posts
    assert [post.parent for post in rest] == [head.place] * len(rest)
    assert world.slack.papers(ADA)[0] == ["Paper 0", "Paper 1"]
    assert list(chain(*world.slack.papers(ADA)[1:])) == ["Paper 2", "Paper 3", "Paper 4"]
    assert len({post.key for post in world.slack.posts}) == len(world.slack.posts)
    assert "3 more are in the thread" in head.message.text


async def test_a_long_thread_goes_on_below_the_same_message(world: World) -> None:
    """Two messages of thread stand below the head, not below each other."""
    papers = [paper(f"Paper {number}") for number in range(40)]
    await world.follow(ADA)
    await world.store.profiles.set_cap(ADA, 2)
    await world.queue(ADA, *papers)
    await world.round()
    head, *rest = world.slack.posts
    assert len(rest) > 1
    assert {post.parent for post in rest} == {head.place}
    assert list(chain(*world.slack.papers(ADA))) == [one.title for one in papers]
    assert len(await world.store.sent.of(ADA)) == 40


async def test_a_thread_ends_where_cards_cannot_be_told_apart(world: World) -> None:
    """Papers whose ids are of another form, as in a store that somebody changed: one message, not one for ever."""
    strange = replace(paper("Strange"), id="strange")
    await world.queue(ADA, strange)
    await world.round()
    assert len(world.slack.posts) == 1
    assert [one.paper_id for one in await world.store.sent.of(ADA)] == ["strange"]


async def test_what_speaks_for_a_paper_and_what_is_different_are_shown(world: World) -> None:
    """The passage that was kept with the alert stands on the card; what is below the bar says so, and is counted apart."""
    await world.follow(ADA)
    await world.save(A, B)
    near = Closeness(0.6, 1, 507, 0.99)
    first = Alert(ADA, A.id, FLOWS.id, FLOWS.name, near, 9.0, "Because.", NOW, "We match flows.", ("match flows",))
    second = Alert(ADA, B.id, FLOWS.id, FLOWS.name, near, 1.0, "Nearest to “flow matching”", NOW, exploring=True)
    await world.store.alerts.add(shard_of(ADA), [first, second])
    await world.queue(ADA, A, B, kind=DeliveryKind.DIGEST, slot=TODAY)
    await world.round()
    [post] = world.slack.posts
    assert post.message.text.startswith("1 paper for you, and something different:")
    assert "It says: “… We match flows.” Words in common: match flows." in post.message.text
    assert "Something different, below your bar" in post.message.text
    marks = [block["block_id"] for block in post.message.blocks if ":mark:" in block["block_id"]]
    assert marks == [f"paper:{B.id}:mark:0"]


async def test_what_a_reader_no_longer_wants_is_not_sent(world: World) -> None:
    """Unfollowed, muted or disliked since it was queued: it falls out for good, and the others are sent."""
    other = Interest("i00000000c", "gone", InterestKind.PHRASE, "gone", created=NOW)
    await world.follow(ADA, FLOWS, replace(HANDS, muted=True))
    wanted = paper("Wanted")
    await world.alert(ADA, B, interest=HANDS)
    await world.alert(ADA, C, interest=other)
    await world.queue(ADA, wanted, A, B, C)
    await world.store.ratings.put(Rating(ADA, A.id, Taste.LESS, "i00000000d", "A", opened=True, at=NOW))
    await world.round()
    assert world.slack.papers(ADA) == [["Wanted"]]
    assert world.slack.texts(ADA)[0].startswith("1 paper for you:")
    assert {one.paper_id for one in await world.store.alerts.of(ADA)} == {wanted.id}
    assert {one.paper_id for one in await world.store.sent.of(ADA)} == {wanted.id}


async def test_nothing_left_is_no_message(world: World) -> None:
    """All of it was muted: nothing is sent, the papers are free and the day may end with something else."""
    delivery = await world.queue(CHANNEL, A, kind=DeliveryKind.DIGEST, slot=TODAY)
    await world.store.profiles.set_interest(CHANNEL, replace(FLOWS, muted=True))
    assert (await world.round()).withdrawn == 1
    assert world.slack.posts == []
    assert await world.state(delivery) is None
    assert await world.store.sent.known(CHANNEL) == set()
    assert await world.store.sent.last_slot(CHANNEL) is None


async def test_a_paper_that_was_joined_is_sent_once(world: World) -> None:
    """What was sent under another id is the same paper, also when they were joined after it was queued."""
    await world.queue(ADA, A)
    await world.round()
    await world.queue(ADA, C, B, name="2")
    await world.join(A, B)
    await world.round()
    assert world.slack.papers(ADA) == [["A"], ["C"]]


async def test_a_paper_that_was_joined_while_it_waited_is_known_as_sent(world: World) -> None:
    """Queued under an id that leads to another one now: shown as that one, kept as the one it was claimed under."""
    await world.queue(ADA, A)
    await world.join(A, B)
    await world.round()
    assert world.slack.papers(ADA) == [["B"]]
    assert [one.paper_id for one in await world.store.sent.of(ADA)] == [A.id]
    assert await world.store.messages.papers("T1", "DU1", "1.000000") == (B.id,)


@pytest.mark.parametrize(
    "subscription",
    [
        Subscription(ADA, paused=True),
        Subscription(ADA, paused=True, paused_until=TODAY),
        Subscription(ADA, holiday_until=TODAY),
        Subscription(ADA, suspended=Suspension.DEACTIVATED),
    ],
)
async def test_nobody_is_written_to_who_went_away_since(world: World, subscription: Subscription) -> None:
    """Pause, holiday, a closed account: nothing is sent, and everything waits for the reader as before."""
    await world.queue(ADA, A, kind=DeliveryKind.DIGEST, slot=TODAY)
    await world.store.subscriptions.put(subscription)
    assert (await world.round()).withdrawn == 1
    assert world.slack.posts == []
    assert [one.paper_id for one in await world.store.alerts.waiting(ADA)] == [A.id]
    assert await world.store.sent.last_slot(ADA) is None


async def test_quiet_hours_put_it_off(world: World) -> None:
    """It stays queued, no attempt is counted, and it is looked at again before the quiet hours end."""
    delivery = await world.queue(ADA, A)
    await world.store.subscriptions.put(Subscription(ADA, zone="UTC", quiet_from=time(9), quiet_to=time(10)))
    assert (await world.round()).later == 1
    depth = await world.store.outbox.depth("T1")
    assert (depth.queued, depth.parked) == (0, 1)
    assert await world.state(delivery) is DeliveryState.QUEUED
    assert world.slack.tried == 0


async def test_cards_are_as_the_reader_left_their_papers(world: World) -> None:
    """What is saved says so, and how many colleagues saved it, unless the host or the reader does not want that."""
    for reader in (ADA, BEN):
        await world.queue(reader, A)
    await world.store.saved.add(ADA, Save(A.id, NOW), counted=True)
    await world.store.subscriptions.put(Subscription(BEN, shows_colleagues=False))
    for other in (CAY, UserId("T1", "U4")):
        await world.store.saved.add(other, Save(A.id, NOW), counted=True)
    await world.round()
    texts = {post.reader: str(post.message.blocks) for post in world.slack.posts}
    assert "Saved ✓" in texts[ADA]
    assert "2 colleagues saved it" in texts[ADA]
    assert "Saved ✓" not in texts[BEN]
    assert "colleagues" not in texts[BEN]


async def test_a_catch_up_says_how_much_was_missed(world: World) -> None:
    """After an absence the heading counts what came."""
    await world.queue(ADA, A, B, kind=DeliveryKind.DIGEST, slot=TODAY, missed=140)
    await world.round()
    assert "2 of the 140 papers you missed" in world.slack.texts(ADA)[0]


async def test_code_is_told_in_a_line(world: World) -> None:
    """With papers or alone; what left the reading list meanwhile is not told."""
    coded, other = paper("Coded", code_url="https://example.org/c"), paper("Other", code_url="https://example.org/o")
    await world.follow(ADA)
    await world.save(coded, other)
    await world.store.saved.add(ADA, Save(coded.id, NOW, had_code=False), counted=False)
    ids = (coded.id, other.id)
    await world.queue(ADA, A, kind=DeliveryKind.DIGEST, slot=TODAY, with_code=ids)
    await world.queue(ADA, kind=DeliveryKind.DIGEST, slot=TODAY + timedelta(days=1), with_code=ids, name="2")
    await world.queue(ADA, kind=DeliveryKind.DIGEST, slot=TODAY + timedelta(days=2), with_code=ids[1:], name="3")
    report = await world.round()
    assert (report.sent, report.withdrawn) == (2, 1)
    for text in world.slack.texts(ADA):
        assert "Coded" in text
        assert "Other" not in text
    assert sorted(world.slack.papers(ADA)) == [[], ["A"]]
    assert [save.had_code for save in await world.store.saved.of(ADA)] == [True]
    assert [one.paper_id for one in await world.store.sent.of(ADA)] == [A.id]


async def test_a_quiet_day_is_explained(world: World) -> None:
    """The best below the bar is named, with a button; it does not count as sent."""
    await world.follow(ADA)
    await world.save(A)
    await world.queue(ADA, kind=DeliveryKind.QUIET, slot=TODAY, near=(Near(A.id, 0.97, "flow matching"),))
    assert (await world.round()).sent == 1
    [post] = world.slack.posts
    assert "A" in post.message.text
    assert "show_anyway" in str(post.message.blocks)
    assert await world.store.sent.of(ADA) == []


async def test_a_source_at_fault_is_named(world: World) -> None:
    """The sentences that it was queued with stand in it, also when there is no best."""
    await world.follow(ADA)
    await world.queue(ADA, kind=DeliveryKind.QUIET, slot=TODAY, notes=("The source daily is stale since Monday.",))
    await world.round()
    assert "The source daily is stale since Monday." in world.slack.texts(ADA)[0]


async def test_the_weekly_look_back_has_a_picture(world: World) -> None:
    """Near misses have cards and do not count as sent; the chart is handed over once."""
    await world.follow(ADA)
    await world.save(A, B)
    days = tuple(DayCount(date(2026, 3, 12 + number), 40, 2, 1) for number in range(7))
    await world.queue(
        ADA, kind=DeliveryKind.ROLL_UP, near=(Near(A.id, 0.97, "flow matching"),), trending=(B.id,), days=days
    )
    await world.round()
    [post] = world.slack.posts
    assert post.message.text
    assert [image[:4] for image in world.slack.images] == [b"\x89PNG"]
    assert "F0000000001" in str(post.message.blocks)
    assert await world.store.sent.of(ADA) == []
    assert await world.store.messages.papers("T1", "DU1", "1.000000") == (A.id,)


async def test_the_weekly_look_back_does_without_its_picture(world: World) -> None:
    """Where Slack takes no image the figures stand in the message."""
    await world.follow(ADA)
    world.slack.image_id = None
    days = (DayCount(TODAY, 40, 2, 1),)
    await world.queue(ADA, kind=DeliveryKind.ROLL_UP, days=days)
    await world.queue(BEN, kind=DeliveryKind.NOTE, notes=("A note.",))
    assert (await world.round()).sent == 2


async def test_a_paper_that_was_asked_for(world: World) -> None:
    """It says whether it is followed now, and otherwise what it was queued with."""
    await world.follow(ADA, replace(FLOWS, kind=InterestKind.PAPER, paper_id=A.id))
    await world.follow(BEN)
    await world.save(A)
    for reader in (ADA, BEN):
        await world.queue(reader, A, kind=DeliveryKind.BROUGHT, name="2503.00001", notes=("There is no room for it.",))
    await world.round()
    assert "The paper you asked for is here" in world.slack.texts(ADA)[0]
    assert "You follow it now." in world.slack.texts(ADA)[0]
    assert "There is no room for it." in world.slack.texts(BEN)[0]
    assert [one.paper_id for one in await world.store.sent.of(BEN)] == [A.id]


async def test_a_paper_that_was_asked_for_waits_for_who_is_away(world: World) -> None:
    """Who paused since gets it another time: it is waited for as before."""
    await world.follow(ADA)
    await world.save(A)
    await world.queue(ADA, A, kind=DeliveryKind.BROUGHT, name="2503.00001", notes=("No room.",))
    await world.store.subscriptions.put(Subscription(ADA, paused=True))
    assert (await world.round()).withdrawn == 1
    assert await world.store.pending.of_workspace("T1") == [Pending(ADA, "2503.00001", follow=True, asked=NOW)]
    assert await world.store.sent.known(ADA) == set()


async def test_notes_go_to_who_has_to_know(world: World) -> None:
    """Also to somebody who follows nothing, and to somebody who paused; each sentence is a line."""
    await world.store.subscriptions.put(Subscription(ADA, paused=True))
    await world.queue(ADA, kind=DeliveryKind.NOTE, notes=("One.", "Two."))
    await world.queue(HOST, kind=DeliveryKind.WELCOME)
    assert (await world.round()).sent == 2
    assert world.slack.texts(ADA) == ["One.\nTwo."]
    assert "/papers" in world.slack.texts(HOST)[0]


async def test_who_is_suspended_is_not_told_either(world: World) -> None:
    """A closed account hears nothing at all."""
    await world.store.subscriptions.put(Subscription(ADA, suspended=Suspension.DEACTIVATED))
    await world.queue(ADA, kind=DeliveryKind.NOTE, notes=("One.",))
    assert (await world.round()).withdrawn == 1


async def test_who_was_forgotten_is_left_alone(world: World) -> None:
    """Between the queueing and the sending: nothing is sent and nothing is left."""
    await world.queue(ADA, A)
    await world.store.forget(ADA)
    assert (await world.round()).sent == 0
    assert world.slack.tried == 0


async def test_who_is_forgotten_while_being_written_to_leaves_no_trace(world: World) -> None:
    """The message is out, but nothing of it is kept."""
    await world.queue(ADA, A)

    async def forgets(reader: UserId) -> None:
        await world.store.forget(reader)

    world.slack.before = forgets
    await world.round()
    assert len(world.slack.posts) == 1
    assert await world.store.sent.of(ADA) == []
    assert await world.store.messages.direct(ADA) is None
    depth = await world.store.outbox.depth("T1")
    assert (depth.queued, depth.parked, depth.taken) == (0, 0, 0)


async def test_only_the_workspace_that_was_asked_for(world: World) -> None:
    """Readers of other workspaces are left alone."""
    await world.queue(UserId("T2", "U1"), A)
    assert (await world.round()).sent == 0


async def test_a_message_is_remembered_after_a_crash(world: World) -> None:
    """A process ended when it had written down what was sent: the next one remembers the message, and sends nothing."""
    await world.queue(ADA, A, B)
    ended = world.outbox_of_another()
    [entry] = await ended.read("T1", "one", 1, 0.0)
    await ended.begin(entry, "one", 30)
    sent = [Sent(one.id, NOW, "DU1", "7.1") for one in (A, B)]
    assert await ended.confirm(entry, Place("DU1", "7.1"), sent)
    await ended.close()
    assert (await world.round()).sent == 0
    assert set(await world.store.messages.papers("T1", "DU1", "7.1")) == {A.id, B.id}
    assert world.slack.posts == []


async def test_the_day_is_the_readers(world: World) -> None:
    """A day that ended yesterday where the reader lives is spoken of as yesterday."""
    await world.follow(ADA)
    world.set(NOW.replace(hour=13, tzinfo=UTC))
    await world.store.subscriptions.put(Subscription(ADA, zone="Pacific/Kiritimati", cadence=Cadence.DAILY))
    world.with_settings(digest=settings.DigestSettings(silence="daily"))
    await world.queue(ADA, kind=DeliveryKind.QUIET, slot=TODAY)
    await world.round()
    assert "yesterday" in world.slack.texts(ADA)[0]
