"""Being cancelled is heard, whatever a library makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

_Answer = TypeVar("_Answer")


async def heeding(asked: Awaitable[_Answer]) -> _Answer:
    """The answer; raises CancelledError if this task was cancelled while it was asked for, also where that failed.

    redis-py writes within ``asyncio.wait_for``, and that of Python 3.11 goes on as if nothing were if a task is
    cancelled at the moment at which the writing ends.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        return await asked
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError
