"""Which papers are each other's neighbours, found when it is asked for and kept: of the thousands nobody asks about none is."""

from __future__ import annotations

import numpy as np

from bot.index.arrays import Floats, Mask, Rows
from bot.index.meaning import Meaning
from bot.index.profiles import profiles
from bot.index.stems import Stems

#: Neighbours of a paper, found among so many that are nearest in meaning.
NEIGHBOURS, _AMONG = 10, 30
#: Papers whose neighbours are kept.
_KEPT = 20_000
#: Papers compared with all others at once.
AT_ONCE = 16


class Graph:
    """For each paper asked about, its neighbours and what each of them counts.

    Neighbours are the papers with the highest sum of cosine of directions and of words; each counts by the square of it.
    """

    def __init__(self) -> None:
        self._found: dict[int, tuple[Rows, Floats]] = {}

    def missing(self, rows: Rows) -> list[Rows]:
        """Those rows whose neighbours are not known, in parts for ``find``."""
        if len(self._found) > _KEPT:
            self._found.clear()
        unknown = np.array([row for row in rows.tolist() if row not in self._found], np.int64)
        return [unknown[at : at + AT_ONCE] for at in range(0, len(unknown), AT_ONCE)]

    def find(self, meaning: Meaning, stems: Stems, rows: Rows, alive: Mask) -> None:
        """Find the neighbours of these rows, which have vectors, among the rows that are alive."""
        usable = alive & meaning.embedded(len(alive))
        cosines = meaning.all_against(meaning.directions(rows), len(alive))
        cosines[:, ~usable] = -np.inf
        cosines[np.arange(len(rows)), rows] = -np.inf
        most = min(_AMONG, int(np.count_nonzero(usable)) - 1)
        if most < 1:
            self._found.update((row, (rows[:0], np.zeros(0, np.float32))) for row in rows.tolist())
            return
        near = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
        told = profiles(stems, np.unique(np.concatenate([rows, near.ravel()])))
        for place, row in enumerate(rows.tolist()):
            strength = cosines[place, near[place]] + told.cosines(row, near[place])
            best = np.argsort(-strength, kind="stable")[:NEIGHBOURS]
            counts = np.maximum(strength[best], 0) ** 2
            self._found[row] = near[place][best], (counts / max(float(counts.sum()), 1e-9)).astype(np.float32)

    def of(self, rows: Rows) -> tuple[Rows, Floats, Rows]:
        """All neighbours of rows, what each counts (they add up to 1 for each row), and of which of the rows it is."""
        nothing = np.zeros(0, np.int64), np.zeros(0, np.float32)
        found = [self._found.get(row, nothing) for row in rows.tolist()]
        whose = np.repeat(np.arange(len(rows)), [len(neighbours) for neighbours, _ in found])
        return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found]), whose
