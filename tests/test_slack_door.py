"""The whole door, over HTTP and over Socket Mode: the same acts, the same acknowledgements."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import settings as settings_module
from bot.acts import Act, ActKind, Message, Reply
from bot.clock import Clock
from bot.errors import SettingsError
from bot.notify.slack import SlackNotifier
from bot.redaction import install
from bot.settings import Settings
from bot.slack import opening as opening_module
from bot.slack import socket_mode
from bot.slack.guard import PATH
from bot.slack.opening import SlackDoor, open_slack
from bot.slack.wording import STARTING
from tests.slack_fakes import Handlers, MemoryInbox, Voices
from tests.slack_server import (
    ADA,
    APP_TOKEN,
    BOT_TOKEN,
    BOT_USER,
    SIGNING_SECRET,
    Failure,
    SlackServer,
    body_of,
    signed,
)

PAYLOADS = Path(__file__).parent / "data" / "payloads"
#: A testing clock that stands still: signatures are still checked against the real time.
CLOCK = Clock(settings_module.TestingSettings(enabled=True, clock="2026-03-18T09:00:00Z"))
ENVELOPES = {"event_callback": "events_api", "": "slash_commands"}


def payload(name: str, **changes: Any) -> dict[str, Any]:
    """A payload from its file."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))["payload"]
    return found | changes


@dataclass
class Bot:
    """A door that is open, with stand-ins behind it and Slack in front."""

    slack: SlackServer
    door: SlackDoor
    handlers: Handlers
    inbox: MemoryInbox
    settings: Settings

    async def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Status and body of a request."""
        host, port = self.door.address
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://{host}:{port}{PATH}", data=body, headers=headers) as response,
        ):
            return response.status, await response.text()

    async def deliver(self, payload: Mapping[str, Any], **signing: Any) -> tuple[int, Any]:
        """Status and JSON that a payload gets, by whichever way the bot has chosen; None for an empty answer."""
        if self.settings.slack.mode == "http":
            body, kind = body_of(payload)
            status, text = await self.post(body, signed(body, kind=kind, **signing))
            return status, json.loads(text) if text.startswith("{") else text or None
        await self.slack.connected()
        kind = ENVELOPES.get(payload.get("type", ""), "interactive")
        return 200, (await self.slack.envelope(kind, payload)).get("payload")


@asynccontextmanager
async def opened(
    slack: SlackServer, mode: str = "http", handlers: Handlers | None = None, inbox: MemoryInbox | None = None
) -> AsyncGenerator[Bot]:
    """A bot in that workspace."""
    settings = slack.settings(mode)
    handlers, inbox = handlers or Handlers(), inbox or MemoryInbox()
    async with (
        SlackNotifier(settings.slack, settings.delivery) as notifier,
        open_slack(
            settings, handlers, inbox, notifier, clock=CLOCK, is_awake=lambda: True, remember=Voices().remember
        ) as door,
    ):
        yield Bot(slack, door, handlers, inbox, settings)


@pytest.fixture
async def slack() -> AsyncGenerator[SlackServer]:
    """A workspace."""
    async with SlackServer() as server:
        yield server


MODES = pytest.mark.parametrize("mode", ["http", "socket"])


@MODES
async def test_a_command_is_answered(slack: SlackServer, mode: str) -> None:
    """Acknowledged with nothing, answered through the response URL."""

    async def answer(act: Act, reply: Reply) -> None:
        await reply.answer(Message(f"You asked: {act.text}"))

    async with opened(slack, mode, Handlers(answer)) as bot:
        asked = payload("command", response_url=slack.response_url(), text="search payload")
        assert await bot.deliver(asked) == (200, None)
        assert (await slack.until(1))[0]["text"] == "You asked: search payload"


@MODES
async def test_every_payload_is_acknowledged(slack: SlackServer, mode: str) -> None:
    """All of them, at once, and each act reaches the handlers."""
    async with opened(slack, mode) as bot:
        # After the uninstall nothing is done any more.
        names = sorted((file.stem for file in PAYLOADS.glob("*.json")), key="event_tokens_revoked".__eq__)
        for name in names:
            changes = {"event_id": name} if name.startswith("event_") else {}
            status, answer = await bot.deliver(payload(name, **changes))
            assert (status, answer) == (200, {"options": []} if name == "suggestion" else None), name
        await bot.door.stop()
        silent = {"event_message_changed", "event_message_of_a_bot", "view_closed", "suggestion"}
        assert len(bot.handlers.acts) == len(names) - len(silent)


@MODES
async def test_a_modal_with_mistakes_stays_open(slack: SlackServer, mode: str) -> None:
    """The acknowledgement carries what is wrong."""
    async with opened(slack, mode, Handlers(faults={"zone": "There is no such zone."})) as bot:
        errors = {"response_action": "errors", "errors": {"zone": "There is no such zone."}}
        assert await bot.deliver(payload("submission")) == (200, errors)


@MODES
async def test_its_own_messages_are_not_acts(slack: SlackServer, mode: str) -> None:
    """What the bot itself says or reacts with is acknowledged and left alone."""
    async with opened(slack, mode) as bot:
        event = payload("event_reaction")
        event["event"]["user"] = BOT_USER
        assert await bot.deliver(event) == (200, None)
        await bot.door.stop()
        assert bot.handlers.acts == []


@pytest.mark.parametrize("retry", [1, 2, 3])
async def test_slacks_retries_have_no_second_effect(slack: SlackServer, retry: int) -> None:
    """The same event again, with Slack's headers, is a success without effect."""
    async with opened(slack) as bot:
        body, kind = body_of(payload("event_direct_message"))
        for number in range(retry + 1):
            headers = signed(body, kind=kind) | {
                "x-slack-retry-num": str(number),
                "x-slack-retry-reason": "http_timeout",
            }
            assert await bot.post(body, headers) == (200, "")
        await bot.door.stop()
        assert len(bot.handlers.acts) == 1


