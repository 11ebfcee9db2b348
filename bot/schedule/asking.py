"""Live sources, looked into without holding anybody up, and papers that people wait for, asked for by their ids."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot import metrics
from bot.errors import PageDrifted, PageUnavailable, PaperbotError
from bot.fetch import Fetch
from bot.models import FetchReport, Pending, UserId
from bot.schedule.stopping import unless
from bot.services import Works
from bot.settings import SourceSettings

#: The longest wait for a source that fails, and the longest that one may ask for.
LONGEST = 6 * 3_600.0
LONGEST_ASKED = 24 * 3_600.0
#: The longest wait for a paper that somebody waits for, where the server asked for none.
LONGEST_PAPER = 300.0
#: Seconds between two looks for papers that people wait for, and until the same one is asked for again.
PAPERS_EVERY = 10
AGAIN = 3_600.0
#: Papers that are asked for at once.
AT_ONCE = 100
#: What the names of such papers begin with among what has failed; no source's name does.
_PAPER = "paper\0"

log = logging.getLogger(__name__)


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Patience:
    """When something that fails is asked again: each time after twice as long."""

    now: Callable[[], float] = _now
    _failures: dict[str, int] = field(default_factory=dict[str, int])
    _until: dict[str, float] = field(default_factory=dict[str, float])

    def may(self, name: str) -> bool:
        """It may be asked now."""
        return self.now() >= self._until.get(name, 0.0)

    def failed(self, name: str, every: float, told: float | None, longest: float = LONGEST) -> float:
        """It was asked and failed; gives the seconds until it is asked again.

        ``every``: seconds between two looks while all is well; ``told``: how long it wants to be left alone;
        ``longest``: the longest wait, where it does not say.
        """
        times = self._failures[name] = self._failures.get(name, 0) + 1
        wait = max(every, min(every * 2.0 ** min(times - 1, 32), longest))
        # Looks begin on the beat: one that begins a little early on it is the one that is meant.
        self._until[name] = self.now() + wait - every / 2
        if told:
            told = min(told, LONGEST_ASKED)
            self._until[name] = max(self._until[name], self.now() + told)
        return max(wait, told or 0.0)

    def worked(self, name: str) -> None:
        """It was asked and answered."""
        self._failures.pop(name, None)
        self._until.pop(name, None)

    def only(self, kind: str, names: Collection[str]) -> None:
        """Of the names that begin so only these are known any more."""
        for name in [one for one in self._failures if one.startswith(kind) and one not in names]:
            self.worked(name)


@dataclass
class Asking:
    """Asks, for the process that leads; broken off at once when a stop is asked for."""

    works: Works
    stopping: asyncio.Event
    patience: Patience = field(default_factory=Patience)
    #: Who waits for which paper, and until when it is not asked for again.
    _asked: dict[tuple[UserId, str], float] = field(default_factory=dict[tuple[UserId, str], float])
    _under_way: set[asyncio.Task[FetchReport]] = field(default_factory=set[asyncio.Task[FetchReport]])

    async def look(self, fetch: Fetch, source: SourceSettings) -> None:
        """Ask a live source for what is wanted now, unless it failed a short while ago; how it went is kept.

        Raises PaperbotError for what went wrong, once that is kept.
        """
        bot, every = self.works.bot, self.works.bot.settings.cadence(source)
        if not self.patience.may(source.name):
            return
        began = bot.clock.now()
        try:
            told = await self._unless_stopping(fetch.look(source))
        except PageDrifted as drift:
            # The source answers: what else it lists is not to wait for what changed.
            metrics.FETCHED.labels(source.name, "failed").inc()
            self.patience.worked(source.name)
            await bot.tell_source(source.name, drift, began + timedelta(seconds=every))
            raise
        except PaperbotError as failure:
            metrics.FETCHED.labels(source.name, "failed").inc()
            wait = self.patience.failed(source.name, every, _wanted(failure))
            await bot.tell_source(source.name, failure, began + timedelta(seconds=wait))
            raise
        if told is not None:
            self.patience.worked(source.name)
            await bot.tell_source(source.name, told, began + timedelta(seconds=every))
            _tell(told)

    async def papers(self, fetch: Fetch, waiting: Sequence[Pending]) -> str | None:
        """Ask for papers that people wait for; gives the source whose inbox they stand in, None where none came.

        Who waits for one that nobody knows is told so, once. Raises PaperbotError.
        """
        now = _now()
        self._asked = {one: until for one, until in self._asked.items() if until > now}
        self.patience.only(_PAPER, {_PAPER + one.arxiv_id for one in waiting})
        due = [
            one
            for one in waiting
            if (one.reader, one.arxiv_id) not in self._asked and self.patience.may(_PAPER + one.arxiv_id)
        ][:AT_ONCE]
        if not due:
            return None
        ids = list(dict.fromkeys(one.arxiv_id for one in due))
        try:
            told = await self._unless_stopping(fetch.papers(ids))
        except PaperbotError as failure:
            # One that nobody can read must not make those wait who paste another one.
            for arxiv_id in ids:
                self.patience.failed(_PAPER + arxiv_id, PAPERS_EVERY, _wanted(failure), LONGEST_PAPER)
            raise
        if told is None:
            return None
        for arxiv_id in ids:
            self.patience.worked(_PAPER + arxiv_id)
        self._asked |= {(one.reader, one.arxiv_id): now + AGAIN for one in due}
        _tell(told)
        unknown = dict(told.notices)
        for one in due:
            sentence = unknown.get(one.arxiv_id)
            # Who was forgotten meanwhile is not written to.
            if sentence and await self.works.store.pending.has(one.reader, one.arxiv_id):
                said = f"{sentence} Check the number: if it comes after all, you are told."
                await self.works.bot.prepare.tell(one.reader, f"unknown paper {one.arxiv_id}", said)
        return told.source if told.new else None

    async def at_rest(self) -> None:
        """Wait until nothing is asked for."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _unless_stopping(self, work: Awaitable[FetchReport]) -> FetchReport | None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await unless(self.stopping, task)


def _wanted(failure: PaperbotError) -> float | None:
    """Seconds for which a server wants to be left alone."""
    return failure.retry_after if isinstance(failure, PageUnavailable) else None


def _tell(told: FetchReport) -> None:
    for result, count in (("new", told.new), ("unchanged", told.unchanged), ("failed", len(told.failures))):
        metrics.FETCHED.labels(told.source, result).inc(count)
    metrics.FETCH_SECONDS.labels(told.source).observe(told.seconds)
    if told.new or told.failures:
        log.info(
            "asked source=%s pages=%d new=%d unchanged=%d entries=%d failures=%d ms=%d",
            told.source,
            told.pages,
            told.new,
            told.unchanged,
            told.entries,
            len(told.failures),
            told.seconds * 1000,
        )
    for page, sentence in told.failures:
        log.warning("page source=%s page=%r failed: %s", told.source, page, sentence)
