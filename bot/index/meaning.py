"""The vectors of the papers, and their directions from the centre of all: one row a paper."""

from __future__ import annotations

import numpy as np

from bot.index.arrays import Floats, Mask, Rows, grown

#: Of fewer papers the centre is taken for less than it is: of a handful it is the subject of most of them.
_SETTLED = 200
#: A paper that lies in the centre points nowhere; a shorter distance than this would make noise a direction.
_SHORTEST = 0.05


class Meaning:
    """Vectors e, unit, and directions x = unit(e - centre), which are worked out where they are asked for."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.centre: Floats = np.zeros(dimension, np.float32)
        self._matrix = np.zeros((0, dimension), np.float32)
        self._embedded = np.zeros(0, np.bool_)
        #: |e - centre| of every row.
        self._lengths = np.ones(0, np.float32)

    def put(self, row: int, vector: Floats) -> None:
        """Set the vector of a row, float32[d]."""
        if row >= len(self._embedded):
            self._matrix = grown(self._matrix, row + 1)
            self._embedded = grown(self._embedded, row + 1)
            self._lengths = grown(self._lengths, row + 1)
        self._matrix[row] = vector
        self._embedded[row] = True
        self._lengths[row] = self._length(np.float32(vector @ self.centre))

    def embedded(self, size: int) -> Mask:
        """Which of the first ``size`` rows have a vector."""
        mask = np.zeros(size, np.bool_)
        known = min(size, len(self._embedded))
        mask[:known] = self._embedded[:known]
        return mask

    def vectors(self, rows: Rows) -> Floats:
        """The vectors e of these rows, float32[m, d]; each must have one."""
        return self._matrix[rows]

    def centre_on(self, rows: Rows) -> None:
        """Take the centre of these rows, which have vectors, for that of all."""
        self.centre = (self._matrix[rows].mean(axis=0) * min(1.0, len(rows) / _SETTLED)).astype(np.float32)
        self._lengths = self._length(self._matrix @ self.centre)

    def direction(self, vector: Floats) -> Floats:
        """unit(vector - centre), float32[d]; no direction for the centre itself."""
        away = vector - self.centre
        return (away / max(float(np.linalg.norm(away)), _SHORTEST)).astype(np.float32)

    def directions(self, rows: Rows) -> Floats:
        """The directions x of these rows, float32[m, d]."""
        return (self._matrix[rows] - self.centre) / self._lengths[rows, None]

    def along(self, direction: Floats, rows: Rows) -> Floats:
        """Directions of these rows times ``direction`` (float32[d]), float32[m]: the centred cosine to a unit direction."""
        return (self._matrix[rows] @ direction - np.float32(self.centre @ direction)) / self._lengths[rows]

    def all_along(self, direction: Floats, size: int) -> Floats:
        """``along`` for the first ``size`` rows; of a row without a vector it means nothing."""
        known = min(size, len(self._embedded))
        found = np.zeros(size, np.float32)
        np.matmul(self._matrix[:known], direction, out=found[:known])
        found -= np.float32(self.centre @ direction)
        found[:known] /= self._lengths[:known]
        return found

    def all_against(self, directions: Floats, size: int) -> Floats:
        """``all_along`` for several directions, float32[m, size]; of a row without a vector it means nothing."""
        known = min(size, len(self._embedded))
        found = np.zeros((len(directions), size), np.float32)
        found[:, :known] = directions @ self._matrix[:known].T - (directions @ self.centre)[:, None]
        found[:, :known] /= self._lengths[:known]
        return found

    def times(self, direction: Floats, size: int) -> Floats:
        """Vectors of the first ``size`` rows times ``direction`` (float32[d]), float32[size]; 0 without a vector."""
        known = min(size, len(self._embedded))
        found = np.zeros(size, np.float32)
        found[:known] = self._matrix[:known] @ direction
        return found

    def cosines(self, vector: Floats, rows: Rows) -> Floats:
        """Vectors of these rows times a unit vector (float32[d]): the plain cosine."""
        return self._matrix[rows] @ vector

    def _length(self, along_centre: Floats | np.float32) -> Floats:
        squared = 1 - 2 * along_centre + self.centre @ self.centre
        return np.sqrt(np.maximum(squared, _SHORTEST**2)).astype(np.float32)
