"""The host's own door, never for the internet: is the process alive, is it ready, and what it has counted.

/livez says that the event loop turns, /readyz that what this role needs is there, /metrics tells the figures.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import metrics
from bot.settings import HttpSettings
from bot.slack.serving import serving

#: Seconds by which the event loop may be late before the process counts as stuck.
MOST_LAG = 5.0


def ops_app(
    lag: Callable[[], float],
    parts: Callable[[], Awaitable[Mapping[str, bool]]],
    degraded: Callable[[], Sequence[str]] = tuple,
) -> Starlette:
    """An ASGI application.

    ``lag`` is how many seconds the event loop is late, ``parts`` what this process needs and whether it is there. Both
    probes answer JSON, with 503 while something is wrong. ``degraded`` names what does not work right now although this
    process is ready for it: another process would do no better.
    """

    async def livez(_: Request) -> JSONResponse:
        late = lag()
        is_alive = late < MOST_LAG
        return JSONResponse({"ok": is_alive, "lag": round(late, 3)}, status_code=200 if is_alive else 503)

    async def readyz(_: Request) -> JSONResponse:
        found = await parts()
        is_ready = all(found.values())
        worse = {"degraded": list(named)} if (named := degraded()) else {}
        return JSONResponse({"ok": is_ready, **found, **worse}, status_code=200 if is_ready else 503)

    async def counted(_: Request) -> Response:
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", counted)])


@asynccontextmanager
async def open_ops(
    http: HttpSettings,
    lag: Callable[[], float],
    parts: Callable[[], Awaitable[Mapping[str, bool]]],
    degraded: Callable[[], Sequence[str]] = tuple,
) -> AsyncGenerator[tuple[str, int]]:
    """The door, open while the block runs; gives its host and port. Raises SettingsError."""
    async with serving(ops_app(lag, parts, degraded), http.ops_host, http.ops_port, "http.ops_port") as address:
        yield address
