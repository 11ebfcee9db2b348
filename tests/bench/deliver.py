"""Delivering: 2,000 alerts to 500 readers through the outbox, against a bare loop of ``chat.postMessage``.

Both post the same messages, one for each alert, to the same stand-in, which is a process of its own. Ours enqueues
each delivery, takes it from the stream, checks that it is still wanted, puts it into words, notes in the ledger that it
is being sent, posts it, and notes where it stands. The bare loop posts one after the other on one session and notes
nothing; the figure is our deliveries a second over its.

Then with the pacing on, at the rates that Slack allows and at higher ones, with a stand-in that says 429 to whatever is
faster: the share of the allowed rate that is used, and how often 429 was said.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.deliver import Deliver
from bot.notify.slack import SlackNotifier
from bot.settings import DeliverySettings
from tests.bench import Result
from tests.faults.ground import Ground, prepared
from tests.slack_server import BOT_TOKEN, TEAM

LIMIT = 0.5
PACED_LIMIT = 0.95
ALERTS, READERS = 2_000, 500
ROUNDS = 3
#: Seconds between two looks at whether all is done: each costs the store some milliseconds.
_LOOK = 0.1


@dataclass(frozen=True)
class Paced:
    """What came of messages that were held to a rate."""

    #: Of the allowed rate.
    share: float
    limited: int
    seconds: float


def run() -> Result:
    """The figure is the median over the rounds, each of which measures both."""
    return asyncio.run(_run())


async def _run() -> Result:
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with prepared(Path(folder) / "whole") as ground:
            for _ in range(ROUNDS):
                await ground.fresh()
                ours.append(await _delivered(ground))
                posts = [arguments for _, arguments in ground.slack.calls("chat.postMessage")]
                ground.slack.clear()
                bare.append(await _posted(ground, posts))
            usual = await _paced(ground, DeliverySettings(), messages=30, readers=30)
            crowded = await _paced(ground, DeliverySettings(channel_rate=1, workspace_rate=100), messages=24, readers=4)
            quick = await _paced(
                ground, DeliverySettings(channel_rate=20, workspace_rate=60), messages=400, readers=100
            )
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    return Result(
        bench="deliver",
        figure=statistics.median(ratios),
        limit=LIMIT,
        reference="deliveries a second of a bare sequential loop of chat.postMessage on one session",
        runs=tuple(ratios),
        at_least=True,
        extra={
            "deliveries_per_second": {"ours": round(statistics.median(ours)), "bare": round(statistics.median(bare))},
            "alerts": ALERTS,
            "readers": READERS,
        },
        also=(
            *(
                Result(f"deliver: {name}", paced.share, PACED_LIMIT, "of the allowed rate", at_least=True)
                for name, paced in (
                    ("paced, 3 a second in the workspace", usual),
                    ("paced, 1 a second in each of 4 channels", crowded),
                    ("paced, 60 a second in the workspace", quick),
                )
            ),
            Result(
                "deliver: limited", usual.limited + crowded.limited + quick.limited, 0, "answers 429 with the pacing on"
            ),
        ),
    )


async def _delivered(ground: Ground) -> float:
    """Deliveries a second, from the first that is queued to the last that is ended; nothing is paced."""
    people = await ground.seeds.readers(READERS)
    papers = await ground.seeds.papers(ALERTS)
    owed = [(people[number % READERS], [paper]) for number, paper in enumerate(papers)]
    for reader, mine in owed:
        await ground.seeds.alert(reader, mine)
    free = DeliverySettings(channel_rate=0, workspace_rate=0)
    gc.collect()
    # As `run` does once everything is loaded: what was seeded is not looked through again and again.
    gc.freeze()
    began = time.perf_counter()
    queued = await ground.seeds.enqueue(owed)
    seconds = await _work(ground, free) - began
    gc.unfreeze()
    tally = await ground.tally(queued)
    if tally.lost or tally.duplicated or tally.unended:
        raise RuntimeError(f"not what was to be measured: {tally}")
    return ALERTS / seconds


async def _work(ground: Ground, delivery: DeliverySettings) -> float:
    """Let a worker, in this process, end everything that waits; when that was seen (``time.perf_counter``)."""
    settings = ground.settings(delivery)
    store = await ground.opened()
    turns = store.turns(delivery, lambda: TEAM)
    try:
        async with SlackNotifier(settings.slack, delivery, turns) as notifier:
            deliver = Deliver(store, notifier, Clock(settings.testing), settings, "bench")
            working = asyncio.create_task(deliver.work(lambda: TEAM))
            while True:
                depth = await ground.store.outbox.depth(TEAM)
                if not (depth.queued or depth.parked or depth.taken):
                    break
                if working.done():
                    await working
                    raise RuntimeError("the worker ended")
                await asyncio.sleep(_LOOK)
            ended = time.perf_counter()
            deliver.stop()
            await working
            return ended
    finally:
        await store.close()


async def _posted(ground: Ground, posts: list[dict[str, Any]]) -> float:
    """Posts a second, one after the other, with nothing around them."""
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(BOT_TOKEN, f"{ground.slack.url}/api/", session=session, retry_handlers=[])
        began = time.perf_counter()
        for arguments in posts:
            await client.chat_postMessage(**arguments)
        return len(posts) / (time.perf_counter() - began)


async def _paced(ground: Ground, delivery: DeliverySettings, messages: int, readers: int) -> Paced:
    """Held to these rates, with a stand-in that says 429 to whatever is faster."""
    await ground.fresh()
    # A message is early by no more than a tenth of a second, or than one more at the lower rates.
    burst = max(1, round(delivery.workspace_rate / 10))
    ground.slack.limits(delivery.channel_rate, delivery.workspace_rate, burst=burst)
    people = await ground.seeds.readers(readers)
    papers = await ground.seeds.papers(messages)
    owed = [(people[number % readers], [paper]) for number, paper in enumerate(papers)]
    for reader, mine in owed:
        await ground.seeds.alert(reader, mine)
    await ground.seeds.enqueue(owed)
    await _work(ground, delivery)
    at = [message.at for message in await ground.messages()]
    allowed = min(delivery.workspace_rate, readers * delivery.channel_rate)
    # The rounds of a few conversations: all of one round may come at once.
    steps = (messages - 1) if allowed == delivery.workspace_rate else (messages - readers)
    seconds = max(at) - min(at)
    return Paced(steps / allowed / seconds, ground.slack.figures()["limited"], seconds)
