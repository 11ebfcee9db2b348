"""A store moves from one kind of server to another and back, and people see no difference."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import redis
from store_values import ADA, fill_reader, fill_workspace, new

from bot.acts import Surface, View
from bot.errors import StoreInUse
from bot.models import Sent, UserId
from bot.services import Bot
from bot.settings import StoreSettings
from bot.store import Store, binary, open_store
from handlers import route
from tests.backing_up import NOT_KEPT, alone, backed_up, restored
from tests.handling import AMARA, NOW, RecordingReply, event, open_test_bot
from tests.nearness import came_now, older_papers

Start = Callable[..., int]


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Generator[Start]:
    """Starts a server on a TCP port of this machine, with options of its own; gives the port."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> int:
        port, folder = free_port(), tmp_path / f"server{len(started)}"
        folder.mkdir()
        command = [binary.find(None).path, *options, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder))
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
            else:
                return port

    yield start
    for one in started:
        one.kill()
        one.wait()


def cluster(server: Start) -> str:
    """A cluster of three nodes; gives its address."""
    ports = [
        server("--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--cluster-node-timeout", "500")
        for _ in range(3)
    ]
    nodes = [redis.Redis(port=port) for port in ports]
    for place, node in enumerate(nodes):
        first, last = place * 16384 // 3, (place + 1) * 16384 // 3 - 1
        node.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        bus = cast("dict[str, Any]", nodes[0].config_get("cluster-port"))["cluster-port"]
        if place:
            node.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[0], bus)
    deadline = time.monotonic() + 30
    while not all(b"cluster_state:ok" in cast("bytes", node.execute_command("CLUSTER", "INFO")) for node in nodes):
        assert time.monotonic() < deadline
    for node in nodes:
        node.close()
    return f"cluster://127.0.0.1:{ports[0]}"


def behind_sentinel(server: Start, tmp_path: Path) -> str:
    """A server that a Sentinel knows; gives its address."""
    port = server()
    configuration = tmp_path / "sentinel.conf"
    configuration.write_text(f"sentinel monitor papers 127.0.0.1 {port} 1\n")
    return f"sentinel://127.0.0.1:{server(str(configuration), '--sentinel')}/papers"


async def all_of(store: Store) -> set[bytes]:
    """The names of what a backup takes."""
    return {key for key in await store.dumping.keys() if not any(part in key for part in NOT_KEPT)}


@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
async def test_through_a_cluster_and_a_sentinel(
    store: Store, server: Start, tmp_path: Path, store_settings: StoreSettings, kind: str
) -> None:
    """Everything goes there and comes back; who works there is seen on every node."""
    await store.papers.save([new(number) for number in range(1, 20)])
    for reader in (ADA, *(UserId(f"T{n}", "U1") for n in range(6))):
        await fill_reader(store, reader, "D7")
        await fill_workspace(store, reader.workspace)
    before = await all_of(store)
    await backed_up(store, tmp_path / "one.gz")
    url = cluster(server) if kind == "cluster" else behind_sentinel(server, tmp_path)
    there = StoreSettings(url=url)
    await restored(tmp_path / "one.gz", there)
    opened = await open_store(there)
    assert await all_of(opened) == before
    assert (await opened.profiles.get(ADA)).interests == (await store.profiles.get(ADA)).interests
    with pytest.raises(StoreInUse, match="Somebody works on"):
        await restored(tmp_path / "one.gz", there, replace=True)
    await backed_up(opened, tmp_path / "two.gz")
    await opened.close()
    await restored(tmp_path / "one.gz", there, replace=True)
    await restored(tmp_path / "two.gz", store_settings)
    async with alone(store_settings) as back:
        assert await all_of(back) == before


WORDS = "coral reefs acoustics"
PAPERS = [*older_papers(WORDS), *came_now(4, WORDS, "Reef")]


async def home(bot: Bot) -> View:
    """App Home as Amara sees it."""
    reply = RecordingReply()
    await route(bot).handle(event("app_home_opened", value="home", surface=Surface.HOME, reader=AMARA), reply)
    [view] = reply.published
    return view


async def live(bot: Bot, store: Store) -> None:
    """Amara follows things, likes one paper, keeps another, and was sent some."""
    services = await bot.services()
    for words in (WORDS, "soil moisture from radar"):
        await services.curate.follow(AMARA, words)
    await services.ingest.files([])
    for one in PAPERS[-4:-2]:
        await store.sent.confirm(AMARA, [Sent(one.id, NOW, "DAMARA", "1.0001")])
    await bot.readers.change(AMARA, hour=7, zone="Europe/Berlin")
    await bot.readers.save(AMARA, PAPERS[-1].id)


async def seen(store: Store, papers: Sequence[Any] = ()) -> tuple[View, list[Any], list[Any], list[str]]:
    """App Home, interests, alerts and a search's answer over a store."""
    async with open_test_bot(store, papers) as bot:
        if papers:
            await live(bot, store)
        services = await bot.services()
        await services.search.refresh()
        found = await services.search.papers(WORDS)
        return (
            await home(bot),
            list((await bot.readers.get(AMARA)).interests),
            await bot.readers.alerts(AMARA),
            [hit.paper.id for hit in found.hits],
        )


async def test_app_home_is_the_same_after_a_move_and_after_the_way_back(
    store: Store, server: Start, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """From one server over TCP to another, into an embedded store, and back: Home, interests, alerts and search."""
    before = await seen(store, PAPERS)
    assert len(before[1]) == 2
    assert before[2]
    assert before[3]
    await backed_up(store, tmp_path / "one.jsonl")
    there = StoreSettings(url=f"redis://127.0.0.1:{server()}")
    file = tmp_path / "one.jsonl"
    for settings in (there, store_settings, there):
        await restored(file, settings, replace=settings is there)
        opened = await open_store(settings)
        assert await seen(opened) == before
        file = tmp_path / "next.jsonl"
        await backed_up(opened, file)
        await opened.close()
