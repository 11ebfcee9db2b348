"""What a run of the bot did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one ingest run did. ``papers`` counts entries read; new + merged = papers."""

    papers: int = 0
    new: int = 0
    merged: int = 0
    #: Refused entries and refused files.
    rejected: int = 0
    alerts: int = 0
    seconds: float = 0.0
    #: Refused files, as (file, code, reason).
    refusals: tuple[tuple[str, str, str], ...] = ()
    #: What is worth telling of dumps that were taken in, as (file, code, sentence).
    notices: tuple[tuple[str, str, str], ...] = ()
    #: Files that were still being written, left for the next run.
    growing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is doing, as far as it was told."""

    name: str
    #: When it was last looked into without a failure, aware, UTC; None: never.
    looked: datetime | None = None
    #: When it last brought an entry, aware, UTC.
    brought: datetime | None = None
    #: Entries and new papers of that time.
    papers: int = 0
    new: int = 0
    #: The sentence of the last failure, None if the last look was fine.
    failure: str | None = None
    #: Entries by UTC day, the last days that brought any, oldest first.
    daily: tuple[tuple[date, int], ...] = ()
    #: What came last is not what it was: since this day (UTC), and in a sentence for the host; both or neither.
    drifted: date | None = None
    drift: str | None = None
    #: Since when its newest page cannot be had, aware, UTC; None: it came with the last look.
    behind: datetime | None = None
    #: It is asked over the network.
    is_live: bool = False
    #: When it is looked into next, aware, UTC; None: as often as the host said.
    next_look: datetime | None = None
