"""The arrays of the index: their types, and how they grow."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.uint32]
Counts = NDArray[np.int32]

Scalar = TypeVar("Scalar", bound=np.generic)

_FIRST = 1024


def grown(array: NDArray[Scalar], length: int) -> NDArray[Scalar]:
    """The array, or, where it is shorter than ``length``, one half as long again with what it has, zeros after it."""
    if len(array) >= length:
        return array
    longer = np.zeros((max(length, _FIRST, len(array) + len(array) // 2), *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer
