"""The host's own probes: /livez says that the loop turns, /readyz whether Slack can reach us and the store answers. Never for the internet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def ops_app(
    is_connected: Callable[[], Awaitable[bool]], has_store: Callable[[], Awaitable[bool]], is_awake: Callable[[], bool]
) -> Starlette:
    """An ASGI application; both probes answer JSON, /readyz 503 while it is not."""

    async def livez(_: Request) -> JSONResponse:
        return JSONResponse({"ok": True})

    async def readyz(_: Request) -> JSONResponse:
        slack, store = await is_connected(), await has_store()
        is_ready = slack and store
        # Without the model commands are taken, and answered when it is there.
        told = {"ok": is_ready, "slack": slack, "store": store, "model": is_awake()}
        return JSONResponse(told, status_code=200 if is_ready else 503)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz)])
