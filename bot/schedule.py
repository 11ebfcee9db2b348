"""The clock of a running bot: APScheduler ticks that run verbs, until a signal asks it to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeVar, cast

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs] - it ships none

from bot import redaction
from bot.acts import Router
from bot.deliver import DeliverReport
from bot.dumps import Folder
from bot.errors import PaperbotError, SettingsError
from bot.models import IngestReport
from bot.services import Bot, Door, Services, open_bot, open_connected
from bot.settings import Settings

#: Seconds for acts and ticks at work to finish after a stop is asked for; then they are broken off, and the next run
#: repeats them.
GRACE_SECONDS = 5.0
#: Seconds between two looks for what is due.
DELIVER_EVERY = 10

_T = TypeVar("_T")

#: Seconds for which a thread keeps the interpreter while another one wants it; Python's own choice is ten times that.
SWITCH_SECONDS = 0.0005

log = logging.getLogger(__name__)


class _Ticks(Protocol):
    """The part of APScheduler 3.11 that is used here; it ships no types."""

    def add_job(self, func: object, trigger: str, **options: object) -> object: ...
    def start(self) -> None: ...
    def shutdown(self, *, wait: bool) -> None: ...


@dataclass
class Clockwork:
    """Runs the verbs that are due; a tick that fails is logged and the next one tries again."""

    bot: Bot
    services: Services
    #: Held while a tick works, so that stopping can wait for it.
    ingesting: asyncio.Lock = field(default_factory=asyncio.Lock)
    delivering: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ingest(self) -> None:
        """Take in what stands in the inboxes, each folder for itself; then fulfil and deliver what it brought."""
        async with self.ingesting:
            for source, folder in zip(self.bot.settings.folders(), self.services.folders, strict=True):
                with _logged(f"ingest folder={folder.root}"):
                    await self._take_in(source.name, folder)
            if workspace := self._served():
                with _logged("fulfil"):
                    for pending in await self.services.curate.fulfil(workspace):
                        if await self.bot.deliver.bring(pending):
                            log.info("fulfilled reader=%s arxiv=%s", pending.reader, pending.arxiv_id)
        await self.deliver()

    async def deliver(self) -> None:
        """Send what is due, once Slack has told whom we serve."""
        async with self.delivering:
            if workspace := self._served():
                with _logged("deliver"):
                    _tell_delivered(await self.bot.deliver.deliver_due(workspace))

    def stop(self) -> None:
        """Begin nothing that would be broken off: no further digest."""
        self.bot.deliver.stop()

    async def at_rest(self) -> None:
        """Wait for the ticks at work."""
        async with self.ingesting, self.delivering:
            pass

    def _served(self) -> str:
        return "" if self.bot.is_revoked else self.bot.workspace()

    async def _take_in(self, source: str, folder: Folder) -> None:
        try:
            report = await self.services.ingest.folder(folder)
        except PaperbotError as failure:
            await self.bot.tell_source(source, failure)
            raise
        _tell(folder, report)
        await self.bot.tell_source(source, report)
        if report.papers:
            await self.services.search.refresh()


@contextmanager
def _logged(what: str) -> Generator[None]:
    """A mistake in one step must not end the bot: it is logged, and the next tick tries again."""
    try:
        yield
    except PaperbotError as failure:
        log.warning("%s failed: %s cause=%r", what, failure.sentence, failure.cause)
    except Exception:
        log.exception("%s failed unexpectedly; the next tick tries again", what)


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


def _tell_delivered(report: DeliverReport) -> None:
    if report.readers or report.later or report.unknown or report.suspended:
        log.info(
            "deliver readers=%d papers=%d later=%d unknown=%d suspended=%d",
            report.readers,
            report.papers,
            report.later,
            report.unknown,
            report.suspended,
        )


async def run(settings: Settings, role: str, router_for: Callable[[Bot], Router]) -> int:
    """Run the bot until SIGTERM or SIGINT; 0 when it was stopped.

    ``role``: "web" answers Slack, "worker" and "scheduler" tick, "all" does both. What is at work when a stop is
    asked for has ``GRACE_SECONDS`` to finish. Raises StoreOwned for a second run on the same data folder, SettingsError
    for what the role needs and nobody gave, and what ``open_bot`` and ``Bot.services`` raise.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    # It repeats at length what a tick that is late or broken off means; ticks log their own failures.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    redaction.install(settings)
    # Threads that read, index and embed give the interpreter away sooner, so that acknowledgements do not wait for it.
    sys.setswitchinterval(SWITCH_SECONDS)
    if role == "web" and not settings.slack.bot_token:
        raise SettingsError("The role web answers Slack: set slack.bot_token, or choose all or worker.")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    try:
        async with AsyncExitStack() as doors:
            opened = await _unless(stopped, _open(doors, settings, role, router_for))
            if opened:
                bot, door = opened
                ticks = None
                if services := await _unless(stopped, bot.services()):
                    # What was loaded stays: looking through it for garbage held everything up for 50 ms each time.
                    gc.freeze()
                    folders = ", ".join(str(folder.root) for folder in services.folders)
                    log.info("running role=%s folders=%s", role, folders)
                    ticks = _start(Clockwork(bot, services)) if role != "web" else None
                    await stopped
                log.info("stopping")
                await asyncio.gather(*(part.stop(GRACE_SECONDS) for part in (door, ticks) if part))
    finally:
        stopped.cancel()
    log.info("stopped")
    return 0


async def _unless(stopped: asyncio.Task[bool], work: Awaitable[_T]) -> _T | None:
    """What ``work`` gives; None if a stop was asked for first, and then it is broken off."""
    working = asyncio.ensure_future(work)
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not working.done():
        working.cancel()
        await asyncio.wait({working})
    return None if working.cancelled() else working.result()


async def _open(
    doors: AsyncExitStack, settings: Settings, role: str, router_for: Callable[[Bot], Router]
) -> tuple[Bot, Door | None]:
    """The bot and, where the role has one, Slack's door; ``doors`` closes them."""
    if settings.slack.bot_token:
        connected = open_connected(settings, router_for, has_door=role in {"all", "web"}, greets=role != "web")
        return await doors.enter_async_context(connected)
    bot = await doors.enter_async_context(open_bot(settings))
    log.info("Slack is not configured: papers are taken in, and nobody is told of them (see slack.bot_token)")
    return bot, None


@dataclass(frozen=True)
class _Ticking:
    """The ticks, once they were started."""

    ticks: _Ticks
    clockwork: Clockwork

    async def stop(self, grace: float) -> None:
        """Wait up to ``grace`` seconds for the ticks at work, then break them off."""
        self.clockwork.stop()
        try:
            async with asyncio.timeout(grace):
                await self.clockwork.at_rest()
        except TimeoutError:
            log.warning("the tick at work is broken off after %.0f s; the next run repeats it", grace)
        self.ticks.shutdown(wait=False)  # cancels it
        await self.clockwork.at_rest()


def _start(clockwork: Clockwork) -> _Ticking:
    ticks = cast("_Ticks", AsyncIOScheduler(timezone=UTC))
    every = clockwork.bot.settings.schedule.ingest_every
    for tick, seconds in ((clockwork.ingest, every), (clockwork.deliver, DELIVER_EVERY)):
        ticks.add_job(
            tick,
            "interval",
            seconds=seconds,
            next_run_time=datetime.now(UTC),
            # A tick that is late because the machine slept still runs, once.
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
    ticks.start()
    return _Ticking(ticks, clockwork)
