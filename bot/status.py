"""The verb ``Status``: how the sources and the deliveries are doing, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.models import SourceState, UserId
from bot.settings import Settings
from bot.store import Store

#: A source that brought nothing for so long is called stale: weekends and holidays are shorter.
STALE = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """How one source is doing."""

    name: str
    #: When it was last looked into without a failure, aware, UTC; None: never.
    last_success: datetime | None
    #: How new what it brought is, in words.
    freshness: str
    #: When it is looked into next, aware, UTC; None: nobody knows.
    next_run: datetime | None
    #: What went wrong last, in a sentence; None: nothing.
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class StatusPage:
    """How the bot is doing, for one reader."""

    sources: tuple[SourceRow, ...]
    #: Stored papers.
    papers: int
    #: People and channels of the reader's workspace that follow something.
    readers: int
    #: When the reader was last sent a paper, aware, UTC; None: never.
    last_sent: datetime | None
    #: Papers queued for the reader.
    waiting: int
    #: Slack refused what was sent, so nothing is sent.
    is_suspended: bool
    #: Of the program.
    version: str
    #: The model is loaded.
    is_awake: bool


@dataclass(frozen=True)
class Status:
    """Tells how the bot is doing; needs no model."""

    store: Store
    settings: Settings
    clock: Clock
    version: str

    async def page(self, reader: UserId, *, is_awake: bool = True) -> StatusPage:
        """What the reader may know; ``is_awake`` is told by who knows whether the model is loaded. Raises StoreError."""
        now = self.clock.now()
        states = {state.name: state for state in await self.store.sources.all()}
        names = [source.name for source in self.settings.folders()]
        sent = await self.store.sent.of(reader)
        known = await self.store.sent.known(reader)
        alerts = await self.store.alerts.of(reader)
        readers = [one for one in await self.store.profiles.readers() if one.workspace == reader.workspace]
        return StatusPage(
            sources=tuple(self._row(states.get(name, SourceState(name)), now) for name in names),
            papers=await self.store.papers.count(),
            readers=len(readers),
            last_sent=sent[0].at if sent else None,
            waiting=sum(alert.paper_id not in known for alert in alerts),
            is_suspended=(await self.store.subscriptions.get(reader)).suspended is not None,
            version=self.version,
            is_awake=is_awake,
        )

    def _row(self, state: SourceState, now: datetime) -> SourceRow:
        every = timedelta(seconds=self.settings.schedule.ingest_every)
        return SourceRow(
            name=state.name,
            last_success=state.looked,
            freshness=_freshness(state, now),
            next_run=max(now, state.looked + every) if state.looked else None,
            failure=state.failure,
        )


def _freshness(state: SourceState, now: datetime) -> str:
    """``12 papers 2 hours ago, 3 of them new``; says when a source seems to have dried up."""
    if state.brought is None:
        return "nothing yet"
    papers = "1 paper" if state.papers == 1 else f"{state.papers:,} papers"
    new = (
        "none of them new"
        if state.new == 0
        else f"{state.new:,} of them new"
        if state.new < state.papers
        else "all new"
    )
    told = f"{papers} {_ago(now - state.brought)}, {new}"
    return f"{told}; nothing since, so it may be stale" if now - state.brought >= STALE else told


def _ago(passed: timedelta) -> str:
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count := int(passed.total_seconds() // seconds):
            return f"{count:,} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
