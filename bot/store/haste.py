"""How long the store may take where somebody waits: what is asked in haste fails soon, and goes on at the server.

A person who clicked hears within a second that the store is away, and a window can still be opened then; who works by
itself has the patience of the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from bot.errors import StoreUnreachable
from bot.store.address import Address

#: Seconds for each further question once one had no answer: what is said then shall not wait once more.
_AFTER = 0.1

_Answer = TypeVar("_Answer")


@dataclass
class _Haste:
    """Seconds for each question."""

    seconds: float


_HASTE: ContextVar[_Haste | None] = ContextVar("haste", default=None)


@contextmanager
def in_haste(seconds: float) -> Generator[None]:
    """Each question to the store that is asked while the block runs, also by tasks begun in it, has so many seconds."""
    before = _HASTE.set(_Haste(seconds))
    try:
        yield
    finally:
        _HASTE.reset(before)


async def in_time(asked: Awaitable[_Answer], address: Address) -> _Answer:
    """The answer; in haste, raises StoreUnreachable where it takes too long. Nobody knows then whether it was done."""
    haste = _HASTE.get()
    if haste is None:
        return await asked
    seconds = haste.seconds
    try:
        async with asyncio.timeout(seconds):
            return await asked
    except TimeoutError as error:
        haste.seconds = min(seconds, _AFTER)
        raise StoreUnreachable(address.unreachable, cause=f"no answer in {seconds:g} s") from error
    except StoreUnreachable:
        haste.seconds = min(seconds, _AFTER)
        raise
