"""A store that takes no more (out of memory, out of disk, a copy that is only read), or is away for a while."""

from __future__ import annotations

import asyncio
import resource
import signal
import subprocess
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest
import redis
from store_values import SERVERS, new, save_one

from bot.errors import StoreFull
from bot.metrics import REGISTRY
from bot.settings import StoreSettings
from bot.store import Store, binary, open_store
from bot.store.connection import Connection, Script
from bot.store.failures import full


def start(server: str | None, folder: Path, limit: str) -> subprocess.Popen[bytes]:
    """A server that logs its writes in ``folder``; ``limit``: KiB that none of its files may outgrow."""
    program = binary.find(server).path
    options = f"--port 0 --unixsocket {folder}/s --dir {folder} --appendonly yes --appendfsync everysec --save ''"
    # Without the signal a write beyond the limit fails, as it does on a full disk.
    command = f"trap '' XFSZ; ulimit -S -f {limit}; exec {program} {options}"
    child = subprocess.Popen(["bash", "-c", command], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    with redis.Redis(unix_socket_path=f"{folder}/s") as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                assert time.monotonic() < deadline
            else:
                return child


@pytest.fixture(params=SERVERS)
def program(request: pytest.FixtureRequest) -> str | None:
    """Which server."""
    return request.param


@pytest.fixture
def server(program: str | None, tmp_path: Path) -> Generator[subprocess.Popen[bytes]]:
    """A server on a small disk."""
    child = start(program, tmp_path, "64")
    yield child
    child.kill()
    child.wait()


@pytest.fixture
async def limited(server: subprocess.Popen[bytes], tmp_path: Path) -> AsyncGenerator[Store]:  # noqa: ARG001 - it runs
    """An open store on it."""
    opened = await open_store(StoreSettings(url=f"unix://{tmp_path}/s"))
    yield opened
    await opened.close()


@pytest.fixture
def raw(server: subprocess.Popen[bytes], tmp_path: Path) -> Generator[Any]:  # noqa: ARG001 - it runs
    """A plain client of it."""
    with redis.Redis(unix_socket_path=f"{tmp_path}/s") as client:
        yield client


def counted(kind: str = "full") -> float:
    """How many commands found the store so."""
    return REGISTRY.get_sample_value("paperbot_redis_errors_total", {"kind": kind}) or 0.0


async def refused(store: Store, words: str) -> None:
    """Every way to write fails with these words; reading goes on."""
    line: Connection = store._connection  # pyright: ignore[reportPrivateUsage]
    before = counted()
    with pytest.raises(StoreFull, match=words):
        await line.write("SET", "pb:x", "1")
    with pytest.raises(StoreFull, match=words):
        await line.write_all([("SET", "pb:x", "a secret title"), ("SADD", "pb:y", "1")], at_once=True)
    with pytest.raises(StoreFull, match=words) as caught:
        await line.write(*Script("take_lease")(["pb:x", "pb:y"], "t", 1_000))
    assert "title" not in caught.value.cause
    assert counted() == before + 3
    assert await store.papers.count() == 1


@pytest.mark.parametrize(
    ("setting", "words"), [("maxmemory", "out of memory"), ("min-replicas-to-write", "replicas are away")]
)
async def test_what_the_server_refuses_is_told_and_passes(limited: Store, raw: Any, setting: str, words: str) -> None:
    """Nothing is dropped, reads go on, and writes do as soon as there is room."""
    await save_one(limited, new(1))
    raw.config_set(setting, 1)
    await refused(limited, words)
    raw.config_set(setting, 0)
    assert await save_one(limited, new(2))


async def test_a_copy_that_is_only_read_is_told(limited: Store, raw: Any, tmp_path: Path) -> None:
    """And when it is the primary again, or the address leads to another server, it is written to."""
    await save_one(limited, new(1))
    raw.replicaof("127.0.0.1", 9)
    raw.config_set("replica-serve-stale-data", "yes")
    await refused(limited, "only read")
    raw.execute_command("REPLICAOF", "NO", "ONE")
    assert await save_one(limited, new(2))
    assert (tmp_path / "s").exists()


async def test_a_new_connection_is_made_once_the_server_became_a_copy(limited: Store, raw: Any) -> None:
    """The address may lead to the new primary: the old one would be asked for ever else."""
    await limited.papers.count()
    raw.replicaof("127.0.0.1", 9)
    before = {client["id"] for client in raw.client_list() if client["name"] == "paperbot"}
    with pytest.raises(StoreFull):
        await save_one(limited, new(1))
    raw.execute_command("REPLICAOF", "NO", "ONE")
    await limited.papers.count()
    assert before.isdisjoint(client["id"] for client in raw.client_list() if client["name"] == "paperbot")


def fill(raw: Any) -> None:
    """Write until the disk is full."""
    for number in range(1_000):
        raw.set(f"pb:{number % 7}", "x" * 1_000)


async def test_a_full_disk_is_told_and_passes(
    server: subprocess.Popen[bytes], limited: Store, raw: Any, tmp_path: Path, program: str | None
) -> None:
    """Writes fail until there is room, for five seconds at most after it; what was stored is in the log."""
    await save_one(limited, new(1))
    with pytest.raises(redis.ResponseError, match="MISCONF"):
        fill(raw)
    await refused(limited, "cannot write to its disk")
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    deadline = time.monotonic() + 5
    while True:
        try:
            assert await save_one(limited, new(2))
            break
        except StoreFull:
            assert time.monotonic() < deadline
    server.terminate()
    server.wait()
    again = start(program, tmp_path, "unlimited")
    assert await limited.papers.count() == 2
    again.kill()
    again.wait()


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("MISCONF Errors writing to the AOF file: No space left on device", "MISCONF"),
        ("NOREPLICAS Not enough good replicas to write.", "NOREPLICAS"),
        ("ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed when used memory", "OOM"),
        ("ERR Error running script (call to f_1): @user_script: 1: -READONLY You can't write against it", "READONLY"),
        ("ERR value is not an integer or out of range", None),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", None),
        ("ERR unknown command 'BLOOM'", None),
    ],
)
def test_what_full_means(words: str, word: str | None) -> None:
    """Four words of the server's, also where a script repeats them."""
    assert full(redis.ResponseError(words)) == word


def test_a_lost_line_is_no_full_store() -> None:
    """Whatever its words are."""
    assert full(redis.ConnectionError("OOM command not allowed")) is None


async def test_who_waits_for_the_store_goes_on_when_it_is_back(
    server: subprocess.Popen[bytes], limited: Store, tmp_path: Path, program: str | None
) -> None:
    """Within a second, however often it was asked in vain."""
    await save_one(limited, new(1))
    server.kill()
    server.wait()
    before = counted("unreachable")
    waiting = asyncio.create_task(save_one(limited, new(2)))
    async with asyncio.timeout(10):
        while counted("unreachable") < before + 8:  # noqa: ASYNC110 - only the metrics tell
            await asyncio.sleep(0.01)
    again = start(program, tmp_path, "unlimited")
    async with asyncio.timeout(1):
        assert await waiting
    assert await limited.papers.count() == 2
    again.kill()
    again.wait()


async def test_a_store_that_stood_still_goes_on(server: subprocess.Popen[bytes], limited: Store) -> None:
    """What was asked meanwhile is answered at once."""
    server.send_signal(signal.SIGSTOP)
    waiting = [asyncio.create_task(save_one(limited, new(number))) for number in range(1, 4)]
    await asyncio.wait(waiting, timeout=0.1)
    server.send_signal(signal.SIGCONT)
    async with asyncio.timeout(1):
        assert all(await asyncio.gather(*waiting))
