"""A store on a cluster: three nodes with a replica each, slots that move while they are used, and a node that dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from store_values import TAG, interest, new, row

from bot.models import UserId
from bot.settings import StoreSettings
from bot.store import Store, open_store, shard_of
from bot.store.connection import Connection
from tests.server_groups import Cluster, cluster, slot_of
from tests.test_store_connection import use

pytestmark = pytest.mark.alone

PAPERS = slot_of("pb:{papers:0}:")


@pytest.fixture
def group(tmp_path: Path) -> Generator[Cluster]:
    """Three primaries and a replica of each."""
    with cluster(tmp_path, replicas=1) as servers:
        yield servers


@pytest.fixture
async def store(group: Cluster) -> AsyncGenerator[Store]:
    """An empty store on it."""
    opened = await open_store(StoreSettings(url=group.url))
    yield opened
    await opened.close()


def line_of(store: Store) -> Connection:
    return store._connection  # pyright: ignore[reportPrivateUsage]


def workspaces(group: Cluster) -> list[str]:
    """One whose readers are on each node."""
    names = (f"T{number:03d}" for number in range(200))
    owners = {group.owner(slot_of(f"pb:{{{name}:0}}:")).port: name for name in names}
    assert len(owners) == 3
    return list(owners.values())


async def test_everything_is_found_again_on_every_node(store: Store, group: Cluster) -> None:
    """Readers of three workspaces are on three nodes: what is asked for together comes together, and all of it."""
    readers = [UserId(name, "ada") for name in workspaces(group)]
    await asyncio.gather(*(store.profiles.put_interest(reader, interest(), row(), TAG) for reader in readers))
    assert await store.workspaces() == sorted(reader.workspace for reader in readers)
    for reader in readers:
        [block] = await asyncio.to_thread(lambda: list(store.profiles.interest_blocks(shard_of(reader), TAG)))  # noqa: B023 - it ends here
        assert block.fields == [b"ada\0i1"]
    found = await line_of(store).keys("pb:{T")
    assert {key.partition(b"}")[0] for key in found} == {f"pb:{{{one.workspace}:0".encode() for one in readers}
    assert all([await store.purge(reader.workspace) for reader in readers])
    assert await line_of(store).keys("pb:{T") == []
    await use(store)


async def written(store: Store, number: int) -> None:
    """A script, a transaction, and commands of two slots that go together; each is read again."""
    line, name = line_of(store), f"{number:05d}"
    await store.papers.save([new(number)])
    pair = ("pb:{papers:0}:x1", "pb:{papers:0}:x2")
    assert await line.write_all([("SET", key, name) for key in pair], at_once=True) == [True, True]
    await line.write_all([("SET", "pb:{papers:0}:y", name), ("SET", "pb:{T000:0}:y", name)])
    keys = (*pair, "pb:{papers:0}:y", "pb:{T000:0}:y")
    assert await line.read_all([("GET", key) for key in keys]) == [name.encode()] * 4
    assert await store.leases.hold("watch", "token") is not None


@asynccontextmanager
async def at_work(store: Store) -> AsyncGenerator[list[int]]:
    """Writes all the time while the block runs; gives the numbers that were written. Raises what went wrong."""
    done: list[int] = []

    async def go_on() -> None:
        while True:
            await written(store, len(done) + 1)
            done.append(len(done) + 1)

    task = asyncio.create_task(go_on())
    yield done
    async with asyncio.timeout(20):
        enough = len(done) + 3
        while len(done) < enough and not task.done():  # noqa: ASYNC110 - what is looked at tells nobody
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_slots_move_while_they_are_used(store: Store, group: Cluster) -> None:
    """While keys are here and there (ASK, TRYAGAIN), and afterwards (MOVED), everything is done, and done once."""
    async with at_work(store) as done:
        for _ in range(3):
            owner = await asyncio.to_thread(group.owner, PAPERS)
            primaries = [one for one in group.servers if one.information("replication")["role"] == "master"]
            target = primaries[(primaries.index(owner) + 1) % 3]
            before = len(done)
            assert await asyncio.to_thread(lambda: group.move(PAPERS, target, seconds=0.15)) > 3  # noqa: B023 - as above
            async with asyncio.timeout(10):
                while len(done) <= before:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.01)
    assert await store.papers.count() >= len(done)
    assert len(await line_of(store).keys("pb:{papers:0}:paper:")) == await store.papers.count()


async def test_a_node_dies_and_its_replica_takes_over(store: Store, group: Cluster) -> None:
    """What is asked for meanwhile waits, what streams vectors too; nothing that was written is lost."""
    reader = UserId("T000", "ada")
    await store.profiles.put_interest(reader, interest(), row(), TAG)
    lost = slot_of("pb:{T000:0}:")
    async with at_work(store) as done:
        owner = await asyncio.to_thread(group.owner, lost)
        await asyncio.to_thread(owner.kill)
        blocks = await asyncio.to_thread(lambda: list(store.profiles.interest_blocks(shard_of(reader), TAG)))
        await asyncio.to_thread(group.take_over, lost)
    assert [block.fields for block in blocks] == [[b"ada\0i1"]]
    assert await store.papers.count() >= len(done) > 3
    assert await store.profiles.readers() == [reader]
    await asyncio.to_thread(owner.start)
