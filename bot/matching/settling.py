"""Moves a paper's vector towards its nearest neighbours, so that what one abstract leaves unsaid another one says.

r = unit(e + Σ w_k e_k), k over the ten nearest papers by cosine of vectors about the centre, w_k = max(0, cos)² / Σ
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bot.matching.columns import Floats

#: A paper is seen among so many of its nearest neighbours.
NEIGHBOURS = 10
#: Neighbours whose squared cosines come to less together draw a paper less.
LEAST_NEARNESS = 0.5

_AT_ONCE = 500
_SHORTEST = 1e-6


def unit(rows: Floats) -> Floats:
    """Rows float32[..., d] of length 1; one that is too short to point anywhere is zero."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > _SHORTEST)


class Neighbours:
    """The nearest stored papers of some papers, found while all stored ones stream by.

    Holds 11 vectors for each wanted paper: some 17 kB of 384 dimensions.
    """

    def __init__(self, centre: Floats, vectors: Floats) -> None:
        """``centre`` float32[d] is the mean of all stored vectors, ``vectors`` float32[m, d] the wanted papers' own."""
        self._centre = centre
        self._vectors = vectors
        self._wanted = unit(vectors - centre)
        self._nearness = np.full((len(vectors), NEIGHBOURS), -np.inf, np.float32)
        self._nearest = np.zeros((len(vectors), NEIGHBOURS, vectors.shape[1]), np.float32)

    def add(self, rows: Floats, same: Mapping[int, int] | None = None) -> None:
        """Look at some stored papers' vectors, float32[n, d]. ``same``: which wanted row is which of these rows."""
        if not len(rows) or not len(self._wanted):
            return
        nearness = self._wanted @ unit(rows - self._centre).T
        if same:
            nearness[list(same), list(same.values())] = -np.inf
        most = min(NEIGHBOURS, len(rows))
        place = np.argpartition(-nearness, most - 1, axis=1)[:, :most]
        nearness = np.take_along_axis(nearness, place, 1)
        nearer = np.flatnonzero(nearness.max(axis=1) > self._nearness.min(axis=1))
        both = np.hstack([self._nearness[nearer], nearness[nearer]])
        kept = np.argpartition(-both, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
        self._nearness[nearer] = np.take_along_axis(both, kept, 1)
        new = kept >= NEIGHBOURS
        # each one moved by itself: a copy of all candidates would take twice the memory
        for wanted, picked, fresh, places in zip(nearer.tolist(), kept, new, place[nearer], strict=True):
            self._nearest[wanted] = np.where(
                fresh[:, None],
                rows[places[np.where(fresh, picked - NEIGHBOURS, 0)]],
                self._nearest[wanted][np.where(fresh, 0, picked)],
            )

    def settled(self) -> Floats:
        """The wanted papers among their neighbours, unit rows float32[m, d]; without neighbours, where they were."""
        weights = np.square(np.maximum(self._nearness, 0))
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), np.float32(LEAST_NEARNESS))
        return unit(self._vectors + np.einsum("mk,mkd->md", weights, self._nearest))


def settled(vectors: Floats, corpus: Floats, *, itself: bool) -> Floats:
    """Unit rows float32[m, d] among their neighbours in ``corpus`` float32[n, d], in one go.

    ``itself`` says that row i of ``vectors`` is row i of the corpus, which is then no neighbour of its own.
    """
    if not len(corpus):
        return vectors
    centre = corpus.mean(axis=0, dtype=np.float64).astype(np.float32)
    parts: list[Floats] = []
    for start in range(0, len(vectors), _AT_ONCE):
        part = Neighbours(centre, vectors[start : start + _AT_ONCE])
        count = len(vectors[start : start + _AT_ONCE])
        part.add(corpus, {row: start + row for row in range(count)} if itself else None)
        parts.append(part.settled())
    return np.concatenate(parts) if parts else vectors


def leaning(vector: Floats, corpus: Floats, centre: Floats, but: Sequence[int], part: float) -> Floats:
    """The unit vector float32[d] with ``part`` of what its nearest neighbours in ``corpus`` float32[n, d] say added.

    ``centre`` float32[d] is the mean of the corpus; ``but`` are the rows that are no neighbours of it.
    """
    nearness = unit(corpus - centre) @ unit(vector - centre)
    nearness[list(but)] = -np.inf
    most = min(NEIGHBOURS, len(corpus))
    if not most:
        return vector
    nearest = np.argpartition(-nearness, most - 1)[:most]
    weights = np.square(np.maximum(nearness[nearest], 0))
    weights /= np.maximum(weights.sum(), np.float32(LEAST_NEARNESS))
    return unit(vector + np.float32(part) * (weights @ corpus[nearest]))
