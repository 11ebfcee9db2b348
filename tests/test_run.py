"""The real `paperbot run`: what is dropped is taken in, whatever happens around it, and it stops cleanly."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from bot import schedule
from bot.acts import Router
from bot.clock import Clock
from bot.deliver import Deliver
from bot.dumps import Folder
from bot.errors import FolderError, ModelMissing, SettingsError
from bot.models import IngestReport
from bot.services import Bot, Services
from bot.settings import Settings
from tests.installation import Installation
from tests.pages import invented, text_page

PATIENCE = 30.0


def wait_for(true: Callable[[], object], what: str) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Running:
    """A bot that runs in a program of its own."""

    def __init__(self, host: Installation) -> None:
        self.host = host
        self.log = host.root / "run.log"
        with self.log.open("wb") as log:
            self.program = subprocess.Popen(host.command("run"), stderr=log, stdout=log)

    def wait_until_said(self, words: str) -> None:
        wait_for(lambda: words in self.log.read_text() or self.program.poll() is not None, words)
        assert words in self.log.read_text(), self.log.read_text()

    def wait_until_filed(self, place: str, name: str) -> None:
        file = self.host.data / place / name
        # A place is held by an empty file before the dump is renamed over it.
        wait_for(lambda: not (self.host.inbox / name).exists() and file.exists(), f"{file}: {self.log.read_text()}")

    def server(self) -> psutil.Process:
        [child] = psutil.Process(self.program.pid).children()
        return child


@pytest.fixture
def host(tmp_path: Path, model_folder: Path) -> Installation:
    return Installation(tmp_path, model_folder, "[schedule]\ningest_every = 1\n")


@pytest.fixture
def running(host: Installation) -> Generator[Running]:
    """A bot that is up and has nothing to do yet."""
    bot = Running(host)
    try:
        bot.wait_until_said("running role=all")
        yield bot
    finally:
        bot.program.kill()
        bot.program.wait()


def test_a_working_day(running: Running, host: Installation) -> None:
    """Dumps are filed, readers follow and search meanwhile, a second run is refused, SIGTERM leaves nothing behind."""
    second = host.do("run")
    assert (second.code, len(second.err.splitlines())) == (1, 1)
    assert "Another `paperbot run` uses the data folder" in second.err
    assert host.do("follow", "amara", "speech recognition").code == 0
    host.drop("page.txt", text_page(invented("speech recognition", number) for number in range(12)))
    host.drop("bad.txt", b"%PDF-1.7\n\x00\x00")
    running.wait_until_filed("done", "page.txt")
    running.wait_until_filed("rejected", "bad.txt")
    assert (host.data / "rejected" / "bad.txt.reason").read_text().startswith("BINARY\n")
    wait_for(lambda: host.do("alerts", "amara", "--json").rows(), "alerts")
    assert host.do("search", "speech recognition", "--json").rows()[0]["rank"] == 1
    page = host.root / "later.txt"
    page.write_bytes(text_page(invented("robot grasping", number) for number in range(3)))
    assert host.do("ingest", page, "--json").rows()[0]["new"] == 3
    server = running.server()
    running.program.send_signal(signal.SIGTERM)
    assert running.program.wait(PATIENCE) == 0
    assert not server.is_running()
    log = running.log.read_text()
    assert "INFO" in log
    assert "papers=12 new=12" in log
    assert "Traceback" not in log
    assert log.rstrip().endswith("stopped")


def test_a_dump_that_is_written_slowly(running: Running, host: Installation) -> None:
    """A file that grows in the inbox is taken in once, whole, when it has been left alone."""
    papers = [invented("protein folding", number) for number in range(8)]
    content = text_page(papers)
    wait_for(host.inbox.is_dir, "inbox")
    began = time.monotonic()
    with (host.inbox / "slow.txt").open("wb") as file:
        for part in range(8):
            # Together they take as long as several looks into the inbox.
            wait_for(lambda due=began + part * 0.4: time.monotonic() > due, "the next part")
            file.write(content[part * len(content) // 8 : (part + 1) * len(content) // 8])
            file.flush()
            assert not (host.data / "done" / "slow.txt").exists()
    running.wait_until_filed("done", "slow.txt")
    assert (host.data / "done" / "slow.txt").read_bytes() == content
    wait_for(lambda: "papers=8 new=8" in running.log.read_text(), "one report")


def test_the_server_dies(running: Running, host: Installation) -> None:
    """Killed with -9, the store's server is started again and the bot goes on; SIGINT stops it as SIGTERM does."""
    first = running.server()
    first.kill()
    wait_for(lambda: [c for c in psutil.Process(running.program.pid).children() if c.pid != first.pid], "a new server")
    host.drop("page.txt", text_page(invented("weather", number) for number in range(3)))
    running.wait_until_filed("done", "page.txt")
    server = running.server()
    running.program.send_signal(signal.SIGINT)
    assert running.program.wait(PATIENCE) == 0
    assert not server.is_running()


@dataclass
class _Ingest:
    """Stands for the verb: one folder is broken, another holds a surprise, the third is in order."""

    taken: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    began: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    async def folder(self, folder: Folder) -> IngestReport:
        self.taken.append(folder.root.name)
        self.began.set()
        if folder.root.name == "broken":
            raise FolderError("The inbox is gone.", cause="ENOENT")
        if folder.root.name == "surprise":
            raise RuntimeError("nobody thought of this")
        await asyncio.sleep(self.seconds)
        self.ended = True
        return IngestReport(papers=1, new=1, refusals=(("a\nb.txt", "EMPTY", "It is empty."),))


