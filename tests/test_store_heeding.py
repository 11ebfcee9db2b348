"""Whoever is cancelled while the store is asked hears of it, also where the library that asks swallows it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from bot.store.heeding import heeding


async def swallowing(begun: asyncio.Event, failure: Exception | None) -> str:
    """Goes on as if nothing were when it is cancelled, as ``asyncio.wait_for`` of Python 3.11 may."""
    begun.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        if failure:
            raise failure from None
    return "answer"


@pytest.mark.parametrize("failure", [None, OSError("the line broke")])
async def test_a_cancellation_that_was_swallowed(failure: Exception | None) -> None:
    """It is raised after all, in the place of the answer or of the failure."""
    begun = asyncio.Event()
    task = asyncio.create_task(heeding(swallowing(begun, failure)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_answers_and_failures_pass() -> None:
    """Without a cancellation nothing changes; one from before is not raised again in what is tidied up after it."""

    async def told(answer: str) -> str:
        return answer

    async def fails() -> str:
        raise OSError("no line")

    async def tidies(begun: asyncio.Event, asked: Awaitable[str]) -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return await heeding(asked)
        return ""

    assert await heeding(told("one")) == "one"
    with pytest.raises(OSError, match="no line"):
        await heeding(fails())
    begun = asyncio.Event()
    task = asyncio.create_task(tidies(begun, told("two")))
    await begun.wait()
    task.cancel()
    assert await task == "two"
