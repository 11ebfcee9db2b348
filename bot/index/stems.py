"""Which stems every paper has, and where: one column of numbers, and how many papers have each.

A stem is known by its CRC-32. A paper's stems stand one after the other, title, abstract, then names; positions follow
from that, with a gap between the parts, so that no pair of words reaches from one into the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.index.arrays import Counts, Numbers, Rows, grown

#: Positions between two parts of a paper.
GAP = 64
#: Stems are counted in so many places: of two stems that meet there both seem as frequent as they are together.
_PLACES = 2**21
#: The column is written anew, without what papers had before they changed, from so much waste on.
_WASTE = 65_536
_LITTLE = np.dtype("<u4")
_HEAD = 3


@dataclass(frozen=True, slots=True, eq=False)
class PaperStems:
    """The stems of one paper."""

    #: uint32[n]: of the title, of the abstract, then of authors and organisations.
    stems: Numbers
    #: Where the title, and where title and abstract, end.
    title: int
    text: int
    #: Length of title and abstract in words, stop words among them.
    words: int

    def packed(self) -> bytes:
        """Little-endian 32-bit numbers: the two ends, the length, the stems."""
        head = np.array([self.title, self.text, self.words], _LITTLE)
        return head.tobytes() + self.stems.astype(_LITTLE, copy=False).tobytes()

    @classmethod
    def unpacked(cls, raw: bytes) -> PaperStems:
        """What ``packed`` gave. Raises ValueError for anything else."""
        numbers = np.frombuffer(raw, _LITTLE)
        if len(numbers) < _HEAD:
            raise ValueError("not the stems of a paper")
        title, text, words = (int(number) for number in numbers[:_HEAD])
        if not title <= text <= len(numbers) - _HEAD:
            raise ValueError("parts of a paper that do not fit")
        return cls(numbers[_HEAD:].astype(np.uint32), title, text, words)


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The stems of some papers, one entry a stem, paper after paper: whose (its place), which, and where."""

    papers: NDArray[np.int64]
    stems: Numbers
    positions: NDArray[np.int64]


class Stems:
    """One row a paper, by the row numbers of the index."""

    def __init__(self) -> None:
        self._column = np.zeros(1024, np.uint32)
        self._used = 0
        self._waste = 0
        self._start = np.zeros(0, np.int64)
        #: By row: stems of the title, of title and abstract, and of all; words of title and abstract.
        self._ends = np.zeros((0, 3), np.int32)
        self._words = np.zeros(0, np.int32)
        self._papers_with = np.zeros(_PLACES, np.int32)
        self._count = 0
        self._length = 0

    def put(self, row: int, stems: PaperStems) -> None:
        """Add a paper, or replace what it had."""
        self.remove(row)
        if row >= len(self._start):
            self._start, self._ends, self._words = (
                grown(one, row + 1) for one in (self._start, self._ends, self._words)
            )
        end = self._used + len(stems.stems)
        self._column = grown(self._column, end)
        self._column[self._used : end] = stems.stems
        self._start[row] = self._used
        self._ends[row] = stems.title, stems.text, len(stems.stems)
        # Nothing is known of a row until its words are, and a paper of no words is none either.
        self._words[row] = max(1, min(stems.words, 1_000_000))
        self._used = end
        self._papers_with[_places(stems.stems)] += 1
        self._count += 1
        self._length += stems.text

    def remove(self, row: int) -> None:
        """Forget a paper's stems; nothing happens where there are none."""
        if row >= len(self._words) or not self._words[row]:
            return
        start, (_, text, whole) = self._start[row], self._ends[row].tolist()
        self._papers_with[_places(self._column[start : start + whole])] -= 1
        self._words[row] = self._ends[row] = 0
        self._count -= 1
        self._length -= text
        self._waste += whole
        if self._waste > max(_WASTE, self._used // 2):
            self._tidy()

    @property
    def count(self) -> int:
        """Papers."""
        return self._count

    @property
    def mean_length(self) -> float:
        """Of title and abstract, in stems."""
        return max(1.0, self._length / max(1, self._count))

    def papers_with(self, stems: Numbers) -> Counts:
        """How many papers have each of these stems, int32."""
        return self._papers_with[stems & np.uint32(_PLACES - 1)]

    def words(self, row: int) -> int:
        """Length of the paper's title and abstract in words; 0 for no paper."""
        return int(self._words[row]) if row < len(self._words) else 0

    def gather(self, rows: Rows, *, names: bool = True) -> Gathered:
        """The stems of these rows; without ``names`` of title and abstract alone."""
        ends = np.zeros((len(rows), 3), np.int64)
        known = rows < len(self._start)
        ends[known] = self._ends[rows[known]]
        start = np.zeros(len(rows), np.int64)
        start[known] = self._start[rows[known]]
        taken = ends[:, 2 if names else 1]
        papers = np.repeat(np.arange(len(rows)), taken)
        within = np.arange(len(papers)) - np.repeat(np.cumsum(taken) - taken, taken)
        positions = within + GAP * (within >= ends[papers, 0]) + GAP * (within >= ends[papers, 1])
        return Gathered(papers, self._column[start[papers] + within], positions)

    def lengths(self, rows: Rows) -> NDArray[np.float32]:
        """Stems of title and abstract of these rows, float32[m]."""
        lengths = np.zeros(len(rows), np.float32)
        known = rows < len(self._ends)
        lengths[known] = self._ends[rows[known], 1]
        return lengths

    def _tidy(self) -> None:
        """Write the column anew."""
        rows = np.flatnonzero(self._words)
        gathered = self.gather(rows)
        lengths = self._ends[rows, 2].astype(np.int64)
        self._start[rows] = np.cumsum(lengths) - lengths
        self._used, self._waste = len(gathered.stems), 0
        self._column = gathered.stems


def number(stem: str) -> int:
    """What a stem is known by: its CRC-32."""
    return crc32(stem.encode())


def _places(stems: Numbers) -> Numbers:
    """Where the paper of these stems is counted, each place once."""
    return np.unique(stems & np.uint32(_PLACES - 1))
