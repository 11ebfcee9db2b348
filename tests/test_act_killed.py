"""What a person did is not lost: the real bot is killed with -9 right after it acknowledged, again and again."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.installation import Installation
from tests.slack_server import ADA, BOT_TOKEN, SIGNING_SECRET, TEAM, SlackServer, body_of, signed

ROUNDS = 5
PATIENCE = 30.0


@asynccontextmanager
async def killed_at_the_end(host: Installation) -> AsyncGenerator[int]:
    """The bot as a program of its own, ready for acts on the port that is given; it ends by SIGKILL."""
    log = Log(host.root / "run.log")
    program = await asyncio.create_subprocess_exec(*host.command("run"), stdout=log.file, stderr=log.file)
    try:
        yield await log.port()
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()
        log.file.close()


class Log:
    """What one program says, at the end of a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("ab")
        self.start = path.stat().st_size

    async def port(self) -> int:
        """The port that it listens on, once it knows whom it serves."""
        async with asyncio.timeout(PATIENCE):
            while "in Slack as" not in self.said() or "requests at" not in self.said():  # noqa: ASYNC110 - a file says it
                await asyncio.sleep(0.02)
        found = re.search(r"requests at 127\.0\.0\.1:(\d+)", self.said())
        assert found
        return int(found[1])

    def said(self) -> str:
        """What it has said so far."""
        return self.path.read_bytes()[self.start :].decode()


async def follow(session: aiohttp.ClientSession, slack: SlackServer, port: int, phrase: str) -> int:
    """The status with which ``/papers follow <phrase>`` was acknowledged."""
    command: dict[str, Any] = {
        "command": "/papers",
        "text": f"follow {phrase}",
        "team_id": TEAM,
        "user_id": ADA,
        "channel_id": f"D{ADA[1:]}",
        "trigger_id": f"trigger {phrase}",
        "response_url": slack.response_url(),
    }
    body, kind = body_of(command)
    address = f"http://127.0.0.1:{port}/slack/events"
    async with session.post(address, data=body, headers=signed(body, kind=kind)) as response:
        return response.status


async def test_what_was_acknowledged_is_done_once(tmp_path: Path, model_folder: Path) -> None:
    """Every follow that was acknowledged before the kill stands in the profile after the next start, once."""
    phrases = [f"subject number {number}" for number in range(ROUNDS)]
    async with SlackServer() as slack, aiohttp.ClientSession() as session:
        host = Installation(tmp_path, model_folder, _told(slack))
        for phrase in phrases:
            async with killed_at_the_end(host) as port:
                assert await follow(session, slack, port, phrase) == 200
        async with killed_at_the_end(host) as port:
            assert await follow(session, slack, port, phrases[0]) == 200
            deadline = time.monotonic() + PATIENCE
            while (names := _follows(host)) != sorted(phrases):
                assert time.monotonic() < deadline, (names, (tmp_path / "run.log").read_text())
                await asyncio.sleep(0.1)


def _follows(host: Installation) -> list[str]:
    return sorted(row["name"] for row in host.do("interests", f"{TEAM}/{ADA}", "--json").rows())


def _told(slack: SlackServer) -> str:
    chosen = slack.settings("http").slack
    return (
        # Installation begins the group of the ports.
        f'host = "127.0.0.1"\nport = 0\n[slack]\nmode = "http"\nbot_token = "{BOT_TOKEN}"\nsigning_secret = "{SIGNING_SECRET}"\n'
        f'api_url = "{chosen.api_url}"\n'
    )
