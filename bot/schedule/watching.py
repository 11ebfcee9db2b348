"""How this process is doing: how late its event loop is, how much waits, and whether it is ready; shown at its own door."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from bot import metrics
from bot.errors import StoreError
from bot.schedule.lasting import lasting
from bot.services import Works
from bot.slack.ops import open_ops

#: Seconds between two beats of the loop, and between two looks at what waits.
BEAT_SECONDS = 0.5
LOOK_SECONDS = 10.0
#: Seconds for each answer that a probe needs.
PATIENCE = 0.7
#: Seconds of lateness from which a line is logged.
LATE_SECONDS = 1.0
#: So many messages may be tried at once while all is well.
_MANY = 2

log = logging.getLogger(__name__)


class Watch:
    """Watches a process that runs these works."""

    def __init__(self, works: Works, *, needs_model: bool, sends: bool) -> None:
        """What the role needs beside the store: the model, and what is queued to send."""
        self._works = works
        self._needs_model, self._sends = needs_model, sends
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.time()
        #: It ends soon, so nothing shall be sent here any more.
        self.is_stopping = False
        #: Host and port of its own door.
        self.address: tuple[str, int] = ("", 0)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Watch]:
        """Watch, and answer at the host's own door, while the block runs. Raises SettingsError."""
        tasks = {
            asyncio.create_task(lasting("watching the event loop", self._beat)),
            asyncio.create_task(lasting("looking at what waits", self._look)),
        }
        try:
            async with open_ops(self._works.bot.settings.http, self.lag, self.parts, self.degraded) as self.address:
                log.info("probes and metrics at %s:%d", *self.address)
                yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def lag(self) -> float:
        """Seconds by which the loop is late right now."""
        return max(0.0, self._loop.time() - self._next)

    async def parts(self) -> Mapping[str, bool]:
        """What this role needs, and whether it is there; within a second, as probes wait."""
        bot, has_slack = self._works.bot, self._works.bot.settings.slack.bot_token is not None
        answers, has_room, has_queue = await asyncio.gather(
            bot.inbox.answers(), bot.inbox.has_room(), self._count() if has_slack and self._sends else _nothing_to_ask()
        )
        found = {"store": answers, "room": has_room}
        if self._needs_model:
            found["model"] = bot.is_awake
        if has_slack:
            door = self._works.door
            found["slack"] = bool(bot.served()) and (door is None or await door.connected())
        if has_slack and self._sends:
            found["queue"] = has_queue
        if self.is_stopping:
            found["running"] = False
        return found

    def degraded(self) -> Sequence[str]:
        """What does not work right now although this process is ready: a way to people, while it takes no message."""
        works = self._works
        lanes = (("slack", works.deliver), ("email", works.mail)) if self._sends else ()
        # Then nothing is tried, or one message to see whether it works again.
        away = [name for name, lane in lanes if lane is not None and lane.outage.room(_MANY) < _MANY]
        return tuple(dict.fromkeys([*(["slack"] if works.is_refused() else []), *away]))

    async def _beat(self) -> None:
        while True:
            self._next = self._loop.time() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            late = self.lag()
            metrics.LOOP_LAG.set(late)
            if late > LATE_SECONDS:
                log.warning("the event loop was held up for %.1f s", late)

    async def _look(self) -> None:
        while True:
            await self._count()
            await asyncio.sleep(LOOK_SECONDS)

    async def _count(self) -> bool:
        """Note how much waits; False where the store does not tell."""
        if not (workspace := self._works.bot.workspace()):
            return True
        try:
            async with asyncio.timeout(PATIENCE):
                depth = await self._works.store.outbox.depth(workspace)
        except (StoreError, TimeoutError):
            return False
        metrics.QUEUE_DEPTH.set(depth.queued + depth.parked)
        metrics.QUEUE_OLDEST.set(depth.oldest)
        metrics.PEL_SIZE.set(depth.taken)
        metrics.DEAD.set(depth.dead)
        return True


async def _nothing_to_ask() -> bool:
    return True
