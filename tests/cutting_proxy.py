"""A line to a store that loses what the test wants: requests before they arrive, or answers after all was done.

    async with cutting(socket, tmp_path / "line", choose) as line:
        store = await open_store(StoreSettings(url=f"unix://{line.place}"))
        …
        assert line.cuts == 5

``choose`` sees each request as it goes out and says what is lost of it; the connection breaks then, as it would.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path


class Lost(Enum):
    """What is lost."""

    #: The server never sees it.
    REQUEST = "request"
    #: The server does it, and nobody hears of it.
    ANSWER = "answer"


@dataclass
class Line:
    """The line while it is open."""

    place: Path
    choose: Callable[[bytes], Lost | None]
    #: How many connections were cut.
    cuts: int = 0
    #: While it is not set, requests wait here.
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    _carriers: set[asyncio.Task[None]] = field(default_factory=set["asyncio.Task[None]"])

    async def carry(self, target: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end or a cut closes it."""
        there, back = await asyncio.open_unix_connection(target)
        is_doomed = False

        async def requests() -> None:
            nonlocal is_doomed
            while wanted := await reader.read(1 << 20):
                await self.gate.wait()
                lost = self.choose(wanted)
                if lost is Lost.REQUEST:
                    self.cuts += 1
                    return
                is_doomed = is_doomed or lost is Lost.ANSWER
                back.write(wanted)

        async def answers() -> None:
            while answered := await there.read(1 << 20):
                if is_doomed:
                    self.cuts += 1
                    return
                writer.write(answered)

        ways = [asyncio.create_task(requests()), asyncio.create_task(answers())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
            back.close()
            writer.close()

    async def accept(self, target: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry a connection, and keep count of it."""
        carrier = asyncio.current_task()
        assert carrier is not None
        self._carriers.add(carrier)
        try:
            await self.carry(target, reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.close()
        finally:
            self._carriers.discard(carrier)

    async def close(self) -> None:
        """Cut what is still open."""
        if carriers := list(self._carriers):
            for carrier in carriers:
                carrier.cancel()
            await asyncio.wait(carriers)


@asynccontextmanager
async def cutting(target: Path, place: Path, choose: Callable[[bytes], Lost | None]) -> AsyncGenerator[Line]:
    """A socket at ``place`` that leads to the one at ``target``."""
    line = Line(place, choose)
    line.gate.set()
    server = await asyncio.start_unix_server(partial(line.accept, target), place)
    try:
        yield line
    finally:
        server.close()
        await line.close()


def first_scripts(count: int) -> Callable[[bytes], Lost | None]:
    """Loses the answers to the first ``count`` requests that run scripts."""
    left = count

    def choose(request: bytes) -> Lost | None:
        nonlocal left
        if b"EVAL" not in request or not left:
            return None
        left -= 1
        return Lost.ANSWER

    return choose
