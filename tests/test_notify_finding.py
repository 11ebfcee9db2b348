"""Whether a message that may have been sent was sent: looked up by its key."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator

import pytest

from bot.acts import Message
from bot.errors import NotifierAmbiguous, NotifierRefused, NotifierUnavailable
from bot.models import Place, UserId
from bot.notify import Found
from bot.notify.slack import SlackNotifier
from tests.slack_server import ADA, TEAM, WAYS, Failure, SlackServer, Way

READER = UserId(TEAM, ADA)
CHANNEL = UserId(TEAM, "C0PAPERS01")
BLOCK = {"type": "section", "text": {"type": "plain_text", "text": "Found"}}
DIRECT = f"D{ADA[1:]}"


@pytest.fixture
async def slack() -> AsyncGenerator[SlackServer]:
    """A workspace."""
    async with SlackServer() as server:
        yield server


@pytest.fixture
async def notifier(slack: SlackServer) -> AsyncGenerator[SlackNotifier]:
    """The door to that workspace."""
    settings = slack.settings()
    async with SlackNotifier(settings.slack, settings.delivery) as opened:
        yield opened


def now_ms() -> int:
    """As the store tells it."""
    return round(time.time() * 1_000)


@pytest.mark.parametrize("reader", [READER, CHANNEL])
@pytest.mark.parametrize("direct", [DIRECT, None])
async def test_a_message_is_found_by_its_key(
    notifier: SlackNotifier, slack: SlackServer, reader: UserId, direct: str | None
) -> None:
    """With its place and its blocks; a direct message's conversation is opened where nobody knows it yet."""
    begun = now_ms()
    sent = [await notifier.send(reader, Message(f"{number}", (BLOCK,)), key=f"k{number}") for number in range(5)]
    found = await notifier.find(reader, "k4", since_ms=begun, direct=direct)
    assert found == Found(Place(sent[4].channel, sent[4].ts), (BLOCK,))
    assert await notifier.find(reader, "k5", since_ms=begun, direct=direct) is None
    opened = 2 if direct is None and reader == READER else 0
    assert len(slack.calls("conversations.open")) == opened


async def test_a_message_in_a_thread_is_found_there(notifier: SlackNotifier) -> None:
    """And not in the channel."""
    begun = now_ms()
    head = await notifier.send(CHANNEL, Message("head"), key="k")
    parent = Place(head.channel, head.ts)
    rest = await notifier.send(CHANNEL, Message("rest"), key="k+1", parent=parent)
    found = await notifier.find(CHANNEL, "k+1", since_ms=begun, parent=parent)
    assert found is not None
    assert found.place == Place(rest.channel, rest.ts)
    assert await notifier.find(CHANNEL, "k+1", since_ms=begun) is None


async def test_only_what_may_be_it_is_looked_through(notifier: SlackNotifier, slack: SlackServer) -> None:
    """From a minute before the first attempt, to the last page."""
    begun = now_ms()
    sent = [await notifier.send(CHANNEL, Message("x"), key=f"k{number}") for number in range(450)]
    found = await notifier.find(CHANNEL, "k0", since_ms=begun)
    assert found is not None
    assert found.place.ts == sent[0].ts
    calls = slack.calls("conversations.history")
    assert [call.get("cursor") for call in calls] == [None, "200", "400"]
    assert [float(call["oldest"]) for call in calls] == [pytest.approx(begun / 1_000 - 60, abs=0.001)] * 3
    assert {call["include_all_metadata"] for call in calls} == {"true"}


@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel", "channel_not_found", "not_allowed_token_type"])
async def test_a_history_that_may_not_be_read_is_told(notifier: SlackNotifier, slack: SlackServer, code: str) -> None:
    """By Slack's own word: whoever asks has another rule for it."""
    slack.fail("conversations.history", Failure.error(code))
    with pytest.raises(NotifierRefused) as caught:
        await notifier.find(CHANNEL, "k", since_ms=now_ms())
    assert caught.value.code == code


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"messages": None},
        {"messages": "none"},
        {"messages": [], "response_metadata": {"next_cursor": "again"}},
        {"ok": False, "error": "internal_error"},
        {"ok": False, "error": "ratelimited"},
    ],
)
async def test_an_answer_that_is_none_says_nothing(
    notifier: SlackNotifier, slack: SlackServer, answer: dict[str, object]
) -> None:
    """Who finds nothing sends again, so only a whole history says that there is nothing."""
    slack.answers["conversations.history"] = answer
    with pytest.raises(NotifierUnavailable):
        await notifier.find(CHANNEL, "k", since_ms=now_ms())


async def test_history_is_read_with_care(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Others' messages, and what is none, are passed by."""
    key = {"event_type": "paperbot", "event_payload": {"key": "k"}}
    odd: list[object] = [
        None,
        7,
        {"metadata": None},
        {"metadata": {"event_type": "paperbot"}},
        {"metadata": {"event_type": "paperbot", "event_payload": "k"}},
        {"metadata": key | {"event_type": "other"}, "ts": "1.0"},
        {"metadata": key, "ts": "1.1", "blocks": [None, BLOCK]},
    ]
    slack.answers["conversations.history"] = {"messages": odd}
    assert await notifier.find(CHANNEL, "k", since_ms=0) == Found(Place(CHANNEL.user, "1.1"), (BLOCK,))


async def test_a_conversation_that_cannot_be_opened_is_unknown(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Never ambiguous: looking changes nothing."""
    slack.fail("conversations.open", Failure(500), Failure(200, '{"ok": true}'), Failure.error("missing_scope"))
    for kind in (NotifierUnavailable, NotifierUnavailable, NotifierRefused):
        with pytest.raises(kind):
            await notifier.find(READER, "k", since_ms=0)


@pytest.mark.parametrize("is_done", [True, False])
@pytest.mark.parametrize("way", [way for way in WAYS if way != "hang"])
async def test_what_became_of_a_message_is_found_out(
    notifier: SlackNotifier, slack: SlackServer, way: Way, *, is_done: bool
) -> None:
    """However the call ended: there is exactly one if it was taken, and none if it was not."""
    slack.fail("chat.postMessage", Failure.unknown(way, is_done=is_done))
    begun = now_ms()
    with pytest.raises(NotifierAmbiguous):
        await notifier.send(READER, Message("x"), key="k")
    found = await notifier.find(READER, "k", since_ms=begun)
    assert (found is not None) == is_done
    assert len(slack.messages) == is_done
