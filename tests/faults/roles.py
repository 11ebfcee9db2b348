"""Doors, schedulers and workers as processes of their own on one store of any kind; one is killed, one is started."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import aiohttp

from bot.models import UserId
from bot.settings import ScheduleSettings
from tests.faults import Outcome, Progress
from tests.faults.ground import PATIENCE, Ground
from tests.faults.lives import Life
from tests.faults.seeding import Queued
from tests.faults.standing_in import AWAY, SLOTS, asker, started
from tests.faults.storing import PACE
from tests.faults.whole import Door, answered, event, question, start
from tests.installation import LONG_AGO
from tests.pages import invented, text_page
from tests.server_groups import alone, cluster, sentinels
from tests.slack_server import TEAM
from tests.slack_workspace import Workspace

__all__ = ["behind_sentinels", "on_a_cluster", "on_one_server"]

LISTENER = "U0LISTENS1"
TOPIC = "speech recognition"
#: Papers of one dump.
_PAPERS = 12
#: A scheduler that is killed leads for so many seconds more.
_LEASE = 15.0
_ORDER: tuple[str, ...] = ("worker", "web", "scheduler")


@dataclass
class Split:
    """Two processes of each role."""

    ground: Ground
    session: aiohttp.ClientSession
    doors: list[Door] = field(default_factory=list[Door])
    others: dict[str, list[Life]] = field(default_factory=dict[str, list[Life]])
    dumps: itertools.count[int] = field(default_factory=itertools.count)
    questions: int = 0

    def begin(self, role: str) -> None:
        """One more of a role."""
        if role == "web":
            self.doors.append(start(self.ground, self.session, role="web"))
            return
        settings = self.ground.settings(PACE, schedule=ScheduleSettings(ingest_every=1))
        self.others.setdefault(role, []).append(self.ground.start(settings=settings, role=role))

    async def kill(self, role: str) -> None:
        """The one that has lived longest is killed, and another one started at once."""
        life = self.doors.pop(0).life if role == "web" else self.others[role].pop(0)
        assert life.is_alive, life.said()
        await life.killed()
        self.begin(role)

    async def ask(self, user: str = "", text: str = "") -> None:
        """Somebody asks for something; Slack repeats it, at whichever door there is, until it is taken in."""
        self.questions += 1
        asked = question(self.questions, user or asker(self.questions))
        if text:
            asked = event(self.questions, {**asked["event"], "text": text})
        until = time.monotonic() + PATIENCE
        while True:
            for door in list(self.doors):
                if (await door.post(asked))[0] == 200:
                    return
            if time.monotonic() > until:
                raise TimeoutError(self.doors[0].life.said())
            await asyncio.sleep(0.1)

    def drop(self) -> None:
        """A dump arrives."""
        number = next(self.dumps)
        inbox = self.ground.folder / "bot" / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        written = self.ground.folder / f"written-{number}"
        written.write_bytes(text_page(invented(TOPIC, number * _PAPERS + n) for n in range(_PAPERS)))
        os.utime(written, (LONG_AGO, LONG_AGO))
        written.rename(inbox / f"page-{number:03d}.txt")

    async def followed(self) -> int:
        """How many of the numbered questions were done."""
        users = {asker(number) for number in range(1, self.questions + 1)}
        profiles = [await self.ground.store.profiles.get(UserId(TEAM, user)) for user in users]
        return sum("invented topic" in one.text for profile in profiles for one in profile.interests)


#: What happens to the store, each time.
Disturb = Callable[[int], Coroutine[object, object, None]]


async def _roles(ground: Ground, times: int, progress: Progress, disturb: Disturb) -> Outcome:
    """Work of all three kinds, amid which a process of each role in turn is killed and the store is disturbed."""
    people = await ground.seeds.readers(20, is_due=False)
    queued: list[Queued] = []
    chance = random.Random(times)
    async with aiohttp.ClientSession() as session:
        split = Split(ground, session)
        for role in (*_ORDER, *_ORDER):
            split.begin(role)
        await split.doors[0].ready(ground)
        await split.ask(LISTENER, f"follow {TOPIC}")
        await ground.until(lambda: bool(answered(ground)), what="an answer")
        seeded = 0
        for number in range(times):
            split.drop()
            queued += await ground.seeds.queue(people)
            seeded += len(people)
            disturbing = asyncio.create_task(disturb(number))
            for _ in range(3):
                await split.ask()
            await asyncio.sleep(chance.uniform(0.0, 0.4))
            await split.kill(_ORDER[number % len(_ORDER)])
            await split.ask()
            await disturbing
            progress(number + 1, times)
        dumped = times * _PAPERS
        workers = split.others["worker"]

        async def is_read() -> bool:
            return await ground.store.papers.count() >= seeded + dumped

        async def is_followed() -> bool:
            # Who asked at the moment when the store went was told so, and asks again.
            return await split.followed() + _apologies(ground) >= split.questions - 1

        await ground.until_async(is_read, _LEASE + PATIENCE, what="the last dump in the store")
        await ground.until_async(is_followed, what="the last question done")
        await ground.until(lambda: bool(_speech(ground)), what=f"a paper for {LISTENER}")
        await ground.empty(*workers, seconds=2 * PATIENCE)
        lost = max(0, seeded + dumped - await ground.store.papers.count())
        alive = [life for lives in split.others.values() for life in lives] + [door.life for door in split.doors]
        broken = [f"a process ended with {life.status}: {life.said()}" for life in alive if not life.is_alive]
    tally = await ground.tally(queued)
    twice = sum(count - 1 for count in _speech(ground).values())
    figure = (
        f"{tally.expected} papers queued, {dumped} in dumps, {split.questions} questions; "
        f"{_apologies(ground)} people were told to ask again; two doors, two schedulers, two workers"
    )
    return Outcome(
        times,
        len(tally.lost) + lost,
        len(tally.duplicated) + twice,
        figure,
        (*tally.faults(), *broken),
        duplicated_allowed=tally.expected // 1_000,
    )


def _apologies(ground: Ground) -> int:
    return sum(AWAY in one.text for one in ground.slack.messages())


def _speech(ground: Ground) -> Counter[str]:
    """How often each paper of the dumps was brought to the one who follows their topic."""
    mine = [one for one in ground.slack.messages() if one.channel == Workspace.conversation(LISTENER)]
    titles = [f"{TOPIC.capitalize()} by Method {number:03d}" for number in range(1_000)]
    return Counter(title for one in mine for title in titles if title in str(one.arguments.get("blocks")))


async def on_one_server(ground: Ground, times: int, progress: Progress) -> Outcome:
    """All of it on one server over TCP."""

    async def leave(_: int) -> None:
        """Nothing happens to the store."""

    async with started(alone(ground.folder / "group")) as group, ground.over(group.url) as here:
        return await _roles(here, times, progress, leave)


async def behind_sentinels(ground: Ground, times: int, progress: Progress) -> Outcome:
    """All of it behind three Sentinels; every third time the primary is killed too."""
    async with started(sentinels(ground.folder / "group")) as group, ground.over(group.url) as here:

        async def kill(number: int) -> None:
            if number % 3 == 0:
                old = await asyncio.to_thread(lambda: group.primary)
                await asyncio.to_thread(old.kill)
                await asyncio.to_thread(group.failed_over, old)
                await asyncio.to_thread(group.rejoin, old)

        return await _roles(here, times, progress, kill)


async def on_a_cluster(ground: Ground, times: int, progress: Progress) -> Outcome:
    """All of it on a cluster of three nodes; each time a slot of ours moves to another one."""
    async with started(cluster(ground.folder / "group")) as group, ground.over(group.url) as here:

        async def move(number: int) -> None:
            slot = SLOTS[number % 2]
            owner = await asyncio.to_thread(group.owner, slot)
            target = group.servers[(group.servers.index(owner) + 1) % 3]
            await asyncio.to_thread(lambda: group.move(slot, target, seconds=0.1))

        return await _roles(here, times, progress, move)
