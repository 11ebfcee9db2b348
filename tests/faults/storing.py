"""A store that is stopped or killed while messages are being sent, and a second of its writes that is lost."""

from __future__ import annotations

import asyncio
import shutil
import time

from tests.faults import Outcome, Progress
from tests.faults.ground import CALM, Ground
from tests.faults.lives import Life
from tests.faults.seeding import Queued

#: Posts a second while the store breaks, so that it breaks amid them.
PACE = CALM.model_copy(update={"workspace_rate": 60.0})


async def amid(ground: Ground, queued: int = 5) -> Life:
    """A worker that has begun to send."""
    have = ground.slack.figures()["messages"]
    life = ground.start(PACE)
    await ground.until(lambda: ground.slack.figures()["messages"] > have + queued, what="a first message")
    return life


async def recovered(ground: Ground, life: Life, since: float) -> tuple[float, list[Queued]]:
    """Seconds from ``since`` to a message that is queued now, or to any other; and what was queued for that."""
    have = ground.slack.figures()["messages"]
    probe = await ground.seeds.queue(await ground.seeds.readers(1))
    await ground.until(lambda: ground.slack.figures()["messages"] > have, what=f"a message ({life.said()})")
    return time.monotonic() - since, probe


async def stopped(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The store is stopped for ``times`` seconds amid work and starts again."""
    people = await ground.seeds.readers(40)
    queued = await ground.seeds.queue(people * 10)
    life = await amid(ground)
    ground.end_server()
    began = time.monotonic()
    while time.monotonic() - began < times:
        await asyncio.sleep(0.5)
        progress(int(time.monotonic() - began), times)
    alive = life.is_alive
    await ground.start_server()
    back = time.monotonic()
    recovery, probe = await recovered(ground, life, back)
    queued += probe
    queued += await ground.seeds.queue(people[:3])
    await ground.empty(life)
    await life.killed()
    tally = await ground.tally(queued)
    broken = list(tally.faults())
    if not alive:
        broken.append(f"the worker ended with {life.status}: {life.said()}")
    if recovery > 5:
        broken.append(f"the first message came {recovery:.1f} s after the return")
    figure = f"{times} s without a store; first message {recovery:.1f} s after its return"
    return Outcome(1, len(tally.lost), len(tally.duplicated), figure, tuple(broken))


async def killed(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The store's server is killed amid work and started again on its log of writes."""
    people = await ground.seeds.readers(40)
    queued: list[Queued] = []
    slowest = 0.0
    for number in range(times):
        queued += await ground.seeds.queue(people * 2)
        life = await amid(ground)
        ground.kill_server()
        await ground.start_server()
        recovery, probe = await recovered(ground, life, time.monotonic())
        slowest = max(slowest, recovery)
        queued += probe
        await ground.empty(life)
        await life.killed()
        progress(number + 1, times)
    tally = await ground.tally(queued)
    broken = list(tally.faults())
    if slowest > 5:
        broken.append(f"the first message came {slowest:.1f} s after the return")
    figure = f"{tally.expected} papers; first message {slowest:.1f} s after the return at most"
    return Outcome(times, len(tally.lost), len(tally.duplicated), figure, tuple(broken))


async def both_killed(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The store's server and the worker are killed at the same moment."""
    people = await ground.seeds.readers(40)
    queued: list[Queued] = []
    for number in range(times):
        queued += await ground.seeds.queue(people * 2)
        life = await amid(ground)
        life.kill()
        ground.kill_server()
        await life.ended()
        await ground.start_server()
        await ground.drain(CALM)
        progress(number + 1, times)
    tally = await ground.tally(queued)
    return Outcome(times, len(tally.lost), len(tally.duplicated), f"{tally.expected} papers", tally.faults())


async def power_cut(ground: Ground, times: int, progress: Progress) -> Outcome:
    """All is killed and the log of writes is as it was up to a second ago; what was queued then is queued again.

    What was sent within that second may be sent once more, for nobody remembers it.
    """
    people = await ground.seeds.readers(40)
    queued: list[Queued] = []
    allowed = 0
    for number in range(times):
        mine = await ground.seeds.queue(people * 3)
        life = await amid(ground, 20)
        saved = ground.folder / "second-ago"
        shutil.copytree(ground.folder / "store", saved, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
        have = ground.slack.figures()["messages"]
        await asyncio.sleep(0.9)
        life.kill()
        ground.kill_server()
        await life.ended()
        allowed += ground.slack.figures()["messages"] - have
        for name in ("appendonlydir", "appendonly.aof"):
            if (saved / name).exists():
                shutil.rmtree(ground.folder / "store" / name, ignore_errors=True)
                shutil.copytree(saved / name, ground.folder / "store" / name)
        shutil.rmtree(saved)
        await ground.start_server()
        # Dumps are read again and come to the same deliveries; those that are known change nothing.
        for one in mine:
            await ground.store.outbox.enqueue(one.delivery, requires_papers=True)
        await ground.drain(CALM)
        queued += mine
        progress(number + 1, times)
    tally = await ground.tally(queued, ended=False)
    figure = f"{allowed} messages were sent within the seconds that were lost"
    return Outcome(times, len(tally.lost), len(tally.duplicated), figure, duplicated_allowed=allowed)
