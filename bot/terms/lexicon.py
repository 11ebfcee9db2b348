"""How much a term tells: the rarer among a sample of papers, the more (TF-IDF)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.terms.counting import Terms
from bot.terms.rows import TermRows

#: A term of fewer papers of the sample compares none of them with another.
LEAST_PAPERS = 2
#: A term of more than this share of the papers tells nothing.
MOST_SHARE = 0.2
#: Texts whose rows are made at a time: what it takes to make them is several times what they take.
_AT_ONCE = 2_000


class Lexicon:
    """The vocabulary of a sample of papers, with what each of its terms weighs. Immutable."""

    def __init__(self, papers: int, numbers: NDArray[np.int32], weights: NDArray[np.float32], common: set[int]) -> None:
        """``numbers`` int32[n] ascending, ``weights`` float32[n]; ``common`` are the terms that too many papers have."""
        self._papers = papers
        self._numbers = numbers
        self._weights = weights
        self._common = frozenset(common)

    @classmethod
    def of(cls, papers: Sequence[Terms]) -> Lexicon:
        """The lexicon of a sample. A term's weight is ln((1 + n) / (1 + df)) + 1, df of n papers having it."""
        count = len(papers)
        every = np.concatenate([paper.numbers for paper in papers]) if papers else np.empty(0, np.int32)
        numbers, frequencies = np.unique(every, return_counts=True)
        common = frequencies > MOST_SHARE * count
        kept = (frequencies >= LEAST_PAPERS) & ~common
        weights = np.log((1 + count) / (1 + frequencies[kept])) + 1
        few = (frequencies >= LEAST_PAPERS) & common
        return cls(count, numbers[kept].astype(np.int32), weights.astype(np.float32), set(numbers[few].tolist()))

    def __len__(self) -> int:
        """How many terms it knows: the width of its rows."""
        return len(self._numbers)

    def column(self, term: int) -> int | None:
        """Where the term of this number stands in a row; None where it is not of the vocabulary."""
        place = int(np.searchsorted(self._numbers, term))
        return place if place < len(self._numbers) and self._numbers[place] == term else None

    def weight(self, term: int) -> float:
        """What the term of this number weighs: nothing where too many papers have it, the most where none has."""
        if (place := self.column(term)) is not None:
            return float(self._weights[place])
        return 0.0 if term in self._common else math.log((1 + self._papers) / LEAST_PAPERS) + 1

    def rows(self, papers: Sequence[Terms]) -> TermRows:
        """Unit rows of these texts, float32[n, len(self)]: weight times 1 + ln(count); without a known term, zero."""
        parts = [self._rows(papers[start : start + _AT_ONCE]) for start in range(0, len(papers), _AT_ONCE)]
        return TermRows.stacked(parts) if parts else TermRows.empty(0, len(self))

    def _rows(self, papers: Sequence[Terms]) -> TermRows:
        sizes = np.fromiter(map(len, papers), np.int64, len(papers))
        if not sizes.sum() or not len(self):
            return TermRows.empty(len(papers), len(self))
        numbers = np.concatenate([paper.numbers for paper in papers])
        counts = np.concatenate([paper.counts for paper in papers])
        columns = np.minimum(np.searchsorted(self._numbers, numbers), len(self) - 1)
        known = self._numbers[columns] == numbers
        row = np.repeat(np.arange(len(papers)), sizes)[known]
        columns = columns[known]
        values = self._weights[columns].astype(np.float64) * (1 + np.log(counts[known], dtype=np.float64))
        length = np.sqrt(np.bincount(row, np.square(values), len(papers)))
        starts = np.zeros(len(papers) + 1, np.int32)
        np.cumsum(np.bincount(row, minlength=len(papers)), out=starts[1:])
        return TermRows(starts, columns.astype(np.int32), (values / length[row]).astype(np.float32), len(self))
