"""Days without papers and the look back that goes out with the last of them: one message, not two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.errors import StoreUnreachable
from bot.models import Cadence, DeliveryKind, SourceState
from bot.prepare import PrepareReport
from bot.store import Store
from tests.preparing import ADA, FLOWS, NOW, A, World, kinds

DAILY = {"cadence": Cadence.DAILY, "hour": 9, "zone": "UTC"}


async def days_pass(world: World, days: int) -> None:
    """On each of them somebody looks."""
    for _ in range(days):
        await world.prepared()
        world.pass_by(days=1)


@pytest.mark.parametrize(
    ("silence", "monday", "words"),
    [
        ("weekly", True, "No paper was above your bar on 4 of your 5 days."),
        ("weekly", False, "No paper was above your bar on any of your 5 days."),
        ("when_it_matters", False, "No paper was above your bar on any of your 5 days."),
        ("daily", True, "No paper was above your bar on any of your 5 days."),
    ],
)
async def test_a_look_back_says_it_all(store: Store, tmp_path: Path, silence: str, words: str, *, monday: bool) -> None:
    """Where one goes out that day, the word on silence is a note in it: never two messages that say the same."""
    world = World(store, tmp_path, silence=silence, roll_up=True)
    world.near.trending = []
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, date(2026, 3, 20))
    world.set(NOW.replace(day=23))
    if monday and silence != "daily":
        await world.queue(ADA, A)
        [digest] = await world.prepared()
        await world.sent(digest)
    await days_pass(world, 4)
    assert world.now.date() == date(2026, 3, 27)
    [looked] = await world.prepared()
    assert (looked.kind, looked.silence) == (DeliveryKind.ROLL_UP, (words,))
    end = await world.end()
    assert end is not None
    assert (end.day, end.told) == (world.now.date(), True)
    assert await world.due(world.another()) == PrepareReport()


async def test_a_look_back_beside_a_digest(store: Store, tmp_path: Path) -> None:
    """Friday brought a paper: under ``weekly`` the look back still says how many days did not, else nothing."""
    for silence, words in (("weekly", ("No paper was above your bar on 4 of your 5 days.",)), ("when_it_matters", ())):
        world = World(store, tmp_path, silence=silence, roll_up=True)
        await store.forget(ADA)
        await world.follow(ADA, **DAILY)
        await world.store.sent.take_slot(ADA, date(2026, 3, 20))
        world.set(NOW.replace(day=23))
        await days_pass(world, 4)
        await world.queue(ADA, A)
        by_kind = {one.kind: one for one in await world.prepared()}
        assert by_kind.keys() == {DeliveryKind.DIGEST, DeliveryKind.ROLL_UP}
        assert by_kind[DeliveryKind.ROLL_UP].silence == words


async def test_a_stop_between_the_day_and_its_look_back(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day has ended, to be told in the look back, and the process was killed: the next one tells it there."""
    world = World(store, tmp_path, silence="daily", roll_up=True)
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, date(2026, 3, 19))
    world.set(NOW.replace(day=20))

    async def killed(*_: object) -> None:
        raise StoreUnreachable("Killed.")

    with monkeypatch.context() as patched:
        patched.setattr("bot.prepare.serving.Serving.week", killed)
        with pytest.raises(StoreUnreachable):
            await world.due()
    assert await world.queued() == []
    [looked] = await world.prepared()
    assert (looked.kind, looked.silence) == (DeliveryKind.ROLL_UP, ("No paper was above your bar today.",))


async def test_a_source_at_fault_is_told_in_the_look_back(store: Store, tmp_path: Path) -> None:
    """On that day there is one message, with what is wrong in it."""
    world = World(store, tmp_path, roll_up=True)
    await world.follow(ADA, **DAILY)
    await world.store.sent.take_slot(ADA, date(2026, 3, 19))
    world.set(NOW.replace(day=20))
    await world.store.sources.tell(SourceState("inbox", looked=world.now, brought=NOW - timedelta(days=6)))
    found = {one.reader: one for one in await world.prepared()}
    assert found[ADA].kind is DeliveryKind.ROLL_UP
    assert found[ADA].silence == (
        "No new papers have come in since 12 March; the host knows.",
        "No paper was above your bar today.",
    )


async def test_who_gets_no_look_back_yet_is_told_otherwise(store: Store, tmp_path: Path) -> None:
    """Who came this week: an empty Friday is a message of its own."""
    world = World(store, tmp_path, silence="daily", roll_up=True)
    world.set(NOW.replace(day=19, hour=8))
    await world.follow(ADA, replace(FLOWS, created=world.now), **DAILY)
    world.set(NOW.replace(day=20))
    assert kinds(await world.prepared()) == [("U1", DeliveryKind.QUIET)]