async def test_a_replayed_request_has_no_effect(slack: SlackServer) -> None:
    """Byte for byte the same, with its valid signature: 200, done once."""
    async with opened(slack) as bot:
        for name in ("command", "button_in_message", "event_mention"):
            body, kind = body_of(payload(name))
            headers = signed(body, kind=kind)
            assert [(await bot.post(body, headers))[0] for _ in range(3)] == [200] * 3
        await bot.door.stop()
        assert len(bot.handlers.acts) == 3


async def test_forged_requests_end_at_the_door(slack: SlackServer, caplog: pytest.LogCaptureFixture) -> None:
    """Wrong key, altered body, stale: 401, without a traceback and without the body in the log."""
    async with opened(slack) as bot:
        with caplog.at_level(logging.DEBUG):
            assert (await bot.deliver(payload("command", text="a private question"), key="forged"))[0:1] == (401,)
    assert bot.handlers.acts == []


async def test_slack_verifies_the_address(slack: SlackServer) -> None:
    """The challenge comes back."""
    async with opened(slack) as bot:
        status, answer = await bot.deliver({"type": "url_verification", "challenge": "c1", "token": "t"})
        assert (status, answer) == (200, {"challenge": "c1"})


async def test_signed_nonsense_is_answered_shortly(slack: SlackServer, caplog: pytest.LogCaptureFixture) -> None:
    """Shapes that Bolt stumbles over are refused without a traceback."""
    shapes: list[dict[str, Any]] = [
        {"type": "event_callback", "authorizations": [1], "event": {}},
        {"type": "event_callback", "authorizations": "x", "event": 5},
        {"type": "block_actions", "user": 7, "team": 8, "actions": {}},
        {"type": "block_actions", "view": [], "response_urls": [3]},
        {"command": ["/papers"], "enterprise": 3},
        {"type": ["x"]},
        {"type": "view_submission", "view": None},
        {"type": "view_submission"},
        {"type": "event_callback", "event": None},
        {"type": "block_actions", "actions": None, "message": [1], "container": "x"},
    ]
    async with opened(slack) as bot:
        for shape in shapes:
            body = json.dumps(shape).encode()
            status, text = await bot.post(body, signed(body))
            assert status in {200, 400}
            assert "Traceback" not in text
    assert not [record for record in caplog.records if record.exc_info]


@MODES
async def test_acks_are_quick(slack: SlackServer, mode: str) -> None:
    """A hundred commands: half of them within a few milliseconds."""
    async with opened(slack, mode) as bot:
        if mode == "socket":
            await slack.connected()
        times: list[float] = []
        for number in range(100):
            begun = time.perf_counter()
            assert (await bot.deliver(payload("command", trigger_id=str(number))))[0] == 200
            times.append(time.perf_counter() - begun)
    assert sorted(times)[50] < 0.05


