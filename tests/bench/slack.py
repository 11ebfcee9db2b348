"""What the benches of Slack share: a stand-in that only says ok, signed commands, and programs to send them to.

Standing: answers every Web API call with ok and notes when something is posted to a response_url
Bot: the real ``paperbot run`` in HTTP mode · Bare: a Bolt app that acknowledges and does nothing else
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

SECRET = "bench-signing-secret"  # noqa: S105 - of nobody
TEAM = "T0BENCH000"
USER = "U0BENCH001"
CHANNEL = "D0BENCH001"
PATIENCE = 60.0

_BARE = """
import os, re, sys
import aiohttp, uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.routing import Route

async def authorize(**_):
    return AuthorizeResult(enterprise_id=None, team_id="T0BENCH000", bot_token="xoxb-bench", bot_id="B0", bot_user_id="U0BOT")

app = AsyncApp(signing_secret=sys.argv[2], authorize=authorize)

@app.command(re.compile(".*"))
async def acknowledge(ack):
    await ack()

handler = AsyncSlackRequestHandler(app)
endpoint = Starlette(routes=[Route("/slack/events", handler.handle, methods=["POST"])])
uvicorn.run(endpoint, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""


@dataclass
class Standing:
    """The stand-in, while it is up."""

    port: int
    #: When the first thing arrived at each response_url, by its number.
    answered: dict[int, float] = field(default_factory=dict[int, float])

    def response_url(self, number: int) -> str:
        """Where the answer to command ``number`` goes."""
        return f"http://127.0.0.1:{self.port}/answer/{number}"

    @property
    def api_url(self) -> str:
        """Where the Web API is."""
        return f"http://127.0.0.1:{self.port}/api/"


@asynccontextmanager
async def standing() -> AsyncGenerator[Standing]:
    """A stand-in for Slack on a free port."""

    async def call(_request: web.Request) -> web.Response:
        told = {"ok": True, "team_id": TEAM, "user_id": "U0BOT", "bot_id": "B0BOT", "ts": f"{time.time():.6f}"}
        return web.json_response({**told, "channel": CHANNEL, "user": {"id": USER, "tz": "UTC"}})

    async def answer(request: web.Request) -> web.Response:
        stand.answered.setdefault(int(request.match_info["number"]), time.perf_counter())
        await request.read()
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_post("/api/{method}", call)
    app.router.add_get("/api/{method}", call)
    app.router.add_post("/answer/{number}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stand = Standing(free_port())
    try:
        await web.TCPSite(runner, "127.0.0.1", stand.port).start()
        yield stand
    finally:
        await runner.cleanup()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def command(text: str, number: int, response_url: str) -> tuple[bytes, dict[str, str]]:
    """Body and signed headers of one ``/papers text``."""
    body = urlencode(
        {
            "command": "/papers",
            "text": text,
            "team_id": TEAM,
            "team_domain": "bench",
            "user_id": USER,
            "user_name": "bench",
            "channel_id": CHANNEL,
            "channel_name": "directmessage",
            "api_app_id": "A0BENCH",
            "response_url": response_url,
            "trigger_id": f"{time.time_ns()}.{number}",
        }
    ).encode()
    stamp = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signature}",
    }


async def acknowledged(session: aiohttp.ClientSession, port: int, text: str, number: int, response_url: str) -> float:
    """Seconds until one command was acknowledged. Raises aiohttp's errors, RuntimeError for another status than 200."""
    body, headers = command(text, number, response_url)
    began = time.perf_counter()
    async with session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers) as response:
        if response.status != 200:
            raise RuntimeError(f"command {number} was answered with {response.status}: {await response.text()}")
        await response.read()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Program:
    """A program that takes commands."""

    process: subprocess.Popen[bytes]
    port: int
    #: ``time.perf_counter`` when it was started.
    began: float
    folder: Path

    async def first_ack(self, session: aiohttp.ClientSession, text: str, response_url: str) -> float:
        """Seconds from its start until it acknowledged a first command; it is asked until it does."""
        while time.perf_counter() - self.began < PATIENCE:
            try:
                await acknowledged(session, self.port, text, 0, response_url)
            except aiohttp.ClientConnectionError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"the program ended: {self.said()}") from None
                await asyncio.sleep(0.01)
            else:
                return time.perf_counter() - self.began
        raise RuntimeError(f"no ack in {PATIENCE:g} s: {self.said()}")

    def said(self) -> str:
        """The end of its log."""
        return (self.folder / "log").read_text()[-2_000:]


@contextmanager
def bot(folder: Path, api_url: str) -> Generator[Program]:
    """``paperbot run`` over HTTP with everything in ``folder``."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    config = folder / "config.toml"
    config.write_text(
        f'[slack]\nmode = "http"\nbot_token = "xoxb-bench"\nsigning_secret = "{SECRET}"\napi_url = "{api_url}"\n'
        f'[http]\nhost = "127.0.0.1"\nport = {port}\nops_port = 0\n'
        f'[store]\ndata_dir = "{folder}"\n[schedule]\ningest_every = 1\n'
    )
    with _program([sys.executable, "-m", "bot", "run", "--config", str(config)], folder, port) as program:
        yield program


@contextmanager
def bare(folder: Path) -> Generator[Program]:
    """A Bolt app over HTTP that acknowledges every command and does nothing else."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    with _program([sys.executable, "-c", _BARE, str(port), SECRET], folder, port) as program:
        yield program


@contextmanager
def _program(command_line: list[str], folder: Path, port: int) -> Generator[Program]:
    with (folder / "log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(command_line, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        yield Program(process, port, began, folder)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def page(path: Path, papers: list[dict[str, object]]) -> None:
    """Drop a dump into an inbox, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f".{path.name}")
    written.write_text(json.dumps(papers, indent=1))
    os.utime(written, (1_700_000_000, 1_700_000_000))
    written.rename(path)
