"""A store that takes nothing more: its memory or its disk is full, or it has become a replica that is only read."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from redis.exceptions import ResponseError

from tests.faults import Outcome, Progress
from tests.faults.ground import Ground
from tests.faults.seeding import Queued
from tests.faults.storing import PACE, amid, recovered

Step: TypeAlias = Callable[[], Awaitable[None]]


async def full(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The store's memory is full amid work (noeviction); then there is room again."""

    async def fill() -> None:
        async with ground.raw() as client:
            await client.config_set("maxmemory", "1")

    async def free() -> None:
        async with ground.raw() as client:
            await client.config_set("maxmemory", "0")

    return await _unwritable(ground, times, progress, fill, free)


async def read_only(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The store becomes a replica that is only read amid work; then it may be written again."""

    async def follow() -> None:
        async with ground.raw() as client:
            await client.execute_command("REPLICAOF", "127.0.0.1", "1")

    async def lead() -> None:
        async with ground.raw() as client:
            await client.execute_command("REPLICAOF", "NO", "ONE")

    return await _unwritable(ground, times, progress, follow, lead)


async def disk_full(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The server cannot write its log any more (a limit on the size of its files); then there is room again."""

    async def fill() -> None:
        log = max(path.stat().st_size for path in (ground.folder / "store").rglob("*.aof"))
        resource.prlimit(ground.server_pid, resource.RLIMIT_FSIZE, (log + 500, resource.RLIM_INFINITY))
        async with ground.raw() as client:
            await ground.until_async(lambda: _refuses(client), what="a full disk")

    async def free() -> None:
        resource.prlimit(ground.server_pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    outcome = await _unwritable(ground, times, progress, fill, free)
    ground.kill_server()
    await ground.start_server()  # on a log whose end may be cut off
    return outcome


async def _refuses(client: Any) -> bool:
    try:
        await client.set("pb:{papers:0}:probe", "x" * 1_000, px=1)
    except ResponseError:
        return True
    return False


async def _unwritable(ground: Ground, times: int, progress: Progress, spoil: Step, mend: Step) -> Outcome:
    people = await ground.seeds.readers(40)
    queued: list[Queued] = []
    broken: list[str] = []
    slowest = 0.0
    most = 0
    for number in range(times):
        queued += await ground.seeds.queue(people * 3)
        life = await amid(ground)
        await spoil()
        await asyncio.sleep(0.3)
        have = ground.slack.figures()["messages"]
        await asyncio.sleep(3.0)
        most = max(most, ground.slack.figures()["messages"] - have)
        if not life.is_alive:
            broken.append(f"the worker ended with {life.status}: {life.said()}")
            life = ground.start(PACE)
        await mend()
        recovery, probe = await recovered(ground, life, time.monotonic())
        slowest = max(slowest, recovery)
        queued += probe
        await ground.empty(life)
        await life.killed()
        progress(number + 1, times)
    tally = await ground.tally(queued)
    broken += tally.faults()
    if slowest > 5:
        broken.append(f"the first message came {slowest:.1f} s after there was room")
    if most > 20:
        broken.append(f"{most} messages were begun while nothing could be kept")
    figure = f"first message {slowest:.1f} s after there was room at most; {most} were sent while there was none"
    return Outcome(times, len(tally.lost), len(tally.duplicated), figure, tuple(broken))
