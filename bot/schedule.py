"""The clock of a running bot: APScheduler ticks that run verbs, until a signal asks it to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, cast

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs] - it ships none

from bot.dumps import Folder
from bot.errors import PaperbotError
from bot.models import IngestReport
from bot.services import Services, open_services
from bot.settings import Settings

#: Seconds for a tick at work to finish after a stop is asked for; then it is broken off, and the next run repeats it.
GRACE_SECONDS = 5.0

log = logging.getLogger(__name__)


class _Ticks(Protocol):
    """The part of APScheduler 3.11 that is used here; it ships no types."""

    def add_job(self, func: object, trigger: str, **options: object) -> object: ...
    def start(self) -> None: ...
    def shutdown(self, *, wait: bool) -> None: ...


@dataclass
class Clockwork:
    """Runs the verbs that are due; a tick that fails is logged and the next one tries again."""

    services: Services
    #: Held while a tick works, so that stopping can wait for it.
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ingest(self) -> None:
        """Take in what stands in the inboxes, each folder for itself."""
        async with self.busy:
            for folder in self.services.folders:
                try:
                    _tell(folder, await self.services.ingest.folder(folder))
                except PaperbotError as failure:
                    log.warning("ingest folder=%s failed: %s cause=%r", folder.root, failure.sentence, failure.cause)
                except Exception:  # a mistake in one tick must not end the bot
                    log.exception("ingest folder=%s failed unexpectedly; the next tick tries again", folder.root)


def _tell(folder: Folder, report: IngestReport) -> None:
    if report.papers or report.rejected or report.alerts:
        log.info(
            "ingest folder=%s papers=%d new=%d merged=%d rejected=%d alerts=%d ms=%d",
            folder.root,
            report.papers,
            report.new,
            report.merged,
            report.rejected,
            report.alerts,
            report.seconds * 1000,
        )
    for file, code, _ in report.refusals:
        log.warning("refused file=%r code=%s", file, code)
    for file, code, _ in report.notices:
        log.info("notice file=%r code=%s", file, code)


async def run(settings: Settings, role: str) -> int:
    """Run the bot until SIGTERM or SIGINT; 0 when it was stopped.

    A tick at work has ``GRACE_SECONDS`` to finish. Raises StoreOwned for a second run on the same data folder, and
    what ``open_services`` raises.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    # It repeats at length what a tick that is late or broken off means; ticks log their own failures.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as doors:
        opening = asyncio.create_task(doors.enter_async_context(open_services(settings, owner=True)))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({opening, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not opening.done():
            opening.cancel()
            await asyncio.wait({opening})
        if not opening.cancelled():
            services = opening.result()
            log.info("running role=%s folders=%s", role, ", ".join(str(folder.root) for folder in services.folders))
            await _tick(services, settings, stop)
    log.info("stopped")
    return 0


async def _tick(services: Services, settings: Settings, stop: asyncio.Event) -> None:
    """Tick until ``stop``, then wait for the tick at work."""
    clockwork = Clockwork(services)
    ticks = cast("_Ticks", AsyncIOScheduler(timezone=UTC))
    ticks.add_job(
        clockwork.ingest,
        "interval",
        seconds=settings.schedule.ingest_every,
        next_run_time=datetime.now(UTC),
        # A tick that is late because the machine slept still runs, once.
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )
    ticks.start()
    await stop.wait()
    log.info("stopping")
    try:
        async with asyncio.timeout(GRACE_SECONDS), clockwork.busy:
            pass
    except TimeoutError:
        log.warning("the tick at work is broken off after %.0f s; the next run repeats it", GRACE_SECONDS)
    ticks.shutdown(wait=False)  # cancels it
    async with clockwork.busy:
        pass
