"""Workers that are killed: at every named point, all at once, by a poisoned delivery, by a stop in full work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.settings.groups import Failpoint
from tests.faults import Outcome, Progress
from tests.faults.ground import Ground
from tests.faults.seeding import Queued
from tests.slack_failures import WAYS, Failure

#: So many workers die before one may live: fewer than the tries that a delivery has.
_IN_A_ROW = 6
#: Deliveries for each that dies, people and a channel.
_PEOPLE, _CHANNELS = 2, 1


async def _kills(ground: Ground, times: int, progress: Progress, points: list[Failpoint]) -> list[Queued]:
    """Kill so many workers at these points in turn, each while it has something to do; then let one end everything."""
    people = await ground.seeds.readers(24)
    channels = await ground.seeds.readers(0, channels=6)
    queued: list[Queued] = []
    for number in range(times):
        some = [people[(number * _PEOPLE + n) % len(people)] for n in range(_PEOPLE)]
        queued += await ground.seeds.queue([*some, *[channels[number % len(channels)]] * _CHANNELS])
        await ground.killed_at(points[number % len(points)])
        progress(number + 1, times)
        if (number + 1) % _IN_A_ROW == 0 or number + 1 == times:
            await ground.drain()
    return queued


def at(point: Failpoint) -> Callable[[Ground, int, Progress], Awaitable[Outcome]]:
    """What kills at one named point; history may be read."""

    async def run(ground: Ground, times: int, progress: Progress) -> Outcome:
        queued = await _kills(ground, times, progress, [point])
        tally = await ground.tally(queued)
        return Outcome(
            times,
            len(tally.lost),
            len(tally.duplicated),
            f"{tally.expected} papers in {len(queued)} deliveries and their threads",
            tally.faults(),
        )

    return run


async def without_history(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Kills after the post where Slack's history may not be read: people may get one message twice, nobody none."""
    people = await ground.seeds.readers(20)
    queued: list[Queued] = []
    for method in ("conversations.history", "conversations.replies"):
        ground.slack.answer(method, {"ok": False, "error": "missing_scope", "needed": "im:history"})
    for number in range(times):
        queued += await ground.seeds.queue([people[number % len(people)]])
        await ground.killed_at("after_post")
        await ground.drain()
        progress(number + 1, times)
    tally = await ground.tally(queued)
    return Outcome(
        times,
        len(tally.lost),
        len(tally.duplicated),
        "at most one a kill" if len(tally.duplicated) <= times else "",
        tally.faults(),
        duplicated_allowed=times,
    )


async def held_without_history(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The same in a channel: nothing is said twice there; it is held for the host, who may send it."""
    channels = await ground.seeds.readers(0, channels=4)
    queued: list[Queued] = []
    for method in ("conversations.history", "conversations.replies"):
        ground.slack.answer(method, {"ok": False, "error": "missing_scope", "needed": "channels:history"})
    for number in range(times):
        queued += await ground.seeds.queue([channels[number % len(channels)]])
        await ground.killed_at("after_post")
        await ground.drain()
        progress(number + 1, times)
    dead = {one.delivery.id for one in await ground.store.outbox.dead(queued[0].delivery.reader.workspace)}
    held = [one for one in queued if one.delivery.id in dead]
    tally = await ground.tally(queued, ended=False)
    broken = () if len(held) == times else (f"{len(held)} of {times} are held for the host",)
    # What was posted before the kill is in the channel; the thread below it waits with the held digest.
    return Outcome(times, 0, len(tally.duplicated), f"{len(held)} held, each listed by `paperbot dead`", broken)


async def storm(ground: Ground, times: int, progress: Progress) -> Outcome:
    """Kills at all points in turn while a quarter of the posts and a tenth of the look-ups fail in every way."""
    ways = [Failure.unknown(way, is_done=done) for way in WAYS for done in (True, False) if way != "hang"]
    ground.slack.chance("chat.postMessage", 0.25, [*ways, Failure.limited(0.2)], seed=times)
    ground.slack.chance("conversations.history", 0.1, [Failure(503), Failure.limited(0.2)], seed=times + 1)
    points: list[Failpoint] = ["after_claim", "before_post", "after_post", "after_ledger", "before_ack"]
    people = await ground.seeds.readers(24)
    channels = await ground.seeds.readers(0, channels=6)
    queued: list[Queued] = []
    for number in range(times):
        some = [people[(number * _PEOPLE + n) % len(people)] for n in range(_PEOPLE)]
        queued += await ground.seeds.queue([*some, channels[number % len(channels)]])
        life = ground.start(failpoint=points[number % len(points)])
        try:
            await life.ended(3.0)  # where every post fails it does not come to its point
        except TimeoutError:
            await life.killed()
        progress(number + 1, times)
        if (number + 1) % 4 == 0 or number + 1 == times:
            await ground.drain()
    tally = await ground.tally(queued)
    return Outcome(
        times,
        len(tally.lost),
        len(tally.duplicated),
        f"{ground.slack.figures()['calls']} calls for {len(await ground.messages())} messages",
        tally.faults(),
    )
