"""Leases, and who is in a channel."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from store_values import SERVERS

from bot.errors import StoreUnreachable, UserError
from bot.store import Store
from bot.store.keys import FENCE, MEMBERS_SECONDS, Shard, lease

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)


async def test_one_holds_a_lease(store: Store) -> None:
    """Of ten who ask at the same time one has it, and keeps it with the same number while it renews."""
    found = await asyncio.gather(*(store.leases.hold("scheduler", f"t{number}") for number in range(10)))
    [holder] = [number for number, held in enumerate(found) if held]
    assert await store.leases.holder("scheduler") == f"t{holder}"
    assert await store.leases.hold("scheduler", f"t{holder}") == found[holder] == 1
    assert await store.leases.hold("scheduler", "other") is None
    assert await store.leases.hold("another", "other") == 2


async def test_a_lease_ends(store: Store) -> None:
    """By itself, unless it is renewed; whoever is next has a greater number."""
    assert await store.leases.hold("scheduler", "a", 0.05) == 1
    async with asyncio.timeout(5):
        while await store.leases.hold("scheduler", "b", 0.05) is None:  # noqa: ASYNC110 - the server's time passes
            await asyncio.sleep(0.005)
    assert await store.leases.hold("scheduler", "b") == 2
    assert await store.leases.hold("scheduler", "a") is None


async def test_a_lease_is_given_back(store: Store) -> None:
    """By its holder only; then the next one has it at once."""
    await store.leases.hold("scheduler", "a")
    await store.leases.release("scheduler", "b")
    assert await store.leases.holder("scheduler") == "a"
    await store.leases.release("scheduler", "a")
    await store.leases.release("scheduler", "a")
    assert await store.leases.holder("scheduler") is None
    assert await store.leases.hold("scheduler", "b") == 2


async def test_a_lease_lives_as_long_as_it_says(store: Store, raw_store: Any) -> None:
    """15 seconds, anew from each renewal."""
    await store.leases.hold("scheduler", "a", 3)
    assert 2_500 < raw_store.pttl(lease("scheduler")) <= 3_000
    await store.leases.hold("scheduler", "a")
    assert 14_000 < raw_store.pttl(lease("scheduler")) <= 15_000


async def test_what_is_no_lease_is_nobodys(store: Store, raw_store: Any) -> None:
    """Another type, another form, a number that is none."""
    raw_store.lpush(lease("scheduler"), "x")
    raw_store.lpush(FENCE, "x")
    assert await store.leases.holder("scheduler") is None
    assert await store.leases.hold("scheduler", "a") == 1
    raw_store.set(lease("scheduler"), "nonsense")
    raw_store.set(FENCE, "9" * 30)
    await store.leases.release("scheduler", "a")
    assert await store.leases.holder("scheduler") is None
    assert await store.leases.hold("scheduler", "a") == 1


async def test_a_lease_cannot_be_renewed_while_the_store_hangs(store: Store, raw_store: Any) -> None:
    """Its holder hears so before it has ended."""
    await store.leases.hold("scheduler", "a", 0.6)
    raw_store.execute_command("CLIENT", "PAUSE", 5_000, "WRITE")
    async with asyncio.timeout(0.6):
        with pytest.raises(StoreUnreachable):
            await store.leases.hold("scheduler", "a", 0.6)
    raw_store.execute_command("CLIENT", "UNPAUSE")


async def test_members_are_remembered_for_a_day(store: Store, raw_store: Any) -> None:
    """As Slack said last; a channel that was never asked for is not known, nor is one that has changed."""
    assert await store.members.of("T1", "C1") is None
    await store.members.put("T1", "C1", [f"U{number}" for number in range(2_500)])
    assert await store.members.of("T1", "C1") == {f"U{number}" for number in range(2_500)}
    await store.members.put("T1", "C1", ["U1", "U2"])
    assert await store.members.of("T1", "C1") == {"U1", "U2"}
    assert raw_store.ttl(Shard("T1", 0).members("C1")) == MEMBERS_SECONDS
    assert await store.members.of("T2", "C1") is None
    await store.members.forget("T1", "C1")
    assert await store.members.of("T1", "C1") is None


async def test_a_channel_without_members_is_asked_for_again(store: Store) -> None:
    """Nobody in it is the same as not known."""
    await store.members.put("T1", "C1", ["U1"])
    await store.members.put("T1", "C1", [])
    assert await store.members.of("T1", "C1") is None


async def test_what_are_no_members_is_not_known(store: Store, raw_store: Any) -> None:
    """Another type, names that are none."""
    raw_store.set(Shard("T1", 0).members("C1"), "x")
    assert await store.members.of("T1", "C1") is None
    await store.members.put("T1", "C1", ["U1"])
    raw_store.sadd(Shard("T1", 0).members("C1"), b"\xff")
    assert await store.members.of("T1", "C1") == {"U1"}
    with pytest.raises(UserError):
        await store.members.of("T1", "")
