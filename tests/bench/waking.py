"""How the bot wakes: process start to the first acknowledged command, and the lag of its loop while the model loads."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import aiohttp

from tests.bench import Result
from tests.bench.slack import acknowledged, bot, standing

FIRST_ACK_LIMIT = 2.0
LAG_LIMIT = 100.0
ROUNDS = 5
#: Commands sent one after the other once the first was acknowledged: the model is loaded before they end.
AFTER = 100

_LAG = """
import asyncio, sys, time
from pathlib import Path
from bot.services import open_bot
from bot.settings import Settings

async def main():
    lags = []
    async def feel():
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            lags.append(time.perf_counter() - began - 0.001)
    settings = Settings(store={"data_dir": sys.argv[1]})
    async with open_bot(settings) as bot:
        feeling = asyncio.create_task(feel())
        await asyncio.sleep(0)
        await bot.services()
        feeling.cancel()
    print(max(lags) * 1000)

asyncio.run(main())
"""


def first_ack() -> Result:
    """Seconds from the start of the process to its first ack, the median of the rounds, each with an empty folder."""
    runs, slowest = asyncio.run(_first_acks())
    return Result(
        bench="start: first ack",
        figure=statistics.median(runs),
        limit=FIRST_ACK_LIMIT,
        reference="seconds from the start of the process over HTTP, the model still loading",
        runs=tuple(runs),
        extra={"slowest_ack_ms_while_loading": slowest},
    )


async def _first_acks() -> tuple[list[float], float]:
    runs: list[float] = []
    later: list[float] = []
    async with standing() as slack, aiohttp.ClientSession() as session:
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder, bot(Path(folder), slack.api_url) as program:
                runs.append(await program.first_ack(session, "search graph networks", slack.response_url(0)))
                for number in range(1, AFTER):
                    url = slack.response_url(number)
                    later.append(await acknowledged(session, program.port, "search graph networks", number, url))
    return runs, max(later) * 1_000


def lag() -> Result:
    """The longest time for which the loop stood still while the model was loading, the median of the rounds."""
    runs: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-c", _LAG, folder], stdout=subprocess.PIPE, check=True)
        runs.append(float(done.stdout))
    return Result(
        bench="start: loop lag",
        figure=statistics.median(runs),
        limit=LAG_LIMIT,
        reference="ms for which the loop stood still at most while the model was loading",
        runs=tuple(runs),
    )
