"""The weekly look back, and words to people: what is queued, when, and that it is once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.models import (
    Cadence,
    DayCount,
    DeliveryKind,
    Pending,
    Rating,
    Save,
    Sent,
    SourceState,
    Taste,
    UserId,
)
from bot.prepare import Prepare, PrepareReport
from bot.store import Store
from tests.preparing import (
    ADA,
    BEN,
    CHANNEL,
    FLOWS,
    HANDS,
    OPERATOR,
    A,
    B,
    C,
    D,
    World,
    kinds,
    paper,
)

#: The Friday of the week, an hour after the readers' one.
FRIDAY = datetime(2026, 3, 20, 10, tzinfo=UTC)
LAST = {"cadence": Cadence.DAILY, "hour": 9, "zone": "UTC"}


@pytest.fixture
async def world(store: Store, tmp_path: Path) -> World:
    world = World(store, tmp_path, roll_up=True)
    world.set(FRIDAY)
    return world


async def follow(world: World, *readers: UserId, **chosen: Any) -> None:
    """Readers whose day has ended already."""
    for reader in readers or (ADA,):
        await world.follow(reader, **(LAST | chosen))
        await world.store.sent.take_slot(reader, FRIDAY.date())


async def test_a_week_is_looked_back_on_once(world: World) -> None:
    """With the last of the reader's days at the reader's hour, whoever looks and however often."""
    await follow(world)
    world.set(FRIDAY.replace(hour=8))
    assert await world.prepared() == []
    world.set(FRIDAY)
    assert await world.due() == PrepareReport(roll_ups=1)
    [looked] = await world.queued()
    assert (looked.id, looked.kind) == ("roll:U1:2026-03-16", DeliveryKind.ROLL_UP)
    assert looked.near == tuple(world.near.misses)
    assert looked.trending == ("p-talk",)
    assert world.near.asked == [(ADA, datetime(2026, 3, 13, 9, tzinfo=UTC))]
    for prepare in (world.prepare, world.another()):
        assert await world.due(prepare) == PrepareReport()
    world.set(FRIDAY + timedelta(days=7))
    await world.store.sent.take_slot(ADA, world.now.date())
    assert [one.id for one in await world.prepared()] == ["roll:U1:2026-03-23"]


async def test_the_week_in_figures(world: World) -> None:
    """Local days, oldest first: what came, what was sent, what was liked or saved, each paper once."""
    await follow(world, zone="Asia/Tokyo")
    thursday, friday = date(2026, 3, 19), FRIDAY.date()
    await world.store.sources.tell(
        SourceState("inbox", looked=FRIDAY, brought=FRIDAY, papers=30, daily=((thursday, 40), (friday, 30)))
    )
    # Half past four in the afternoon in London is the next day in Tokyo.
    evening = datetime(2026, 3, 18, 16, 30, tzinfo=UTC)
    day_before = datetime(2026, 3, 12, 15, tzinfo=UTC)
    old = [Sent(paper("Old").id, day_before - timedelta(seconds=1), "D1", "1.0"), Sent(D.id, day_before, "D1", "1.0")]
    await world.store.sent.confirm(ADA, [*old, *(Sent(one.id, evening, "D1", "1.1") for one in (A, B))])
    await world.store.ratings.put(Rating(ADA, A.id, Taste.MORE, FLOWS.id, FLOWS.name, opened=False, at=evening))
    await world.store.ratings.put(Rating(ADA, B.id, Taste.LESS, FLOWS.id, FLOWS.name, opened=False, at=evening))
    for one, at in ((A, FRIDAY), (C, FRIDAY - timedelta(hours=2)), (B, FRIDAY - timedelta(days=30))):
        await world.store.saved.add(ADA, Save(one.id, at), counted=False)
    [looked] = await world.prepared()
    assert looked.days == (
        DayCount(date(2026, 3, 13), sent=1),
        *(DayCount(date(2026, 3, day)) for day in range(14, 19)),
        DayCount(thursday, seen=40, sent=2, liked=1),
    )


async def test_nothing_of_the_day_itself_is_lost(world: World) -> None:
    """Votes and papers of a Friday, before the look back and after it, are in the next one, and in no other."""
    await follow(world)
    for place, hour in enumerate((0, 9, 10, 23)):
        at = FRIDAY.replace(hour=hour)
        one = paper(f"F{place}")
        rating = Rating(ADA, one.id, Taste.MORE, FLOWS.id, FLOWS.name, opened=False, at=at)
        await world.store.ratings.put(rating)
        await world.store.sent.confirm(ADA, [Sent(one.id, at, "D1", "1.1")])
    [this] = await world.prepared()
    assert [(one.sent, one.liked) for one in this.days] == [(0, 0)] * 7
    assert this.notes == ()
    world.set(FRIDAY + timedelta(days=7))
    await world.store.sent.take_slot(ADA, world.now.date())
    [looked] = await world.prepared()
    assert looked.days[0] == DayCount(FRIDAY.date(), sent=4, liked=4)
    assert (looked.days[-1].day, len(looked.days)) == (date(2026, 3, 26), 7)
    assert looked.notes == ("“flow matching” moved towards 4 papers you wanted more of.",)
    since = [moment for _, moment in world.near.asked]
    assert since == [datetime(2026, 3, day, 9, tzinfo=UTC) for day in (13, 20)]


async def test_what_was_learnt(world: World) -> None:
    """A sentence for each interest that ratings of the week moved or opened; what was unfollowed since is left out."""
    await world.follow(ADA, FLOWS, HANDS)
    await follow(world)
    new = replace(HANDS, id="i00000000c", name="protein folding")
    await world.follow(ADA, new)
    gone = replace(HANDS, id="i00000000d")
    liked, disliked = [FLOWS, FLOWS, FLOWS, new, gone], [HANDS, HANDS]
    given = [*((one, Taste.MORE) for one in liked), *((one, Taste.LESS) for one in disliked)]
    for place, (interest, taste) in enumerate(given):
        at = FRIDAY - timedelta(days=1)
        rating = Rating(ADA, paper(f"R{place}").id, taste, interest.id, "as it was", opened=interest is new, at=at)
        await world.store.ratings.put(rating)
    [looked] = await world.prepared()
    assert looked.notes == (
        "“flow matching” moved towards 3 papers you wanted more of.",
        "Less like “robot hands”, after 2 papers that were not for you.",
        "“protein folding” is new, after a paper you wanted more of.",
    )


async def test_who_came_this_week_waits_for_the_next(world: World) -> None:
    """Unless something was sent already: then there is something to look back on."""
    for reader in (ADA, BEN):
        await follow(world, reader)
        await world.follow(reader, replace(FLOWS, created=FRIDAY - timedelta(days=3)))
    await world.store.sent.confirm(BEN, [Sent(A.id, FRIDAY - timedelta(days=1), "D2", "1.1")])
    assert [one.reader for one in await world.prepared()] == [BEN]
    world.set(FRIDAY + timedelta(days=7))
    for reader in (ADA, BEN):
        await world.store.sent.take_slot(reader, world.now.date())
    assert kinds(await world.prepared()) == [("U1", DeliveryKind.ROLL_UP), ("U2", DeliveryKind.ROLL_UP)]


async def test_nothing_to_say_is_not_said(world: World) -> None:
    """Nothing near, talked about, learnt, sent or liked; it is not looked for again all day."""
    await follow(world)
    world.near.misses, world.near.trending = [], []
    assert await world.due() == PrepareReport()
    asked = len(world.near.asked)
    assert await world.due() == PrepareReport()
    assert len(world.near.asked) == asked


async def test_who_gets_it(world: World) -> None:
    """People unless they switched it off, channels only where somebody switched it on."""
    other = UserId("T1", "C2")
    await follow(world, ADA, CHANNEL)
    await follow(world, BEN, roll_up=False)
    await follow(world, other, roll_up=True)
    assert {one.reader for one in await world.prepared()} == {ADA, other}


async def test_the_host_may_switch_it_off(store: Store, tmp_path: Path) -> None:
    """Then nobody gets any."""
    world = World(store, tmp_path, roll_up=False)
    world.set(FRIDAY)
    await follow(world)
    assert await world.prepared() == []


async def test_until_the_model_is_loaded_weeks_wait(world: World) -> None:
    """What was near is most of it."""
    await follow(world)
    asleep = Prepare(world.store, world.clock, world.settings, world.members)
    assert await world.due(asleep) == PrepareReport()
    assert kinds(await world.prepared()) == [("U1", DeliveryKind.ROLL_UP)]


async def test_a_word_is_said_once_for_each_topic(world: World) -> None:
    """Also to somebody who is no reader; another topic is another word, and names nobody."""
    assert await world.prepare.tell(OPERATOR, "channel:C1:archived", "It was archived.", "Unarchive it.")
    assert not await world.another().tell(OPERATOR, "channel:C1:archived", "It was archived.")
    assert await world.prepare.tell(OPERATOR, "a" * 500, "Long.")
    assert await world.prepare.tell(OPERATOR, "a" * 501, "Longer.")
    assert await world.prepare.tell(OPERATOR, "odd", "A lone \udc80 surrogate.")
    queued = await world.queued()
    assert [(one.kind, one.notes) for one in queued] == [
        (DeliveryKind.NOTE, ("It was archived.", "Unarchive it.")),
        (DeliveryKind.NOTE, ("Long.",)),
        (DeliveryKind.NOTE, ("Longer.",)),
        (DeliveryKind.NOTE, ("A lone ? surrogate.",)),
    ]
    assert queued[0].id.startswith("note:U99:")
    assert not any("C1" in one.id for one in queued)


async def test_the_host_is_welcomed_once(world: World) -> None:
    """The second start finds it done."""
    assert await world.prepare.welcome(OPERATOR)
    assert not await world.another().welcome(OPERATOR)
    assert [(one.id, one.kind) for one in await world.queued()] == [("welcome:U99", DeliveryKind.WELCOME)]


ARXIV = "2501.01230"


@pytest.mark.parametrize("follows", [True, False])
async def test_a_paper_that_was_asked_for(world: World, *, follows: bool) -> None:
    """Brought once when it is there, then nothing is pending; also to who follows nothing."""
    asked = Pending(ADA, ARXIV, follow=False, asked=FRIDAY)
    if follows:
        await follow(world)
    await world.store.pending.add(asked)
    assert not await world.prepare.bring(asked)
    there = replace(A, arxiv_id=ARXIV)
    await world.keep(there)
    assert await world.prepare.bring(asked)
    assert await world.prepare.bring(asked)
    [brought] = [one for one in await world.queued() if one.kind is DeliveryKind.BROUGHT]
    assert (brought.id, brought.paper_ids, brought.notes) == (f"brought:U1:{ARXIV}", (there.id,), ())
    assert not await world.store.pending.has(ADA, ARXIV)


async def test_who_was_sent_it_meanwhile_is_not_told_again(world: World) -> None:
    """A digest had it: nothing is pending any more, nothing is queued."""
    asked = Pending(ADA, ARXIV, follow=False, asked=FRIDAY)
    await follow(world)
    await world.store.pending.add(asked)
    await world.keep(replace(A, arxiv_id=ARXIV))
    await world.store.sent.confirm(ADA, [Sent(A.id, FRIDAY, "D1", "1.1")])
    assert await world.prepare.bring(asked)
    assert await world.queued() == []


async def test_who_paused_is_brought_it_later(world: World) -> None:
    """It stays pending; and who could not follow it hears why."""
    asked = Pending(ADA, ARXIV, follow=True, asked=FRIDAY)
    await follow(world, paused=True)
    await world.store.pending.add(asked)
    await world.keep(replace(A, arxiv_id=ARXIV))
    assert not await world.prepare.bring(asked)
    await follow(world)
    assert await world.prepare.bring(asked)
    [brought] = await world.queued()
    assert brought.notes == ("It is not followed, for too much is followed already: unfollow something first.",)
