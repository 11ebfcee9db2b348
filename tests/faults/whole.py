"""The whole bot, with its door for Slack: the store goes while people ask, and the app is removed amid a digest."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.settings import HttpSettings
from tests.bench.slack import free_port
from tests.faults import Outcome, Progress
from tests.faults.ground import CALM, Ground
from tests.faults.lives import Life
from tests.slack_server import ADA, BOT_USER, TEAM, body_of, signed
from tests.slack_workspace import Workspace

DIRECT = Workspace.conversation(ADA)
#: Seconds within which half of the requests are answered, with some more for shared cores, and all: Slack waits three.
_PROMPT, _LATEST = 1.3, 2.5


@dataclass
class Door:
    """A running bot as Slack sees it."""

    life: Life
    port: int
    session: aiohttp.ClientSession
    #: Seconds that requests took.
    took: list[float] = field(default_factory=list[float])

    async def post(self, payload: Mapping[str, Any]) -> tuple[int, str]:
        """Status and body of one signed request; 0 where nobody answers."""
        body, kind = body_of(payload)
        began = time.monotonic()
        try:
            url = f"http://127.0.0.1:{self.port}/slack/events"
            async with self.session.post(url, data=body, headers=signed(body, kind=kind)) as response:
                answer = response.status, await response.text()
        except aiohttp.ClientConnectionError:
            return 0, ""
        self.took.append(time.monotonic() - began)
        return answer

    async def ready(self, ground: Ground) -> None:
        """Wait until it takes acts in and has its model."""
        await ground.until_async(self._serves, what="a door that answers")

    async def _serves(self) -> bool:
        if not self.life.is_alive:
            raise AssertionError(f"the bot ended with {self.life.status}: {self.life.said()}")
        status, body = await self.post(command("help", time.time_ns()))
        return status == 200 and "starting" not in body.lower() and self.life.has_said("running role=")


def command(text: str, number: int) -> dict[str, Any]:
    """``/papers text`` by Ada."""
    return {
        "command": "/papers",
        "text": text,
        "team_id": TEAM,
        "user_id": ADA,
        "channel_id": DIRECT,
        "trigger_id": f"t{number}",
        "response_url": "http://127.0.0.1:1/nobody",
    }


def event(number: int, inner: Mapping[str, Any]) -> dict[str, Any]:
    """Something that Slack tells, each number once."""
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": "A0PAPERBOT",
        "event": {"event_ts": f"1700000000.{number:06d}", **inner},
        "event_id": f"EvFAULT{number:06d}",
        "event_time": int(time.time()),
        "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "enterprise_id": None}],
    }


def question(number: int, user: str = ADA) -> dict[str, Any]:
    """Somebody asks the bot to follow something; one may follow a hundred things."""
    text = f"follow invented topic number {number:06d}"
    place = Workspace.conversation(user)
    inner = {"type": "message", "channel_type": "im", "channel": place, "user": user, "team": TEAM, "text": text}
    return event(number, {**inner, "ts": f"1700000000.{number:06d}"})


def start(ground: Ground, session: aiohttp.ClientSession, *, workspace_rate: float = 0, role: str = "all") -> Door:
    """A bot over HTTP, the whole of it or its door alone."""
    port = free_port()
    delivery = CALM.model_copy(update={"workspace_rate": workspace_rate})
    settings = ground.settings(delivery, http=HttpSettings(host="127.0.0.1", port=port, ops_port=0))
    return Door(ground.start(settings=settings, role=role), port, session)


async def asked_meanwhile(ground: Ground, times: int, progress: Progress) -> Outcome:
    """People ask and Slack tells of events while the store is stopped for ``times`` seconds; Slack repeats its events."""
    answers: list[int] = []
    commands: list[tuple[int, str]] = []
    async with aiohttp.ClientSession() as session:
        door = start(ground, session)
        await door.ready(ground)
        ground.end_server()
        door.took.clear()
        began, number = time.monotonic(), 0
        while time.monotonic() - began < times:
            number += 1
            answers.append((await door.post(question(number)))[0])
            commands.append(await door.post(command("pause" if number % 2 else "resume", number)))
            progress(int(time.monotonic() - began), times)
            await asyncio.sleep(max(0.3, times / 60))
        usual, slowest = statistics.median(door.took), max(door.took)
        await ground.start_server()
        back = time.monotonic()
        first = 0.0
        for repeated in (place for place, status in enumerate(answers, 1) if status != 200):
            while (await door.post(question(repeated)))[0] != 200:
                if time.monotonic() - back > 30:
                    return Outcome(number, broken=(f"an event is not taken in after 30 s: {door.life.said()}",))
                await asyncio.sleep(0.1)
            first = first or time.monotonic() - back
        await ground.until(lambda: len(answered(ground)) >= number, 20, what="an answer to each event")
        await asyncio.sleep(1.0)
        found = answered(ground)
        door.life.terminate()
        status = await door.life.ended(30)
    broken: list[str] = []
    if set(answers) != {500}:
        broken.append(f"events were answered with {sorted(set(answers))}")
    if any(status != 200 or "text" not in body for status, body in commands):
        broken.append(f"commands were answered with {commands[0]}")
    if usual > _PROMPT or slowest > _LATEST:
        broken.append(f"an answer took {usual:.1f} s, {slowest:.1f} s at most")
    if first > 5:
        broken.append(f"the first event was taken in {first:.1f} s after the return")
    if status != 0:
        broken.append(f"the bot ended with {status}")
    figure = f"answered within {usual:.2f} s meanwhile, {slowest:.2f} s at most; events are taken in {first:.1f} s after the return"
    return Outcome(number, max(0, number - len(found)), max(0, len(found) - number), figure, tuple(broken))


def answered(ground: Ground) -> list[str]:
    """What was said to each question that was done."""
    return [one.text for one in ground.slack.messages() if "You now follow" in one.text]


async def removed(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The app is removed from the workspace amid a digest: nobody is written to any more, and everything is forgotten."""
    late = left = 0
    slowest = 0.0
    for number in range(times):
        people = await ground.seeds.readers(40)
        await ground.seeds.queue(people * 3)
        async with aiohttp.ClientSession() as session:
            have = ground.slack.figures()["messages"]
            door = start(ground, session, workspace_rate=40)
            await ground.until(lambda have=have: ground.slack.figures()["messages"] > have + 5, what="a first message")
            await door.ready(ground)
            at = time.monotonic()
            await door.post(event(number + 1, {"type": "app_uninstalled"}))
            await ground.until_async(lambda: _is_purged(ground), what="an empty store")
            slowest = max(slowest, time.monotonic() - at)
            calls = ground.slack.figures()["calls"]
            await asyncio.sleep(2.0)
            late += ground.slack.figures()["calls"] - calls
            left += not await _is_purged(ground)
            await door.life.killed()
        await ground.fresh()
        progress(number + 1, times)
    broken = [f"{late} calls after the workspace was purged"] if late else []
    if left:
        broken.append(f"{left} times something was written afterwards")
    figure = f"{late} calls afterwards; everything forgotten within {slowest:.1f} s"
    return Outcome(times, figure=figure, broken=tuple(broken))


async def _is_purged(ground: Ground) -> bool:
    """Nothing of a reader is left."""
    async with ground.raw() as client:
        left = [key async for key in client.scan_iter(f"pb:{{{TEAM}:*")]
    return not [key for key in left if not any(part in key for part in (b":act:", b":acts", b":turn:", b":pause:"))]
