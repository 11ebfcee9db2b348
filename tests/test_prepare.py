"""What is queued when it is due, on a real store: papers at once, digests, their order, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import Concerns, NotifierRefused, StoreError, StoreFull, StoreUnreachable
from bot.models import (
    Cadence,
    DeliveryKind,
    DeliveryState,
    Ending,
    Rating,
    Save,
    Sent,
    Suspension,
    Taste,
    UserId,
)
from bot.prepare import PrepareReport
from bot.prepare.elsewhere import Elsewhere
from bot.store import PaperChange, Store
from tests.preparing import (
    ADA,
    BEN,
    CAY,
    CHANNEL,
    FLOWS,
    HANDS,
    LONG_AGO,
    NOW,
    TODAY,
    A,
    B,
    C,
    D,
    World,
    kinds,
    paper,
)

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    return World(store, tmp_path)


async def regular(world: World, *readers: UserId, slot: date = YESTERDAY) -> None:
    """These readers had a digest on that day."""
    for reader in readers or (ADA,):
        assert await world.store.sent.take_slot(reader, slot)


async def test_papers_go_out_as_soon_as_they_are_there(world: World) -> None:
    """A person is written to at once, strongest first, and not a second time by the next look."""
    await world.follow(ADA)
    await world.queue(ADA, A, B)
    assert await world.due() == PrepareReport(papers=1, ended=1)
    [told] = await world.queued()
    assert (told.kind, told.paper_ids, told.slot, told.queued) == (DeliveryKind.PAPERS, (A.id, B.id), None, NOW)
    assert told.id.startswith("papers:U1:")
    assert await world.prepared() == []
    await world.queue(ADA, C)
    assert [one.paper_ids for one in await world.prepared()] == [(C.id,)]


async def test_a_channel_gets_one_digest_a_day(world: World) -> None:
    """From its hour on, under the day's own name; what comes later waits for the next day."""
    await world.follow(CHANNEL, hour=10, zone="UTC")
    await world.queue(CHANNEL, A)
    assert await world.prepared() == []
    world.pass_by(hours=1)
    [digest] = await world.prepared()
    assert (digest.kind, digest.id, digest.slot) == (DeliveryKind.DIGEST, f"digest:C1:{TODAY}", TODAY)
    assert await world.store.sent.last_slot(CHANNEL) == TODAY
    assert await world.end(CHANNEL) is None
    await world.sent(digest)
    end = await world.end(CHANNEL)
    assert end is not None
    assert (end.day, end.ending, end.papers) == (TODAY, Ending.SENT, 1)
    await world.queue(CHANNEL, B)
    assert await world.prepared() == []
    world.pass_by(days=1)
    assert [(one.id, one.paper_ids) for one in await world.prepared()] == [("digest:C1:2026-03-19", (B.id,))]


async def test_the_first_digest_comes_as_soon_as_there_is_something(world: World) -> None:
    """A newcomer's empty day does not use up the slot: the paper of the afternoon comes in the afternoon."""
    await world.follow(CHANNEL, hour=9, zone="UTC")
    assert await world.prepared() == []
    assert await world.store.sent.last_slot(CHANNEL) is None
    world.pass_by(hours=6)
    await world.queue(CHANNEL, A)
    assert [one.slot for one in await world.prepared()] == [TODAY]


@pytest.mark.parametrize(
    "chosen",
    [
        {"paused": True},
        {"holiday_until": TODAY},
        {"suspended": Suspension.DEACTIVATED},
        {"quiet_from": time(9), "quiet_to": time(10)},
    ],
)
async def test_nothing_is_queued_for_who_cannot_be_reached(world: World, chosen: dict[str, object]) -> None:
    """Paused, on holiday, suspended, in quiet hours: the papers wait, and no day ends."""
    await world.follow(ADA, **chosen)
    await world.queue(ADA, A)
    assert await world.due() == PrepareReport()
    assert await world.store.sent.last_slot(ADA) is None
    await world.follow(ADA, cadence=Cadence.AT_ONCE)
    assert [one.paper_ids for one in await world.prepared()] == [(A.id,)]


