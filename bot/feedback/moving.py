"""Where an interest stands: its text's vector, moved towards the papers that it learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

#: What one paper counts beside the interest's own text.
SHARE = 0.35
#: A sum of unit vectors that is shorter points nowhere.
_SHORTEST = 1e-6


def moved(base: Floats | None, learnt: Mapping[str, Floats]) -> Floats:
    """The unit vector of an interest, float32[d].

    ``base`` is the unit vector of its text, None for a learnt interest, which has none; ``learnt`` are the unit vectors
    of the papers by their ids. The same papers give the same vector to the bit, in whatever order they came. Vectors
    that cancel each other out leave ``base``. Raises ValueError where there is neither a base nor a paper.
    """
    if base is not None and not learnt:
        return base
    if not learnt:
        raise ValueError(learnt)
    ids = sorted(learnt)
    total = SHARE * np.stack([learnt[paper_id] for paper_id in ids]).astype(np.float64).sum(axis=0)
    if base is not None:
        total += base
    length = float(np.linalg.norm(total))
    if length < _SHORTEST:
        return base if base is not None else learnt[ids[0]]
    return (total / length).astype(np.float32)
