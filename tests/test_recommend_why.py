"""Why a paper was sent to a reader or was not, on a real store."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import matching
from bot.background import Backgrounds
from bot.errors import UnknownPaper
from bot.ingest.alerting import alert_readers
from bot.models import Alert, Channel, Delivery, DeliveryKind, Place, Sent, Taste, UserId
from bot.recommend import Verdict
from bot.recommend.library import Library
from bot.recommend.missing import above
from bot.store import Store
from bot.store.keys import shard_of
from tests.recommending import (
    ADA,
    CLOSE,
    DIGEST,
    FLOW,
    FLOWS,
    GRASP,
    NOW,
    ROBOTS,
    TOUCH,
    World,
    follow_long_ago,
)


@pytest.fixture
async def world(store: Store) -> AsyncGenerator[World]:
    world = World(store)
    yield world
    await world.close()


async def test_why_a_paper_was_sent_or_waits(world: World) -> None:
    """Queued, begun, sent: each is told with its reason, the day in the reader's zone."""
    await world.keep_many()
    await world.curate.follow(ADA, ROBOTS)
    await world.arrive(GRASP)
    waiting = await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))
    assert waiting.verdict is Verdict.QUEUED
    assert waiting.words == f"It is waiting to be sent to you, because you follow “{ROBOTS}”: closest of 13."
    await world.store.outbox.enqueue(Delivery("papers:ada:1", ADA, DeliveryKind.PAPERS, NOW, (GRASP.id,)))
    assert (await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))).words == waiting.words
    [entry] = await world.store.outbox.read(ADA.workspace, "c1", 9, 0)
    await world.store.outbox.begin(entry, "c1", 60.0)
    sending = await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))
    assert sending.words.startswith("It is being sent to you now, because you follow")
    await world.store.outbox.later(entry, 60.0, ambiguous=True)
    begun = await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))
    assert begun.words.startswith("It was sent to you, but Slack did not say whether it arrived, because")
    await world.store.sent.confirm(ADA, [Sent(GRASP.id, NOW.replace(hour=20))])
    sent = await world.recommend.why(ADA, GRASP.id, ZoneInfo("Asia/Tokyo"))
    assert (sent.verdict, sent.sent_at) == (Verdict.SENT, NOW.replace(hour=20))
    assert sent.words.startswith("You were sent this on 19 March 2026, because you follow")


async def test_why_a_paper_did_not_arrive(world: World) -> None:
    """What was given up is not said to be sent."""
    await world.keep_many(GRASP)
    await world.curate.follow(ADA, ROBOTS)
    await world.store.outbox.enqueue(Delivery("papers:ada:1", ADA, DeliveryKind.PAPERS, NOW, (GRASP.id,)))
    [entry] = await world.store.outbox.read(ADA.workspace, "c1", 9, 0)
    await world.store.outbox.begin(entry, "c1", 60.0)
    await world.store.outbox.bury(entry, "Slack refuses it.", NOW)
    answer = await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))
    assert answer.verdict is Verdict.QUEUED
    assert answer.words == "It was to be sent to you, but Slack did not take it."


async def _nothing(_: World) -> None:
    pass


async def _other(world: World) -> None:
    await world.curate.follow(ADA, FLOWS)


async def _muted(world: World) -> None:
    followed = await world.curate.follow(ADA, ROBOTS)
    await world.curate.mute(ADA, followed.interest.id, muted=True)


async def _less(world: World) -> None:
    await world.curate.follow(ADA, "robot hands")
    await world.curate.follow(ADA, ROBOTS, name="robots", weight=-4)


async def _beside(world: World) -> None:
    await world.curate.follow(ADA, "touch screens in urban noise")
    await world.curate.follow(ADA, ROBOTS, name="robots", weight=-1)


async def _disliked(world: World) -> None:
    await world.rate.rate(ADA, GRASP.id, Taste.LESS)


async def _late(world: World) -> None:
    await world.curate.follow(ADA, ROBOTS)


