"""Several processes that talk to one workspace: together they keep Slack's pace and its pauses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest

from bot.acts import Message
from bot.errors import NotifierError, NotifierRefused, NotifierUnavailable
from bot.metrics import REGISTRY
from bot.models import UserId
from bot.notify.slack import SlackNotifier
from bot.settings import DeliverySettings
from bot.store import Store
from tests.slack_process import SlackProcess
from tests.slack_server import ADA, TEAM, WAYS, Failure, SlackServer

MESSAGE = Message("3 papers for you")
OTHER_TEAM = "T0OTHER001"


@pytest.fixture
async def slack() -> AsyncGenerator[SlackServer]:
    """A workspace."""
    async with SlackServer() as server:
        yield server


async def open_ones(
    stack: AsyncExitStack, slack: SlackServer, store: Store, *teams: str, channel_rate: float = 0, rate: float = 0
) -> list[SlackNotifier]:
    """A notifier of each process, given the workspace it is for."""
    rates = DeliverySettings(channel_rate=channel_rate, workspace_rate=rate)
    settings = slack.settings().slack
    return [
        await stack.enter_async_context(SlackNotifier(settings, rates, store.turns(rates, lambda team=team: team)))
        for team in teams
    ]


@pytest.mark.parametrize(
    ("code", "headers"),
    [
        ("ratelimited", {"Retry-After": "1"}),
        ("ratelimited", {"Retry-After": "0.3"}),
        ("ratelimited", {}),
        ("rate_limited", {"Retry-After": "0.2"}),
        ("message_limit_exceeded", {"Retry-After": "0.2"}),
    ],
)
async def test_a_pause_is_every_processs(slack: SlackServer, store: Store, headers: dict[str, str], code: str) -> None:
    """However Slack asks for it: no process calls that method of that workspace before it is over; the others go on."""
    async with AsyncExitStack() as stack:
        one, two, other = await open_ones(stack, slack, store, TEAM, TEAM, OTHER_TEAM)
        slack.fail("chat.postMessage", Failure(429, f'{{"ok": false, "error": "{code}"}}', headers))
        with pytest.raises(NotifierUnavailable) as caught:
            await one.send(UserId(TEAM, ADA), MESSAGE, key="k1")
        began = time.monotonic()
        await other.send(UserId(OTHER_TEAM, ADA), MESSAGE, key="k2")
        await two.whisper("C1", ADA, MESSAGE)
        assert time.monotonic() - began < 0.5
        await asyncio.gather(*(two.send(UserId(TEAM, f"U{number}"), MESSAGE, key="k") for number in range(3)))
        times = [call.at for call in slack.received if call.method == "chat.postMessage"]
        assert min(times[2:]) - times[0] >= (caught.value.retry_after or 0) - 0.01


async def test_long_pauses_are_told_and_nothing_is_called(slack: SlackServer, store: Store) -> None:
    """By every process, with the seconds that are left, a quarter of an hour at most."""
    async with AsyncExitStack() as stack:
        one, two = await open_ones(stack, slack, store, TEAM, TEAM)
        slack.fail("conversations.history", Failure.limited(1_000_000))
        slack.fail("chat.postMessage", Failure.limited(600))
        reader = UserId(TEAM, "C0PAPERS01")
        for notifier in (one, two, one):
            with pytest.raises(NotifierUnavailable) as caught:
                await notifier.find(reader, "k", since_ms=0)
            assert caught.value.retry_after == pytest.approx(900, abs=2)
            with pytest.raises(NotifierUnavailable) as caught:
                await notifier.send(reader, MESSAGE, key="k")
            assert caught.value.retry_after == pytest.approx(600, abs=2)
        assert len(slack.received) == 2


async def test_slack_never_has_to_refuse_a_message(slack: SlackServer, store: Store) -> None:
    """Three processes with a backlog send what Slack allows, not more and hardly less."""
    # What is allowed at once makes up for the delays of a busy machine.
    slack.workspace.set_limits(channel=25, workspace=60, burst=10)
    async with AsyncExitStack() as stack:
        ones = await open_ones(stack, slack, store, TEAM, TEAM, TEAM, channel_rate=25, rate=60)
        began = time.monotonic()
        await asyncio.gather(
            *(ones[number % 3].send(UserId(TEAM, f"U{number % 7}"), MESSAGE, key="k") for number in range(90))
        )
        took = time.monotonic() - began
    assert (slack.workspace.limited, len(slack.messages)) == (0, 90)
    assert 89 / 60 - 0.05 <= took <= 89 / 60 / 0.85


async def test_messages_go_out_while_the_store_does_not_answer(
    slack: SlackServer, store: Store, raw_store: Any
) -> None:
    """Only the first one waits for it, for half a second."""
    async with AsyncExitStack() as stack:
        [one] = await open_ones(stack, slack, store, TEAM, rate=100)
        raw_store.execute_command("CLIENT", "PAUSE", 10_000, "WRITE")
        began = time.monotonic()
        for _ in range(5):
            await one.post("C1", MESSAGE)
            await one.whisper("C1", ADA, MESSAGE)
        assert time.monotonic() - began < 1.5
        raw_store.execute_command("CLIENT", "UNPAUSE")
    assert len(slack.messages) == 5


def value(name: str, **labels: str) -> float:
    """What is counted."""
    return REGISTRY.get_sample_value(f"paperbot_{name}", labels) or 0.0


async def test_calls_are_timed_and_counted(slack: SlackServer, store: Store) -> None:
    """By method and by how they ended; a word of Slack's that is not known gives no label of its own."""
    names = ("ok", "limited", "unknown", "unavailable", "channel_not_found", "refused")
    before = [value("slack_api_seconds_count", method="chat.postMessage", code=name) for name in names]
    limited = value("slack_429_total", method="chat.postMessage")
    slack.fail("chat.postMessage", Failure.limited(0), Failure(500), Failure(404, "<html>"))
    slack.fail("chat.postMessage", Failure.error("channel_not_found"), Failure.error("U0ADA00001_is_new"))
    async with AsyncExitStack() as stack:
        [one] = await open_ones(stack, slack, store, TEAM)
        for _ in range(6):
            with suppress(NotifierError):
                await one.send(UserId(TEAM, ADA), MESSAGE, key="k")
    after = [value("slack_api_seconds_count", method="chat.postMessage", code=name) for name in names]
    assert [later - earlier for earlier, later in zip(before, after, strict=True)] == [1.0] * 6
    assert value("slack_429_total", method="chat.postMessage") == limited + 1


