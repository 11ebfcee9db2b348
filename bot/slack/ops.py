"""The host's own probes: /livez says that the loop turns, /readyz whether Slack can reach us. Never for the internet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def ops_app(is_connected: Callable[[], Awaitable[bool]], is_awake: Callable[[], bool]) -> Starlette:
    """An ASGI application; both probes answer JSON, /readyz 503 while it is not."""

    async def livez(_: Request) -> JSONResponse:
        return JSONResponse({"ok": True})

    async def readyz(_: Request) -> JSONResponse:
        slack = await is_connected()
        # Without the model commands are taken, and answered when it is there.
        return JSONResponse({"ok": slack, "slack": slack, "model": is_awake()}, status_code=200 if slack else 503)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz)])
