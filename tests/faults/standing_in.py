"""Servers of the store that are killed while others stand in for them, and slots that move while they are used."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import aiohttp

from bot.errors import StoreError
from bot.store import Store
from tests.faults import Outcome, Progress
from tests.faults.ground import PATIENCE, Ground
from tests.faults.lives import Life
from tests.faults.seeding import Queued
from tests.faults.storing import PACE
from tests.faults.whole import answered, question, start
from tests.server_groups import Cluster, Watched, cluster, sentinels, slot_of
from tests.slack_server import TEAM

#: Seconds without an answer after which a server is called down, for Sentinels and for a cluster.
DOWN_AFTER = 2.0
#: Seconds that may pass beyond that until everything goes on.
BEYOND = 3.0
#: From the moment when the servers have agreed on another until we use it.
_NOTICED = 1.5
#: Slots of the papers and of the readers.
SLOTS = (slot_of("pb:{papers:0}:"), slot_of(f"pb:{{{TEAM}:0}}:"))
_READERS = 40
AWAY = "cannot reach my memory"

Group = TypeVar("Group")


@asynccontextmanager
async def started(group: AbstractContextManager[Group]) -> AsyncGenerator[Group]:
    """These servers while the block runs; other lanes go on while they start."""
    made = await asyncio.to_thread(group.__enter__)
    try:
        yield made
    finally:
        await asyncio.to_thread(group.__exit__, None, None, None)


@dataclass
class Watch:
    """Asks for something of every slot of ours again and again, and remembers for how long nobody could."""

    store: Store
    #: The longest time between two answers, in seconds.
    longest: float = 0.0
    _last: float = field(default_factory=time.monotonic)

    async def go_on(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.store.leases.hold("watch", "watch", 60)
                await self.store.outbox.depth(TEAM)
            except StoreError:
                continue
            self._seen()
            await asyncio.sleep(0.02)

    def _seen(self) -> None:
        now = time.monotonic()
        self.longest, self._last = max(self.longest, now - self._last), now

    @contextmanager
    def running(self) -> Generator[None]:
        """While the block runs."""
        task = asyncio.create_task(self.go_on())
        try:
            yield
        finally:
            task.cancel()


def asker(number: int) -> str:
    """Who asks so many questions: nobody follows more than a few dozen things."""
    return f"U0ASKS{number // 40:04d}"


async def _amid(ground: Ground, workers: list[Life]) -> None:
    """Messages are being sent."""
    have = ground.slack.figures()["messages"]
    said = "; ".join(one.said() for one in workers[:1])
    await ground.until(lambda: ground.slack.figures()["messages"] > have + 5, what=f"a first message ({said})")


async def _killed(
    ground: Ground, times: int, progress: Progress, kill: Callable[[int], Awaitable[tuple[float, Callable[[], None]]]]
) -> Outcome:
    """``kill`` ends a server, and gives how long the others took to agree on another, and what makes all whole again."""
    people = await ground.seeds.readers(_READERS)
    workers = [ground.start(PACE) for _ in range(2)]
    queued: list[Queued] = []
    outages: list[float] = []
    broken: list[str] = []
    late = 0
    for number in range(times):
        queued += await ground.seeds.queue(people * 2)
        await _amid(ground, workers)
        watch = Watch(ground.store)
        with watch.running():
            # What is queued meanwhile waits for the new server, and is asked for again until it is there.
            more = asyncio.create_task(ground.seeds.queue(people[:10]))
            agreed, heal = await kill(number)
            queued += await more
            queued += await ground.seeds.queue(people[:5])
            have = ground.slack.figures()["messages"]
            await ground.until(lambda have=have: ground.slack.figures()["messages"] > have, what="a message")
        outages.append(watch.longest)
        late += agreed > DOWN_AFTER + BEYOND - _NOTICED
        if watch.longest > max(DOWN_AFTER + BEYOND, agreed + _NOTICED):
            broken.append(f"out of service for {watch.longest:.1f} s, of which the servers took {agreed:.1f} s")
        await asyncio.to_thread(heal)
        progress(number + 1, times)
    await ground.empty(*workers, seconds=2 * PATIENCE)
    tally = await ground.tally(queued)
    figure = (
        f"{tally.expected} papers; out of service for {sum(outages) / len(outages):.1f} s, {max(outages):.1f} s at most, "
        f"servers being called down after {DOWN_AFTER:g} s"
    )
    if late:
        figure += f"; {late} times the servers voted more than once"
    allowed = tally.expected // 1_000
    return Outcome(
        times, len(tally.lost), len(tally.duplicated), figure, (*tally.faults(), *broken), duplicated_allowed=allowed
    )


async def primary_killed(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The primary behind three Sentinels is killed amid work, again and again; each time it comes back as a replica."""
    group: Watched
    async with (
        started(sentinels(ground.folder / "group", down_after=DOWN_AFTER)) as group,
        ground.over(group.url) as here,
    ):

        async def kill(_: int) -> tuple[float, Callable[[], None]]:
            old = await asyncio.to_thread(lambda: group.primary)
            await asyncio.to_thread(old.kill)
            return await asyncio.to_thread(group.failed_over, old), lambda: group.rejoin(old)

        return await _killed(here, times, progress, kill)


