"""The real `paperbot run`: what is dropped is taken in, whatever happens around it, and it stops cleanly."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import pytest

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
    lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    assert lines[-1]["event"] == "stopped"
    assert {line["level"] for line in lines} == {"info", "warning"}  # the one for the file that is refused
    assert any("papers=12 new=12" in line["event"] for line in lines)
    assert not any("exception" in line for line in lines)


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
