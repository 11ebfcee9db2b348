"""The clock of a running bot: APScheduler ticks that run verbs, until a signal asks it to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, cast

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs] - it ships none

from bot.errors import PaperbotError
from bot.services import Services, open_services
from bot.settings import Settings

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
    #: Held while a tick works, so that stopping waits for it.
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ingest(self) -> None:
        """Take in what stands in the inboxes."""
        async with self.busy:
            for folder in self.services.folders:
                try:
                    report = await self.services.ingest.folder(folder)
                except PaperbotError as failure:
                    log.error("ingest folder=%s failed: %s", folder.root, failure.cause)
                    continue
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
                for file, code, _reason in report.refusals:
                    log.warning("refused file=%r code=%s", file, code)


async def run(settings: Settings, role: str) -> int:
    """Run the bot until SIGTERM or SIGINT; a tick that is at work is let finish. Raises StoreOwned for a second run."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_services(settings, owner=True) as services:
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
        log.info("running role=%s folders=%s", role, ", ".join(str(f.root) for f in services.folders))
        await stop.wait()
        log.info("stopping")
        ticks.shutdown(wait=False)
        async with clockwork.busy:
            pass
    return 0
