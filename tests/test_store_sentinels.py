"""A store behind three Sentinels: the primary dies, hangs, or is made a replica."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from store_values import TAG, interest, new, row

import bot.store.address
from bot.models import UserId
from bot.settings import StoreSettings
from bot.store import Store, open_store, shard_of
from tests.server_groups import Watched, sentinels

pytestmark = pytest.mark.alone

ADA = UserId("T1", "ada")


@pytest.fixture
def group(tmp_path: Path) -> Generator[Watched]:
    """A primary, its replica, and three who watch."""
    with sentinels(tmp_path, down_after=0.5) as servers:
        yield servers


@pytest.fixture
async def store(group: Watched) -> AsyncGenerator[Store]:
    """An empty store behind them."""
    opened = await open_store(StoreSettings(url=group.url))
    yield opened
    await opened.close()


async def test_a_primary_that_is_a_replica_for_a_moment_is_waited_for(store: Store, group: Watched) -> None:
    """Who is told that the server is only read asks the Sentinels again, and says nothing of a full store."""
    primary, other = group.primary, group.replica
    await store.papers.save([new(1)])
    await asyncio.to_thread(primary.ask, "REPLICAOF", "127.0.0.1", other.port)
    saving = asyncio.create_task(store.papers.save([new(2)]))
    hanging = asyncio.create_task(store.leases.hold("x", "token"))
    await asyncio.sleep(0.1)
    assert not saving.done()
    await asyncio.to_thread(primary.ask, "REPLICAOF", "NO", "ONE")
    await saving
    assert await hanging
    assert await store.papers.count() == 2
    await asyncio.to_thread(other.ask, "REPLICAOF", "127.0.0.1", primary.port)
    await asyncio.to_thread(group.settle)


async def test_the_primary_hangs_then_dies(monkeypatch: pytest.MonkeyPatch, group: Watched) -> None:
    """Nobody waits for a server that hangs: the next one is asked within seconds, and what was written is there."""
    monkeypatch.setattr(bot.store.address, "FAILOVER_ANSWER_SECONDS", 0.5)
    store = await open_store(StoreSettings(url=group.url))
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    old = group.primary
    await asyncio.to_thread(old.ask, "WAIT", 1, 1_000)
    old.signal(signal.SIGSTOP)
    began = time.monotonic()
    blocks = asyncio.create_task(asyncio.to_thread(lambda: list(store.profiles.interest_blocks(shard_of(ADA), TAG))))
    await store.papers.save([new(1)])
    assert [block.fields for block in await blocks] == [[b"ada\0i1"]]
    assert await store.profiles.readers() == [ADA]
    assert time.monotonic() - began < 14
    assert group.named() != old.port
    await asyncio.to_thread(old.kill)
    await store.close()
