"""By which ways what is due is queued, on a real store: Slack, e-mail, or both, as each reader chose."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import settings
from bot.mailboxes import mark
from bot.models import Cadence, Delivery, DeliveryKind, Ending, Medium, Subscription, UserId, Via
from bot.prepare.ways import ways
from bot.store import Store
from tests.preparing import ADA, BEN, CHANNEL, NOW, TODAY, A, B, World

ADDRESS, OTHER = "ada@example.org", "lab@example.org"
YESTERDAY = TODAY - timedelta(days=1)
MAIL = settings.EmailSettings(host="mail.example.org", sender="papers@example.org")


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    return with_mail(World(store, tmp_path))


def with_mail(world: World, mail: settings.EmailSettings = MAIL) -> World:
    """It has a mail server."""
    world.settings = world.settings.model_copy(update={"email": mail})
    world.prepare = world.another()
    return world


async def letters(world: World) -> list[Delivery]:
    """What was queued by e-mail since this was asked last."""
    entries = await world.store.queue(Medium.EMAIL).read("T1", "a-test", 1_000, 0)
    return [entry.delivery for entry in entries if entry.delivery]


def went(delivery: Delivery, subscription: Subscription, *, has_email: bool = True) -> list[tuple[Medium, str, bool]]:
    """By which way, to which address, and whether as a copy."""
    routed, copies = ways(delivery, subscription, has_email=has_email)
    return [(one.medium, one.to, bool(one.copy_of)) for one in (routed, *copies)]


SLACK, MAILED, COPY = (Medium.SLACK, "", False), (Medium.EMAIL, ADDRESS, False), (Medium.EMAIL, ADDRESS, True)
LETTERS = {"papers", "digest", "quiet", "roll_up", "trending"}


@pytest.mark.parametrize("kind", DeliveryKind)
def test_which_kinds_go_by_e_mail(kind: DeliveryKind) -> None:
    """Papers, digests, quiet days, look backs and what is talked about; other words stay in Slack."""
    delivery = Delivery("one", ADA, kind, NOW)
    mailed = kind in LETTERS
    by_mail = Subscription(ADA, via=Via.EMAIL, addresses=(ADDRESS,))
    both = Subscription(ADA, via=Via.BOTH, addresses=(ADDRESS,))
    assert went(delivery, by_mail) == [MAILED if mailed else SLACK]
    assert went(delivery, both) == ([SLACK, COPY] if mailed else [SLACK])


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"via": Via.SLACK, "addresses": (ADDRESS,)},
        {"addresses": (ADDRESS,)},
        {"via": Via.EMAIL},
        {"via": Via.BOTH},
        {"via": Via.EMAIL, "asked_address": ADDRESS},
    ],
)
def test_who_has_no_way_by_e_mail(chosen: dict[str, Any]) -> None:
    """Slack, for whoever chose it or nothing, and without an address that was confirmed."""
    assert went(Delivery("one", ADA, DeliveryKind.DIGEST, NOW), Subscription(ADA, **chosen)) == [SLACK]


def test_without_a_mail_server() -> None:
    """Everything goes by Slack."""
    for via in (Via.EMAIL, Via.BOTH):
        chosen = Subscription(ADA, via=via, addresses=(ADDRESS,))
        assert went(Delivery("one", ADA, DeliveryKind.DIGEST, NOW), chosen, has_email=False) == [SLACK]


def test_a_channels_addresses_get_its_papers() -> None:
    """A copy for each; what it is told otherwise is said in the channel alone."""
    chosen = Subscription(CHANNEL, addresses=(ADDRESS, OTHER, ADDRESS))
    copies = [COPY, (Medium.EMAIL, OTHER, True)]
    assert went(Delivery("one", CHANNEL, DeliveryKind.DIGEST, NOW), chosen) == [SLACK, *copies]
    assert went(Delivery("one", CHANNEL, DeliveryKind.PAPERS, NOW), chosen) == [SLACK, *copies]
    for kind in (DeliveryKind.QUIET, DeliveryKind.ROLL_UP, DeliveryKind.NOTE):
        assert went(Delivery("one", CHANNEL, kind, NOW), chosen) == [SLACK]


async def test_papers_by_e_mail_come_once_a_day(world: World) -> None:
    """Who chose nothing else gets a digest at the hour, not a letter for each paper; nothing comes in Slack."""
    await world.follow(ADA, via=Via.EMAIL, addresses=(ADDRESS,), hour=10, zone="UTC")
    assert await world.store.sent.take_slot(ADA, YESTERDAY)
    await world.queue(ADA, A, B)
    assert await world.prepared() == []
    world.pass_by(hours=1)
    assert await world.prepared() == []
    [digest] = await letters(world)
    assert (digest.id, digest.kind, digest.to) == (f"digest:U1:{TODAY}", DeliveryKind.DIGEST, ADDRESS)
    assert (digest.paper_ids, digest.slot, digest.copy_of) == ((A.id, B.id), TODAY, "")
    assert digest.end is not None
    assert await world.store.sent.last_slot(ADA) == TODAY
    world.pass_by(minutes=5)
    assert await world.prepared() == await letters(world) == []


async def test_both_ways_are_queued_together(world: World) -> None:
    """Slack's digest ends the day, the copy does not; two schedulers queue each once."""
    await world.follow(ADA, via=Via.BOTH, addresses=(ADDRESS,), zone="UTC")
    assert await world.store.sent.take_slot(ADA, YESTERDAY)
    await world.queue(ADA, A)
    await world.due()
    await world.due(world.another())
    [message], [letter] = await world.queued(), await letters(world)
    assert message.id == f"digest:U1:{TODAY}"
    assert (letter.id, letter.copy_of) == (f"{message.id}@{mark(ADDRESS)}", message.id)
    assert letter.paper_ids == message.paper_ids == (A.id,)
    assert (message.end is None, letter.end) == (False, None)


