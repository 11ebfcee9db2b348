"""How much each of the papers that an interest learnt from says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bot.matching import Background, Floats
from bot.matching.columns import Doubles
from bot.terms import Terms

#: From so many papers on they are weighed; of fewer each says as much as the others.
WEIGHED_FROM = 3
#: What is added to each paper's likeness to itself: the more, the more evenly they are weighed.
EVENNESS = 2.5
#: No paper says less than this part of what the one that says most does.
LEAST_PART = 0.05
#: What likeness in words counts beside likeness in meaning.
WORDS = 2.0


class Liked(NamedTuple):
    """A rated paper: its number among the stored ones, its unit vector among its neighbours float32[d], its terms."""

    ordinal: int
    vector: Floats
    terms: Terms


def likeness(papers: Floats, background: Background, terms: Sequence[Terms], words: float) -> Doubles:
    """How alike papers are, float64[n, n]: cosines of their centred vectors, and ``words`` times those of their terms.

    ``papers`` are their vectors among their neighbours, float32[n, d].
    """
    centred = background.centred(papers).astype(np.float64)
    rows = background.words(terms)
    return centred @ centred.T + words * rows.products(rows).astype(np.float64)


def weights(papers: Floats, background: Background, terms: Sequence[Terms]) -> Floats:
    """What each of an interest's papers weighs, float32[n], one in sum; ``papers`` float32[n, d], ``terms`` of each.

    The weights of a Gaussian process that expects the same of every paper: (K + c·I)⁻¹ · 1, where K is how alike they
    are. Papers that say the same share what one of them would weigh.
    """
    count = len(papers)
    if count < WEIGHED_FROM:
        return np.full(count, 1 / max(1, count), np.float32)
    alike = likeness(papers, background, terms, WORDS)
    found = np.linalg.solve(alike + EVENNESS * np.eye(count), np.ones(count))
    found = np.maximum(found, LEAST_PART * found.max())
    return (found / found.sum()).astype(np.float32)
