"""A Slack that says no for good: to a reader, to a message, to the token; and readers who said no themselves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.models import DeliveryState, Rating, Subscription, Suspension, Taste, UserId
from tests.faults import Outcome, Progress
from tests.faults.answering import POST
from tests.faults.away import OPERATOR, to
from tests.faults.checking import has
from tests.faults.ground import QUICK, Ground
from tests.faults.seeding import INTEREST, Queued
from tests.slack_failures import Failure
from tests.slack_server import TEAM
from tests.slack_workspace import Workspace

_READER_WORDS = ("channel_not_found", "cannot_dm_bot", "user_not_found", "user_disabled", "is_inactive")
_CHANNEL_WORDS = (
    "is_archived",
    "not_in_channel",
    "channel_not_found",
    "restricted_action",
    "restricted_action_read_only_channel",
)


async def refused(ground: Ground, times: int, progress: Progress) -> Outcome:
    """A reader of whom Slack says no for good, amid others: one call, then none; who has to know is told."""
    others = await ground.seeds.readers(6)
    owner = (await ground.seeds.readers(1))[0]
    settings = ground.settings(QUICK)
    settings = settings.model_copy(update={"slack": settings.slack.model_copy(update={"operator": OPERATOR})})
    life = ground.start(settings=settings)
    queued: list[Queued] = []
    further = told = 0
    broken: list[str] = []
    for number in range(times):
        is_channel = number % 2 == 1
        words = _CHANNEL_WORDS if is_channel else _READER_WORDS
        code = words[(number // 2) % len(words)]
        reader = (await ground.seeds.readers(0, channels=1) if is_channel else await ground.seeds.readers(1))[0]
        if is_channel:
            known = await ground.store.subscriptions.get(reader)
            await ground.store.subscriptions.put(_owned(known, owner))
        ground.slack.refusal(reader.user, code)
        heard = len(to(ground, owner.user)) + len(to(ground, OPERATOR))
        await ground.seeds.queue([reader])
        queued += await ground.seeds.queue(others)
        await ground.empty(life)
        if (await ground.store.subscriptions.get(reader)).suspended is None:
            broken.append(f"{code}: the reader is not suspended")
        before = _calls_to(ground, reader)
        late = await ground.seeds.queue([reader])
        queued += await ground.seeds.queue(others[:2])
        await ground.empty(life)
        further += _calls_to(ground, reader) - before
        if before != 1:
            broken.append(f"{code}: {before} calls before the reader was suspended")
        state = await ground.store.outbox.state(reader, late[0].delivery.id)
        if state in (DeliveryState.SENT, DeliveryState.DEAD):
            broken.append(f"{code}: a later delivery is {state}")
        if is_channel:
            told += len(to(ground, owner.user)) + len(to(ground, OPERATOR)) > heard
        progress(number + 1, times)
    await life.killed()
    tally = await ground.tally(queued)
    channels = times // 2
    if further:
        broken.append(f"{further} further calls to readers of whom Slack had said no")
    if told < channels:
        broken.append(f"the owner heard of {told} of {channels} channels")
    figure = f"{further} further calls; the owner heard of {told} of {channels} channels"
    return Outcome(times, len(tally.lost), len(tally.duplicated), figure, (*tally.faults(), *broken))


def _owned(known: Subscription, owner: UserId) -> Subscription:
    return replace(known, owner=owner.user)


def _calls_to(ground: Ground, reader: UserId) -> int:
    places = {reader.user, Workspace.conversation(reader.user)}
    return sum(told.get("channel") in places for _, told in ground.slack.calls(POST))


_WORKSPACE_WORDS = (
    "account_inactive",
    "token_revoked",
    "invalid_auth",
    "team_access_not_granted",
    "org_login_required",
)


async def refused_all(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The token stops working amid work: everything waits, hardly a call is made, and all of it goes out afterwards."""
    people = await ground.seeds.readers(40)
    queued: list[Queued] = []
    calls = 0
    for number in range(times):
        code = _WORKSPACE_WORDS[number % len(_WORKSPACE_WORDS)]
        have = ground.slack.figures()["messages"]
        queued += await ground.seeds.queue(people * 4)
        life = ground.start(patches=dict(BRIEFLY))
        await ground.until(lambda have=have: ground.slack.figures()["messages"] > have + 5, what="a first message")
        ground.slack.outage(Failure.error(code))
        before = ground.slack.figures()["calls"]
        await asyncio.sleep(4.0)
        calls = max(calls, ground.slack.figures()["calls"] - before)
        ground.slack.outage(None)
        await ground.empty(life)
        await life.killed()
        progress(number + 1, times)
    tally = await ground.tally(queued)
    broken = list(tally.faults())
    if calls > 40:
        broken.append(f"{calls} calls while the token did not work")
    figure = f"at most {calls} calls in 4 s without a token, of which up to 16 were under way"
    return Outcome(times, len(tally.lost), len(tally.duplicated), figure, tuple(broken))


