"""The stored papers without their texts, and with what interests look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching import Background, Seen
from bot.models import Paper
from bot.store import Floats
from bot.terms import TermRows

Ordinals: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Known:
    """One paper: ``paper`` has only its newest counts, and neither abstract nor history."""

    paper: Paper
    has_abstract: bool

    @property
    def day(self) -> date:
        """The paper's own day, else the day on which it was first seen (UTC)."""
        return self.paper.day() or self.paper.first_seen.date()

    def is_recent(self, since: date) -> bool:
        """Its own day, or the day on which it was first seen, is not before ``since``."""
        return max(self.day, self.paper.first_seen.date()) >= since


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Papers among their neighbours, newest day first; ids never stand twice.

    Some 4 kB a paper of 384 dimensions: its vector, the vector that interests see, and its words.
    """

    known: Sequence[Known]
    ids: Sequence[str]
    #: int64[n]
    ordinals: Ordinals
    #: float32[n, d], unit rows
    papers: Floats
    #: The same papers as interests see them, by ``background``.
    seen: Seen
    background: Background

    def only(self, rows: Sequence[int]) -> Shelf:
        """The papers of these rows, in their order."""
        places = np.array(rows, np.int64)
        return Shelf(
            [self.known[row] for row in rows],
            [self.ids[row] for row in rows],
            self.ordinals[places],
            self.papers[places],
            self.seen.only(places),
            self.background,
        )


def joined(old: Seen, kept: Sequence[tuple[int, int]], new: Seen, fresh: Sequence[int]) -> Seen:
    """The rows of ``new`` at the places ``fresh``, and of ``old`` those that ``kept`` names: place now, place then."""
    order = np.empty(len(kept) + len(fresh), np.intp)
    order[[row for row, _ in kept]] = [place for _, place in kept]
    order[list(fresh)] = len(old.vectors) + np.arange(len(fresh))
    both = Seen(np.concatenate([old.vectors, new.vectors]), TermRows.stacked([old.words, new.words]))
    return both.only(order)


def known_of(paper: Paper) -> Known:
    """What is kept of a paper in memory."""
    light = replace(
        paper,
        abstract=None,
        titles=(),
        abstracts=(),
        ai_summary=None,
        comments=paper.comments[:1],
        upvotes=paper.upvotes[:1],
        appearances=(),
        provenance=(),
    )
    return Known(light, has_abstract=bool(paper.abstract and paper.abstract.strip()))