async def test_acts_wait_a_moment_for_slack_to_say_who_we_are(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it does not, people are told and events come again; then everything works by itself."""
    monkeypatch.setattr(opening_module, "NAME_SECONDS", 0.05)
    monkeypatch.setattr(opening_module, "_FIRST_WAIT", 0.3)
    slack.fail("auth.test", Failure(500), Failure(500))
    async with opened(slack) as bot:
        assert await bot.deliver(payload("command")) == (200, {"response_type": "ephemeral", "text": STARTING})
        assert (await bot.deliver(payload("event_direct_message")))[0] == 500
        assert not await bot.door.connected()
        monkeypatch.setattr(opening_module, "NAME_SECONDS", 60)
        assert await bot.deliver(payload("command")) == (200, None)
        assert bot.door.workspace == "T0LAB00001"


@MODES
async def test_the_door_tells_whether_it_is_open(slack: SlackServer, mode: str) -> None:
    """It is while Slack can reach us, and closed as soon as it is stopped."""
    async with opened(slack, mode) as bot:
        assert (await bot.deliver(payload("command")))[0] == 200
        assert await bot.door.connected()
        assert (bot.door.address != ("", 0)) is (mode == "http")
        await bot.door.stop()
        assert not await bot.door.connected()


async def test_what_was_left_undone_is_done_at_the_next_start(slack: SlackServer) -> None:
    """The act is there again, and its answer finds another way than the dead response URL."""
    inbox = MemoryInbox()

    async def hang(_act: Act, _reply: Reply) -> None:
        await asyncio.Event().wait()

    async def answer(act: Act, reply: Reply) -> None:
        await reply.answer(Message(f"saved {act.value}"))

    async with opened(slack, handlers=Handlers(hang), inbox=inbox) as bot:
        await bot.deliver(payload("button_in_message", response_url=slack.response_url()))
        await bot.door.stop(0)
    assert inbox.finished == []
    async with opened(slack, handlers=Handlers(answer), inbox=inbox):
        assert (await slack.until(1, "chat.postEphemeral"))[0]["text"] == "saved p0123456789abcde"
    assert slack.responses == []
    assert inbox.finished == ["1.3.abc"]


async def test_after_an_uninstall_slack_is_not_called_any_more(slack: SlackServer) -> None:
    """Not one call with the old token."""
    async with opened(slack) as bot:
        await bot.deliver(payload("event_tokens_revoked"))
        async with asyncio.timeout(2):
            while await bot.door.connected():  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)
        before = len(slack.received)
        assert (await bot.deliver(payload("button_in_home")))[0] == 200
        await bot.door.stop()
        assert len(slack.received) == before
        assert [act.name for act in bot.handlers.acts] == ["tokens_revoked"]


async def test_socket_mode_connects_again(slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Slack's own refresh and after a cut."""
    monkeypatch.setattr(socket_mode, "PING_SECONDS", 0.1)
    async with opened(slack, "socket") as bot:
        await slack.connected()
        first = slack.sockets[0]
        await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
        async with asyncio.timeout(5):
            while first in slack.sockets or not slack.sockets:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.01)
        assert (await bot.deliver(payload("command")))[0] == 200
        second = slack.sockets[0]
        await second.close()
        async with asyncio.timeout(5):
            while second in slack.sockets or not slack.sockets:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.01)
        assert (await bot.deliver(payload("event_mention")))[0] == 200
        await bot.door.stop()
        assert [act.name for act in bot.handlers.acts] == ["/papers", "app_mention"]


