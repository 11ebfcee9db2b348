"""How fast we talk to Slack: turns, pauses, and going on alone while the store is away."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

import pytest

from bot.errors import NotifierUnavailable, StoreUnreachable
from bot.notify.pacing import ALONE_SECONDS, POSTING, LocalPace, SharedPace


@dataclass
class Time:
    """Monotonic time that passes only while somebody sleeps."""

    at: float = 100.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


@dataclass
class Shared:
    """What all processes keep, or a store that is away."""

    is_away: bool = False
    asked: list[str] = field(default_factory=list[str])
    left: dict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.is_away:
            raise StoreUnreachable("Nobody answers.", cause="away")

    async def turn(self, channel: str) -> None:
        self._ask(f"turn {channel}")

    async def pause(self, method: str, seconds: float) -> None:
        self._ask(f"pause {method}")
        self.left[method] = seconds

    async def paused(self, method: str) -> float:
        self._ask(f"paused {method}")
        return self.left[method]


@pytest.fixture
def time() -> Time:
    """The time of both."""
    return Time()


async def test_one_conversation_gets_one_message_a_second(time: Time) -> None:
    """And the workspace four; a busy channel holds up no other."""
    pace = LocalPace(1, 4, time.now, time.sleep)
    at: dict[str, list[float]] = {"C1": [], "C2": []}

    async def post(channel: str) -> None:
        await pace.turn(channel)
        at[channel].append(time.at)

    await post("C1")
    await post("C1")
    await post("C2")
    assert at == {"C1": [100.0, 101.0], "C2": [101.25]}
    await post("C2")
    assert at["C2"] == [101.25, 102.25]


async def test_who_waits_for_a_busy_channel_does_not_hold_the_workspaces_turn(time: Time) -> None:
    """Ten want to post in one channel, others post at once meanwhile."""
    pace = LocalPace(1, 100, time.now, time.sleep)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.Event().wait()

    pace.sleep = sleep
    await pace.turn("C1")
    busy = [asyncio.create_task(pace.turn("C1")) for _ in range(10)]
    await asyncio.sleep(0)
    assert waits == [1.0] * 10
    time.at += 0.1
    await pace.turn("C2")
    for task in busy:
        task.cancel()


async def test_no_rates_no_waiting(time: Time) -> None:
    """0 sets no limit; what nobody waits for is not remembered."""
    pace = LocalPace(0, 0, time.now, time.sleep)
    for _ in range(20_000):
        await pace.turn("C1")
    assert time.at == 100.0


async def test_only_busy_conversations_are_remembered(time: Time) -> None:
    """A workspace has any number of them."""
    pace = LocalPace(1, 0, time.now, time.sleep)
    for number in range(25_000):
        time.at += 0.001
        await pace.turn(f"D{number}")
    assert len(pace._channels) <= 10_000  # pyright: ignore[reportPrivateUsage]


async def test_a_turn_too_far_away_is_refused(time: Time) -> None:
    """Who would wait more than 15 seconds hears how long, and waits elsewhere."""
    pace = LocalPace(0.05, 0, time.now, time.sleep)
    await pace.turn("C1")
    with pytest.raises(NotifierUnavailable) as caught:
        await pace.turn("C1")
    assert caught.value.retry_after == 20.0
    assert time.at == 100.0


async def test_a_pause_that_begins_while_somebody_waits_for_a_turn_is_kept(time: Time) -> None:
    """The turn is taken anew after it."""
    pace = LocalPace(1, 0, time.now, time.sleep)
    await pace.turn("C1")

    async def sleep(seconds: float) -> None:
        await pace.pause(POSTING, 5)
        pace.sleep = time.sleep
        await time.sleep(seconds)

    pace.sleep = sleep
    await pace.turn("C1")
    assert time.at == 105.0


async def test_pauses_only_grow(time: Time) -> None:
    """A shorter wait asked for later does not end a longer one; every method has its own."""
    pace = LocalPace(0, 0, time.now, time.sleep)
    await pace.pause("views.open", 20)
    await pace.pause("views.open", 1)
    assert await pace.paused("views.open") == 20.0
    assert await pace.paused(POSTING) == 0.0
    time.at += 20
    assert await pace.paused("views.open") == 0.0


async def test_all_processes_keep_one_pace(time: Time) -> None:
    """What another process was asked for holds here, and the other way round."""
    shared = Shared(left={"views.open": 7.0, POSTING: 0.0})
    pace = SharedPace(shared, LocalPace(1, 1, time.now, time.sleep))
    for _ in range(3):
        await pace.turn("C1")
    assert shared.asked == ["turn C1"] * 3
    assert time.at == 100.0
    assert await pace.paused("views.open") == 7.0
    await pace.pause(POSTING, 9)
    assert shared.left[POSTING] == 9


async def test_without_the_store_this_process_keeps_its_own_pace(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    """The store is not asked at every call meanwhile: somebody may be looking at a button."""
    shared = Shared(is_away=True)
    pace = SharedPace(shared, LocalPace(1, 4, time.now, time.sleep))
    await pace.turn("C1")
    await pace.turn("C1")
    await pace.pause("views.open", 30)
    assert await pace.paused("views.open") == 30.0
    assert await pace.paused("views.push") == 0.0
    assert time.at == 101.0
    assert shared.asked == ["turn C1"]
    assert [record.getMessage() for record in caplog.records] == [
        "pace is kept by this process alone until the store is there again: away"
    ]
    time.at += ALONE_SECONDS
    shared.is_away = False
    await pace.turn("C1")
    assert shared.asked == ["turn C1"] * 2


async def test_a_pause_that_the_store_has_lost_is_kept_here(time: Time) -> None:
    """Slack asked this process, so this process at least leaves it alone."""
    shared = Shared()
    pace = SharedPace(shared, LocalPace(0, 0, time.now, time.sleep))
    await pace.pause(POSTING, 5)
    shared.left.clear()
    await pace.turn("C1")
    assert time.at == 105.0


@pytest.mark.parametrize("call", ["pause", "paused", "turn"])
async def test_whatever_finds_the_store_away_goes_on(time: Time, call: str) -> None:
    """No failure of the store stops a message to a person."""
    pace = SharedPace(Shared(is_away=True), LocalPace(0, 0, time.now, time.sleep))
    asked = {"pause": pace.pause("x", 1), "paused": pace.paused("x"), "turn": pace.turn("C1")}
    assert await asked.pop(call) in (None, 0.0)
    for never in asked.values():
        never.close()


async def test_an_outage_is_told_once(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    """However many wait and however long it lasts, and when it is over."""
    caplog.set_level("INFO")
    shared = Shared(is_away=True)
    pace = SharedPace(shared, LocalPace(0, 0, time.now, time.sleep))
    for _ in range(3):
        await asyncio.gather(*(pace.turn(f"C{number}") for number in range(5)), pace.paused("users.info"))
        time.at += ALONE_SECONDS
    shared.is_away = False
    for _ in range(2):
        await pace.turn("C1")
    told = [record.message.partition(":")[0] for record in caplog.records]
    assert told == [
        "pace is kept by this process alone until the store is there again",
        "pace is kept together with the other processes again",
    ]
