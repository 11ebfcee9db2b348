"""What is being done right now, and how much of it is whose."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from bot.models import UserId


class UnderWay(set[asyncio.Task[None]]):
    """The tasks at work; each leaves by itself when it ends."""

    def __init__(self) -> None:
        super().__init__()
        self._of_one: Counter[UserId] = Counter()

    def begin(self, work: Coroutine[Any, Any, None], reader: UserId | None = None) -> None:
        """Do it in a task of its own; ``reader`` is who wanted it."""
        task = asyncio.create_task(work)
        self.add(task)
        task.add_done_callback(self.discard)
        if reader and reader.user:
            self._of_one[reader] += 1
            task.add_done_callback(lambda _: self._end(reader))

    def of(self, reader: UserId) -> int:
        """How much of it a person wanted; 0 for what nobody did."""
        return self._of_one[reader]

    async def break_off(self, grace: float) -> int:
        """Cancel everything but the task that asks, and wait up to ``grace`` seconds for it; how many they were."""
        others = self - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=grace)
        return len(others)

    def _end(self, reader: UserId) -> None:
        self._of_one[reader] -= 1
        if not self._of_one[reader]:
            del self._of_one[reader]