async def _itself(world: World) -> None:
    await world.curate.follow(ADA, GRASP.title)


async def _fact(world: World) -> None:
    await world.curate.follow(ADA, "author:lovelace", weight=-1)


@pytest.mark.parametrize(
    ("before", "verdict", "words"),
    [
        (_nothing, Verdict.NOTHING_FOLLOWED, "you follow nothing yet."),
        (_other, Verdict.BELOW_BAR, f"to “{FLOWS}” it is the"),
        (_muted, Verdict.MUTED, f"it is near “{ROBOTS}”, which you muted."),
        (_less, Verdict.MUTED, "you asked for less of “robots”, and to that it is the closest of 15."),
        (_beside, Verdict.BELOW_BAR, ", and you asked for less of “robots”, to which it is the closest of 15."),
        (_fact, Verdict.MUTED, "you asked for less of the author lovelace."),
        (_disliked, Verdict.DISLIKED, "you said that it is not for you."),
        (_late, Verdict.ABOVE_BAR, f"it is near enough to “{ROBOTS}”, but it came before you followed that."),
        (_itself, Verdict.ABOVE_BAR, "you know it already"),
    ],
)
async def test_why_a_paper_was_not_sent(
    world: World, before: Callable[[World], Awaitable[None]], verdict: Verdict, words: str
) -> None:
    """Every reason is told apart, and names the interest that it is about."""
    await world.keep_many(replace(GRASP, authors=("Ada Lovelace",)), TOUCH, FLOW)
    await before(world)
    answer = await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))
    assert answer.verdict is verdict
    assert answer.words.startswith("It was not sent: ")
    assert words in answer.words
    assert answer.bar == DIGEST.bar


async def test_why_a_paper_was_missed_that_is_near_enough_now(world: World) -> None:
    """Only what holds is said: no other paper took a place, or others took them all, or it could not be known then."""
    await world.keep_many(replace(GRASP, authors=("Ada Lovelace",)), TOUCH)
    await follow_long_ago(world, ROBOTS)
    near = f"It was not sent: it is near enough to “{ROBOTS}”, but "

    async def told() -> str:
        return (await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))).words

    assert await told() == f"{near}it was below your bar when it came, and would pass now."
    [interest] = (await world.store.profiles.get(ADA)).interests
    other = Alert(ADA, TOUCH.id, interest.id, interest.name, CLOSE, 5.0, "because", NOW + timedelta(minutes=1))
    await world.store.alerts.add(shard_of(ADA), [other])
    assert await told() == f"{near}it was below your bar when it came, and would pass now."
    await world.curate.choose(ADA, cap=1)
    assert await told() == f"{near}a stronger paper took the place of its day."
    await world.store.alerts.remove(ADA, [TOUCH.id])
    await world.store.alerts.add(shard_of(ADA), [replace(other, queued=NOW + timedelta(days=2))])
    assert await told() == f"{near}it was below your bar when it came, and would pass now."
    await follow_long_ago(world, "author:lovelace")
    assert (await told()).endswith("lovelace, but that was not known of it when it came.")


async def test_why_of_a_paper_that_is_not_stored(world: World) -> None:
    """One sentence."""
    with pytest.raises(UnknownPaper, match="not in any dump"):
        await world.recommend.why(ADA, "p000000000000000", ZoneInfo("UTC"))


