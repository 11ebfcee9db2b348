"""APScheduler's ticks: each source on its own cadence, what is due, and keeping house."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, cast

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs] - it ships none

from bot import metrics
from bot.errors import PaperbotError
from bot.schedule.asking import PAPERS_EVERY
from bot.schedule.clockwork import Clockwork
from bot.schedule.lasting import lasting

#: Seconds between two looks for what is due, and between two times of keeping house.
DUE_EVERY = 10
HOUSE_EVERY = 600
#: Seconds between two looks whether the machine's clock was set, and by how much at least.
WIND_SECONDS = 5.0
SET_SECONDS = 2.0

log = logging.getLogger(__name__)


class _Job(Protocol):
    """A tick, as APScheduler has it; it ships no types."""

    def modify(self, **changes: object) -> object: ...


class _Ticks(Protocol):
    """The part of APScheduler 3.11 that is used here."""

    running: bool

    def add_job(self, func: object, trigger: str, **options: object) -> object: ...
    def add_listener(self, callback: object, mask: int) -> None: ...
    def get_jobs(self) -> list[_Job]: ...
    def start(self) -> None: ...
    def shutdown(self, *, wait: bool) -> None: ...


class Ticking:
    """The ticks, from the moment they are made.

    APScheduler goes by the machine's clock, which may be set: then, and when this process begins to lead, every tick
    runs at once, and on from there.
    """

    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork
        self._ticks = cast("_Ticks", AsyncIOScheduler(timezone=UTC))
        self._ticks.add_listener(_missed, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._ticks.add_listener(_failed, EVENT_JOB_ERROR)
        settings = clockwork.works.bot.settings
        for place, source in enumerate(settings.places()):
            self._every(settings.cadence(source), partial(clockwork.ingest, place))
        if settings.knows_papers:
            self._every(PAPERS_EVERY, clockwork.ask_for_papers)
        self._every(DUE_EVERY, clockwork.due)
        self._every(HOUSE_EVERY, clockwork.keep_house)
        self._ticks.start()
        self._tasks = {
            asyncio.create_task(lasting("winding the ticks", self._wind)),
            asyncio.create_task(lasting("keeping the lease", clockwork.leader.keep)),
        }

    def _every(self, seconds: int, tick: Callable[[], Awaitable[None]]) -> None:
        self._ticks.add_job(
            _named(tick),
            "interval",
            seconds=seconds,
            # It waits until this process leads.
            next_run_time=None,
            # A tick that is late because the machine slept still runs, once.
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    async def _wind(self) -> None:
        gained, ahead = self._clockwork.leader.gained, _ahead()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(gained.wait(), WIND_SECONDS)
            before, ahead = ahead, _ahead()
            if is_set := abs(ahead - before) > SET_SECONDS:
                log.warning("the machine's clock was set by %.0f s", ahead - before)
            if is_set or gained.is_set():
                gained.clear()
                for job in self._ticks.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))

    async def stop(self, grace: float) -> None:
        """Begin no further tick, wait up to ``grace`` seconds for those at work, then break them off."""
        self._clockwork.stopping.set()
        try:
            async with asyncio.timeout(grace):
                await self._clockwork.at_rest()
        except TimeoutError:
            log.warning("the tick at work is broken off after %.0f s; the next run repeats it", grace)
        finally:
            if self._ticks.running:
                self._ticks.shutdown(wait=False)  # cancels it
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
        await self._clockwork.at_rest()


def _named(tick: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A coroutine function, which APScheduler runs on the loop; anything else it runs in a thread."""

    async def run() -> None:
        await tick()

    return run


def _ahead() -> float:
    """By how much the machine's clock is ahead of one that nobody sets."""
    return time.time() - time.monotonic()


class _Failed(Protocol):
    """What APScheduler tells of a tick that raised."""

    exception: BaseException


def _failed(told: _Failed) -> None:
    """Ticks log what goes wrong in their steps; this is what nobody thought of, and the next one tries again."""
    failure = told.exception
    if isinstance(failure, PaperbotError):
        log.warning("a tick failed: %s cause=%r", failure.sentence, failure.cause)
    else:
        log.error("a tick failed unexpectedly; the next one tries again", exc_info=failure)


def _missed(_: object) -> None:
    metrics.TICKS_MISSED.inc()
