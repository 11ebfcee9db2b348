"""Arrays as columns of a table: their types, and what numpy has no word for."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int32]
Numbers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


def changes(column: NDArray[np.integer]) -> Flags:
    """Where a value differs from the one before it; the first one does."""
    new = np.ones(len(column), np.bool_)
    np.not_equal(column[1:], column[:-1], out=new[1:])
    return new


def counted(column: NDArray[np.integer]) -> Numbers:
    """How many equal values stand directly before each one: 0, 1, 0, 0, 1, 2 for a, a, b, c, c, c."""
    starts = np.flatnonzero(changes(column))
    return np.arange(len(column)) - np.repeat(starts, np.diff(np.append(starts, len(column))))


def ranks(column: NDArray[np.generic]) -> Numbers:
    """The place of each value among all in ascending order, from 0; equal values stand in any order."""
    places = np.empty(len(column), np.int64)
    places[np.argsort(column)] = np.arange(len(column))
    return places