async def test_a_void_address_is_not_tried_for_ever(slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack gave an address that nobody answers at: another one is asked for."""
    monkeypatch.setattr(socket_mode, "PING_SECONDS", 0.05)
    good = {"url": f"{slack.url.replace('http', 'ws')}/link?ticket=2"}
    slack.answers["apps.connections.open"] = [{"url": "ws://127.0.0.1:9/link?ticket=1"}, good]
    async with opened(slack, "socket") as bot:
        assert (await bot.deliver(payload("command")))[0] == 200
    assert len(slack.calls("apps.connections.open")) == 2


async def test_a_wrong_app_token_is_told_of_in_a_sentence(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line for each try, which are ever further apart, and it says where to look."""
    monkeypatch.setattr(socket_mode, "FIRST_WAIT", 0.0)
    slack.fail("apps.connections.open", *[Failure.error("invalid_auth")] * 2)
    async with opened(slack, "socket"):
        await slack.connected()
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [line.partition(":")[0] for line in told] == [
        "Slack refuses slack.app_token (invalid_auth), so nobody can reach the bot"
    ] * 2


async def test_an_uninstall_is_carried_out_at_the_next_start_although_the_token_is_dead(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the kept event tells of it then; a token that works meanwhile is of a new installation, and stays."""
    monkeypatch.setattr(opening_module, "_FIRST_WAIT", 0.01)
    inbox, never = MemoryInbox(), asyncio.Event()

    async def hang(_act: Act, _reply: Reply) -> None:
        await never.wait()

    gone = payload("event_tokens_revoked", event={"type": "app_uninstalled"})
    async with opened(slack, handlers=Handlers(hang, frozenset({"app_uninstalled"})), inbox=inbox) as bot:
        await bot.deliver(gone)
        await bot.door.stop(0)
    assert inbox.finished == []
    slack.fail("auth.test", *[Failure.error("account_inactive")] * 2)
    async with opened(slack, inbox=inbox) as bot:
        async with asyncio.timeout(5):
            while not inbox.finished:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)
        assert [(act.name, act.is_resumed) for act in bot.handlers.acts] == [("app_uninstalled", True)]
        assert not bot.door.workspace
    async with opened(slack) as bot:
        assert (await bot.deliver(payload("command")))[0] == 200


@pytest.mark.parametrize(("mode", "setting"), [("http", "signing_secret"), ("socket", "app_token")])
async def test_a_missing_secret_is_named(slack: SlackServer, mode: str, setting: str) -> None:
    """The door does not open without what its mode needs."""
    settings = slack.settings(mode, **{setting: None})
    async with SlackNotifier(settings.slack, settings.delivery) as notifier:
        opening = open_slack(
            settings,
            Handlers(),
            MemoryInbox(),
            notifier,
            clock=CLOCK,
            is_awake=lambda: True,
            remember=Voices().remember,
        )
        with pytest.raises(SettingsError, match=rf"slack\.{setting}"):
            async with opening:
                pass


@MODES
async def test_no_secret_is_ever_logged(slack: SlackServer, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything logged, through failures of every kind, no line holds a token, a secret or a response URL."""
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.DEBUG)
    lines = io.StringIO()
    logging.root.addHandler(logging.StreamHandler(lines))
    install(slack.settings(mode))

    async def break_down(act: Act, reply: Reply) -> None:
        if act.kind is ActKind.COMMAND:
            await reply.answer(Message("first"))
        raise RuntimeError(f"broken by {act.response_url} {BOT_TOKEN}")

    slack.fail("response_url", Failure(500), Failure(404, '{"error": "expired_url"}'))
    slack.fail("chat.postEphemeral", Failure.error("invalid_auth"))
    async with opened(slack, mode, Handlers(break_down)) as bot:
        await bot.deliver(payload("command", response_url=slack.response_url("canary")))
        await bot.deliver(payload("button_in_message"))
        await bot.deliver(payload("event_direct_message", team_id="T0OTHER001"))
        await bot.door.stop()
    told = lines.getvalue()
    assert "RuntimeError: broken by" in told
    for secret in (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, "response/canary", "hooks.slack.com/actions", "ticket=1"):
        assert secret not in told


def test_ada_is_in_the_payloads() -> None:
    """The files and the stand-in server speak of the same workspace."""
    assert payload("command")["user_id"] == ADA


async def test_the_start_goes_on_after_a_mistake(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong while we learn who we are, or look at what was left, is logged and tried again."""
    monkeypatch.setattr(opening_module, "_FIRST_WAIT", 0.01)
    inbox = MemoryInbox()
    workspaces, left, failures = inbox.workspaces, inbox.left, {"workspaces", "left"}

    async def first_workspaces() -> list[str]:
        if "workspaces" in failures:
            failures.remove("workspaces")
            raise RuntimeError("nobody thought of this")
        return await workspaces()

    async def first_left(workspace: str) -> list[tuple[str, bytes]]:
        if "left" in failures:
            failures.remove("left")
            raise RuntimeError("nobody thought of this")
        return await left(workspace)

    inbox.workspaces, inbox.left = first_workspaces, first_left
    async with opened(slack, inbox=inbox) as bot, asyncio.timeout(10):
        while not await bot.door.connected() or failures:  # noqa: ASYNC110 - what is looked at tells nobody
            await asyncio.sleep(0.01)
    told = [record.getMessage().partition(",")[0] for record in caplog.records if record.levelname == "ERROR"]
    assert told == ["Slack has not told who we are", "acts left undone wait"]
