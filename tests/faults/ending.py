"""Workers that end amid work: all at once, by a delivery that none survives, by a stop; and old beside new ones."""

from __future__ import annotations

import asyncio
import random
import signal
import statistics
import time
from collections.abc import Mapping

from bot.models import DELIVERY_VERSION
from tests.faults import Outcome, Progress
from tests.faults.checking import key
from tests.faults.ground import CALM, PATIENCE, Ground
from tests.faults.patches import POISON, poisoned
from tests.faults.seeding import Queued
from tests.slack_server import TEAM


async def all_killed(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Two workers killed at a random moment amid a backlog; then both start again."""
    dice = random.Random(times)
    people = await ground.seeds.readers(40)
    queued: list[Queued] = []
    began: list[float] = []
    ended: list[float] = []
    for number in range(times):
        queued += await ground.seeds.queue(people * 3)
        before = ground.slack.figures()["messages"]
        workers = [ground.start(CALM) for _ in range(2)]
        await ground.until(lambda before=before: ground.slack.figures()["messages"] > before + 5, what="the backlog")
        await asyncio.sleep(dice.random() * 0.2)
        for worker in workers:
            worker.kill()
        for worker in workers:
            await worker.ended()
        # What was taken stays with the dead until it is taken over; something new tells when the start is done.
        queued += await ground.seeds.queue(people[:4])
        have = ground.slack.figures()["messages"]
        workers = [ground.start(CALM) for _ in range(2)]
        wait = ground.until(lambda have=have: ground.slack.figures()["messages"] > have, what="a first message")
        began.append(await wait)
        ended.append(began[-1] + await ground.empty(*workers))
        for worker in workers:
            await worker.killed()
        progress(number + 1, times)
    tally = await ground.tally(queued)
    broken = list(tally.faults())
    if max(began) > 10:
        broken.append(f"the backlog moved {max(began):.1f} s after the start")
    if max(ended) > CALM.reclaim_after + 15:
        broken.append(f"the last was taken over after {max(ended):.1f} s")
    return Outcome(
        times,
        len(tally.lost),
        len(tally.duplicated),
        f"first message {max(began):.1f} s after the start at most, all sent after {max(ended):.1f} s "
        f"(reclaim_after {CALM.reclaim_after:g} s)",
        tuple(broken),
    )


async def poison(ground: Ground, times: int, progress: Progress) -> Outcome:
    """A delivery that kills whatever worker puts it into words, among others that are well."""
    patches = {"bot.deliver.by_slack.shown": poisoned}
    people = await ground.seeds.readers(12)
    queued: list[Queued] = []
    kills = 0
    dead = 0
    for number in range(times):
        queued += await ground.seeds.queue(people[:6])
        bad = await ground.seeds.queue([people[-1]], word=POISON)
        queued += await ground.seeds.queue(people[6:11])
        kills += await _until_dead(ground, bad[0], patches)
        names = {one.delivery.id for one in await ground.store.outbox.dead(people[0].workspace)}
        dead += bad[0].delivery.id in names
        progress(number + 1, times)
    tally = await ground.tally(queued)
    broken = list(tally.faults())
    if dead != times:
        broken.append(f"{dead} of {times} poisoned deliveries are in the dead-letter list")
    return Outcome(
        times,
        len(tally.lost),
        len(tally.duplicated),
        f"dead after {kills / times:.1f} killed workers each, listed by `paperbot dead`",
        tuple(broken),
    )


async def _until_dead(ground: Ground, bad: Queued, patches: Mapping[str, object]) -> int:
    """Start workers, each after the last one died, until the poisoned delivery is given up; how many died."""
    kills, since = 0, time.monotonic()
    while True:
        life = ground.start(patches=patches)
        while life.is_alive:
            names = {one.delivery.id for one in await ground.store.outbox.dead(bad.delivery.reader.workspace)}
            if bad.delivery.id in names:
                await ground.empty(life)
                await life.killed()
                return kills
            if time.monotonic() - since > 2 * PATIENCE:
                raise TimeoutError(f"the poisoned delivery killed {kills} workers and is not given up: {life.said()}")
            await asyncio.sleep(0.05)
        if life.status != -signal.SIGKILL:
            raise AssertionError(f"a worker ended with {life.status}: {life.said()}")
        kills += 1


async def rolling(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Workers asked to stop (SIGTERM) amid work, each replaced by the next one as in a rolling restart."""
    dice = random.Random(times)
    people = await ground.seeds.readers(30)
    channels = await ground.seeds.readers(0, channels=4)
    queued: list[Queued] = []
    stops: list[float] = []
    broken: list[str] = []
    life = ground.start(CALM)
    for number in range(times):
        queued += await ground.seeds.queue([*people[:16], channels[number % 4]])
        await asyncio.sleep(0.05 + dice.random() * 0.4)
        following = ground.start(CALM)
        asked = time.monotonic()
        life.terminate()
        status = await life.ended(30)
        stops.append(time.monotonic() - asked)
        if status != 0:
            broken.append(f"a worker that was asked to stop ended with {status}: {life.said()}")
        life = following
        people = people[7:] + people[:7]
        progress(number + 1, times)
    await ground.empty(life)
    await life.killed()
    tally = await ground.tally(queued)
    broken += tally.faults()
    if max(stops) > 25:
        broken.append(f"a stop took {max(stops):.1f} s")
    return Outcome(
        times,
        len(tally.lost),
        len(tally.duplicated),
        f"a stop takes {statistics.median(stops):.2f} s, {max(stops):.1f} s at most",
        tuple(broken),
    )


async def later_version(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Deliveries of a later version among ours: left alone by an old worker, sent by a new one."""
    people = await ground.seeds.readers(20)
    newer: list[Queued] = []
    for start in range(0, times, len(people)):
        newer += await ground.seeds.queue(people[: times - start])
    await _raise_versions(ground)
    ours = await ground.seeds.queue(people)
    life = ground.start(patches=SOON)
    sent = {key(one.delivery.id, TEAM) for one in ours}
    await ground.until(lambda: sent <= set(ground.slack.keys()), what="the messages of this version")
    await asyncio.sleep(2.0)
    await life.killed()
    known = set(ground.slack.keys())
    early = sum(key(one.delivery.id, TEAM) in known for one in newer)
    await ground.drain(patches=LATER)
    progress(times, times)
    tally = await ground.tally([*ours, *newer])
    broken = [*tally.faults(), *([f"an old worker sent {early} of a later version"] if early else [])]
    figure = f"{len(newer)} of a later version wait for a worker that knows it"
    return Outcome(len(newer), len(tally.lost), len(tally.duplicated), figure, tuple(broken))


async def _raise_versions(ground: Ground) -> None:
    """What is queued was queued by a process of the next version."""
    old, new = b'"version":1', f'"version":{DELIVERY_VERSION + 1}'.encode()
    async with ground.raw() as client:
        async for name in client.scan_iter("pb:*:deliveries"):
            for ticket, form in (await client.hgetall(name)).items():
                assert old in form
                await client.hset(name, ticket, form.replace(old, new))


#: What is left to others is offered again soon.
SOON: dict[str, object] = {
    "bot.store.outbox.trying.LATER_VERSION_SECONDS": 1.0,
    "bot.deliver.sending.LATER_VERSION_SECONDS": 1.0,
}
#: Makes a worker one of the next version.
LATER: dict[str, object] = {
    **SOON,
    "bot.store.outbox.entries.DELIVERY_VERSION": DELIVERY_VERSION + 1,
    "bot.store.records.DELIVERY_VERSION": DELIVERY_VERSION + 1,
}