async def test_who_chose_otherwise_is_written_to_at_once(world: World) -> None:
    """A letter as soon as papers are there, for who asked for that."""
    await world.follow(ADA, via=Via.EMAIL, addresses=(ADDRESS,), cadence=Cadence.AT_ONCE)
    assert await world.store.sent.take_slot(ADA, TODAY)
    await world.queue(ADA, A)
    assert await world.prepared() == []
    assert [one.kind for one in await letters(world)] == [DeliveryKind.PAPERS]


async def test_quiet_days_and_words(store: Store, tmp_path: Path) -> None:
    """Why a day brought nothing comes by e-mail, a word to somebody in Slack."""
    world = with_mail(World(store, tmp_path, silence="daily"))
    await world.follow(ADA, via=Via.EMAIL, addresses=(ADDRESS,), zone="UTC")
    assert await world.store.sent.take_slot(ADA, YESTERDAY)
    assert await world.prepare.tell(ADA, "a topic", "A word.")
    assert [one.kind for one in await world.prepared()] == [DeliveryKind.NOTE]
    assert [one.kind for one in await letters(world)] == [DeliveryKind.QUIET]


async def talks(world: World, reader: UserId = ADA, **chosen: Any) -> None:
    """A reader who follows nothing and asked for what is talked about."""
    await world.store.subscriptions.put(Subscription(reader, trending=True, zone="UTC", **chosen))


async def test_what_is_talked_about_comes_each_day(world: World) -> None:
    """To who asked for it and follows nothing; it ends the day, and comes once."""
    await talks(world)
    world.near.trending = [f"p{number}" for number in range(20)]
    [talk] = await world.prepared()
    assert (talk.kind, talk.slot, talk.paper_ids) == (DeliveryKind.TRENDING, TODAY, ())
    # as many as the reader takes at a time
    assert talk.trending == tuple(f"p{number}" for number in range(5))
    assert talk.end is not None
    assert talk.end.ending is Ending.SENT
    assert await world.prepared() == []
    assert await world.store.sent.last_slot(ADA) == TODAY
    await world.sent(talk)
    world.pass_by(days=1)
    world.near.trending = ["p-new", *world.near.trending]
    [later] = await world.prepared()
    assert later.slot == TODAY + timedelta(days=1)


async def test_no_more_is_talked_about_than_a_message_has_room_for(world: World) -> None:
    """Whatever the reader's cap."""
    await talks(world)
    await world.store.profiles.set_cap(ADA, 30)
    world.near.trending = [f"p{number}" for number in range(40)]
    [talk] = await world.prepared()
    assert talk.trending == tuple(f"p{number}" for number in range(9))


async def test_the_same_papers_are_not_told_twice(world: World) -> None:
    """Whatever their order: the day ends silently, and the next one may bring something."""
    await talks(world)
    world.near.trending = ["p1", "p2"]
    [talk] = await world.prepared()
    await world.sent(talk)
    world.near.trending = ["p2", "p1"]
    world.pass_by(days=1)
    assert await world.prepared() == []
    end = await world.end()
    assert end is not None
    assert (end.day, end.ending) == (TODAY + timedelta(days=1), Ending.QUIET)
    world.near.trending = ["p2", "p3"]
    world.pass_by(days=1)
    assert [one.trending for one in await world.prepared()] == [("p2", "p3")]


async def test_nothing_is_talked_about(world: World) -> None:
    """Nothing is sent."""
    await talks(world)
    world.near.trending = []
    assert await world.prepared() == []


async def test_who_follows_something_hears_of_that_instead(world: World) -> None:
    """Nor does a channel, somebody who is away, or somebody who asked for it no more."""
    await world.follow(ADA, trending=True, zone="UTC")
    assert await world.store.sent.take_slot(ADA, YESTERDAY)
    await talks(world, CHANNEL)
    await talks(world, BEN, paused=True)
    await talks(world, UserId("T1", "U4"))
    await world.store.subscriptions.put(Subscription(UserId("T1", "U4")))
    assert await world.prepared() == []


async def test_what_is_talked_about_by_e_mail_weekly(store: Store, tmp_path: Path) -> None:
    """By the way and as often as the reader chose; no look back comes besides."""
    world = with_mail(World(store, tmp_path, roll_up=True))
    await talks(world, via=Via.EMAIL, addresses=(ADDRESS,), cadence=Cadence.WEEKLY, weekdays=(2, 4))
    world.near.trending = ["p1"]
    for day in range(7):
        world.set(NOW + timedelta(days=day))
        world.near.trending = [f"p{day}"]
        await world.due()
    assert [one.slot for one in await letters(world)] == [TODAY]
    assert await world.queued() == []
