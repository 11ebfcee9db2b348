"""What ``Status`` answers with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.blocks import QuietDays
from bot.models import QueueDepth


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
    #: What went wrong last, in a sentence: as it was for the host, else as much as concerns a reader; None: nothing.
    failure: str | None = None
    #: What it lacks, failures of some length included, in a sentence; None: nothing.
    fault: str | None = None
    #: As the host's settings name it: "folder", or one that is asked over the network.
    kind: str = "folder"


@dataclass(frozen=True, slots=True)
class LastSlot:
    """What came last: papers, or how the last day ended on which the reader expected some."""

    #: Plain sentences.
    words: str
    #: The day, where papers below the bar can be shown anyway.
    quiet: QuietDays | None = None


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
    #: What keeps messages back from the reader, and when the next one is due, plain sentences; "": nothing does.
    held: str
    #: Of the program.
    version: str
    #: The model is loaded.
    is_awake: bool
    #: How the reader's last expected day ended, plain sentences; "": none was due yet.
    last_slot: str = ""
    #: The store takes nothing more, so nothing new comes in or goes out.
    is_full: bool = False
    #: What the sources lack, in sentences for readers.
    faults: tuple[str, ...] = ()
    #: What waits in the outbox of the reader's workspace, where the reader is its host.
    queue: QueueDepth | None = None