async def test_what_is_sent_and_what_is_told_look_at_one_vector(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the paper among its neighbours, not its own: what for-me offers may be sent, and nothing else is."""
    await world.keep_many(GRASP, FLOW)
    followed = await world.curate.follow(ADA, ROBOTS)
    tag = world.embedder.tag
    await world.keep(TOUCH)
    row = (await world.store.profiles.rows(ADA, tag))[followed.interest.id][: tag.dimension]
    [own], [among] = [(await world.store.vectors.of(one, [TOUCH.id]))[1] for one in (tag, tag.among())]
    between = float(own @ row + among @ row) / 2
    assert abs(float(own @ row) - between) > 0.01
    monkeypatch.setitem(matching.LEAST_COSINES, tag.name, (between, between))
    world.backgrounds = Backgrounds(world.store, tag)
    await alert_readers(world.store, world.embedder, world.backgrounds, DIGEST, NOW)
    alerted = await world.store.alerts.ids(ADA)
    assert (TOUCH.id in alerted) == (float(among @ row) > between)
    await world.backgrounds.close()


async def test_nothing_is_said_to_be_near_that_is_only_the_nearest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bar, for none is nearer, and yet no alert: the answer says so, and it counts as no alert elsewhere."""
    await world.keep_many(GRASP)
    await world.curate.follow(ADA, ROBOTS)
    assert (await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))).verdict is Verdict.ABOVE_BAR
    library = Library(world.store, DIGEST, world.backgrounds)
    _, yardstick, shelf = await library.reader(ADA)
    assert above(yardstick, shelf) == {shelf.ids.index(GRASP.id)}
    model = world.embedder.tag.name
    monkeypatch.setitem(matching.LEAST_COSINES, model, (1.1, 1.1))
    answer = await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))
    assert answer.verdict is Verdict.BELOW_BAR
    assert answer.words == (
        "It was not sent: it is not near enough to anything you follow: of what is stored it is among the nearest to "
        f"“{ROBOTS}”, but it has hardly anything to do with that."
    )
    assert (answer.closeness, answer.in_meaning, answer.passage) == (None, None, "")
    assert above(yardstick, replace(shelf, background=replace(shelf.background, model=model))) == set()


async def test_why_of_a_paper_that_stood_in_a_channel(world: World) -> None:
    """Who saw it there was above the bar: that it was below is only said to who is in no such channel."""
    await world.keep_many(GRASP, TOUCH)
    await follow_long_ago(world, ROBOTS)
    channel = UserId(ADA.workspace, "C1")
    await world.store.profiles.set_cap(channel, 5)
    await world.store.sent.confirm(channel, [Sent(GRASP.id, NOW, "C1", "1.1")])
    near = f"It was not sent: it is near enough to “{ROBOTS}”, but "

    async def told() -> str:
        return (await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))).words

    assert await told() == f"{near}it was below your bar when it came, or stood in a channel where you are."
    await world.store.members.put(ADA.workspace, "C1", {"U77"})
    assert await told() == f"{near}it was below your bar when it came, and would pass now."
    await world.store.members.put(ADA.workspace, "C1", {ADA.user, "U77"})
    day = f"{NOW.day} {NOW:%B %Y}"
    assert await told() == f"{near}on {day} it stood in a channel where you are."
    await world.store.channels.put(Channel("C1", "papers", is_member=True), ADA.workspace)
    assert await told() == f"{near}on {day} it stood in #papers, where you could see it."


async def test_why_of_a_paper_that_was_asked_for(world: World) -> None:
    """It was sent for no other reason."""
    asked = replace(GRASP, arxiv_id="2603.00042")
    await world.keep_many(asked)
    day = f"{NOW.day} {NOW:%B %Y}"
    brought = Delivery(f"brought:{ADA.user}:{asked.arxiv_id}", ADA, DeliveryKind.BROUGHT, NOW, (GRASP.id,))
    await world.store.profiles.set_cap(ADA, 5)
    await world.store.outbox.enqueue(brought)
    [entry] = await world.store.outbox.read(ADA.workspace, "c1", 9, 0)
    await world.store.outbox.begin(entry, "c1", 60.0)
    place = Place("D1", "1.1")
    await world.store.outbox.confirm(entry, place, [Sent(GRASP.id, NOW, place.channel, place.ts)])
    answer = await world.recommend.why(ADA, GRASP.id, ZoneInfo("UTC"))
    assert answer.words.startswith(f"You were sent this on {day}, because you asked for it.")
