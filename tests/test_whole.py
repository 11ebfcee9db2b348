"""The whole bot against a stand-in for Slack: from the first command to the first paper, a vote, Home, and the end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import handlers
from bot import schedule
from bot.services import connecting
from bot.settings import ModelSettings, ScheduleSettings, Settings, StoreSettings
from bot.terminal import doctor
from tests.installation import LONG_AGO
from tests.pages import invented, text_page
from tests.pressing import elements, said
from tests.slack_server import ADA, BOT_TOKEN, BOT_USER, SIGNING_SECRET, TEAM, Failure, SlackServer

pytestmark = pytest.mark.alone

DIRECT = f"D{ADA[1:]}"


@asynccontextmanager
async def running(settings: Settings, role: str = "all") -> AsyncGenerator[asyncio.Task[int]]:
    """The bot while the block runs; a signal ends it."""
    task = asyncio.create_task(schedule.run(settings, role, handlers.route))
    try:
        yield task
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(task, 20) == 0


def at_home(slack: SlackServer, folder: Path, model_folder: Path, mode: str) -> Settings:
    """Settings with a folder of the bot's own."""
    return slack.settings(mode).model_copy(
        update={
            "store": StoreSettings(data_dir=folder / "data"),
            "model": ModelSettings(cache_dir=model_folder),
            "schedule": ScheduleSettings(ingest_every=1),
        }
    )


def drop(folder: Path, topic: str) -> None:
    """A page of papers about a topic arrives in the inbox."""
    inbox = folder / "data" / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    written = folder / "page.txt"
    written.write_bytes(text_page(invented(topic, number) for number in range(12)))
    os.utime(written, (LONG_AGO, LONG_AGO))
    written.rename(inbox / "page.txt")


def slash(slack: SlackServer, text: str, number: int) -> dict[str, Any]:
    return {
        "command": "/papers",
        "text": text,
        "team_id": TEAM,
        "user_id": ADA,
        "channel_id": DIRECT,
        "trigger_id": f"t{number}",
        "response_url": slack.response_url(f"slash{number}"),
    }


def click(slack: SlackServer, message: Mapping[str, Any], name: str, number: int) -> dict[str, Any]:
    """The first element of this name in a message of ours is used."""
    block, element = next((b, e) for b, e in elements(message["blocks"]) if e["action_id"] == name)
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": ADA, "team_id": TEAM},
        "trigger_id": f"t{number}",
        "container": {"type": "message", "message_ts": "1700000000.000001", "channel_id": DIRECT},
        "channel": {"id": DIRECT},
        "message": {"ts": "1700000000.000001", "text": message["text"], "blocks": message["blocks"]},
        "response_url": slack.response_url(f"click{number}"),
        "actions": [{**element, "block_id": block["block_id"], "type": "button", "value": element["value"]}],
    }


def event(name: str, **fields: Any) -> dict[str, Any]:
    authorizations = [{"team_id": TEAM, "user_id": BOT_USER}]
    inner = {"type": name, **fields}
    return {
        "type": "event_callback",
        "event_id": f"Ev-{name}",
        "team_id": TEAM,
        "authorizations": authorizations,
        "event": inner,
    }


async def test_from_the_first_command_to_the_end(tmp_path: Path, model_folder: Path) -> None:
    """Follow, a dump arrives, a direct message comes, its card learns, Home shows it; uninstalled, all of it is gone."""
    async with SlackServer() as slack:
        settings = at_home(slack, tmp_path, model_folder, "socket")
        async with running(settings):
            await slack.connected()
            assert "payload" not in await slack.envelope("slash_commands", slash(slack, "follow speech recognition", 1))
            assert "You now follow “speech recognition”" in (await slack.until(1))[0]["text"]
            drop(tmp_path, "speech recognition")
            [alert] = await slack.until(1, "chat.postMessage")
            assert alert["channel"] in {ADA, DIRECT}
            assert "Because you follow “speech recognition”" in said(alert["blocks"])
            await slack.envelope("interactive", click(slack, alert, "more_like_this", 2))
            learnt = (await slack.until(2))[1]
            assert learnt["replace_original"] is True
            assert "Learnt: more" in said(learnt["blocks"])
            opened = event("app_home_opened", user=ADA, tab="home", channel=DIRECT)
            await slack.envelope("events_api", opened)
            home = (await slack.until(1, "views.publish"))[-1]
            assert "speech recognition" in said(home["view"]["blocks"])
            await slack.envelope("events_api", event("app_uninstalled"))
            gone = await _until(lambda: slack.envelope("slash_commands", slash(slack, "for-me", 3)))
            assert "removed from the workspace" in gone["payload"]["text"]
            assert len(slack.calls("chat.postMessage")) == 1