async def test_what_nobody_wants_any_more_is_dropped(world: World) -> None:
    """Unfollowed, muted, disliked, or sent under the id that the paper had before it was joined with another."""
    await world.follow(ADA, FLOWS, HANDS)
    await world.queue(ADA, A, B)
    await world.queue(ADA, C, interest=HANDS)
    await world.queue(ADA, D)
    await world.store.ratings.put(Rating(ADA, B.id, Taste.LESS, FLOWS.id, FLOWS.name, opened=False, at=NOW))
    await world.store.profiles.set_interest(ADA, replace(HANDS, muted=True))
    old = paper("An older telling of D")
    await world.keep(old)
    [stored] = await world.store.papers.get([D.id])
    assert stored
    assert await world.store.papers.save([PaperChange(D, stored.version, (), (old.id,))])
    await world.store.sent.confirm(ADA, [Sent(old.id, LONG_AGO, "D1", "1.1")])
    assert [one.paper_ids for one in await world.prepared()] == [(A.id,)]
    assert {alert.paper_id for alert in await world.store.alerts.of(ADA)} == {A.id}


async def test_a_digest_holds_four_times_the_cap(world: World) -> None:
    """The strongest are told, what there is no place for is counted in a sentence and waits no longer."""
    await world.follow(ADA, cadence=Cadence.DAILY, hour=9, zone="UTC")
    await world.store.profiles.set_cap(ADA, 1)
    await world.queue(ADA, *(paper(f"P{number}") for number in range(6)))
    [digest] = await world.prepared()
    assert digest.told_ids == tuple(paper(f"P{number}").id for number in range(4))
    assert digest.notes == ("2 more papers were above the bar: these are the strongest.",)
    assert (digest.missed, len(digest.left_out)) == (0, 2)
    await world.sent(digest)
    world.pass_by(days=1)
    assert kinds(await world.prepared()) == []


async def test_after_an_absence_there_is_one_choice_of_what_came(world: World) -> None:
    """A week of holiday: the best of the cap, how many waited, and the others are dropped."""
    await world.follow(ADA, cadence=Cadence.DAILY, hour=9, zone="UTC", holiday_until=YESTERDAY)
    await regular(world, slot=TODAY - timedelta(days=7))
    await world.queue(ADA, *(paper(f"P{number}") for number in range(40)))
    [digest] = await world.prepared()
    assert (digest.kind, len(digest.told_ids), digest.missed) == (DeliveryKind.DIGEST, 5, 40)
    await world.sent(digest)
    world.pass_by(days=1)
    assert await world.prepared() == []
    assert await world.store.alerts.waiting(ADA) == []


async def test_who_is_written_to_at_once_gets_the_choice_too(world: World) -> None:
    """Not at midnight when the holiday ends, but at the reader's hour; then everything is as it was."""
    await world.follow(ADA, holiday_until=YESTERDAY, hour=9, zone="UTC")
    await regular(world, slot=TODAY - timedelta(days=7))
    await world.queue(ADA, *(paper(f"P{number}") for number in range(8)))
    world.set(NOW.replace(hour=0, minute=5))
    assert await world.prepared() == []
    world.set(NOW.replace(hour=9, minute=0))
    [digest] = await world.prepared()
    assert (digest.kind, len(digest.told_ids), digest.missed) == (DeliveryKind.DIGEST, 5, 8)
    await world.queue(ADA, A)
    assert [(one.kind, one.paper_ids) for one in await world.prepared()] == [(DeliveryKind.PAPERS, (A.id,))]


