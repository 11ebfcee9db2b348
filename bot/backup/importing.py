"""The verb ``Import``: an export into a store that may hold something already.

Papers first, merged as those of dumps are; then readers; last the alerts, so that a bot at work queues none of a paper
that was sent before. What is there wins where both say something, a bad line costs
itself, and the same file again changes nothing, so one that was broken off is read again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.backup import whole
from bot.backup.merging_papers import PaperMerging
from bot.backup.merging_readers import Placing, ReaderMerging
from bot.backup.nouns import AnyNoun, Told, noun_of
from bot.errors import BadVector, UserError
from bot.models import Alert
from bot.progress import Report, silent
from bot.store import Store

#: Bad lines of which the reason is told.
MOST_TOLD = 1_000


@dataclass(slots=True)
class Imported:
    """What came of it."""

    #: What is new in the store: papers, readers, interests, subscriptions, alerts, saved, ratings, sent, pending.
    new: Counter[str] = field(default_factory=Counter[str])
    #: Lines that told nothing new.
    known: int = 0
    #: Number of a line (0: of the whole file), and what is wrong with it in words.
    refused: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    seconds: float = 0.0

    def refuse(self, number: int, why: str) -> None:
        """This line is not taken in, or not all of it."""
        if len(self.refused) < MOST_TOLD:
            self.refused.append((number, why))


@dataclass(frozen=True)
class Import:
    """Merges what people had elsewhere into the store."""

    store: Store
    placing: Placing

    async def read(self, file: Path, *, report: Report = silent) -> Imported:
        """Take in what stands in ``file``. Raises BackupDamaged for what is no export, StoreError, OSError."""
        began, told = time.monotonic(), Imported()
        papers = PaperMerging(self.store.papers)
        for number, noun in _nouns(file, told.refuse):
            if isinstance(noun, Told):
                await _attempt(told, number, papers.take, noun)
            report("Merging papers", number, None)
        await self.placing.catch_up(report)
        readers = ReaderMerging(self.store, self.placing, papers.ids, set(await self.store.profiles.readers()))
        for of_alerts in (False, True):
            for number, noun in _nouns(file):
                if not isinstance(noun, Told) and isinstance(noun, Alert) is of_alerts:
                    await _attempt(told, number, readers.take, noun)
                report("Merging alerts" if of_alerts else "Merging readers", number, None)
        told.seconds = time.monotonic() - began
        return told


def looked_at(file: Path) -> None:
    """Raises BackupDamaged for what is no export, OSError; nothing but its beginning is read."""
    next(whole.loose_rows(file, "export"), None)


def _nouns(file: Path, refuse: Callable[[int, str], None] | None = None) -> Iterator[tuple[int, AnyNoun]]:
    """The lines that can be read, with their numbers; what is wrong with the others is told to ``refuse``."""
    refuse = refuse or (lambda _number, _why: None)
    has_ended = False
    for number, row in whole.loose_rows(file, "export"):
        if row is None:
            refuse(number, "it is no line of JSON")
        elif row.get("end") is True:
            has_ended = True
        else:
            try:
                noun = noun_of(row)
            except ValueError as error:
                refuse(number, str(error))
            else:
                yield number, noun
    if not has_ended:
        refuse(0, "the end is missing: what stood there was not taken in")


async def _attempt(told: Imported, number: int, take: Callable[[Any], Awaitable[Counter[str]]], noun: AnyNoun) -> None:
    """Take a noun in; one that cannot be taken costs itself alone, and a store that fails stops everything."""
    try:
        new = await take(noun)
    except (UserError, BadVector) as failure:
        told.refuse(number, failure.sentence)
    except ValueError as error:
        told.refuse(number, str(error) or "it cannot be stored")
    else:
        told.new += new
        told.known += not new
