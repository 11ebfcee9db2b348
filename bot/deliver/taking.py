"""Takes deliveries from the outbox and has them sent, so many at the same time, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot import metrics
from bot.deliver.fullness import Fullness
from bot.deliver.sending import Again, Sending
from bot.errors import StoreError, StoreFull
from bot.store import Entry

log = logging.getLogger(__name__)

#: Seconds for which the outbox is asked to wait for something new; a stop waits for the end of that.
_BLOCK = 0.25
#: Seconds between two looks at what was parked, and the longest between two for what somebody left.
_MOVE_EVERY, _RECLAIM_EVERY, _LEAST_EVERY = 1.0, 15.0, 0.02
#: Seconds until the workspace, which Slack has not told yet, is asked for again.
_UNKNOWN_WORKSPACE = 0.2
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 1.0
#: So many begin together, unless that takes longer than a moment (seconds).
_SEVERAL, _MOMENT = 4, 0.004


@dataclass
class Taking:
    """The loop of one worker."""

    sending: Sending
    fullness: Fullness
    stopping: asyncio.Event
    #: Taken, not begun; oldest first.
    _waiting: deque[Entry] = field(default_factory=deque[Entry])
    #: The stream's ids of what was taken and has not ended here.
    _held: set[str] = field(default_factory=set[str])
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _telling: asyncio.Task[None] | None = None
    _failures: int = 0
    _until: float = 0.0
    #: Something may have been taken whose name never arrived here.
    _looks_left: bool = True

    async def run(self, workspace: Callable[[], str]) -> None:
        """Deliver until ``stopping``, then end what was begun. ``workspace`` gives "": wait."""
        upkeep = asyncio.create_task(self._keep_up(workspace))
        try:
            while not self.stopping.is_set():
                try:
                    await self._step(workspace())
                except StoreError as failure:
                    self._failed(failure)
                except Exception:
                    log.exception("deliveries could not be taken; the next look tries again")
                    await self._pause(_LONGEST_WAIT)
            upkeep.cancel()
            await self._drain(workspace())
        finally:
            tasks = {upkeep, *self._tasks, *([self._telling] if self._telling else ())}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _step(self, workspace: str) -> None:
        """Begin what there is room for; take more, or wait until something ends."""
        outbox, consumer = self.sending.ends.outbox, self.sending.consumer
        if not workspace:
            await self._pause(_UNKNOWN_WORKSPACE)
            return
        if (wait := max(self._until - time.monotonic(), self.fullness.left(), self.sending.ends.outage.left())) > 0:
            self._tell(workspace)
            await self._pause(min(wait, _LONGEST_WAIT))
            return
        # One alone sees whether a store that was full, or Slack that was away, takes it again.
        most = 1 if self.fullness.is_full else self.sending.ends.outage.room(self.sending.way.at_once)
        most = 0 if self.sending.company.is_closed else most
        room = most - len(self._tasks)
        while self._waiting and room > 0:
            self._begin(self._waiting.popleft())
            room -= 1
        if room <= 0:
            await self._some_end(most)
        elif self._looks_left:
            taken = await outbox.left(workspace, consumer)
            self._looks_left = False
            self._take(taken)
        else:
            # What is taken at once waits here for a moment: asking for each one alone would cost more.
            self._take(await outbox.read(workspace, consumer, most, _BLOCK))

    def _take(self, entries: list[Entry]) -> int:
        """Hold what is not held yet; gives how many that were."""
        new = [entry for entry in entries if entry.entry_id not in self._held]
        self._held.update(entry.entry_id for entry in new)
        self._waiting.extend(new)
        return len(new)

    def _begin(self, entry: Entry) -> None:
        task = asyncio.create_task(self._serve(entry))
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._ended.set()

    async def _some_end(self, most: int) -> None:
        """Wait until there is room again; a moment more for several, which then share their ways to the store."""
        self._ended.clear()
        await _within(_LONGEST_WAIT, self._ended)
        if most - len(self._tasks) < _SEVERAL:
            self._ended.clear()
            await _within(_MOMENT, self._ended)

    async def _serve(self, entry: Entry) -> None:
        try:
            await self.sending.serve(entry)
        except Again as again:
            self._waiting.append(again.entry)
            self._failed(again.failure)
        except Exception:
            log.exception("a delivery ended by a mistake of ours; it is taken up again later")
            self._held.discard(entry.entry_id)
        else:
            self._held.discard(entry.entry_id)
            self._failures = 0
            if self.fullness.is_full:
                self.fullness.over()

    def _failed(self, failure: StoreError) -> None:
        """The store is away or full: leave it alone for a moment."""
        if isinstance(failure, StoreFull):
            self.fullness.seen()
            return
        if not self._failures:
            log.warning("deliveries wait for the store: %s", failure.cause)
        self._failures += 1
        self._until = time.monotonic() + min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(self._failures, 10))
        self._looks_left = True

    def _tell(self, workspace: str) -> None:
        if self.fullness.is_untold:
            self._telling = asyncio.create_task(self.fullness.tell(workspace))

    async def _keep_up(self, workspace: Callable[[], str]) -> None:
        """Take up what is due again, and what somebody left."""
        outbox, delivery = self.sending.ends.outbox, self.sending.settings.delivery
        at_once = self.sending.way.at_once
        reclaim_at = 0.0
        while True:
            team, now = workspace(), time.monotonic()
            try:
                if team and not self.fullness.left():
                    await outbox.move_due(team)
                    if now >= reclaim_at and len(self._waiting) < at_once:
                        reclaim_at = now + min(delivery.reclaim_after / 4, _RECLAIM_EVERY)
                        idle = delivery.reclaim_after
                        left = await outbox.reclaim(team, self.sending.consumer, idle, at_once)
                        metrics.RECLAIMED.inc(self._take(left))
            except StoreError as failure:
                self._failed(failure)
            except Exception:
                log.exception("what is parked could not be looked at; the next look tries again")
            await asyncio.sleep(
                max(_LEAST_EVERY, min(_MOVE_EVERY, delivery.lookup_after / 4, delivery.reclaim_after / 4))
            )

    async def _drain(self, workspace: str) -> None:
        """End what was begun; what was not is for others, at once."""
        outbox = self.sending.ends.outbox
        waiting = list(self._waiting)
        self._waiting.clear()
        try:
            await asyncio.gather(*(outbox.wait(entry, 0.0) for entry in waiting))
        except StoreError as failure:
            log.warning("deliveries were not given back, and are taken over later: %s", failure.cause)
        if self._tasks:
            await asyncio.wait({*self._tasks})
        if workspace and not self._waiting:
            try:
                await outbox.retire(workspace, self.sending.consumer)
            except StoreError as failure:
                log.warning("this worker's name stays among those that deliver: %s", failure.cause)

    async def _pause(self, seconds: float) -> None:
        """Wait; a stop ends it."""
        await _within(seconds, self.stopping)


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, and no longer than that."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
