"""Papers as their words weigh: TF-IDF of the stems of title and abstract, unit length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.index.arrays import Floats, Numbers, Rows
from bot.index.stems import Stems

#: Stems that more than this share of the papers have tell nothing of one of them; in a handful of papers all tell.
_COMMON, _HANDFUL = 0.2, 10


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Of m papers, one entry for each stem of each, paper after paper, stems ascending."""

    #: Ascending.
    rows: Rows
    #: int64[m + 1]: where the entries of each paper begin, and where the last end.
    starts: Rows
    stems: Numbers
    weights: Floats

    def cosines(self, row: int, others: Rows) -> Floats:
        """Of one of the rows with others of them, float32[k]."""
        mine = self._entries(int(np.searchsorted(self.rows, row)))
        return self.against(self.stems[mine], self.weights[mine], others)

    def against(self, stems: Numbers, weights: Floats, others: Rows) -> Floats:
        """Of a profile, stems ascending, with some of the rows, float32[k]."""
        if not len(stems) or not len(others):
            return np.zeros(len(others), np.float32)
        places = np.searchsorted(self.rows, others)
        lengths = self.starts[places + 1] - self.starts[places]
        owner = np.repeat(np.arange(len(others)), lengths)
        entries = np.repeat(self.starts[places] - (np.cumsum(lengths) - lengths), lengths) + np.arange(len(owner))
        at = np.minimum(np.searchsorted(stems, self.stems[entries]), len(stems) - 1)
        same = stems[at] == self.stems[entries]
        products = weights[at[same]] * self.weights[entries[same]]
        return np.bincount(owner[same], products, minlength=len(others)).astype(np.float32)

    def whole(self) -> tuple[Numbers, Floats]:
        """Stems and weights of all; of one paper its profile."""
        return self.stems, self.weights

    def _entries(self, place: int) -> slice:
        return slice(int(self.starts[place]), int(self.starts[place + 1]))


def profiles(stems: Stems, rows: Rows) -> Profiles:
    """Of these rows, ascending: (1 + ln tf) · (ln((1 + n) / (1 + df)) + 1)."""
    gathered = stems.gather(rows, names=False)
    keys, counts = np.unique((gathered.papers.astype(np.uint64) << np.uint64(32)) | gathered.stems, return_counts=True)
    papers, numbers = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    papers_with = stems.papers_with(numbers)
    telling = papers_with <= max(_HANDFUL, _COMMON * stems.count)
    papers, numbers = papers[telling], numbers[telling]
    rarity = np.log((1 + stems.count) / (1 + papers_with[telling].astype(np.float64))) + 1
    weights: NDArray[np.float64] = (1 + np.log(counts[telling])) * rarity
    lengths = np.sqrt(np.bincount(papers, weights**2, minlength=len(rows)))
    starts = np.concatenate([[0], np.cumsum(np.bincount(papers, minlength=len(rows)))])
    return Profiles(rows, starts, numbers, (weights / lengths[papers]).astype(np.float32))
