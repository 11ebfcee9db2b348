"""Many readers, and two who prepare for them: each day ends once, and nobody waits for a look that takes long."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from bot.models import Cadence, Subscription, UserId
from bot.prepare import PrepareReport
from bot.store import Store
from bot.store.records import SUBSCRIPTION
from tests.preparing import NOW, World
from tests.scheduler_races import Raced, race
from tests.store_values import SERVERS

_MANY = 10_000


@pytest.mark.parametrize("store_server", SERVERS, indirect=True)
async def test_two_schedulers_that_both_think_they_lead(store: Store, tmp_path: Path) -> None:
    """A hundred races: one delivery for each reader and day, a digest or why there is none, and no paper twice."""
    assert await race(store, tmp_path, readers=20, days=5) == Raced(100, lost=0, doubled=0, repeated=0)


async def test_a_look_over_many_readers_holds_nobody_up(store: Store, raw_store: Any, tmp_path: Path) -> None:
    """Ten thousand of whom nobody has anything to hear: the loop goes on, and the store is asked some hundred times."""
    world = World(store, tmp_path)
    for start in range(0, _MANY, 1_000):
        users = [f"U{number}" for number in range(start, start + 1_000)]
        rows = {
            one: SUBSCRIPTION.dump(Subscription(UserId("T1", one), cadence=Cadence.AT_ONCE, hour=23)) for one in users
        }
        raw_store.sadd("pb:{T1:0}:readers", *users)
        raw_store.hset("pb:{T1:0}:subscriptions", mapping=rows)
    longest, done = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        while not done.is_set():
            begun = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - begun)

    watching = asyncio.create_task(watch())
    raw_store.config_resetstat()
    assert await world.due() == PrepareReport()
    told = raw_store.info("commandstats")
    asked = sum(told.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("sscan", "hmget", "eval", "evalsha"))
    done.set()
    await watching
    assert asked < 500
    assert longest < 0.05


async def test_days_without_papers_leave_time_for_others(world_of_many: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes longer than a look may goes on with the next one: each day still ends, once."""
    world = world_of_many
    monkeypatch.setattr("bot.prepare.ordering._PATIENCE", 0.0)
    ended = 0
    for _ in range(20):
        ended += (await world.due()).ended
    assert ended == 12
    assert await world.due() == PrepareReport()


@pytest.fixture
async def world_of_many(store: Store, tmp_path: Path) -> World:
    """A dozen readers whose day is due."""
    world = World(store, tmp_path)
    for number in range(12):
        reader = UserId("T1", f"U{number}")
        await world.follow(reader, cadence=Cadence.DAILY, hour=9, zone="UTC")
        await store.sent.take_slot(reader, NOW.replace(day=17).date())
    return world
