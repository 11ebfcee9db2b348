"""What is usual among the stored papers: a sample of them, against which scores are measured.

So a score depends neither on how many papers there are nor on which of them a filter lets through.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bot.index.arrays import Floats, Mask, Rows
from bot.index.graph import Graph
from bot.index.hits import Inverted
from bot.index.meaning import Meaning
from bot.index.stems import Stems

#: Papers of the sample; the centre is that of ten times as many.
SAMPLE = 1000
_CENTRED = 10_000
#: The sample is drawn anew when there are so many times the papers of the last time.
_GROWTH = 1.1
#: Deviations below these are those of too few papers, or of papers that are all alike.
_LEAST_DEVIATION = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """The vectors and stems of all papers, and a sample of those that have vectors, or of all where none has."""

    meaning: Meaning
    stems: Stems
    #: The rows of the sample, and their stems.
    rows: Rows
    index: Inverted
    #: Papers with vectors that it was drawn from; 0 where no paper has one.
    size: int
    #: Which papers are each other's neighbours, as far as it was asked for.
    graph: Graph = field(default_factory=Graph)

    @classmethod
    def of(cls, meaning: Meaning, stems: Stems, alive: Mask) -> Yardstick:
        """Drawn evenly over the order in which the papers came; moves the centre to that of the papers of now."""
        living = np.flatnonzero(alive & meaning.embedded(len(alive)))
        has_vectors = len(living) > 0
        if has_vectors:
            meaning.centre_on(_spread(living, _CENTRED))
        else:
            living = np.flatnonzero(alive)
        rows = _spread(living, SAMPLE)
        return cls(meaning, stems, rows, Inverted.of(stems, rows), len(living) if has_vectors else 0)

    def serves(self, size: int) -> bool:
        """Whether the sample, of other papers than there are now, still stands for ``size`` papers with vectors."""
        is_small = min(size, self.size) <= SAMPLE
        return not is_small and self.size / _GROWTH <= size <= self.size * _GROWTH

    @staticmethod
    def usual(of_sample: Floats, *, least: float = _LEAST_DEVIATION) -> tuple[np.float32, np.float32]:
        """Mean and deviation of the scores of the sample; the deviation is taken for ``least`` at least."""
        if not len(of_sample):
            return np.float32(0), np.float32(1)
        return of_sample.mean(), np.maximum(of_sample.std(), np.float32(least))

    def measured(self, scores: Floats, of_sample: Floats, *, least: float = _LEAST_DEVIATION) -> Floats:
        """Scores in deviations from the mean, both those of the sample."""
        mean, deviation = self.usual(of_sample, least=least)
        return (scores - mean) / deviation


def _spread(rows: Rows, limit: int) -> Rows:
    """At most so many of the rows, evenly spread."""
    return rows if len(rows) <= limit else rows[np.arange(limit) * len(rows) // limit]