class _Search:
    """Stands for the verb: what was taken in can be searched."""

    async def refresh(self) -> None:
        pass


def _bot(ingest: _Ingest, *names: str) -> Bot:
    """A bot with these folders and nothing but that ingest, its model loaded."""
    unused = cast("Any", None)
    opening: asyncio.Future[Services] = asyncio.get_running_loop().create_future()
    folders = tuple(Folder(Path(name)) for name in names)
    search = cast("Any", _Search())
    opening.set_result(Services(cast("Any", ingest), unused, unused, search, unused, unused, folders))
    sources = [{"kind": "folder", "name": name, "path": Path(name)} for name in names]
    settings = Settings(sources=sources)  # pyright: ignore[reportArgumentType] - pydantic reads the tables
    clock = Clock(settings.testing)
    deliver = Deliver(unused, unused, clock, settings)
    return Bot(settings, clock, unused, unused, unused, deliver, unused, opening)


def _route(_bot: Bot) -> Router:
    raise AssertionError("nobody routes acts where Slack is not configured")


async def test_a_tick_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """Each folder is for itself: what fails is logged, an unexpected failure with its traceback, and the rest is done."""
    caplog.set_level(logging.INFO, "bot.schedule")
    ingest = _Ingest()
    bot = _bot(ingest, "broken", "surprise", "fine")
    clockwork = schedule.Clockwork(bot, await bot.services())
    await clockwork.ingest()
    await clockwork.ingest()
    assert ingest.taken == ["broken", "surprise", "fine"] * 2
    told = [(record.levelname, record.exc_info is not None) for record in caplog.records]
    assert told == [("WARNING", False), ("ERROR", True), ("INFO", False), ("WARNING", False)] * 2
    assert "refused file='a\\nb.txt' code=EMPTY" in caplog.text


@pytest.mark.parametrize(("grace", "seconds", "ended"), [(30.0, 0.3, True), (0.05, 30.0, False)])
async def test_stopping_waits_for_the_tick_at_work(
    monkeypatch: pytest.MonkeyPatch, *, grace: float, seconds: float, ended: bool
) -> None:
    """A tick has its grace to finish; one that takes longer is broken off before the doors close."""
    ingest = _Ingest(seconds=seconds)
    closed = list[bool]()

    @asynccontextmanager
    async def opened(_settings: Settings) -> AsyncGenerator[Bot]:
        yield _bot(ingest, "fine")
        closed.append(True)

    monkeypatch.setattr(schedule, "open_bot", opened)
    monkeypatch.setattr(schedule, "GRACE_SECONDS", grace)
    running = asyncio.create_task(schedule.run(Settings(), "all", _route))
    await ingest.began.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, 10) == 0
    assert (ingest.ended, closed) == (ended, [True])


async def test_stopping_begins_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """What sends digests hears of the stop before the tick at work is waited for."""
    ingest = _Ingest(seconds=0.1)
    heard = list[bool]()

    def heard_of(_: Deliver) -> None:
        heard.append(ingest.ended)

    @asynccontextmanager
    async def opened(_settings: Settings) -> AsyncGenerator[Bot]:
        yield _bot(ingest, "fine")

    monkeypatch.setattr(schedule, "open_bot", opened)
    monkeypatch.setattr(Deliver, "stop", heard_of)
    running = asyncio.create_task(schedule.run(Settings(), "all", _route))
    await ingest.began.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, 10) == 0
    assert heard == [False]


async def test_a_stop_while_the_doors_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes while the store opens ends the start: nothing runs, and what was open is closed."""
    steps = list[str]()
    began = asyncio.Event()

    @asynccontextmanager
    async def opening(_settings: Settings) -> AsyncGenerator[Bot]:
        steps.append("opening")
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("closed")
        yield _bot(_Ingest())

    monkeypatch.setattr(schedule, "open_bot", opening)
    running = asyncio.create_task(schedule.run(Settings(), "all", _route))
    await began.wait()
    os.kill(os.getpid(), signal.SIGINT)
    assert await asyncio.wait_for(running, 10) == 0
    assert steps == ["opening", "closed"]


async def test_a_stop_while_the_model_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes while the model loads ends the run as well: no tick was begun."""
    ingest = _Ingest()
    closed = asyncio.Event()

    @asynccontextmanager
    async def opened(_settings: Settings) -> AsyncGenerator[Bot]:
        bot = _bot(ingest, "fine")
        bot.opening = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
        yield bot
        closed.set()

    monkeypatch.setattr(schedule, "open_bot", opened)
    assert await asyncio.wait_for(schedule.run(Settings(), "all", _route), 10) == 0
    assert (ingest.taken, closed.is_set()) == ([], True)


async def test_a_model_that_is_missing_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps the model from being loaded ends the run with its sentence."""

    @asynccontextmanager
    async def opened(_settings: Settings) -> AsyncGenerator[Bot]:
        bot = _bot(_Ingest())
        bot.opening = asyncio.get_running_loop().create_future()
        bot.opening.set_exception(ModelMissing("The model is not on this machine."))
        yield bot

    monkeypatch.setattr(schedule, "open_bot", opened)
    with pytest.raises(ModelMissing, match="not on this machine"):
        await schedule.run(Settings(), "all", _route)


async def test_web_needs_slack() -> None:
    """A process that only answers Slack says what it lacks without a token."""
    with pytest.raises(SettingsError, match=r"slack\.bot_token"):
        await schedule.run(Settings(), "web", _route)
