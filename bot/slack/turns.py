"""Whose acts wait for which: one person's clicks are done in their order, questions hardly wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from weakref import WeakValueDictionary

from bot.acts import Act, ActKind
from bot.models import UserId

#: Seconds that a question waits for what the same person clicked before.
CLICK_SECONDS = 1.0
#: Questions of one person that are worked on at once, so that who asks much leaves room for others.
QUESTIONS = 4


class Turns:
    """Who clicks twice is served in order, so that what is shown last is what is true; questions need no order."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[UserId, asyncio.Lock] = WeakValueDictionary()
        self._rooms: WeakValueDictionary[UserId, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, act: Act, *, is_awake: bool) -> AsyncGenerator[None]:
        """Wait until it is this act's turn, which lasts while the block runs; ``is_awake``: the model is loaded."""
        lock = self._locks.get(act.reader)
        if not _is_question(act, is_awake=is_awake):
            if lock is None:
                lock = self._locks[act.reader] = asyncio.Lock()
            async with lock:
                yield
            return
        if lock is not None:
            # It is answered with what the click made, if that does not take long.
            with suppress(TimeoutError):
                async with asyncio.timeout(CLICK_SECONDS), lock:
                    pass
        del lock
        room = self._rooms.get(act.reader)
        if room is None:
            room = self._rooms[act.reader] = asyncio.Semaphore(QUESTIONS)
        async with room:
            yield


def _is_question(act: Act, *, is_awake: bool) -> bool:
    """Home is one while it waits for the model: else no button of the person's would work meanwhile."""
    if act.name == "app_home_opened" and act.value != "messages":
        return not is_awake
    return act.kind in {ActKind.COMMAND, ActKind.SHORTCUT} or act.name in {"message", "app_mention"}
