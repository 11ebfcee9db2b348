"""What each tick does, in the process that leads: ask and take in, queue what is due, keep house."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.dumps import Folder
from bot.errors import PaperbotError, StoreFull, StoreUnreachable
from bot.models import IngestReport
from bot.prepare import PrepareReport
from bot.schedule.asking import Asking
from bot.schedule.leading import Leader
from bot.services import Services, Works

#: Seconds after the start for which what is due waits for the model: with it, a quiet day can say what was best.
WAKING_SECONDS = 60.0
#: Seconds for which nothing is taken in after the store was full.
FULL_SECONDS = 30.0

log = logging.getLogger(__name__)


@dataclass
class Clockwork:
    """Runs the verbs that are due; a tick that fails is logged and the next one tries again."""

    works: Works
    leader: Leader
    #: Held while a tick works, so that stopping can wait for it.
    ingesting: asyncio.Lock = field(default_factory=asyncio.Lock)
    preparing: asyncio.Lock = field(default_factory=asyncio.Lock)
    house: asyncio.Lock = field(default_factory=asyncio.Lock)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    asking: Asking = field(init=False)
    _began: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    _full_until: float = 0.0

    def __post_init__(self) -> None:
        self.asking = Asking(self.works, self.stopping)

    async def ingest(self, place: int) -> None:
        """Take in what stands in the inbox of one source, by its place; then queue what it brought.

        A live source is asked first; whatever that takes, it holds up nobody else.
        """
        services, source = await self.works.bot.services(), self.works.bot.settings.places()[place]
        if services.fetch and source.is_live and not self._is_idle() and _now() >= self._full_until:
            with _logged(f"look source={source.name}"):
                await self.asking.look(services.fetch, source)
        await self._ingest(services, place)

    async def ask_for_papers(self) -> None:
        """Ask for the papers that people wait for; what comes is taken in, and who asked is told."""
        bot = self.works.bot
        services = await bot.services()
        if services.fetch is None or self._is_idle() or _now() < self._full_until or not (workspace := bot.served()):
            return
        found: str | None = None
        with _logged("ask for papers"):
            found = await self.asking.papers(services.fetch, await services.curate.missing(workspace))
        for place, source in enumerate(bot.settings.places()):
            if source.name == found:
                await self._ingest(services, place)

    async def _ingest(self, services: Services, place: int) -> None:
        source, folder = self.works.bot.settings.places()[place], services.folders[place]
        brought = False
        async with self.ingesting:
            if self._is_idle() or _now() < self._full_until:
                return
            with _logged(f"ingest folder={folder.root}"):
                brought = await self._take_in(services, source.name, folder)
            if workspace := self.works.bot.served():
                with _logged("fulfil"):
                    await self._fulfil(services, workspace)
        if brought:
            await self.due()

    async def due(self) -> None:
        """Queue what is due, once Slack has told whom we serve."""
        bot = self.works.bot
        async with self.preparing:
            is_waking = not bot.is_awake and _now() < self._began + WAKING_SECONDS
            if self._is_idle() or is_waking or not (workspace := bot.served()):
                return
            with _logged("due"):
                _tell_prepared(await bot.prepare.due(workspace))

    async def keep_house(self) -> None:
        """Let go of what processes that are gone left behind."""
        async with self.house:
            if not self._is_idle() and (workspace := self.works.bot.served()):
                with _logged("keeping house"):
                    await self.works.store.outbox.tidy(workspace)

    async def at_rest(self) -> None:
        """Wait for the ticks at work."""
        async with self.ingesting, self.preparing, self.house:
            pass
        await self.asking.at_rest()

    def _is_idle(self) -> bool:
        return self.stopping.is_set() or not self.leader.leads

    async def _take_in(self, services: Services, source: str, folder: Folder) -> bool:
        """Whether it brought papers."""
        try:
            report = await services.ingest.folder(folder)
        except StoreFull as failure:
            # What stands in the inbox stays there; reading it again and again would help nobody.
            self._full_until = _now() + FULL_SECONDS
            log.error("the store is full: nothing is taken in for %.0f s: %s", FULL_SECONDS, failure.cause)  # noqa: TRY400
            if self.works.deliver and (workspace := self.works.bot.served()):
                await self.works.deliver.store_is_full(workspace)
            return False
        except PaperbotError as failure:
            await self.works.bot.tell_source(source, failure)
            raise
        _tell(folder, report)
        await self.works.bot.tell_source(source, report)
        if report.papers:
            await services.search.refresh()
            await services.recommend.warm()
        return bool(report.papers)

    async def _fulfil(self, services: Services, workspace: str) -> None:
        for pending in await services.curate.fulfil(workspace):
            try:
                if await self.works.bot.prepare.bring(pending):
                    log.info("fulfilled reader=%s arxiv=%s", pending.reader, pending.arxiv_id)
            except (StoreFull, StoreUnreachable):
                raise  # nobody else's can be queued either
            except Exception:
                log.exception("fulfil reader=%s arxiv=%s failed; the others go on", pending.reader, pending.arxiv_id)


def _now() -> float:
    return asyncio.get_running_loop().time()


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


def _tell_prepared(report: PrepareReport) -> None:
    if report.digests or report.papers or report.quiet or report.roll_ups or report.ended:
        log.info(
            "queued digests=%d papers=%d quiet=%d roll_ups=%d ended=%d",
            report.digests,
            report.papers,
            report.quiet,
            report.roll_ups,
            report.ended,
        )