async def _until(ask: Callable[[], Any]) -> dict[str, Any]:
    """Ask again until the acknowledgement says something."""
    async with asyncio.timeout(5):
        while "payload" not in (ack := await ask()):
            pass
    return ack


async def test_slack_is_away_at_the_start(tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers are taken in although Slack does not answer; it is asked again until it does."""
    monkeypatch.setattr(connecting, "ASK_AGAIN", 0.01)
    async with SlackServer() as slack:
        slack.fail("auth.test", *[Failure(503, "no")] * 3)
        async with running(at_home(slack, tmp_path, model_folder, "http"), "scheduler"):
            await slack.until(4, "auth.test")
            drop(tmp_path, "robot grasping")
            await asyncio.to_thread(filed, tmp_path / "data" / "done" / "page.txt")


def filed(file: Path) -> None:
    """Wait until a file is there, with what was in it: its place is held by an empty one first."""
    deadline = time.monotonic() + 10
    while not (file.exists() and file.stat().st_size):
        assert time.monotonic() < deadline, file
        time.sleep(0.02)


async def test_the_host_is_greeted_once(tmp_path: Path, model_folder: Path) -> None:
    """Installed, the app says hello to the operator; started again, it does not."""
    async with SlackServer() as slack:
        settings = at_home(slack, tmp_path, model_folder, "http")
        hosted = settings.model_copy(update={"slack": settings.slack.model_copy(update={"operator": ADA})})
        async with running(hosted):
            [greeting] = await slack.until(1, "chat.postMessage")
            assert greeting["channel"] in {ADA, DIRECT}
            assert "Hello!" in said(greeting["blocks"])
        asked = len(slack.calls("auth.test"))
        async with running(hosted):
            await slack.until(asked + 1, "auth.test")
        assert len(slack.calls("chat.postMessage")) == 1


def config(slack: SlackServer, folder: Path, more: str = "") -> Path:
    file = folder / "config.toml"
    file.write_text(
        f'[store]\ndata_dir = "data"\n[slack]\napi_url = "{slack.url}/api/"\nbot_token = "{BOT_TOKEN}"\n{more}'
    )
    return file


async def checks(file: Path, out: pytest.CaptureFixture[bytes]) -> dict[str, tuple[bool, str]]:
    """What `paperbot check` says of Slack."""
    await doctor.run(file, as_json=True)
    told = json.loads(out.readouterr().out)["checks"]
    return {one["name"]: (one["ok"], one["say"]) for one in told if one["name"].startswith("slack")}


async def test_check_looks_at_the_live_workspace(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The token's scopes are held against the manifest; the operator and the way in are looked at as well."""
    async with SlackServer() as slack:
        slack.fail("users.info", Failure.error("user_not_found"))
        told = await checks(config(slack, tmp_path, f'mode = "http"\noperator = "{ADA}"'), capfdbinary)
        assert told["slack token"] == (True, f"Lab, as {BOT_USER}")
        assert told["slack scopes"][0] is False
        assert "The token lacks im:history, im:write" in told["slack scopes"][1]
        assert told["slack operator"][0] is False
        assert told["slack http"] == (
            False,
            "slack.signing_secret is missing: copy it from the app's Basic Information page.",
        )
        slack.answers["users.info"] = {"user": {"id": ADA, "team_id": TEAM, "tz": "Europe/Berlin"}}
        more = f'mode = "http"\nsigning_secret = "{SIGNING_SECRET}"\noperator = "{ADA}"'
        told = await checks(config(slack, tmp_path, more), capfdbinary)
        assert (told["slack operator"][0], told["slack http"][0]) == (True, True)


async def test_check_says_what_slack_refuses(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A token that is refused is one wrong thing, not three; no token is told by its value."""
    async with SlackServer() as slack:
        slack.fail("auth.test", Failure.error("invalid_auth"))
        slack.fail("apps.connections.open", Failure.error("invalid_auth"))
        file = config(slack, tmp_path, 'app_token = "xapp-1-secret-of-ours"')
        told = await checks(file, capfdbinary)
        assert {name: ok for name, (ok, _) in told.items()} == {"slack token": False, "slack socket": False}
        assert "Slack refuses slack.bot_token (invalid_auth)" in told["slack token"][1]
        assert "Slack refuses slack.app_token (invalid_auth)" in told["slack socket"][1]
        assert "connections:write" in told["slack socket"][1]
        assert "secret-of-ours" not in str(told)


async def test_check_names_an_address_that_does_not_answer(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """With a wrong api_url it is the address that is wrong, not Slack that is busy."""
    async with SlackServer() as slack:
        file = config(slack, tmp_path, 'app_token = "xapp-1"')
        host = slack.url.split("/")[2]
    told = await checks(file, capfdbinary)
    sentence = f"{host} does not answer as Slack does: check slack.api_url, and this machine's way there."
    assert told == {"slack token": (False, sentence), "slack socket": (False, sentence)}
