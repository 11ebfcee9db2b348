"""Days without papers: how each ends, when that is told, and to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.blocks import slot_words
from bot.models import (
    Cadence,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Ending,
    Near,
    Sent,
    SlotEnd,
    SourceState,
    UserId,
)
from bot.prepare import Prepare, PrepareReport
from bot.prepare.ending import Before, before_this, counted, looking_back, speaks, week_words
from bot.store import Store
from tests.preparing import (
    ADA,
    CHANNEL,
    FLOWS,
    NOW,
    OPERATOR,
    TODAY,
    A,
    B,
    World,
    kinds,
)

YESTERDAY = TODAY - timedelta(days=1)
DAILY = {"cadence": Cadence.DAILY, "hour": 9, "zone": "UTC"}


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    return World(store, tmp_path)


async def told(world: World, days: int) -> list[tuple[date, Delivery]]:
    """What is said on each of so many days from today on."""
    found: list[tuple[date, Delivery]] = []
    for _ in range(days):
        found += [(world.now.date(), one) for one in await world.prepared()]
        world.pass_by(days=1)
    return found


async def test_an_empty_day_ends_silently_and_is_kept(world: World) -> None:
    """By default nobody is disturbed; App Home can say how the day ended and what was nearest."""
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, YESTERDAY)
    assert await world.due() == PrepareReport(ended=1)
    assert await world.queued() == []
    best = Near("p-near", 0.97, "flow matching")
    assert await world.end() == SlotEnd(ADA, TODAY, Ending.QUIET, NOW, best=best)
    assert await world.store.sent.last_slot(ADA) == TODAY
    assert await world.due() == PrepareReport()


async def test_what_was_nearest_is_looked_for_since_the_slot_before(world: World) -> None:
    """On a Wednesday since Tuesday's hour, on a Monday since Friday's."""
    await world.follow(ADA, **DAILY)
    for day in (18, 23):
        await world.store.sent.take_slot(ADA, date(2026, 3, day - 1))
        world.set(NOW.replace(day=day))
        await world.due()
    since = [moment for _, moment in world.near.asked]
    assert since == [datetime(2026, 3, 17, 9, tzinfo=UTC), datetime(2026, 3, 20, 9, tzinfo=UTC)]


async def test_each_empty_day_is_explained_where_the_host_wants_that(store: Store, tmp_path: Path) -> None:
    """``daily``: the day's own delivery with the best below the bar, instead of a digest and never beside one."""
    world = World(store, tmp_path, silence="daily")
    await world.follow(ADA, **DAILY)
    await world.follow(CHANNEL, hour=9, zone="UTC")
    for reader in (ADA, CHANNEL):
        await world.store.sent.take_slot(reader, YESTERDAY)
    assert (await world.due()).quiet == 2
    quiet = {one.reader: one for one in await world.queued()}
    assert (quiet[ADA].id, quiet[ADA].kind, quiet[ADA].slot) == (f"quiet:U1:{TODAY}", DeliveryKind.QUIET, TODAY)
    assert quiet[ADA].near == tuple(world.near.misses)
    assert quiet[CHANNEL].id == f"quiet:C1:{TODAY}"
    end = await world.end()
    assert end is not None
    assert end.told
    await world.queue(ADA, A)
    assert await world.prepared() == []
    world.pass_by(days=1)
    assert [one.id for one in await world.prepared() if one.reader == ADA] == ["digest:U1:2026-03-19"]


async def test_a_week_of_empty_days_is_told_once(world: World) -> None:
    """Five expected days in a row, then again after another five; one paper in between begins anew."""
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, YESTERDAY)
    found = await told(world, 14)
    assert [(day, one.kind) for day, one in found] == [
        (date(2026, 3, 24), DeliveryKind.QUIET),
        (date(2026, 3, 31), DeliveryKind.QUIET),
    ]
    assert world.near.asked[4][1] == datetime(2026, 3, 17, 9, tzinfo=UTC)
    end = await world.end()
    assert end is not None
    assert (end.quiet_days, end.told) == (9, True)
    await world.queue(ADA, A)
    assert kinds(await world.prepared()) == [("U1", DeliveryKind.DIGEST)]
    world.pass_by(days=1)
    assert await told(world, 4) == []


