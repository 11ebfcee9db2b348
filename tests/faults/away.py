"""A Slack that is away for long, wholly or for posts alone, and what its host hears."""

from __future__ import annotations

import asyncio
import time

from tests.faults import Outcome, Progress
from tests.faults.answering import POST
from tests.faults.ground import CALM, PATIENCE, QUICK, Ground
from tests.slack_failures import Failure
from tests.slack_workspace import Workspace

OPERATOR = "U0BOSS0001"
#: So that a short outage counts as one of two hours.
SOON: dict[str, object] = {"bot.deliver.outages.WORTH_TELLING": 4.0, "bot.deliver.outages.LONGEST": 2.0}


async def away(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Nobody answers at Slack's address while ``times`` messages are queued; short for the two hours of the promise."""
    people = await ground.seeds.readers(min(times, 200))
    # What a queued delivery costs the store, beside papers and alerts.
    await ground.seeds.queue(people[:1])
    async with ground.raw() as client:
        papers = await ground.seeds.papers(times)
        for n, paper in enumerate(papers):
            await ground.seeds.alert(people[n % len(people)], [paper])
        before = (await client.info("memory"))["used_memory_dataset"]
        queued = await ground.seeds.enqueue([(people[n % len(people)], [paper]) for n, paper in enumerate(papers)])
        each = ((await client.info("memory"))["used_memory_dataset"] - before) / times
    settings = ground.settings(CALM)
    settings = settings.model_copy(update={"slack": settings.slack.model_copy(update={"operator": OPERATOR})})
    life = ground.start(settings=settings, patches=dict(SOON))
    await ground.until(lambda: ground.slack.figures()["messages"] > 5, what="a first message")
    ground.slack.refuse()
    began = time.monotonic()
    seconds = 30.0 if times > 1_000 else 8.0
    while time.monotonic() - began < seconds:
        await asyncio.sleep(0.5)
        progress(int(time.monotonic() - began), int(seconds))
        if not life.is_alive:
            return Outcome(1, broken=(f"the worker ended: {life.said()}",))
    ground.slack.accept()
    back = time.monotonic()
    have = ground.slack.figures()["messages"]
    await ground.until(
        lambda: ground.slack.figures()["messages"] > have, 2 * PATIENCE, what="a message after the outage"
    )
    first = time.monotonic() - back
    await ground.empty(life, seconds=4 * PATIENCE)
    told = to(ground, OPERATOR)
    await ground.until(lambda: to(ground, OPERATOR) != [] or told != [], 20, what="the word to the operator")
    await asyncio.sleep(1.0)
    told = to(ground, OPERATOR)
    await life.killed()
    tally = await ground.tally(queued)
    broken = list(tally.faults())
    if len(told) != 1:
        broken.append(f"the operator heard {len(told)} times: {told}")
    if each > 1_024:
        broken.append(f"a queued message takes {each:.0f} bytes")
    figure = (
        f"{seconds:g} s without Slack; {each:.0f} bytes a queued message; first message {first:.1f} s after the return; "
        f"the operator heard {len(told)} times"
    )
    return Outcome(1, len(tally.lost), len(tally.duplicated), figure, tuple(broken))


async def failing_posts(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Posts alone fail, ``times`` times as long as a look-up waits, while history may be read: nothing is given up."""
    people = await ground.seeds.readers(3)
    queued = await ground.seeds.queue(people)
    ground.slack.chance(POST, 1.0, [Failure.unknown(way, is_done=False) for way in ("500", "internal_error", "abort")])
    life = ground.start(patches=SOON)
    for number in range(times):
        await asyncio.sleep(QUICK.lookup_after)
        progress(number + 1, times)
    posts = ground.slack.count(POST)
    ground.slack.chance(POST, 0.0, [])
    took = await ground.empty(life)
    await life.killed()
    tally = await ground.tally(queued)
    broken = [f"{posts} posts failed", *tally.faults()] if tally.lost else list(tally.faults())
    figure = f"{posts} posts failed; all sent {took:.1f} s afterwards"
    return Outcome(times, len(tally.lost), len(tally.duplicated), figure, tuple(broken))


def to(ground: Ground, user: str) -> list[str]:
    """The texts that somebody was sent."""
    place = Workspace.conversation(user)
    return [message.text for message in ground.slack.messages() if message.channel == place]