@pytest.mark.alone
async def test_the_stand_in_is_a_process_of_its_own(store: Store) -> None:
    """What the fault tests and the benches rely on: faults, limits and outages by order, messages that stay."""
    with SlackProcess() as slack:
        settings = slack.settings()
        pace = store.turns(settings.delivery, lambda: TEAM)
        reader = UserId(TEAM, ADA)
        async with SlackNotifier(settings.slack, settings.delivery, pace) as notifier:
            await notifier.send(reader, MESSAGE, key="k1")
            slack.fail("chat.postMessage", Failure.unknown("abort", is_done=True), Failure(late=0.05, status=500))
            slack.refusal("U0GONE0001", "channel_not_found")
            for number in range(3):
                with pytest.raises(NotifierRefused if number == 2 else Exception):
                    await notifier.send(
                        UserId(TEAM, "U0GONE0001") if number == 2 else reader, MESSAGE, key=f"k{number + 2}"
                    )
            slack.until(lambda: len(slack.keys()) == 3, 5)
            assert slack.keys() == ["k1", "k2", "k3"]
            assert await notifier.find(reader, "k3", since_ms=round(time.time() * 1_000)) is not None
            slack.refuse()
            # A question may be asked again, so it finds out that open connections are broken; of a message nobody would know.
            with pytest.raises(NotifierUnavailable):
                await notifier.person(ADA)
            with pytest.raises(NotifierUnavailable):
                await notifier.send(reader, MESSAGE, key="k5")
            slack.accept()
            slack.outage(Failure(503))
            with pytest.raises(NotifierUnavailable):
                await notifier.person(ADA)
            slack.outage(None)
            slack.chance("chat.postMessage", 1.0, [Failure.unknown(way, is_done=True) for way in WAYS if way != "hang"])
            with pytest.raises(Exception, match="Slack did not say"):
                await notifier.send(reader, MESSAGE, key="k6")
            assert [message.channel for message in slack.messages(3)] == [f"D{ADA[1:]}"]
            assert slack.figures() == {"limited": 0, "early": 0, "messages": 4, "calls": slack.count()}
            slack.clear()
            assert slack.messages() == []