async def test_once_a_week_where_the_host_wants_that(store: Store, tmp_path: Path) -> None:
    """``weekly``: with the last of the reader's days, if that one is empty; never to a channel."""
    world = World(store, tmp_path, silence="weekly")
    await world.follow(ADA, **DAILY)
    await world.follow(CHANNEL, hour=9, zone="UTC")
    for reader in (ADA, CHANNEL):
        await world.store.sent.take_slot(reader, YESTERDAY)
    assert [(day, one.reader) for day, one in await told(world, 10)] == [
        (date(2026, 3, 20), ADA),
        (date(2026, 3, 27), ADA),
    ]


async def test_a_weekly_digest_without_papers_is_always_worth_a_word(world: World) -> None:
    """Its week is a week: what was nearest is looked for in all of it."""
    await world.follow(ADA, cadence=Cadence.WEEKLY, weekdays=(2,), hour=9, zone="UTC")
    await world.store.sent.take_slot(ADA, TODAY - timedelta(days=7))
    assert kinds(await world.prepared()) == [("U1", DeliveryKind.QUIET)]
    assert world.near.asked == [(ADA, datetime(2026, 3, 11, 9, tzinfo=UTC))]


async def test_a_source_at_fault_is_told(world: World) -> None:
    """The host hears at once, once; readers with the first empty day of the outage, and no sooner than a week again."""
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, YESTERDAY)
    brought = NOW - timedelta(days=6)
    await world.store.sources.tell(SourceState("inbox", looked=NOW, brought=brought, papers=30, new=30))
    found = await told(world, 8)
    of_host = "The source inbox has been stale since 12 March 2026: nothing came after it."
    sentence = "No new papers have come in since 12 March; the host knows."
    assert [(day, one.reader, one.kind, one.notes) for day, one in found] == [
        (TODAY, OPERATOR, DeliveryKind.NOTE, (of_host,)),
        (TODAY, ADA, DeliveryKind.QUIET, (sentence,)),
        (date(2026, 3, 25), ADA, DeliveryKind.QUIET, (sentence,)),
    ]
    end = await world.end()
    assert end is not None
    assert (end.ending, end.note) == (Ending.SOURCE, sentence)
    assert await world.due(world.another()) == PrepareReport(ended=1)
    assert await world.queued() == []


async def test_a_source_at_fault_is_nothing_to_who_gets_papers(world: World) -> None:
    """Another source brought something: a digest says enough."""
    await world.follow(ADA, **DAILY)
    await world.store.sources.tell(SourceState("inbox", failure="The folder is gone."))
    await world.queue(ADA, A)
    assert kinds(await world.prepared()) == [("U1", DeliveryKind.DIGEST), ("U99", DeliveryKind.NOTE)]


async def test_who_is_written_to_at_once_has_days_too(store: Store, tmp_path: Path) -> None:
    """A day ends well if papers were sent since the one before, or are on their way; else it is explained."""
    world = World(store, tmp_path, silence="daily")
    await world.follow(ADA, hour=9, zone="UTC")
    await world.queue(ADA, A)
    assert kinds(await world.prepared()) == [("U1", DeliveryKind.PAPERS)]
    end = await world.end()
    assert end is not None
    assert (end.ending, end.papers) == (Ending.SENT, 1)
    world.pass_by(hours=3)
    await world.store.sent.confirm(ADA, [Sent(A.id, world.now, "D1", "1.1")])
    await world.store.sent.confirm(ADA, [Sent(B.id, world.now, "D1", "1.2")])
    world.set(NOW + timedelta(days=1))
    assert await world.prepared() == []
    end = await world.end()
    assert end is not None
    assert (end.day, end.ending, end.papers) == (date(2026, 3, 19), Ending.SENT, 2)
    world.pass_by(days=1)
    assert [one.id for one in await world.prepared()] == ["quiet:U1:2026-03-20"]


