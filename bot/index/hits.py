"""Where papers have some stems: found one by one in a few papers, or at once in a sample that was inverted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.index.arrays import Numbers, Rows
from bot.index.stems import Gathered, Stems


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Where papers have some stems, paper after paper: in which (its place), where, and which of the stems (its place)."""

    papers: NDArray[np.int64]
    positions: NDArray[np.int64]
    kinds: NDArray[np.int64]

    def and_those(self, papers: int, others: Hits) -> Hits:
        """These and the hits of other papers, which come after these ``papers`` papers."""
        return Hits(
            np.concatenate([self.papers, others.papers + papers]),
            np.concatenate([self.positions, others.positions]),
            np.concatenate([self.kinds, others.kinds]),
        )


def hits(numbers: Numbers, gathered: Gathered) -> Hits:
    """Where the papers have these stems, ascending."""
    # Most stems are none of these: that is told by their last 16 bits at a fraction of the cost.
    last = np.zeros(2**16, np.bool_)
    last[numbers & 0xFFFF] = True
    likely = np.flatnonzero(last[gathered.stems & 0xFFFF])
    kinds = np.minimum(np.searchsorted(numbers, gathered.stems[likely]), len(numbers) - 1)
    right = numbers[kinds] == gathered.stems[likely]
    likely = likely[right]
    return Hits(gathered.papers[likely], gathered.positions[likely], kinds[right])


@dataclass(frozen=True, slots=True, eq=False)
class Inverted:
    """The stems of some papers, ascending: their hits are found without a look at the rest."""

    stems: Numbers
    #: Where each stood among the gathered.
    order: NDArray[np.int64]
    gathered: Gathered
    #: float32[m]: stems of title and abstract of each paper.
    lengths: NDArray[np.float32]

    @classmethod
    def of(cls, stems: Stems, rows: Rows) -> Inverted:
        """Of the papers of these rows."""
        gathered = stems.gather(rows)
        order = np.argsort(gathered.stems, kind="stable")
        return cls(gathered.stems[order], order, gathered, stems.lengths(rows))

    def hits(self, numbers: Numbers) -> Hits:
        """Where the papers have these stems."""
        first, last = (np.searchsorted(self.stems, numbers, side) for side in ("left", "right"))
        counts = last - first
        kinds = np.repeat(np.arange(len(numbers)), counts)
        entries = self.order[np.arange(len(kinds)) + np.repeat(first - (np.cumsum(counts) - counts), counts)]
        place = np.argsort(entries)
        entries = entries[place]
        return Hits(self.gathered.papers[entries], self.gathered.positions[entries], kinds[place])
