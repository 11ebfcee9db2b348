"""Filter facts, vectors and stems of every paper, one row each, in arrays that grow when they are full.

Not safe for two threads at once: the index gives it one thread of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from bot.index.arrays import Floats, Mask, Rows, grown
from bot.index.facts import BETWEEN, UNKNOWN_COUNT, UNKNOWN_DAY, Facts
from bot.index.meaning import Meaning
from bot.index.stems import Stems
from bot.index.yardstick import Yardstick
from bot.queries import FEATURES, Filters

_ARRAYS = ("_ordinals", "_days", "_authors", "_features", "_organisations", "_alive")


@dataclass(frozen=True, slots=True)
class Passing:
    """Rows that pass filters, and how many more would pass if their day, or their number of authors, were known."""

    mask: Mask
    undated: int = 0
    uncounted: int = 0


class Columns:
    """One row a paper; a row is never given to another paper while the index lives."""

    def __init__(self, dimension: int) -> None:
        """``dimension`` is that of the vectors."""
        self.dimension = dimension
        self.size = 0
        self.meaning = Meaning(dimension)
        self.stems = Stems()
        self._yardstick: Yardstick | None = None
        #: Vectors that came, and papers that came or went, since the yardstick was made.
        self._has_changed = False
        self._ids: list[str] = []
        self._hashes: list[bytes] = []
        self._row_of: dict[str, int] = {}
        self._row_of_ordinal: dict[int, int] = {}
        self._codes: dict[str, int] = {"": 0}
        self._ordinals = np.zeros(0, np.int64)
        self._days = np.zeros(0, np.int32)
        self._authors = np.zeros(0, np.int32)
        self._features = np.zeros(0, np.uint8)
        self._organisations = np.zeros(0, np.int32)
        self._alive = np.zeros(0, np.bool_)

    def __len__(self) -> int:
        """Papers in the index."""
        return len(self._row_of)

    def put(self, facts: Facts) -> None:
        """Add a paper, or replace what was known of it; its vector stays until a newer one is given."""
        row = self._row_of.get(facts.paper_id)
        if row is None:
            row = self._append(facts.paper_id)
        else:
            self._row_of_ordinal.pop(int(self._ordinals[row]), None)
        self._row_of_ordinal[facts.ordinal] = row
        self._ordinals[row] = facts.ordinal
        self._days[row] = facts.day
        self._authors[row] = facts.authors
        self._features[row] = facts.features
        self._hashes[row] = bytes.fromhex(facts.text_hash)
        self._organisations[row] = self._codes.setdefault(facts.organisations, len(self._codes))
        self.stems.put(row, facts.paper_stems())
        self._has_changed = True

    def remove(self, paper_id: str) -> int | None:
        """Take a paper out; its ordinal, or None if it was not there."""
        row = self._row_of.pop(paper_id, None)
        if row is None:
            return None
        self._alive[row] = False
        self.stems.remove(row)
        self._has_changed = True
        ordinal = int(self._ordinals[row])
        self._row_of_ordinal.pop(ordinal, None)
        return ordinal

    def give_vector(self, paper_id: str, text_hash: bytes, vector: Floats) -> bool:
        """Set the unit vector (float32[d]) of a paper; whether it is the one that is waited for.

        One of an older text is used until then; one that is no direction, or of no known paper, is not.
        """
        row = self._row_of.get(paper_id)
        if row is None or vector.shape != (self.dimension,) or not np.isfinite(vector).all():
            return True
        self.meaning.put(row, vector)
        self._has_changed = True
        return self._hashes[row] == text_hash

    def yardstick(self) -> Yardstick:
        """A sample of the papers there are, made anew where they are not those any more that it was made of."""
        if self._yardstick is None or (self._has_changed and not self._yardstick.serves(self._with_vectors())):
            self._yardstick = Yardstick.of(self.meaning, self.stems, self.alive())
        self._has_changed = False
        return self._yardstick

    def vectors(self, paper_ids: Sequence[str]) -> Floats:
        """The vectors of these papers, float32[m, d]; zeros for those that have none."""
        found = np.zeros((len(paper_ids), self.dimension), np.float32)
        embedded = self.meaning.embedded(self.size)
        for place, paper_id in enumerate(paper_ids):
            if (row := self._row_of.get(paper_id)) is not None and embedded[row]:
                found[place] = self.meaning.vectors(np.array([row]))[0]
        return found

    def row(self, paper_id: str) -> int | None:
        """The paper's row."""
        return self._row_of.get(paper_id)

    def ordinal(self, paper_id: str) -> int | None:
        """The store's ordinal of the paper."""
        row = self._row_of.get(paper_id)
        return None if row is None else int(self._ordinals[row])

    def living(self) -> list[str]:
        """The ids of all papers."""
        return list(self._row_of)

    def alive(self) -> Mask:
        """The rows of all papers."""
        return self._alive[: self.size].copy()

    def among(self, ordinals: Iterable[int], mask: Mask) -> list[int]:
        """Those ordinals whose rows are in the mask, in their order."""
        rows = self._row_of_ordinal
        return [ordinal for ordinal in ordinals if (row := rows.get(ordinal)) is not None and mask[row]]

    def rows_of(self, ordinals: Iterable[int]) -> Rows:
        """Rows by the store's ordinals, in their order; unknown ones are left out."""
        found = (self._row_of_ordinal.get(ordinal) for ordinal in ordinals)
        return np.fromiter((row for row in found if row is not None), np.int64)

    def ids(self, rows: Rows) -> tuple[str, ...]:
        """The papers of these rows, in their order."""
        places: list[int] = rows.tolist()
        return tuple(self._ids[row] for row in places)

    def ordinals(self, mask: Mask) -> Rows:
        """The store's ordinals of the rows in the mask."""
        return self._ordinals[: len(mask)][mask]

    def passing(self, filters: Filters) -> Passing:
        """Rows that pass every filter. A paper whose day or number of authors is not known passes no such filter."""
        n = self.size
        mask = self._alive[:n].copy()
        if filters.has:
            bits = reduce(lambda held, name: held | 1 << FEATURES.index(name), filters.has, 0)
            mask &= (self._features[:n] & bits) == bits
        for name in filters.organisations:
            mask &= np.isin(self._organisations[:n], [code for said, code in self._codes.items() if _names(name, said)])
        by_day = _between(
            self._days[:n],
            filters.since.toordinal() if filters.since else None,
            filters.until.toordinal() if filters.until else None,
        )
        by_authors = _between(self._authors[:n], filters.fewest_authors, filters.most_authors)
        undated = uncounted = 0
        if filters.by_day:
            known = self._days[:n] != UNKNOWN_DAY
            undated = int(np.count_nonzero(mask & by_authors & ~known))
            by_day &= known
        if filters.by_authors:
            known = self._authors[:n] != UNKNOWN_COUNT
            uncounted = int(np.count_nonzero(mask & by_day & ~known))
            by_authors &= known
        return Passing(mask & by_day & by_authors, undated, uncounted)

    def newest(self, mask: Mask, limit: int) -> Rows:
        """Rows of the mask, newest day first; of one day the paper stored last comes first, unknown days come last."""
        rows = np.flatnonzero(mask)
        return rows[np.lexsort((-self._ordinals[rows], -self._days[rows]))][:limit]

    def _with_vectors(self) -> int:
        return int(np.count_nonzero(self._alive[: self.size] & self.meaning.embedded(self.size)))

    def _append(self, paper_id: str) -> int:
        row = self.size
        for name in _ARRAYS:
            setattr(self, name, grown(getattr(self, name), row + 1))
        self.size += 1
        self._ids.append(paper_id)
        self._hashes.append(b"")
        self._row_of[paper_id] = row
        self._alive[row] = True
        return row


def _between(values: NDArray[np.int32], low: int | None, high: int | None) -> Mask:
    within = np.ones(len(values), np.bool_)
    if low is not None:
        within &= values >= low
    if high is not None:
        within &= values <= high
    return within


def _names(words: str, organisations: str) -> bool:
    """Whether one of the organisations has these whole words beside each other."""
    return any(f" {words} " in f" {name} " for name in organisations.split(BETWEEN) if name)