async def node_killed(ground: Ground, times: int, progress: Progress) -> Outcome:
    """In a cluster of three and three, the node that has the papers or the readers is killed amid work, in turn."""
    group: Cluster
    servers = cluster(ground.folder / "group", replicas=1, node_timeout=DOWN_AFTER)
    async with started(servers) as group, ground.over(group.url) as here:

        async def kill(number: int) -> tuple[float, Callable[[], None]]:
            slot = SLOTS[(number + 1) % 2]
            old = await asyncio.to_thread(group.owner, slot)
            await asyncio.to_thread(old.kill)

            def heal() -> None:
                old.start()
                group.settle()

            return await asyncio.to_thread(group.take_over, slot), heal

        return await _killed(here, times, progress, kill)


async def slots_moved(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The slots of papers and readers go from node to node while people ask and messages are sent."""
    group: Cluster
    questions = 0
    refused: list[int] = []
    moved = 0
    async with (
        started(cluster(ground.folder / "group")) as group,
        ground.over(group.url) as here,
        aiohttp.ClientSession() as session,
    ):
        people = await here.seeds.readers(_READERS)
        workers = [here.start(PACE) for _ in range(2)]
        door = start(here, session, role="web")
        await door.ready(here)
        queued: list[Queued] = []

        async def ask() -> None:
            nonlocal questions
            while True:
                questions += 1
                status, _ = await door.post(question(questions, asker(questions)))
                refused.extend([status] if status != 200 else [])
                await asyncio.sleep(0.1)

        asking = asyncio.create_task(ask())
        for number in range(times):
            queued += await here.seeds.queue(people)
            await _amid(here, workers)
            slot = SLOTS[number % 2]
            place = group.servers.index(await asyncio.to_thread(group.owner, slot))
            target = group.servers[(place + 1) % 3]
            more = asyncio.create_task(here.seeds.queue(people[:10]))
            moved += await asyncio.to_thread(lambda: group.move(slot, target, seconds=0.1))  # noqa: B023 - it ends here
            queued += await more
            progress(number + 1, times)
        asking.cancel()
        await asyncio.wait({asking})
        await here.empty(*workers, seconds=2 * PATIENCE)
        await here.until(lambda: len(answered(here)) >= questions - 1, 20, what="an answer to each question")
        apologies = sum(AWAY in one.text for one in here.slack.messages())
        tally = await here.tally(queued)
    broken = list(tally.faults())
    if refused:
        broken.append(f"{len(refused)} of {questions} questions were answered with {sorted(set(refused))}")
    if apologies:
        broken.append(f"{apologies} people were told that the store is away")
    said = len(answered(here))
    figure = f"{tally.expected} papers, {moved} keys moved; {questions} questions meanwhile, {len(refused)} refused"
    lost, doubled = len(tally.lost) + max(0, questions - 1 - said), len(tally.duplicated) + max(0, said - questions)
    return Outcome(times, lost, doubled, figure, tuple(broken))
