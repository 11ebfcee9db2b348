"""The pace that all processes keep towards a workspace: turns and pauses by the server's clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from itertools import chain, pairwise
from typing import Any

import pytest
from store_values import SERVERS, kept_keys

from bot.errors import NotifierUnavailable, StoreError
from bot.settings import DeliverySettings
from bot.store import Store
from bot.store.keys import Shard
from bot.store.pacing import Turns

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)

POSTING = "chat.postMessage"
SHARD = Shard("T1", 0)


def turns(store: Store, channel_rate: float = 0, workspace_rate: float = 0, workspace: str = "T1") -> Turns:
    """The pace of one process."""
    rates = DeliverySettings(channel_rate=channel_rate, workspace_rate=workspace_rate)
    return store.turns(rates, lambda: workspace)


async def taken(pace: Turns, channel: str, count: int) -> list[float]:
    """When so many turns came, in seconds from now, asked for one after the other."""
    began, found = time.monotonic(), list[float]()
    for _ in range(count):
        await pace.turn(channel)
        found.append(time.monotonic() - began)
    return found


async def together(*lines: Coroutine[Any, Any, list[float]]) -> list[float]:
    """When all of these came, earliest first."""
    return sorted(chain.from_iterable(await asyncio.gather(*lines)))


async def test_a_conversation_gets_its_messages_one_by_one(store: Store) -> None:
    """At the rate that is set, whoever posts: five processes together are as fast as one."""
    found = await together(*(taken(turns(store, 20), "C1", 2) for _ in range(5)))
    assert min(later - earlier for earlier, later in pairwise(found)) > 0.02
    assert 0.44 <= found[-1] < 1.5


async def test_the_workspace_gets_all_that_it_takes(store: Store) -> None:
    """Turns are handed out ahead, so that nothing of the rate is lost while many wait."""
    found = await together(*(taken(turns(store, 0, 100), f"D{number}", 5) for number in range(16)))
    assert 0.78 <= found[-1] <= 0.79 / 0.8


async def test_a_busy_channel_holds_up_no_other(store: Store) -> None:
    """Ten wait in one; the next conversation posts at once."""
    pace = turns(store, 1, 100)
    await pace.turn("C1")
    busy = [asyncio.create_task(pace.turn("C1")) for _ in range(10)]
    await asyncio.sleep(0.05)
    assert (await taken(turns(store, 1, 100), "C2", 1))[0] < 0.2
    for task in busy:
        task.cancel()
    assert len(await asyncio.gather(*busy, return_exceptions=True)) == 10


async def test_who_is_cancelled_while_waiting_costs_one_turn_at_most(store: Store) -> None:
    """A turn that nobody uses passes by."""
    pace = turns(store, 0, 20)
    await pace.turn("C1")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await pace.turn("C1")
    assert (await taken(pace, "C1", 1))[0] < 0.2


async def test_a_turn_too_far_away_is_refused(store: Store) -> None:
    """With the seconds until then; nothing is taken, so later ones are no farther away."""
    pace = turns(store, 0.05)
    await pace.turn("C1")
    for _ in range(3):
        with pytest.raises(NotifierUnavailable) as caught:
            await pace.turn("C1")
        assert caught.value.retry_after == pytest.approx(20, abs=0.5)


async def test_a_pause_is_kept_by_all_and_by_others_not(store: Store) -> None:
    """It is one method's in one workspace; a shorter one does not end a longer one; no longer than 15 minutes."""
    await turns(store).pause("views.open", 60)
    await turns(store).pause("views.open", 1)
    await turns(store).pause("views.open", 0)
    other = turns(store)
    assert await other.paused("views.open") == pytest.approx(60, abs=1)
    assert await other.paused("views.push") == 0.0
    assert await turns(store, workspace="T2").paused("views.open") == 0.0
    await other.pause("views.open", 1_000_000)
    assert await other.paused("views.open") == pytest.approx(900, abs=1)


async def test_nobody_has_a_turn_during_a_pause_of_posting(store: Store) -> None:
    """It is waited for if it is short, and the turns come one by one after it."""
    pace = turns(store, 0, 50)
    await pace.pause(POSTING, 0.2)
    found = await together(*(taken(pace, f"D{number}", 1) for number in range(4)))
    assert found[0] >= 0.19
    assert found[-1] - found[0] >= 0.05
    await pace.pause(POSTING, 100)
    with pytest.raises(NotifierUnavailable) as caught:
        await pace.turn("C1")
    assert caught.value.retry_after == pytest.approx(100, abs=1)


async def test_a_pause_that_begins_while_somebody_waits_is_kept(store: Store) -> None:
    """The turn that was taken before it is not used."""
    pace = turns(store, 20)
    await pace.turn("C1")
    waiting = asyncio.create_task(taken(pace, "C1", 1))
    await asyncio.sleep(0.01)
    await turns(store).pause(POSTING, 0.3)
    assert (await waiting)[0] >= 0.28


async def test_while_nobody_knows_the_workspace_nothing_waits(store: Store, raw_store: Any) -> None:
    """And nothing is kept for it."""
    pace = turns(store, 1, 1, workspace="")
    await taken(pace, "C1", 3)
    await pace.pause(POSTING, 60)
    assert await pace.paused(POSTING) == 0.0
    assert kept_keys(raw_store) == []


async def test_what_no_turn_can_be_is_ignored(store: Store, raw_store: Any) -> None:
    """A clock that was set back, another type, nonsense: nothing stands in the way for long."""
    pace = turns(store, 10, 10)
    for value in (b"99999999999999", b"nan", b"inf", b"-1", b"soon", b"1e999"):
        raw_store.set(SHARD.turn("C1"), value)
        raw_store.set(SHARD.turn(""), value)
        assert (await taken(pace, "C1", 1))[0] < 0.1
        raw_store.delete(SHARD.turn("C1"), SHARD.turn(""))
    raw_store.lpush(SHARD.turn("C1"), "x")
    raw_store.lpush(SHARD.turn(""), "x")
    raw_store.lpush(SHARD.pause(POSTING), "x")
    assert (await taken(pace, "C1", 1))[0] < 0.1
    await pace.pause(POSTING, 5)
    assert await pace.paused(POSTING) == pytest.approx(5, abs=0.5)


async def test_what_is_over_leaves(store: Store, raw_store: Any) -> None:
    """A workspace has thousands of conversations; each key lives about as long as it says anything."""
    pace = turns(store, 1, 3)
    await pace.turn("C1")
    await pace.pause(POSTING, 2)
    lives = {key.decode(): raw_store.pttl(key) for key in kept_keys(raw_store)}
    assert set(lives) == {SHARD.turn("C1"), SHARD.turn(""), SHARD.pause(POSTING)}
    assert all(0 < left <= 2_500 for left in lives.values())


async def test_a_store_that_hangs_is_told_within_a_second(store: Store, raw_store: Any) -> None:
    """Somebody may be looking at a button."""
    raw_store.execute_command("CLIENT", "PAUSE", 5_000, "WRITE")
    began = time.monotonic()
    with pytest.raises(StoreError):
        await turns(store, 1, 1).turn("C1")
    assert time.monotonic() - began < 1
    raw_store.execute_command("CLIENT", "UNPAUSE")
