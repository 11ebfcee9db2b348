"""A Slack that puts off, breaks off, answers nonsense, is away, or says no for good."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np

from tests.faults import Outcome, Progress
from tests.faults.checking import key
from tests.faults.ground import CALM, PATIENCE, QUICK, Ground
from tests.faults.seeding import Queued
from tests.slack_failures import Failure, Way
from tests.slack_server import TEAM

POST = "chat.postMessage"
#: Every way of saying "not now", and for how many seconds that asks to leave the method alone, at least.
_LIMITED: tuple[tuple[str, Failure, float], ...] = (
    ("2", Failure.limited(2), 2.0),
    ("1.5", Failure.limited("1.5"), 1.5),
    ("a date", Failure.limited("date"), 2.0),
    ("nothing", Failure.limited(None), 0.9),
    ("0", Failure.limited(0), 0.0),
    ("ratelimited, 200", Failure.error("ratelimited"), 0.9),
    ("rate_limited, 200", Failure.error("rate_limited"), 0.9),
    ("message_limit_exceeded, 200", Failure.error("message_limit_exceeded"), 0.9),
    ("1000000", Failure.limited(10**6), 3.0),
)
#: Between an answer and the moment when every process knows of it: calls under way then are no fault.
_UNDER_WAY = 0.15
#: Seconds from which on a pause is not waited for.
_LONG = 3.0


async def limited(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Two workers meet each form of 429 in turn."""
    people = await ground.seeds.readers(40)
    queued: list[Queued] = []
    broken: list[str] = []
    for number in range(times):
        says, failure, least = _LIMITED[number % len(_LIMITED)]
        if says == "a date":
            failure = Failure.limited(format_datetime(datetime.now(UTC) + timedelta(seconds=7), usegmt=True))
        queued += await ground.seeds.queue(people)
        broken += [f"Retry-After {says}: {what}" for what in await _meet(ground, failure, least)]
        progress(number + 1, times)
    tally = await ground.tally(queued)
    forms = ", ".join(says for says, _, _ in _LIMITED[:times])
    figure = f"{len(broken)} calls inside a pause; forms: {forms}"
    return Outcome(times, len(tally.lost), len(tally.duplicated), figure, (*tally.faults(), *broken))


async def _meet(ground: Ground, failure: Failure, least: float) -> list[str]:
    """Two workers whose first call is answered with this; what they did wrong."""
    before = ground.slack.count(POST)
    ground.slack.fail(POST, failure)
    workers = [ground.start(CALM) for _ in range(2)]
    await ground.until(lambda: ground.slack.count(POST) > before, what="a first call")
    wrong: list[str] = []
    is_long = least >= _LONG
    if is_long:
        await asyncio.sleep(least)
        left = await ground.store.turns(CALM, lambda: TEAM).paused(POST)
        if not 800 < left <= 900:
            wrong.append(f"a pause of {left:.0f} s")
    else:
        await ground.empty(*workers)
    for worker in workers:
        await worker.killed()
    calls = [at for at, _ in ground.slack.calls(POST)[before:]]
    wrong += ["a call" for at in calls[1:] if calls[0] + _UNDER_WAY < at < calls[0] + least]
    if is_long:
        await _end_pause(ground)
    return wrong


async def _end_pause(ground: Ground) -> None:
    """Nobody waits 15 minutes here: the pause is over for all, and what waited goes on."""
    async with ground.raw() as client:
        for key in [key async for key in client.scan_iter("pb:*:pause:*")]:
            await client.delete(key)
        for key in [key async for key in client.scan_iter("pb:*:parked")]:
            for member in await client.zrange(key, 0, -1):
                await client.zadd(key, {member: 1})
    await ground.drain(CALM)


_FAILING: tuple[Way, ...] = ("500", "502", "503", "504", "html", "internal_error", "fatal_error", "service_unavailable")


async def failing(ground: Ground, times: int, progress: Progress) -> Outcome:
    """``times`` seconds of each kind of server error, some posts done and some not, while messages are being sent."""
    people = await ground.seeds.readers(60)
    queued: list[Queued] = []
    delays: list[float] = []
    failed = 0
    for number, way in enumerate(_FAILING):
        life = ground.start()
        have = ground.slack.figures()["messages"]
        began = time.time()
        mine = await ground.seeds.queue(people)
        await ground.until(lambda have=have: ground.slack.figures()["messages"] > have + 10, what="a first message")
        calls = ground.slack.count(POST)
        until = time.monotonic() + times
        while time.monotonic() < until:
            ground.slack.outage(Failure.unknown(way, is_done=True))
            await asyncio.sleep(min(0.3, times / 4))
            ground.slack.outage(Failure.unknown(way, is_done=False))
            await asyncio.sleep(min(0.7, times / 4))
            if len(mine) < 4 * len(people):
                mine += await ground.seeds.queue(people[:20])
        ground.slack.outage(None)
        failed += ground.slack.count(POST) - calls
        await ground.empty(life, seconds=2 * PATIENCE)
        await life.killed()
        at = {message.key: message.at for message in await ground.messages()}
        delays += [
            at.get(key(one.delivery.id, TEAM), time.time()) - max(began, one.delivery.queued.timestamp())
            for one in mine
        ]
        queued += mine
        progress(number + 1, len(_FAILING))
    tally = await ground.tally(queued)
    late = float(np.percentile(delays, 95))
    broken = list(tally.faults())
    if late > times + 60:
        broken.append(f"the 95th percentile of the delay is {late:.0f} s")
    return Outcome(
        failed,
        len(tally.lost),
        len(tally.duplicated),
        f"{len(_FAILING)} kinds for {times} s each; 95th percentile of the delay {late:.1f} s",
        tuple(broken),
    )


#: Messages of which nobody hears the end, one after the other.
_A_FEW = 8


async def broken_off(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Each way of never hearing the answer, ``times`` times done and ``times`` times not done."""
    ways: list[tuple[str, Failure]] = [
        (f"{way}, {'done' if done else 'not done'}", Failure.unknown(way, is_done=done))
        for way in ("hang", "abort", "reset", "truncated")
        for done in (True, False)
    ]
    ways.append(("hang, done after the time-out", Failure(broken="hang", late=1.0)))
    patient = QUICK.model_copy(update={"lookup_after": 2.5})
    people = await ground.seeds.readers(50)
    queued: list[Queued] = []
    for number, (_, failure) in enumerate(ways):
        # A few at a time: where nothing but failures comes for long, a worker rightly waits longer and longer.
        for start in range(0, times, _A_FEW):
            some = [people[n % len(people)] for n in range(start, min(start + _A_FEW, times))]
            ground.slack.fail(POST, *[failure] * len(some))
            queued += await ground.seeds.queue(some)
            await ground.drain(patient if failure.late else QUICK, 4 * PATIENCE)
        progress(number + 1, len(ways))
    tally = await ground.tally(queued)
    figure = f"hang, disconnect, reset, truncated: {times} each, done and not done, and done after the time-out"
    return Outcome(times * len(ways), len(tally.lost), len(tally.duplicated), figure, tally.faults())