async def test_a_newcomer_is_not_told_of_days_before_it_came(store: Store, tmp_path: Path) -> None:
    """Who begins in the afternoon expected no digest in the morning; the next empty day is explained."""
    world = World(store, tmp_path, silence="daily")
    for chosen in (DAILY, {"hour": 9, "zone": "UTC"}):
        await world.store.forget(ADA)
        world.set(NOW)
        await world.follow(ADA, replace(FLOWS, created=NOW - timedelta(minutes=10)), **chosen)
        assert await world.due() == PrepareReport()
        assert await world.end() is None
        world.pass_by(days=1)
        assert kinds(await world.prepared()) == [("U1", DeliveryKind.QUIET)]


async def test_a_newcomers_empty_days_end_silently(world: World) -> None:
    """Each is kept once, the slot stays free for the first papers, and a week of them is told."""
    await world.follow(ADA, **DAILY)
    assert await world.due() == PrepareReport(ended=1)
    assert await world.due(world.another()) == PrepareReport()
    assert await world.store.sent.last_slot(ADA) is None
    world.pass_by(days=1)
    assert [day for day, _ in await told(world, 6)] == [date(2026, 3, 24)]


async def test_who_follows_nothing_any_more_is_told_nothing(store: Store, tmp_path: Path) -> None:
    """Nothing is above a bar that nobody set for anything."""
    world = World(store, tmp_path, silence="daily")
    world.near.misses = []
    await world.follow(ADA, **DAILY)
    await world.store.profiles.set_cap(ADA, 3)
    await world.store.profiles.remove_interest(ADA, FLOWS.id)
    await world.store.sent.take_slot(ADA, YESTERDAY)
    assert await world.prepared() == []
    end = await world.end()
    assert end is not None
    assert end.best is None


async def test_until_the_model_is_loaded_empty_days_wait(world: World) -> None:
    """Digests with papers do not: what was nearest is all that is missing."""
    await world.follow(ADA, **DAILY)
    await world.follow(CHANNEL, hour=9, zone="UTC")
    for reader in (ADA, CHANNEL):
        await world.store.sent.take_slot(reader, YESTERDAY)
    await world.queue(CHANNEL, A)
    asleep = Prepare(world.store, world.clock, world.settings, world.members)
    assert await world.due(asleep) == PrepareReport(digests=1, ended=1)
    assert await world.store.sent.last_slot(ADA) == YESTERDAY
    assert await world.due() == PrepareReport(ended=1)
    assert await world.store.sent.last_slot(ADA) == TODAY


async def test_slots_that_passed_end_with_the_next_one(world: World) -> None:
    """The bot was down for three days: one end, for the last of them."""
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, TODAY - timedelta(days=5))
    assert await world.due() == PrepareReport(ended=1)
    end = await world.end()
    assert end is not None
    assert end.day == TODAY


async def test_a_digest_that_is_still_on_its_way(world: World) -> None:
    """Nobody noted its day yet, for Slack is away: it counts as one with papers when the next one ends."""
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, YESTERDAY)
    await world.due()
    world.pass_by(days=1)
    await world.queue(ADA, A)

    await world.due()
    world.pass_by(days=1)
    await world.due()
    end = await world.end()
    assert end is not None
    assert (end.day, end.quiet_days) == (date(2026, 3, 20), 0)


async def test_a_clock_that_was_a_year_ahead(store: Store, tmp_path: Path) -> None:
    """Right again, it lets the day come once more: who had its digest is not told that there was none."""
    world = World(store, tmp_path, silence="daily")
    await world.follow(ADA, **DAILY)
    await world.queue(ADA, A)
    assert kinds(await world.prepared()) == [("U1", DeliveryKind.DIGEST)]
    world.set(NOW + timedelta(days=366))
    await world.prepared()
    world.set(NOW)
    assert await world.prepared() == []
    world.pass_by(days=1)
    assert [one.id for one in await world.prepared()] == ["quiet:U1:2026-03-19"]