async def test_a_day_off_ends_at_the_readers_hour(world: World) -> None:
    """Not with a message at midnight; on a day without a slot too."""
    saturday = date(2026, 3, 21)
    await world.follow(ADA, holiday_until=saturday - timedelta(days=1), hour=9, zone="UTC")
    await regular(world, slot=saturday - timedelta(days=2))
    await world.queue(ADA, A)
    world.set(NOW.replace(day=21, hour=0))
    assert await world.prepared() == []
    world.set(NOW.replace(day=21, hour=9))
    assert [(one.kind, one.paper_ids) for one in await world.prepared()] == [(DeliveryKind.PAPERS, (A.id,))]


async def test_a_weekend_is_no_absence(world: World) -> None:
    """From Friday to Monday nobody expected a digest."""
    monday = date(2026, 3, 23)
    await world.follow(CHANNEL, hour=9, zone="UTC")
    await regular(world, CHANNEL, slot=monday - timedelta(days=3))
    world.set(NOW.replace(day=23))
    await world.queue(CHANNEL, *(paper(f"P{number}") for number in range(8)))
    [digest] = await world.prepared()
    assert (len(digest.paper_ids), digest.missed, digest.slot) == (8, 0, monday)


async def test_code_that_appeared_for_a_saved_paper(world: World) -> None:
    """It is a line in the digest, once, and alone it is one; who saved it with its code hears nothing."""
    coded = paper("Coded", code_url="https://github.com/a/b")
    await world.keep(coded, A)
    for reader, had_code in ((ADA, False), (BEN, True)):
        await world.follow(reader, cadence=Cadence.DAILY, hour=9, zone="UTC")
        await regular(world, reader)
        for saved in (coded, A):
            await world.store.saved.add(reader, Save(saved.id, LONG_AGO, had_code), counted=False)
    await world.queue(BEN, B)
    by_reader = {one.reader: one for one in await world.prepared()}
    assert (by_reader[ADA].kind, by_reader[ADA].with_code) == (DeliveryKind.DIGEST, (coded.id,))
    assert by_reader[ADA].paper_ids == ()
    assert by_reader[BEN].with_code == ()
    await world.sent(by_reader[ADA])
    assert {save.paper_id: save.had_code for save in await world.store.saved.of(ADA)} == {coded.id: True, A.id: False}
    world.pass_by(days=1)
    assert await world.prepared() == []


async def test_what_is_taken_off_the_list_stays_off(world: World) -> None:
    """Noting that somebody was told of code saves nothing again."""
    await world.store.saved.add(ADA, Save(A.id, NOW, had_code=False), counted=False)
    await world.store.saved.remove(ADA, A.id)
    await world.store.saved.note_code(ADA, [A.id, B.id])
    await world.store.saved.note_code(ADA, [])
    assert await world.store.saved.of(ADA) == []


async def test_what_a_channel_was_sent_is_not_repeated(world: World) -> None:
    """Who is in the channel gets the rest, who is not gets all; Slack is asked once, and only where it matters."""
    for reader in (CHANNEL, ADA, BEN, UserId("T1", "C2")):
        await world.follow(reader)
    world.members.of = {"C1": {"U1"}}
    await world.store.sent.confirm(CHANNEL, [Sent(A.id, LONG_AGO, "C1", "1.1")])
    await world.queue(ADA, A, B)
    await world.queue(BEN, A)
    told = {one.reader: one.paper_ids for one in await world.prepared()}
    assert told == {ADA: (B.id,), BEN: (A.id,)}
    assert world.members.asked == ["C1"]
    assert {alert.paper_id for alert in await world.store.alerts.of(ADA)} == {B.id}
    await world.queue(ADA, C)
    await world.store.sent.confirm(CHANNEL, [Sent(C.id, NOW, "C1", "1.2")])
    assert await world.prepared() == []
    assert world.members.asked == ["C1"]


