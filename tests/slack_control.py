"""The stand-in Slack as a process: serves, and does what ``tests/slack_process.py`` orders at a door of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Any

from aiohttp import web

from tests.slack_failures import Failure
from tests.slack_server import SlackServer


class _Control:
    """The other end of ``SlackProcess``."""

    def __init__(self, server: SlackServer) -> None:
        self._server = server

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Do one thing."""
        method = getattr(self, f"do_{request.match_info['what']}")
        return web.json_response(await method(**json.loads(await request.read())))

    async def do_messages(self, start: int) -> list[dict[str, Any]]:
        return [asdict(one) for one in self._server.messages[start:]]

    async def do_keys(self) -> list[str]:
        return [one.key for one in self._server.messages]

    async def do_count(self, method: str) -> int:
        return sum(not method or call.method == method for call in self._server.received)

    async def do_calls(self, method: str) -> list[tuple[float, dict[str, Any]]]:
        return [(call.at, call.arguments) for call in self._server.received if call.method == method]

    async def do_figures(self) -> dict[str, int]:
        space = self._server.workspace
        counts = {"messages": len(space.messages), "calls": len(self._server.received)}
        return {"limited": space.limited, "early": len(space.early), **counts}

    async def do_fail(self, method: str, failures: list[dict[str, Any]]) -> None:
        self._server.fail(method, *(Failure(**one) for one in failures))

    async def do_chance(self, method: str, share: float, failures: list[dict[str, Any]], seed: int) -> None:
        self._server.workspace.chance(method, share, [Failure(**one) for one in failures], seed)

    async def do_answer(self, method: str, given: dict[str, Any] | None) -> None:
        if given is None:
            self._server.answers.pop(method, None)
        else:
            self._server.answers[method] = given

    async def do_limits(self, channel: float, workspace: float, burst: int) -> None:
        self._server.workspace.set_limits(channel, workspace, burst)

    async def do_members(self, channel: str, users: list[str]) -> None:
        self._server.workspace.members[channel] = users

    async def do_refusal(self, channel: str, code: str) -> None:
        self._server.workspace.refusals[channel] = code

    async def do_history_lag(self, seconds: float) -> None:
        self._server.workspace.history_lag = seconds

    async def do_outage(self, failure: dict[str, Any] | None) -> None:
        self._server.outage = Failure(**failure) if failure else None

    async def do_refuse(self) -> None:
        await self._server.refuse()

    async def do_accept(self) -> None:
        await self._server.accept()

    async def do_clear(self) -> None:
        self._server.clear()


async def _serve(port: int, control: int) -> None:
    async with SlackServer(port, real_time=True) as server:
        app = web.Application()
        app.router.add_post("/{what}", _Control(server).answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", control).start()
        sys.stdout.write(f"{server.url.rpartition(':')[2]} {runner.addresses[0][1]}\n")
        sys.stdout.flush()
        # Whoever started it holds the other end, and lets go of it whatever becomes of it.
        await asyncio.to_thread(sys.stdin.buffer.read)
        await runner.cleanup()


def main(port: int = 0, control: int = 0) -> None:
    """Serve until the standard input ends."""
    asyncio.run(_serve(port, control))