async def test_nobody_is_woken_up_because_of_yesterday(store: Store, tmp_path: Path) -> None:
    """The bot was down until one at night: the empty day ends silently, the word on a week comes with the next one."""
    for silence, days in (("daily", 0), ("when_it_matters", 6)):
        world = World(store, tmp_path, silence=silence)
        await store.forget(ADA)
        world.set(NOW)
        await world.follow(ADA, **DAILY)
        await world.store.sent.take_slot(ADA, YESTERDAY)
        assert await told(world, days) == []
        world.set(world.now + timedelta(hours=15, minutes=31))
        assert await world.prepared() == []
        end = await world.end()
        assert end is not None
        assert (end.day, end.told) == (world.now.date() - timedelta(days=1), False)
        world.pass_by(hours=9)
        assert kinds(await world.prepared()) == [("U1", DeliveryKind.QUIET)]


async def test_papers_of_yesterday_still_come(world: World) -> None:
    """Only the explanation is not worth it."""
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, YESTERDAY)
    await world.queue(ADA, A)
    world.pass_by(hours=15)
    assert [one.slot for one in await world.prepared()] == [TODAY]


async def test_a_week_with_papers_is_not_called_empty(store: Store, tmp_path: Path) -> None:
    """``weekly``, a paper on Monday: the word on Friday says on how many days there was none."""
    world = World(store, tmp_path, silence="weekly")
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, date(2026, 3, 20))
    world.set(NOW.replace(day=23))
    await world.queue(ADA, A)
    [digest] = await world.prepared()
    await world.sent(digest)
    world.pass_by(days=1)
    [(day, quiet)] = await told(world, 5)
    assert (day, quiet.silence) == (date(2026, 3, 27), ("No paper was above your bar on 4 of your 5 days",))
    world.set(NOW.replace(day=30))
    [(_, whole)] = await told(world, 5)
    assert whole.silence == ()


def test_the_words_on_a_week() -> None:
    """On how many of its days; of a single one which; of a channel without yours."""
    friday = date(2026, 3, 20)
    end = SlotEnd(ADA, friday, Ending.QUIET, NOW)
    assert week_words(end, friday) == "No paper was above your bar today"
    assert week_words(end, date(2026, 3, 21)) == "No paper was above your bar on Friday"
    assert week_words(replace(end, week=(4, 2)), friday) == "No paper was above your bar on 3 of your 5 days"
    assert week_words(replace(end, week=(4, 2)), friday, is_channel=True) == "No paper was above the bar on 3 of 5 days"
    sent = replace(end, ending=Ending.SENT)
    assert week_words(sent, friday) == ""
    assert looking_back(sent, "weekly", (), friday, is_channel=False) == ()
    assert looking_back(replace(end, told=True), "weekly", (), friday, is_channel=True) == ()
    told_daily = looking_back(replace(end, told=True, week=(4, 2)), "daily", (), friday, is_channel=True)
    assert told_daily == ("No paper was above the bar today.",)


def test_the_days_before_are_counted() -> None:
    """In a row, over ends that nobody noted, and anew after papers."""
    quiet = SlotEnd(ADA, YESTERDAY, Ending.QUIET, NOW, quiet_days=3, untold=1, week=(1, 0))
    assert counted(None, TODAY) == Before()
    assert counted(quiet, TODAY) == Before(4, 2, (2, 1))
    assert counted(quiet, YESTERDAY) == Before(3, 1, (1, 0))
    assert counted(replace(quiet, told=True), TODAY) == Before(4, 0, (2, 1))
    assert counted(replace(quiet, ending=Ending.SENT), TODAY) == Before(0, 0, (2, 0))
    assert counted(quiet, date(2026, 3, 23)).week == (0, 0)
    assert before_this(quiet, ADA, YESTERDAY, None) == quiet
    assert before_this(None, ADA, YESTERDAY, None) is None
    assert before_this(None, ADA, YESTERDAY, DeliveryState.QUEUED) is None
    unnoted = before_this(quiet, ADA, TODAY, None)
    assert unnoted is not None
    assert (unnoted.day, unnoted.quiet_days) == (TODAY, 4)
    on_its_way = before_this(None, ADA, TODAY, DeliveryState.QUEUED, at=NOW)
    assert on_its_way == SlotEnd(ADA, TODAY, Ending.SENT, NOW)


