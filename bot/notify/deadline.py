"""Until when a post may begin: afterwards somebody else may have taken it over, and it would be there twice."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from aiohttp import ClientConnectionError, ClientRequest
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection

_ends: ContextVar[float | None] = ContextVar("post_begins_before", default=None)


@contextmanager
def begins_within(seconds: float) -> Generator[None]:
    """What is posted in the block begins within so many seconds, or is broken off unwritten (NotifierAmbiguous)."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


class PunctualRequest(ClientRequest):
    """A request of which nothing is written when it is too late.

    The look is at the last moment there is: aiohttp writes in a task of its own, and a process that stood still goes on
    with what was ready before it finds its timers late.
    """

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        """Write head and body, or break the request off unwritten."""
        ends = _ends.get()
        if ends is not None and time.monotonic() > ends and conn.protocol is not None:
            conn.protocol.set_exception(ClientConnectionError("it was too late to begin"))
            return
        await super().write_bytes(writer, conn, content_length)
