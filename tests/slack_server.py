"""A stand-in for Slack on loopback: its Web API, response URLs and Socket Mode, with failures on demand.

    async with SlackServer() as slack:
        slack.fail("chat.postMessage", Failure.limited(2))
        ...
        assert slack.calls("chat.postMessage")[0]["text"] == "…"

It keeps what it was told and judges nothing; limits of blocks are ``tests/block_limits.py``'s. What it remembers and
allows is its ``workspace`` (``tests/slack_workspace.py``): messages with their keys, history, members, rate limits.

As a process of its own, for workers that are killed and for measuring (``tests/slack_process.py`` talks to it):

    python -m tests.slack_server PORT CONTROL_PORT      # 0: any free port; prints both, ends with its standard input
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from itertools import count
from types import TracebackType
from typing import Any, Self, cast

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bot.settings import DeliverySettings, HttpSettings, Settings, SlackSettings
from tests.slack_failures import WAYS, Failure, Way
from tests.slack_signing import SIGNING_SECRET, body_of, signed
from tests.slack_workspace import Call, Stored, Workspace

__all__ = [
    "ADA",
    "APP_TOKEN",
    "BOB",
    "BOT_ID",
    "BOT_TOKEN",
    "BOT_USER",
    "SIGNING_SECRET",
    "TEAM",
    "WAYS",
    "Call",
    "Failure",
    "SlackServer",
    "Stored",
    "Way",
    "Workspace",
    "body_of",
    "signed",
]

TEAM, BOT_USER, BOT_ID = "T0LAB00001", "U0BOT00001", "B0BOT00001"
ADA, BOB = "U0ADA00001", "U0BOB00001"
BOT_TOKEN, APP_TOKEN = "xoxb-1-lab", "xapp-1-lab"
SCOPES = "chat:write,commands,users:read"


class SlackServer:
    """Start it with ``async with``. ``real_time``: ids of messages begin with the second they were posted in."""

    def __init__(self, port: int = 0, *, real_time: bool = False) -> None:
        self.workspace = Workspace(real_time=real_time)
        #: An answer that every call of the Web API gets while Slack is down.
        self.outage: Failure | None = None
        self.received: list[Call] = []
        #: Bodies posted to response URLs, with the path's last part.
        self.responses: list[tuple[str, dict[str, Any]]] = []
        self.uploads: list[bytes] = []
        #: Files that people gave, by name: whoever shows no token is sent elsewhere, to sign in.
        self.files: dict[str, bytes] = {}
        #: Who asked for them: name and token.
        self.downloads: list[tuple[str, str]] = []
        #: Answers by method, over the usual ones: a value, or a list of which each is given once, the last for ever.
        self.answers: dict[str, Any] = {}
        self.sockets: list[web.WebSocketResponse] = []
        self._failures: dict[str, list[Failure]] = defaultdict(list)
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = count(1)
        self._arrived = asyncio.Condition()
        self._port = port
        self._late: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{name}", self._response)
        app.router.add_post("/upload", self._upload)
        app.router.add_get("/files/{name}", self._download)
        app.router.add_get("/link", self._link)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.accept()
        self.url = f"http://127.0.0.1:{self._port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for link in list(self.sockets):
            await link.close()
        for task in self._late:
            task.cancel()
        await self._runner.cleanup()

    async def accept(self) -> None:
        """Take connections, again after ``refuse``, at the same port."""
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await self._site.start()
        self._port = int(self._runner.addresses[0][1])

    async def refuse(self) -> None:
        """Nobody is there: open connections break, new ones are refused."""
        await self._site.stop()
        assert self._runner.server
        for open_ in self._runner.server.connections:
            if open_.transport:
                open_.transport.abort()

    def settings(self, mode: str = "http", **slack: Any) -> Settings:
        """Settings of a bot that lives in this workspace, on free ports, without waiting between messages."""
        told: dict[str, Any] = {
            "mode": mode,
            "bot_token": SecretStr(BOT_TOKEN),
            "app_token": SecretStr(APP_TOKEN),
            "signing_secret": SecretStr(SIGNING_SECRET),
            "api_url": f"{self.url}/api/",
        }
        return Settings(
            slack=SlackSettings(**told | slack),
            http=HttpSettings(host="127.0.0.1", port=0, ops_port=0),
            delivery=DeliverySettings(send_timeout=1, channel_rate=0, workspace_rate=0),
        )

    # What a test asks and orders.

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The arguments of each call of a method, oldest first."""
        return [call.arguments for call in self.received if call.method == method]

    @property
    def messages(self) -> list[Stored]:
        """Every message that it has, in the order in which they came."""
        return self.workspace.messages

    def clear(self) -> None:
        """As if nothing had happened so far; failures, answers and limits are over."""
        self.received.clear()
        self.responses.clear()
        self.uploads.clear()
        self.answers.clear()
        self._failures.clear()
        self.outage = None
        self.workspace.clear()

    def fail(self, method: str, *failures: Failure) -> None:
        """Fail the next calls of a method, or ``response_url``, one after the other."""
        self._failures[method] += failures

    def response_url(self, name: str = "r1") -> str:
        """An address to answer at; what is posted there stands in ``responses``."""
        return f"{self.url}/response/{name}"

    async def until(self, number: int, method: str = "response_url") -> list[dict[str, Any]]:
        """Wait until a method was called, or response URLs were used, so often; gives the arguments."""

        def found() -> list[dict[str, Any]]:
            return [body for _, body in self.responses] if method == "response_url" else self.calls(method)

        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: len(found()) >= number)
        return found()

    # Socket Mode.

    async def connected(self, number: int = 1) -> None:
        """Wait for so many connections."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.sockets) >= number)

    async def envelope(self, kind: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Send a payload through the newest connection (``events_api``, ``interactive``, ``slash_commands``); its ack."""
        envelope_id = f"envelope-{next(self._numbers)}"
        ack = self._acks[envelope_id] = asyncio.get_running_loop().create_future()
        await self.sockets[-1].send_json({"envelope_id": envelope_id, "type": kind, "payload": payload})
        async with asyncio.timeout(5):
            return await ack

    # What it answers.

    async def _note(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments: dict[str, Any] = dict(request.query)
        if request.content_type == "application/json" and request.can_read_body:
            arguments |= await request.json()
        elif request.content_type == "application/x-www-form-urlencoded":
            arguments |= dict(await request.post())
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        call = Call(method, arguments, token, time.monotonic())
        self.received.append(call)
        self.workspace.watch(call)
        failures = self._failures[method]
        failure = self.outage or (failures.pop(0) if failures else self.workspace.strike(call))
        done = failure is None or failure.is_done or failure.broken == "after"
        answer = self._answer(call) if done else None
        if failure and failure.late:
            task = asyncio.create_task(self._do_late(call, failure.late))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        await self._note()
        if failure:
            self.workspace.pause(call, failure)
            return await self._fail(request, failure)
        return web.json_response(answer, headers={"x-oauth-scopes": SCOPES})

    async def _do_late(self, call: Call, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._answer(call)
        await self._note()

    @staticmethod
    async def _fail(request: web.Request, failure: Failure) -> web.StreamResponse:
        if failure.broken == "hang":
            await asyncio.sleep(failure.seconds)
        line = cast("asyncio.Transport", request.transport)
        if failure.broken == "truncated":
            line.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"ok": tr')
            line.close()
        elif failure.broken and line:
            if failure.broken == "reset":
                line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.abort()
        kind = "application/json" if failure.body.startswith("{") else "text/html"
        return web.Response(status=failure.status, text=failure.body, content_type=kind, headers=dict(failure.headers))

    def _answer(self, call: Call) -> dict[str, Any]:
        method, arguments = call.method, call.arguments
        if method in self.answers:
            given = self.answers[method]
            if isinstance(given, list):
                listed = cast("list[Any]", given)
                given = listed.pop(0) if len(listed) > 1 else listed[0]
            if method == "chat.postMessage" and given.get("ok", True):
                self.workspace.store(call, channel=given.get("channel", ""), ts=given.get("ts", ""))
            return {"ok": True} | given
        if method == "chat.postMessage":
            message = self.workspace.store(call)
            return {"ok": True, "channel": message.channel, "ts": message.ts}
        if method == "conversations.history":
            return self.workspace.history(arguments)
        if method == "conversations.replies":
            return self.workspace.replies(arguments)
        if method == "conversations.members":
            return self.workspace.list_members(arguments)
        number = next(self._numbers)
        usual: dict[str, dict[str, Any]] = {
            "auth.test": {"team": "Lab", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT_ID},
            "chat.postEphemeral": {"message_ts": f"1700000000.{number:06d}"},
            "conversations.open": {"channel": {"id": Workspace.conversation(str(arguments.get("users") or ""))}},
            "views.open": {"view": {"id": f"V{number}"}},
            "views.push": {"view": {"id": f"V{number}"}},
            "files.getUploadURLExternal": {"upload_url": f"{self.url}/upload", "file_id": f"F{number:010d}"},
            "apps.connections.open": {"url": f"{self.url.replace('http', 'ws')}/link?ticket={number}"},
        }
        return {"ok": True} | usual.get(method, {})

    async def _response(self, request: web.Request) -> web.StreamResponse:
        failures = self._failures["response_url"]
        failure = failures.pop(0) if failures else None
        if not failure or failure.is_done:
            self.responses.append((request.match_info["name"], await request.json()))
        await self._note()
        return await self._fail(request, failure) if failure else web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        self.uploads.append(await request.read())
        return web.Response(text="OK")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        name, token = request.match_info["name"], request.headers.get("Authorization", "")
        self.downloads.append((name, token))
        if token != f"Bearer {BOT_TOKEN}" or name not in self.files:
            raise web.HTTPFound("/sign-in")
        return web.Response(body=self.files[name])

    async def _link(self, request: web.Request) -> web.StreamResponse:
        link = web.WebSocketResponse()
        await link.prepare(request)
        await link.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(link)
        await self._note()
        async for message in link:
            if message.type is aiohttp.WSMsgType.TEXT:
                told = json.loads(message.data)
                if ack := self._acks.pop(told.get("envelope_id"), None):
                    ack.set_result(told)
        self.sockets.remove(link)
        return link


if __name__ == "__main__":
    from tests.slack_control import main

    main(*(int(port) for port in sys.argv[1:3]))
