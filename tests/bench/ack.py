"""Acknowledging commands: 50 signed searches a second for 20 s, idle and while papers are being ingested.

The same load goes to a bare Bolt app that only acknowledges. Every search has words of its own. The client and the
stand-in for Slack share the two cores with the program under test, which is to its disadvantage.

Idle, ours is answered in about 2 ms, a bare Bolt app in 13, for it looks only every 10 ms whether a handler has
acknowledged. A ratio to 2 ms would measure the scheduler's noise, so idle counts as no less than the bare app; the
plain ratio is printed beside it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import numpy as np

from tests.bench import Result
from tests.bench.slack import PATIENCE, Program, Standing, acknowledged, bare, bot, page, standing
from tests.bench.texts import InventedPaper, papers, queries

LIMIT = 1.5
OVER_BARE_LIMIT = 100.0
ANSWER_LIMIT = 1_000.0
RATE, SECONDS = 50, 20
QUERIES = 600
#: Papers stored before the first search, and papers of each dump that is ingested under load.
STORED, DUMP = 500, 500
#: So many dumps keep the ingest at work for longer than the searches last.
DUMPS = 5


@dataclass(frozen=True)
class Load:
    """What the searches of one phase saw, in milliseconds."""

    acks: list[float]
    answers: list[float]

    def p99(self) -> float:
        """The 99th percentile of the acks."""
        return float(np.percentile(self.acks, 99))


def run() -> Result:
    """The figure is the p99 of the ack under ingest over that of the idle bot, or of the bare app where that is more."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> Result:
    made = papers(STORED + DUMPS * DUMP)
    words = queries(QUERIES)
    async with standing() as slack, aiohttp.ClientSession() as session:
        with bare(folder / "bare") as floor:
            await floor.first_ack(session, "help", slack.response_url(0))
            alone = await _load(session, floor, slack, words, 1, answers=False)
        with bot(folder / "bot", slack.api_url) as program:
            await program.first_ack(session, "help", slack.response_url(0))
            page(folder / "bot" / "inbox" / "before.json", [listed(n, one) for n, one in enumerate(made[:STORED])])
            await _taken_in(program, "before")
            await _load(session, program, slack, words, 100_000, answers=True, seconds=3)
            idle = await _load(session, program, slack, words, 200_000, answers=True)
            for number in range(DUMPS):
                first = STORED + number * DUMP
                some = made[first : first + DUMP]
                page(
                    folder / "bot" / "inbox" / f"under{number}.json",
                    [listed(n, one) for n, one in enumerate(some, first)],
                )
            await asyncio.sleep(2.0)  # the ingest is at work by then
            loaded = await _load(session, program, slack, words, 300_000, answers=True)
            still = len(list((folder / "bot" / "inbox").glob("under*")))
    if not still:
        raise RuntimeError("the ingest ended before the searches did: give it more papers")
    ratio = loaded.p99() / max(idle.p99(), alone.p99())
    answers = {name: float(np.percentile(load.answers, 95)) for name, load in (("idle", idle), ("ingest", loaded))}
    return Result(
        bench="ack",
        figure=ratio,
        limit=LIMIT,
        reference="p99 of the ack of the idle bot, or of a bare Bolt app where that is more",
        extra={
            "plain_ratio": loaded.p99() / idle.p99(),
            "p99_ms": {"bare": alone.p99(), "idle": idle.p99(), "ingest": loaded.p99()},
            "most_ms": {"bare": max(alone.acks), "idle": max(idle.acks), "ingest": max(loaded.acks)},
            "answer_p95_ms": answers,
        },
        also=(
            Result(
                "ack: over bare", loaded.p99() - alone.p99(), OVER_BARE_LIMIT, "ms of p99 over a Bolt that only acks"
            ),
            Result("ack: answers", max(answers.values()), ANSWER_LIMIT, "ms, p95 of the answers themselves"),
        ),
    )


async def _load(
    session: aiohttp.ClientSession,
    program: Program,
    slack: Standing,
    words: list[str],
    first: int,
    *,
    answers: bool,
    seconds: float = SECONDS,
) -> Load:
    """Searches at an even rate, whatever the answers take."""
    began = time.perf_counter()
    sent: dict[int, float] = {}
    tasks: list[asyncio.Task[float]] = []
    for number in range(int(RATE * seconds)):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        key = first + number
        sent[key] = time.perf_counter()
        text = f"search {words[number % len(words)]}"
        tasks.append(asyncio.create_task(acknowledged(session, program.port, text, key, slack.response_url(key))))
    acks = [1_000 * seconds for seconds in await asyncio.gather(*tasks)]
    deadline = time.perf_counter() + PATIENCE
    while answers and not sent.keys() <= slack.answered.keys():
        if time.perf_counter() > deadline:
            missing = len(sent.keys() - slack.answered.keys())
            raise RuntimeError(f"{missing} searches were never answered: {program.said()}")
        await asyncio.sleep(0.05)
    return Load(acks, [1_000 * (slack.answered[key] - at) for key, at in sent.items()] if answers else [])


async def _taken_in(program: Program, name: str) -> None:
    deadline = time.perf_counter() + PATIENCE
    while not list((program.folder / "done").glob(f"{name}*.json")):
        if time.perf_counter() > deadline or program.process.poll() is not None:
            raise RuntimeError(f"a dump was not taken in: {program.said()}")
        await asyncio.sleep(0.1)


def listed(number: int, paper: InventedPaper) -> dict[str, object]:
    """An invented paper as the Daily Papers API lists one."""
    moment = "2025-01-02T18:30:00.000Z"
    told = {"id": f"2501.{10_000 + number}", "title": paper.title, "summary": paper.abstract, "upvotes": 3}
    return {"paper": {**told, "publishedAt": moment}, "publishedAt": moment, "title": paper.title, "numComments": 0}
