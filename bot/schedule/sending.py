"""A sender, kept at work until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.deliver import Deliver
from bot.schedule.lasting import lasting

log = logging.getLogger(__name__)


class Sending:
    """The task that sends what one lane queues."""

    def __init__(self, deliver: Deliver, served: Callable[[], str]) -> None:
        """``served``: the workspace that is written to, "" while nobody is."""
        self._deliver = deliver
        self._task = asyncio.create_task(lasting("sending", lambda: deliver.work(served)))

    async def stop(self, grace: float) -> None:
        """Take nothing more, wait up to ``grace`` seconds for what is being sent, then break it off."""
        self._deliver.stop()
        await asyncio.wait({self._task}, timeout=grace)
        if not self._task.done():
            log.warning("what is being sent is broken off after %.0f s; it is looked up before it is sent again", grace)
        self._task.cancel()
        await asyncio.wait({self._task})
