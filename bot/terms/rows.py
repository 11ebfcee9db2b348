"""Many texts' terms as the rows of a sparse matrix: what scipy knows about it stays in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TermRows:
    """float32[n, width], mostly zero: of each row only what is not zero, its columns ascending."""

    #: int32[n + 1]: where each row's entries begin, and where the last one's end.
    starts: NDArray[np.int32]
    #: int32[entries]
    columns: NDArray[np.int32]
    #: float32[entries]
    values: Floats
    width: int

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.starts) - 1

    def __getitem__(self, places: slice | Sequence[int] | NDArray[np.integer] | NDArray[np.bool_]) -> TermRows:
        """The rows at these places."""
        picked = np.arange(len(self))[places]
        sizes = np.diff(self.starts)[picked]
        starts = np.zeros(len(picked) + 1, np.int32)
        np.cumsum(sizes, out=starts[1:])
        entries = np.arange(int(starts[-1])) + np.repeat(self.starts[picked] - starts[:-1], sizes)
        return TermRows(starts, self.columns[entries], self.values[entries], self.width)

    def products(self, others: TermRows) -> Floats:
        """The dot product of each row with each of ``others``, float32[n, len(others)]. Widths must be the same."""
        if not len(self) or not len(others) or not len(self.values) or not len(others.values):
            return np.zeros((len(self), len(others)), np.float32)
        return (_matrix(self) @ _matrix(others).T).toarray()

    def times(self, table: Floats) -> Floats:
        """The rows times a dense ``table`` float32[width, m]: float32[n, m]."""
        if not len(self.values):
            return np.zeros((len(self), table.shape[1]), np.float32)
        return _matrix(self) @ table

    @classmethod
    def empty(cls, rows: int, width: int) -> TermRows:
        """So many rows of zeros."""
        return cls(np.zeros(rows + 1, np.int32), np.empty(0, np.int32), np.empty(0, np.float32), width)

    @classmethod
    def stacked(cls, parts: Sequence[TermRows]) -> TermRows:
        """These, one under the other; at least one, and all of one width. Raises ValueError for anything else."""
        [width] = {part.width for part in parts}
        if len(parts) == 1:
            return parts[0]
        sizes = np.concatenate([np.diff(part.starts) for part in parts])
        starts = np.zeros(len(sizes) + 1, np.int32)
        np.cumsum(sizes, out=starts[1:])
        columns = np.concatenate([part.columns for part in parts])
        return cls(starts, columns, np.concatenate([part.values for part in parts]), width)


def _matrix(rows: TermRows) -> Any:  # noqa: ANN401 - scipy's classes have no types
    from scipy.sparse import csr_matrix

    return csr_matrix((rows.values, rows.columns, rows.starts), (len(rows), rows.width), copy=False)
