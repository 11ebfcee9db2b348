"""Two schedulers that both lead, a clock that jumps, and a worker that stands still."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from bot.clock import Clock
from bot.models import Cadence, Paper, Subscription, UserId
from bot.prepare import Prepare
from bot.settings import DigestSettings, Settings, TestingSettings
from bot.store import Store
from tests.faults import Outcome, Progress
from tests.faults.checking import titles
from tests.faults.ground import CALM, Ground
from tests.faults.seeding import Queued
from tests.slack_server import TEAM
from tests.slack_workspace import Stored, Workspace

#: Readers of whom each day is one race.
_READERS = 20
_FIRST = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


class Nobody:
    """No channel has members: nobody is spared what a channel was sent."""

    async def members(self, channel: str) -> set[str]:  # noqa: ARG002 - as Prepare asks
        return set()


def _settings(ground: Ground, clock: Path) -> Settings:
    testing = TestingSettings(enabled=True, clock=str(clock))
    return ground.settings(CALM, testing=testing, digest=DigestSettings(silence="daily", roll_up=False))


def _prepare(store: Store, settings: Settings) -> Prepare:
    return Prepare(store, Clock(settings.testing), settings, Nobody())


async def _daily(ground: Ground, number: int) -> list[UserId]:
    """Readers whose digest is due at nine, every day of the week."""
    readers = await ground.seeds.readers(number)
    for reader in readers:
        chosen = Subscription(reader, cadence=Cadence.DAILY, hour=9, weekdays=tuple(range(7)), zone="UTC")
        await ground.store.subscriptions.put(chosen)
    return readers


def _by_day(messages: list[Stored]) -> Counter[tuple[str, str]]:
    """How many messages of each conversation hold a paper, and which."""
    return Counter((message.channel, title) for message in messages for title in titles(message))


async def racing(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Two schedulers, each with a connection of its own, come to the same day of every reader at the same moment."""
    clock = ground.folder / "clock"
    settings = _settings(ground, clock)
    readers = await _daily(ground, _READERS)
    other = await ground.opened()
    owed: list[tuple[UserId, Paper]] = []
    days = max(1, times // _READERS)
    heads = 0
    try:
        for day in range(days):
            clock.write_text((_FIRST + timedelta(days=day)).isoformat())
            papers = await ground.seeds.papers(len(readers))
            for reader, paper in zip(readers, papers, strict=True):
                await ground.seeds.alert(reader, [paper])
                owed.append((reader, paper))
            reports = await asyncio.gather(*(_prepare(one, settings).due(TEAM) for one in (ground.store, other)))
            heads += sum(report.digests for report in reports)
            progress((day + 1) * len(readers), times)
    finally:
        await other.close()
    life = ground.start(settings=settings)
    await ground.empty(life)
    await life.killed()
    messages = await ground.messages()
    found = _by_day(messages)
    lost, twice = _compare(owed, found)
    races = days * len(readers)
    extra = len(messages) - races
    broken = [f"{len(messages)} messages for {races} days of readers"] if extra else []
    return Outcome(races, lost, twice, f"{len(messages)} messages, {heads} digests queued", tuple(broken))


def _compare(owed: list[tuple[UserId, Paper]], found: Counter[tuple[str, str]]) -> tuple[int, int]:
    places = [
        (Workspace.conversation(reader.user), paper.title.removesuffix(" on nothing at all")) for reader, paper in owed
    ]
    return sum(not found[place] for place in places), sum(found[place] > 1 for place in places)


async def jumping(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The clock jumps by up to a day in either direction between two looks, and schedulers restart."""
    dice = random.Random(times)
    clock = ground.folder / "clock"
    settings = _settings(ground, clock)
    readers = await _daily(ground, 5)
    now = _FIRST
    clock.write_text(now.isoformat())
    life = ground.start(settings=settings)
    owed: list[tuple[UserId, Paper]] = []
    steps = [timedelta(minutes=10), timedelta(hours=1), timedelta(days=1), -timedelta(hours=1), -timedelta(days=1)]
    reached = now
    for number in range(times):
        now += dice.choices(steps, (4, 3, 3, 2, 1))[0]
        reached = max(reached, now)
        clock.write_text(now.isoformat())
        reader = dice.choice(readers)
        (paper,) = await ground.seeds.papers(1)
        await ground.seeds.alert(reader, [paper])
        owed.append((reader, paper))
        await _prepare(ground.store, settings).due(TEAM)
        progress(number + 1, times)
    # Two days that go on as days do: what waited goes out.
    for _ in range(2):
        reached = datetime.combine(reached.date() + timedelta(days=1), time(9, 5), UTC)
        clock.write_text(reached.isoformat())
        await _prepare(ground.store, settings).due(TEAM)
    await ground.empty(life)
    await life.killed()
    messages = await ground.messages()
    lost, twice = _compare(owed, _by_day(messages))
    keys = Counter(message.key for message in messages)
    days = (reached.date() - _FIRST.date()).days + 1
    most = max(Counter(message.channel for message in messages if message.thread_ts is None).values())
    broken: list[str] = []
    if len(keys) != len(messages):
        broken.append("a day's message was sent twice")
    if most > days:
        broken.append(f"{most} messages to one reader in {days} days")
    figure = f"{days} days, {most} messages to a reader at most"
    return Outcome(times, lost, twice, figure, tuple(broken))


async def standing_still(ground: Ground, times: int, progress: Progress) -> Outcome:
    """One of two workers stands still (SIGSTOP) for longer than ``lookup_after`` amid work, and goes on."""
    dice = random.Random(times)
    delivery = CALM.model_copy(update={"send_timeout": 0.7, "reclaim_after": 1.0, "lookup_after": 1.5})
    people = await ground.seeds.readers(40)
    workers = [ground.start(delivery) for _ in range(2)]
    queued: list[Queued] = []
    for number in range(times):
        have = ground.slack.figures()["messages"]
        queued += await ground.seeds.queue(people * 2)
        await ground.until(lambda have=have: ground.slack.figures()["messages"] > have, what="a first message")
        await asyncio.sleep(dice.random() * 0.05)
        held = workers[number % 2]
        os.kill(held.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(5.0 if number == 0 else 3.0)
            # What the other one took over is sent by then, while the first still believes that it is at work on it.
        finally:
            os.kill(held.pid, signal.SIGCONT)
        await ground.empty(*workers)
        progress(number + 1, times)
    for worker in workers:
        await worker.killed()
    tally = await ground.tally(queued)
    figure = f"{tally.expected} papers"
    return Outcome(times, len(tally.lost), len(tally.duplicated), figure, tally.faults())
