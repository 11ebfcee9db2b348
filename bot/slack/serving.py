"""HTTP servers on our own event loop: uvicorn, with connections that must not be held open for nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.errors import SettingsError

#: Seconds for a request's head to arrive.
HEAD_SECONDS = 5.0
#: Seconds that a connection may rest between two requests.
REST_SECONDS = 75
#: Connections on which nothing is being answered; above it the one that rests longest is closed.
MOST_RESTING = 512
#: Seconds for requests under way when the server stops.
_GRACE = 3
_BACKLOG = 2_048


class PatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it; a connection that brings no whole request in time is closed."""

    #: Those on which nothing is being answered, the longest first.
    resting: dict[PatientProtocol, asyncio.TimerHandle]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Its first request must begin at once."""
        super().connection_made(transport)
        self._is_read = True
        self._rest(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """It rests no more."""
        self._work()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A request's head has begun, or goes on; once it is whole the guard has the time of its body in hand."""
        if not self._is_read and self in self.resting:
            self._is_read = True
            self._rest(HEAD_SECONDS)
        super().data_received(data)
        if self._is_answering:
            self._work()

    def on_response_complete(self) -> None:
        """It may rest until the next request."""
        super().on_response_complete()
        if not self._is_answering and not self.transport.is_closing():
            self._is_read = False
            self._rest(REST_SECONDS)

    @property
    def _is_answering(self) -> bool:
        # uvicorn has no cycle before the first request, whatever its annotation says.
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def _rest(self, seconds: float) -> None:
        self._work()
        self.resting[self] = self.loop.call_later(seconds, self.transport.close)
        if len(self.resting) > MOST_RESTING:
            next(iter(self.resting)).transport.close()

    def _work(self) -> None:
        if timer := self.resting.pop(self, None):
            timer.cancel()


class _Server(uvicorn.Server):
    """Leaves signals to who runs the process, and is told when to end instead of looking ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def main_loop(self) -> None:
        while not self.ending.is_set():
            # Once a second, for the Date header.
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), 1)


def _listen(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise SettingsError(
            f"Nobody can listen on {host}:{port}: another program does, or the address is not this machine's. "
            f"Choose another {setting}.",
            cause=repr(error),
        ) from error


@asynccontextmanager
async def serving(app: Callable[..., Any], host: str, port: int, setting: str) -> AsyncGenerator[tuple[str, int]]:
    """Serve an ASGI application while the block runs; gives the host and port, also where port 0 was asked for.

    ``setting`` is what to change when the address is taken. Raises SettingsError.
    """
    listener = _listen(host, port, setting)
    protocol = type("Protocol", (PatientProtocol,), {"resting": {}})
    server = _Server(
        uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_keep_alive=REST_SECONDS,
            timeout_graceful_shutdown=_GRACE,
        )
    )
    address: tuple[str, int] = listener.getsockname()[:2]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it; two rounds
            await asyncio.sleep(0)
        yield address
    finally:
        server.ending.set()
        await task
