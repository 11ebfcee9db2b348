"""Several processes on one store, each with a role of its own, and a store that takes nothing more."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import redis

import handlers
from bot import schedule
from bot.schedule import clockwork
from bot.settings import HttpSettings, ModelSettings, ScheduleSettings, Settings, StoreSettings
from bot.store.server import SOCKET
from tests.installation import Installation
from tests.pages import invented, text_page
from tests.pressing import said
from tests.slack_server import ADA, BOT_TOKEN, SIGNING_SECRET, TEAM, SlackServer, body_of, signed

pytestmark = pytest.mark.alone

DIRECT = f"D{ADA[1:]}"
HOST = "U0HOST0001"
FULL, AWAY = "My memory is full", "I cannot reach my memory right now"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def posted(port: int, payload: dict[str, Any]) -> tuple[int, str]:
    """Status and body of a request of Slack's; 0 while nobody listens."""
    body, kind = body_of(payload)
    url = f"http://127.0.0.1:{port}/slack/events"
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=signed(body, kind=kind)) as got,
        ):
            return got.status, await got.text()
    except aiohttp.ClientConnectionError:
        return 0, ""


def slash(slack: SlackServer, text: str, number: int) -> dict[str, Any]:
    """``/papers`` and this text, by Ada."""
    return {
        "command": "/papers",
        "text": text,
        "team_id": TEAM,
        "user_id": ADA,
        "channel_id": DIRECT,
        "trigger_id": f"t{number}",
        "response_url": slack.response_url(f"slash{number}"),
    }


async def until(is_so: Callable[[], Any], seconds: float = 30) -> None:
    """Look until it is so."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what is looked at tells nobody
            await asyncio.sleep(0.02)


class Processes:
    """An installation of several processes."""

    def __init__(self, host: Installation) -> None:
        self.host = host
        self.programs: list[subprocess.Popen[bytes]] = []

    def start(self, role: str) -> tuple[subprocess.Popen[bytes], Path]:
        """One more process; gives it and its log."""
        log = self.host.root / f"{role}-{len(self.programs)}.log"
        with log.open("wb") as output:
            self.programs.append(subprocess.Popen(self.host.command("run", "--role", role), stderr=output))
        return self.programs[-1], log


@pytest.fixture
def port() -> int:
    """Where Slack's requests are taken."""
    return free_port()


@pytest.fixture
async def slack() -> AsyncGenerator[SlackServer]:
    """A workspace."""
    async with SlackServer() as server:
        yield server


@pytest.fixture
def processes(  # noqa: PLR0917 - fixtures
    raw_store: Any,  # noqa: ARG001 - it empties the server
    store_servers: Callable[[str | None], Path],
    slack: SlackServer,
    port: int,
    tmp_path: Path,
    model_folder: Path,
) -> Generator[Processes]:
    """An installation on a server of its own."""
    host = Installation(tmp_path, model_folder)
    host.config.write_text(
        f'[store]\nurl = "unix://{store_servers(None)}"\ndata_dir = "data"\n[model]\ncache_dir = "{model_folder}"\n'
        f'[http]\nhost = "127.0.0.1"\nport = {port}\nops_port = 0\n[schedule]\ningest_every = 1\n'
        f'[slack]\nmode = "http"\napi_url = "{slack.url}/api/"\nbot_token = "{BOT_TOKEN}"\n'
        f'signing_secret = "{SIGNING_SECRET}"\n[log]\nformat = "json"\n'
    )
    running = Processes(host)
    yield running
    for program in running.programs:
        program.kill()
        program.wait()


async def test_three_roles(processes: Processes, slack: SlackServer, port: int) -> None:
    """One answers, one takes in and queues, one sends; a second scheduler takes over from the first, a worker from none."""
    for role in ("web", "scheduler", "worker"):
        processes.start(role)
    first = processes.programs[1]
    async with asyncio.timeout(30):
        number = 0
        while (await posted(port, slash(slack, "follow speech recognition", number))) != (200, ""):
            number += 1
    await until(lambda: any("You now follow" in body["text"] for _, body in slack.responses))
    _, second = processes.start("scheduler")
    await until(lambda: "running role=scheduler" in second.read_text())
    assert "this process leads" not in second.read_text()
    first.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(first.wait, 20) == 0
    processes.host.drop("page.txt", text_page(invented("speech recognition", number) for number in range(12)))
    await until(lambda: slack.messages)
    assert "this process leads" in second.read_text()
    assert "Because you follow “speech recognition”" in said(slack.messages[0].arguments["blocks"])
    told = processes.host.do("status", "--json").rows()[0]
    assert told["leader"]
    [workspace] = told["workspaces"]
    assert (workspace["workspace"], workspace["readers"], workspace["queue"]["queued"]) == (TEAM, 1, 0)
    for program in processes.programs:
        program.send_signal(signal.SIGTERM)
    assert {await asyncio.to_thread(program.wait, 20) for program in processes.programs} == {0}
    assert len(slack.messages) == 1


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[None]:
    """The bot while the block runs."""
    task = asyncio.create_task(schedule.run(settings, "all", handlers.route))
    try:
        yield
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(task, 20) == 0


@pytest.mark.parametrize(
    ("full", "over"),
    [
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    ],
    ids=["out of memory", "read only"],
)
async def test_a_store_that_takes_nothing_more(  # noqa: PLR0917 - fixtures and what is tried
    slack: SlackServer,
    port: int,
    tmp_path: Path,
    model_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    full: tuple[str, ...],
    over: tuple[str, ...],
) -> None:
    """What arrives stays in the inbox, people get a plain sentence, the host hears once; then everything goes on."""
    monkeypatch.setattr(clockwork, "FULL_SECONDS", 0.5)
    settings = slack.settings().model_copy(
        update={
            "store": StoreSettings(data_dir=tmp_path / "data"),
            "model": ModelSettings(cache_dir=model_folder),
            "schedule": ScheduleSettings(ingest_every=1),
            "http": HttpSettings(host="127.0.0.1", port=port, ops_port=0),
        }
    )
    hosted = settings.model_copy(update={"slack": settings.slack.model_copy(update={"operator": HOST})})
    host = Installation(tmp_path, model_folder)
    async with running(hosted):
        await until(lambda: slack.messages)  # the host is greeted
        async with asyncio.timeout(10):
            while (await posted(port, slash(slack, "follow speech recognition", 1))) != (200, ""):
                pass
        await until(lambda: any("You now follow" in body["text"] for _, body in slack.responses))
        with redis.Redis(unix_socket_path=str(tmp_path / "data" / "store" / SOCKET)) as raw:
            raw.execute_command(*full)
            host.drop("page.txt", text_page(invented("speech recognition", number) for number in range(12)))
            await until(lambda: [one for one in slack.messages if "takes nothing more" in one.text])
            status, text = await posted(port, slash(slack, "follow robot grasping", 2))
            assert (status, FULL in json.loads(text)["text"]) == (200, True)
            assert (tmp_path / "data" / "inbox" / "page.txt").exists()
            raw.execute_command(*over)
            raw.execute_command("CLIENT", "PAUSE", 1_500, "ALL")
            began = time.monotonic()
            assert (await posted(port, slash(slack, "interests", 3)))[0] == 200
            await until(lambda: any(AWAY in body["text"] for _, body in slack.responses))
            assert time.monotonic() - began < 1.2
        await until(lambda: [one for one in slack.messages if "speech recognition" in said(one.arguments["blocks"])])
        assert not (tmp_path / "data" / "inbox" / "page.txt").exists()
        assert sum("takes nothing more" in one.text for one in slack.messages) == 1