async def test_what_is_on_its_way_to_a_channel_waits(world: World) -> None:
    """Both are due in the same minute: the channel's comes first, and the person's copy, and day, wait for how it ends."""
    await world.follow(CHANNEL, hour=9, zone="UTC")
    await world.follow(ADA)
    world.members.of = {"C1": {"U1"}}
    await world.queue(CHANNEL, A, B)
    await world.queue(ADA, A, B)
    [digest] = await world.prepared()
    assert digest.reader == CHANNEL
    assert len(await world.store.alerts.waiting(ADA)) == 2
    assert await world.due() == PrepareReport()
    await world.sent(digest)
    assert await world.due() == PrepareReport(ended=1)
    assert await world.store.alerts.of(ADA) == []


async def test_what_was_given_up_in_a_channel_is_sent_to_the_person(world: World) -> None:
    """A channel's digest that is dead was never seen there."""
    await world.follow(CHANNEL, hour=9, zone="UTC")
    await world.follow(ADA)
    world.members.of = {"C1": {"U1"}}
    await world.queue(CHANNEL, A)
    await world.queue(ADA, A)
    [digest] = await world.prepared()
    assert digest.reader == CHANNEL
    entry = world.entries[digest.id]
    await world.store.outbox.begin(entry, "a-test", 60)
    await world.store.outbox.bury(entry, "Slack would not have it.", NOW)
    assert kinds(await world.prepared()) == [("U1", DeliveryKind.PAPERS)]


async def test_who_is_in_a_channel_cannot_be_told(world: World) -> None:
    """Slack says nothing: the paper is kept, and Slack is not asked at every look."""
    await world.follow(CHANNEL)
    await world.store.sent.confirm(CHANNEL, [Sent(A.id, LONG_AGO, "C1", "1.1"), Sent(B.id, LONG_AGO, "C1", "1.1")])
    world.members.failure = NotifierRefused("No.", code="missing_scope", concerns=Concerns.WORKSPACE)
    for reader, one in ((ADA, A), (BEN, B)):
        await world.follow(reader)
        await world.queue(reader, one)
        assert [told.paper_ids for told in await world.prepared()] == [(one.id,)]
    assert world.members.asked == ["C1"]


async def test_the_host_may_want_it_repeated(store: Store, tmp_path: Path) -> None:
    """With the setting off nobody is asked who is where."""
    world = World(store, tmp_path, skip_seen_in_channels=False)
    for reader in (CHANNEL, ADA):
        await world.follow(reader)
    await world.store.sent.confirm(CHANNEL, [Sent(A.id, LONG_AGO, "C1", "1.1")])
    await world.queue(ADA, A)
    assert [one.paper_ids for one in await world.prepared()] == [(A.id,)]
    assert world.members.asked == []


async def test_only_the_workspace_that_was_asked_for(world: World) -> None:
    """Readers of other workspaces, and those named at the terminal, are left alone."""
    for reader in (UserId("T2", "U1"), UserId("local", "ada")):
        await world.follow(reader)
        await world.queue(reader, A)
    assert await world.due() == PrepareReport()


