"""Starting and idling: ``--help`` against a bare interpreter, first vector, first ack, the memory of the idle bot."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.bench import Result, waking
from tests.bench.texts import InventedPaper, papers

HELP_LIMIT = 15.0
FIRST_VECTOR_LIMIT = 1.0
IDLE_LIMIT = 300.0
ROUNDS = 9
PAPERS = 200
#: Seconds that the bot may take to start and ingest, and for which its memory must stand still.
PATIENCE, STILL = 120.0, 3.0
MIB = 2**20

_PAPERBOT = str(Path(sys.executable).with_name("paperbot"))
_BARE = [sys.executable, "-c", "pass"]
_FIRST_VECTOR = """
import asyncio, tempfile
from pathlib import Path
from bot.embedder import open_embedder
from bot.settings import ModelSettings

async def main():
    with tempfile.TemporaryDirectory() as folder:
        embedder = await open_embedder(ModelSettings(device="cpu"), None, data_dir=Path(folder))
        await embedder.embed_query("graph networks for proteins")
        print("there", flush=True)
        await embedder.close()

asyncio.run(main())
"""


def run() -> Result:
    """Five promises; the first is the figure, the others stand in ``also``."""
    _seconds([*_BARE[:2], _FIRST_VECTOR])  # makes the export if there is none, and fills the file cache
    bare: list[float] = []
    asked: list[float] = []
    first: list[float] = []
    for _ in range(ROUNDS):
        bare.append(_seconds(_BARE))
        asked.append(_seconds([_PAPERBOT, "--help"]))
        first.append(_seconds([*_BARE[:2], _FIRST_VECTOR], until_it_prints=True))
    ratios = [one / other for one, other in zip(asked, bare, strict=True)]
    return Result(
        bench="start",
        figure=statistics.median(ratios),
        limit=HELP_LIMIT,
        reference="python -c pass; the time of paperbot --help",
        runs=tuple(ratios),
        extra={"bare_seconds": statistics.median(bare), "help_seconds": statistics.median(asked)},
        also=(
            Result(
                bench="start: first vector",
                figure=statistics.median(first),
                limit=FIRST_VECTOR_LIMIT,
                reference="seconds from the start of the process, with the export in place",
                runs=tuple(first),
            ),
            waking.first_ack(),
            waking.lag(),
            _idle(),
        ),
    )


def _seconds(command: list[str], *, until_it_prints: bool = False) -> float:
    """How long the command runs, or how long until its first line."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        if until_it_prints:
            process.stdout.readline()
            seconds = time.perf_counter() - started
            process.communicate()
        else:
            process.communicate()
            seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return seconds


def _idle() -> Result:
    """Resident memory of ``paperbot run`` once it has taken in a dump and its memory stands still."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "inbox").mkdir()
        (home / "inbox" / "page.json").write_text(
            json.dumps([_listed(number, paper) for number, paper in enumerate(papers(PAPERS))], indent=1)
        )
        config = home / "config.toml"
        config.write_text(f'[store]\ndata_dir = "{home}"\n[schedule]\ningest_every = 1\n')
        with (home / "log").open("w") as log:
            bot = psutil.Popen([_PAPERBOT, "run", "--config", str(config)], stdout=log, stderr=log)
        try:
            _wait_until_taken_in(bot, home)
            own, server = _settled_memory(bot)
        finally:
            if bot.poll() is None:
                bot.terminate()
            bot.wait(30)
    return Result(
        bench="start: idle bot",
        figure=own + server,
        limit=IDLE_LIMIT,
        reference=f"MiB resident, the store's server included, after a dump of {PAPERS} papers",
        extra={"without_server": own, "server": server},
    )


def _listed(number: int, paper: InventedPaper) -> dict[str, object]:
    """An invented paper as the Daily Papers API lists one."""
    told = {
        "id": f"2501.{10_000 + number}",
        "title": paper.title,
        "summary": paper.abstract,
        "upvotes": 3,
    }
    moment = "2025-01-02T18:30:00.000Z"
    return {"paper": {**told, "publishedAt": moment}, "publishedAt": moment, "title": paper.title, "numComments": 0}


def _wait_until_taken_in(bot: psutil.Popen, home: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not list((home / "done").rglob("page*")):
        if bot.poll() is not None or time.monotonic() > deadline:
            log = (home / "log").read_text()[-2_000:]
            raise RuntimeError(f"paperbot run did not take in a dump (exit code {bot.poll()}):\n{log}")
        time.sleep(0.1)


def _settled_memory(bot: psutil.Popen) -> tuple[float, float]:
    """MiB of the bot and of its store's server, once neither has moved by a MiB for ``STILL`` seconds."""
    still_since, last = time.monotonic(), (0.0, 0.0)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() - still_since < STILL and time.monotonic() < deadline:
        children = bot.children(recursive=True)
        server = [child for child in children if child.name().endswith(("-server", "valkey", "redis"))]
        both = (
            sum(one.memory_info().rss for one in [bot, *children] if one not in server) / MIB,
            sum(one.memory_info().rss for one in server) / MIB,
        )
        if max(abs(new - old) for new, old in zip(both, last, strict=True)) > 1:
            still_since, last = time.monotonic(), both
        time.sleep(0.2)
    return last
