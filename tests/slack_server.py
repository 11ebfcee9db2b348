"""A stand-in for Slack on loopback: its Web API, response URLs and Socket Mode, with failures on demand.

    async with SlackServer() as slack:
        slack.fail("chat.postMessage", Failure.limited(2))
        ...
        assert slack.calls("chat.postMessage")[0]["text"] == "…"

It keeps what it was told and judges nothing; limits of blocks are ``tests/block_limits.py``'s.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bot.settings import DeliverySettings, HttpSettings, Settings, SlackSettings

TEAM, BOT_USER, BOT_ID = "T0LAB00001", "U0BOT00001", "B0BOT00001"
ADA, BOB = "U0ADA00001", "U0BOB00001"
BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-1-lab", "xapp-1-lab", "a-signing-secret"
SCOPES = "chat:write,commands,users:read"


@dataclass(frozen=True)
class Failure:
    """One answer that is not the usual one."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    #: "before" breaks the connection off instead of doing it, "after" does it first, "hang" never answers.
    broken: str = ""
    #: The call is done although the answer fails.
    is_done: bool = False

    @classmethod
    def error(cls, code: str, **more: Any) -> Failure:
        """Slack's own no."""
        return cls(200, json.dumps({"ok": False, "error": code, **more}))

    @classmethod
    def limited(cls, retry_after: float | str | None) -> Failure:
        """Too many requests; None gives no Retry-After."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return cls(429, json.dumps({"ok": False, "error": "ratelimited"}), headers)


@dataclass(frozen=True)
class Call:
    """One call of the Web API as it came in."""

    method: str
    arguments: dict[str, Any]
    token: str
    #: Monotonic seconds.
    at: float


class SlackServer:
    """Start it with ``async with``."""

    def __init__(self) -> None:
        self.received: list[Call] = []
        #: Bodies posted to response URLs, with the path's last part.
        self.responses: list[tuple[str, dict[str, Any]]] = []
        self.uploads: list[bytes] = []
        #: Answers by method, over the usual ones: a value, or a list of which each is given once, the last for ever.
        self.answers: dict[str, Any] = {}
        self.sockets: list[web.WebSocketResponse] = []
        self._failures: dict[str, list[Failure]] = defaultdict(list)
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = count(1)
        self._arrived = asyncio.Condition()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{name}", self._response)
        app.router.add_post("/upload", self._upload)
        app.router.add_get("/link", self._link)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for socket in list(self.sockets):
            await socket.close()
        await self._runner.cleanup()

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
            delivery=DeliverySettings(send_timeout=1, channel_rate=1_000, workspace_rate=10_000),
        )

    # What a test asks and orders.

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The arguments of each call of a method, oldest first."""
        return [call.arguments for call in self.received if call.method == method]

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
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        failure = self._failures[method].pop(0) if self._failures[method] else None
        done = failure is None or failure.is_done or failure.broken == "after"
        self.received.append(Call(method, arguments, token, time.monotonic()))
        answer = self._answer(method, arguments) if done else None
        await self._note()
        if failure:
            return await self._fail(request, failure)
        return web.json_response(answer, headers={"x-oauth-scopes": SCOPES})

    @staticmethod
    async def _fail(request: web.Request, failure: Failure) -> web.StreamResponse:
        if failure.broken == "hang":
            await asyncio.sleep(5)
        if failure.broken:
            cast("asyncio.Transport", request.transport).abort()
        kind = "application/json" if failure.body.startswith("{") else "text/html"
        return web.Response(status=failure.status, text=failure.body, content_type=kind, headers=dict(failure.headers))

    def _answer(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if method in self.answers:
            given = self.answers[method]
            if isinstance(given, list):
                listed = cast("list[Any]", given)
                given = listed.pop(0) if len(listed) > 1 else listed[0]
            return {"ok": True} | given
        number = next(self._numbers)
        ts = f"1700000000.{number:06d}"
        channel = str(arguments.get("channel") or "")
        usual: dict[str, dict[str, Any]] = {
            "auth.test": {"team": "Lab", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT_ID},
            # A message to a person lands in the direct message with the person.
            "chat.postMessage": {"channel": f"D{channel[1:]}" if channel.startswith("U") else channel, "ts": ts},
            "chat.postEphemeral": {"message_ts": ts},
            "views.open": {"view": {"id": f"V{number}"}},
            "views.push": {"view": {"id": f"V{number}"}},
            "files.getUploadURLExternal": {"upload_url": f"{self.url}/upload", "file_id": f"F{number}"},
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

    async def _link(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        await self._note()
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                told = json.loads(message.data)
                if ack := self._acks.pop(told.get("envelope_id"), None):
                    ack.set_result(told)
        self.sockets.remove(socket)
        return socket


def signed(body: bytes, *, at: float | None = None, key: str = SIGNING_SECRET, kind: str = "json") -> dict[str, str]:
    """The headers of a request of Slack's; ``kind`` is "json" or "x-www-form-urlencoded"."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(key.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "content-type": f"application/{kind}",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={mac}",
    }


def body_of(payload: Mapping[str, Any]) -> tuple[bytes, str]:
    """A payload as Slack posts it, and the ``kind`` for ``signed``."""
    if payload.get("type") in {"event_callback", "url_verification"}:
        return json.dumps(payload).encode(), "json"
    form = payload if "command" in payload else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "x-www-form-urlencoded"