async def test_one_readers_failure_keeps_nobody_elses_papers(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged once, everybody else is served, and the next look finds what was left."""
    for reader in (ADA, BEN, CAY):
        await world.follow(reader)
        await world.queue(reader, A)
    waiting = world.store.alerts.waiting

    async def fails(reader: UserId) -> object:
        if reader == BEN:
            raise StoreError("Broken.")
        return await waiting(reader)

    with monkeypatch.context() as patched:
        patched.setattr(world.store.alerts, "waiting", fails)
        for _ in range(3):
            await world.due()
    [told] = [line for line in caplog.records if line.levelname == "ERROR"]
    assert "T1/U2" in told.getMessage()
    assert kinds(await world.queued()) == [("U1", DeliveryKind.PAPERS), ("U3", DeliveryKind.PAPERS)]
    assert kinds(await world.prepared()) == [("U2", DeliveryKind.PAPERS)]


async def test_many_failures_keep_nobody_elses_papers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty readers for whom something goes wrong each time: all others are served by the same look, days too."""
    bad = [UserId("T1", f"U{number}") for number in range(100, 120)]
    for reader in (*bad, ADA):
        await world.follow(reader)
        await world.queue(reader, A)
    await world.follow(BEN, cadence=Cadence.DAILY, hour=9, zone="UTC")
    await regular(world, BEN)
    waiting = world.store.alerts.waiting

    async def fails(reader: UserId) -> object:
        if reader in bad:
            raise ValueError(reader)
        return await waiting(reader)

    monkeypatch.setattr(world.store.alerts, "waiting", fails)
    assert await world.due() == PrepareReport(papers=1, ended=2)


@pytest.mark.parametrize("failure", [StoreUnreachable("Nobody answers."), StoreFull("It is full.")])
async def test_a_store_that_is_away_or_full_ends_the_look(
    world: World, monkeypatch: pytest.MonkeyPatch, failure: StoreError
) -> None:
    """Nothing could be queued for anybody, so it is not asked a thousand times."""
    for number in range(40):
        await world.follow(UserId("T1", f"U{number}"))
        await world.queue(UserId("T1", f"U{number}"), A)
    asked: list[object] = []

    async def fails(reader: object) -> object:
        asked.append(reader)
        raise failure

    monkeypatch.setattr(world.store.alerts, "waiting", fails)
    with pytest.raises(type(failure)):
        await world.due()
    assert len(asked) == 16


async def test_a_digest_that_is_withdrawn_takes_nothing_with_it(world: World) -> None:
    """Paused between queueing and sending: no day ended, and all papers, and the line on code, come afterwards."""
    coded = paper("Coded", code_url="https://github.com/a/b")
    await world.keep(coded)
    await world.follow(ADA, cadence=Cadence.DAILY, hour=9, zone="UTC")
    await regular(world, slot=TODAY - timedelta(days=7))
    await world.store.saved.add(ADA, Save(coded.id, LONG_AGO, had_code=False), counted=False)
    await world.queue(ADA, *(paper(f"P{number}") for number in range(30)))
    [digest] = await world.prepared()
    assert (len(digest.told_ids), len(digest.left_out), digest.missed) == (5, 25, 30)
    assert await world.due() == PrepareReport()
    await world.withdrawn(digest)
    assert await world.end() is None
    [again] = await world.prepared()
    assert (again.told_ids, len(again.left_out), again.with_code) == (digest.told_ids, 25, (coded.id,))
    await world.sent(again)
    assert {alert.paper_id for alert in await world.store.alerts.of(ADA)} == set(again.told_ids)
    end = await world.end()
    assert end is not None
    assert (end.ending, end.papers) == (Ending.SENT, 5)
    world.pass_by(days=1)
    assert await world.prepared() == []


async def test_code_is_not_told_twice_while_a_digest_is_on_its_way(world: World) -> None:
    """Slack is away for a day: the next digest has no line on it, for the one before has."""
    coded = paper("Coded", code_url="https://github.com/a/b")
    await world.keep(coded)
    await world.follow(ADA, cadence=Cadence.DAILY, hour=9, zone="UTC")
    await regular(world)
    await world.store.saved.add(ADA, Save(coded.id, LONG_AGO, had_code=False), counted=False)
    assert [one.with_code for one in await world.prepared()] == [(coded.id,)]
    world.pass_by(days=1)
    await world.queue(ADA, A)
    assert [(one.paper_ids, one.with_code) for one in await world.prepared()] == [((A.id,), ())]


async def test_a_late_digest_does_not_undo_how_the_next_day_ended(world: World) -> None:
    """Wednesday's is sent on Thursday, after Thursday ended with nothing: App Home goes on telling of Thursday."""
    await world.follow(ADA, cadence=Cadence.DAILY, hour=9, zone="UTC")
    await regular(world)
    await world.queue(ADA, A)
    [digest] = await world.prepared()
    world.pass_by(days=1)
    await world.due()
    await world.sent(digest)
    end = await world.end()
    assert end is not None
    assert (end.day, end.ending, end.quiet_days) == (world.now.date(), Ending.QUIET, 0)


async def test_whether_the_reader_or_the_bot_was_away(world: World) -> None:
    """Days without a look are told as days since the last one; a pause that was resumed by hand is an absence."""
    week: dict[str, Any] = {"cadence": Cadence.DAILY, "hour": 9, "zone": "UTC"}
    for reader in (ADA, BEN, CAY):
        await world.follow(reader, **week)
        await regular(world, reader)
    await world.due()
    await world.follow(BEN, paused=True, **week)
    await world.follow(CAY, holiday_until=TODAY + timedelta(days=2), **week)
    world.pass_by(days=1)
    for prepare in (world.prepare, world.another()):
        await prepare.due("T1")
    await world.follow(BEN, **week)
    world.set(NOW.replace(day=24))
    for reader in (ADA, BEN, CAY):
        await world.queue(reader, A)
    found = {one.reader: (one.missed, one.since) for one in await world.prepared()}
    assert found == {ADA: (1, date(2026, 3, 19)), BEN: (1, None), CAY: (1, None)}


async def test_where_nothing_is_new_nothing_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that finds all as it was reads neither alerts nor what was sent, however many there are."""
    await world.follow(ADA)
    await world.queue(ADA, A, B)
    for _ in range(2):
        await world.due()

    async def never(*_: object) -> object:
        raise AssertionError

    for reading in ((world.store.alerts, "waiting"), (world.store.sent, "known"), (world.store.sent, "of")):
        monkeypatch.setattr(*reading, never)
    assert await world.due() == PrepareReport()


async def test_a_paper_that_comes_free_is_queued_again(world: World) -> None:
    """Withdrawn by a worker (the reader had paused), it waits like a new one."""
    await world.follow(ADA)
    await world.queue(ADA, A)
    await world.due()
    [entry] = await world.store.outbox.read("T1", "a-test", 1, 0)
    await world.due()
    await world.store.outbox.withdraw(entry)
    assert [one.paper_ids for one in await world.prepared()] == [(A.id,)]


async def test_a_day_that_was_given_back_ends_anew(world: World) -> None:
    """Nothing of the digest was left when it was to be sent: the day ends without papers."""
    await world.follow(CHANNEL, hour=9, zone="UTC")
    await regular(world, CHANNEL)
    await world.queue(CHANNEL, A)
    await world.due()
    [entry] = await world.store.outbox.read("T1", "a-test", 1, 0)
    await world.store.alerts.remove(CHANNEL, [A.id])
    await world.store.outbox.withdraw(entry, free_slot=True)
    assert await world.due() == PrepareReport(ended=1)
    end = await world.end(CHANNEL)
    assert end is not None
    assert end.ending is Ending.QUIET
    assert await world.store.sent.last_slot(CHANNEL) == TODAY


async def test_the_delivery_says_when_it_is_known(world: World) -> None:
    """Whatever is queued stands in the ledger under its name."""
    await world.follow(CHANNEL, hour=9, zone="UTC")
    await world.queue(CHANNEL, A)
    [digest] = await world.prepared()
    assert await world.store.outbox.state(CHANNEL, digest.id) is DeliveryState.QUEUED


async def test_a_channels_digest_that_arrives_while_it_is_looked_at(world: World) -> None:
    """Its papers are sent, though they were only claimed when that was read."""

    class Rounds:
        async def told(self, _: UserId) -> tuple[set[str], dict[str, str]]:
            return set(), {A.id: "digest:C1:2026-03-18"}

    class Arrived:
        async def state(self, *_: object) -> DeliveryState:
            return DeliveryState.SENT

    class Known:
        async def of(self, *_: str) -> set[str]:
            return {ADA.user}

    store: Any = SimpleNamespace(rounds=Rounds(), outbox=Arrived(), members=Known())
    assert await Elsewhere(store, world.members, [CHANNEL], {}).seen(ADA, {A.id, B.id}) == ({A.id}, set())