def test_a_fault_is_told_again_where_its_word_never_went_out() -> None:
    """The day was given back by whoever was to send it: the reader still has to hear."""
    before = SlotEnd(ADA, TODAY, Ending.SOURCE, NOW, note="It is stale.", told=True)

    def asked(end: SlotEnd) -> bool:
        return speaks(
            "when_it_matters",
            end,
            TODAY,
            is_at_fault=True,
            slots_a_week=5,
            ends_week=False,
            is_channel=False,
        )

    assert asked(before)
    assert not asked(replace(before, day=YESTERDAY))


async def _shown_in_channel(world: World, reader: UserId) -> None:
    """A paper above the reader's bar that a channel was sent in which the reader is."""
    await world.follow(CHANNEL)
    world.members.of = {CHANNEL.user: {reader.user}}
    await world.store.sent.confirm(CHANNEL, [Sent(A.id, NOW - timedelta(minutes=5), CHANNEL.user, "1.1")])
    await world.queue(reader, A)


@pytest.mark.parametrize("silence", ["daily", "when_it_matters"])
async def test_a_day_whose_papers_stood_in_a_channel_is_not_called_empty(
    store: Store, tmp_path: Path, silence: str
) -> None:
    """Nobody is told of a day without papers, of a source at fault, or of a bar that nothing passed."""
    world = World(store, tmp_path, silence=silence)
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, YESTERDAY)
    await _shown_in_channel(world, ADA)
    await world.store.sources.tell(SourceState("inbox", NOW - timedelta(days=9), NOW - timedelta(days=9)))
    assert [one for one in await world.prepared() if one.reader == ADA] == []
    end = SlotEnd(ADA, TODAY, Ending.ELSEWHERE, NOW)
    assert await world.end() == end
    assert await world.store.alerts.of(ADA) == []
    assert week_words(replace(end, week=(2, 1)), TODAY) == "No paper was above your bar on 1 of your 3 days"
    assert slot_words(end, today=TODAY) == (
        "Your last digest: none today, for what was above your bar stood in a channel where you are."
    )


async def test_what_stood_in_a_channel_counts_for_who_is_written_to_at_once(store: Store, tmp_path: Path) -> None:
    """It is dropped with the day: until then nobody knows that the day had papers."""
    world = World(store, tmp_path, silence="daily")
    await world.follow(ADA, cadence=Cadence.AT_ONCE, hour=12, zone="UTC")
    await world.store.sent.take_slot(ADA, YESTERDAY)
    await _shown_in_channel(world, ADA)
    assert [one for one in await world.prepared() if one.reader == ADA] == []
    world.pass_by(hours=3)
    assert [one for one in await world.prepared() if one.reader == ADA] == []
    assert (end := await world.end()) is not None
    assert end.ending is Ending.ELSEWHERE
    assert await world.store.alerts.of(ADA) == []


async def test_near_misses_are_none_that_stood_in_a_channel(world: World) -> None:
    """What the reader saw there is not told of as missed."""
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, YESTERDAY)
    await world.follow(CHANNEL)
    world.members.of = {CHANNEL.user: {ADA.user}}
    world.near.misses = [Near(A.id, 0.97, "flow matching"), Near(B.id, 0.96, "flow matching")]
    await world.store.sent.confirm(CHANNEL, [Sent(A.id, NOW, CHANNEL.user, "1.1")])
    await world.due()
    assert (end := await world.end()) is not None
    assert end.best == world.near.misses[1]