#: So that a refused workspace is asked again soon.
BRIEFLY: dict[str, object] = {"bot.deliver.outages.LONGEST": 1.0, "bot.notify.calling.DEAD_SECONDS": 1.0}


async def unsayable(ground: Ground, times: int, progress: Progress) -> Outcome:
    """A message that Slack does not take, by words it is known for and by an unknown one, among others that are well."""
    people = await ground.seeds.readers(8)
    queued: list[Queued] = []
    dead = calls = 0
    life = ground.start()
    for number in range(times):
        code = ("flux_capacitor_failed", "metadata_too_large", "msg_too_long")[number % 3]
        reader = (await ground.seeds.readers(1))[0]
        ground.slack.refusal(reader.user, code)
        bad = await ground.seeds.queue([reader])
        queued += await ground.seeds.queue(people)
        await ground.empty(life)
        names = {one.delivery.id for one in await ground.store.outbox.dead(TEAM)}
        dead += bad[0].delivery.id in names
        calls = max(calls, _calls_to(ground, reader))
        ground.slack.refusal(reader.user, "")
        # Once it is mended, the host sends it again.
        if bad[0].delivery.id in names:
            await ground.store.outbox.replay(TEAM, bad[0].delivery.id)
            queued += bad
            await ground.empty(life)
        progress(number + 1, times)
    await life.killed()
    tally = await ground.tally(queued)
    broken = list(tally.faults())
    if dead != times:
        broken.append(f"{dead} of {times} are in the dead-letter list")
    if calls > 4:
        broken.append(f"{calls} calls for one message")
    figure = f"dead after {calls} calls at most, sent once when the host sends it again"
    return Outcome(times, len(tally.lost), len(tally.duplicated), figure, tuple(broken))


async def opted_out(ground: Ground, times: int, progress: Progress) -> Outcome:
    """A reader who pauses, leaves, unfollows or dislikes after the message was queued and before it is sent."""
    others = await ground.seeds.readers(4)
    queued: list[Queued] = []
    unwanted: list[Queued] = []
    now = datetime.now(UTC)
    kinds = ("pause", "holiday", "suspended", "forgotten", "unfollowed", "muted", "disliked")
    for number in range(times):
        (reader,) = await ground.seeds.readers(1)
        mine = await ground.seeds.queue([reader])
        known = await ground.store.subscriptions.get(reader)
        match kinds[number % len(kinds)]:
            case "pause":
                await ground.store.subscriptions.put(replace(known, paused=True))
            case "holiday":
                await ground.store.subscriptions.put(replace(known, holiday_until=now.date() + timedelta(days=2)))
            case "suspended":
                await ground.store.subscriptions.put(replace(known, suspended=Suspension.DEACTIVATED))
            case "forgotten":
                await ground.store.forget(reader)
            case "unfollowed":
                await ground.store.profiles.remove_interest(reader, INTEREST.id)
            case "muted":
                await ground.store.profiles.set_interest(reader, replace(INTEREST, muted=True))
            case _:
                paper_id = mine[0].delivery.paper_ids[0]
                rating = Rating(reader, paper_id, Taste.LESS, INTEREST.id, INTEREST.name, opened=False, at=now)
                await ground.store.ratings.put(rating)
        unwanted += mine
        if number % 10 == 0:
            queued += await ground.seeds.queue(others)
        progress(number, times)
    await ground.drain()
    progress(times, times)
    tally = await ground.tally(queued)
    sent = has(await ground.messages())
    wrongly = sum(
        sent[Workspace.conversation(one.delivery.reader.user), title] for one in unwanted for title in one.titles
    )
    broken = [*tally.faults(), *([f"{wrongly} messages after the reader had said no"] if wrongly else [])]
    return Outcome(times, len(tally.lost), len(tally.duplicated), f"{wrongly} messages afterwards", tuple(broken))
