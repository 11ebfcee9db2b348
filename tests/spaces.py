"""Interests and papers in a space that a reader of a test can picture: nothing is whitened, and no word counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot import matching
from bot.matching import Background, Evidence, Floats, Hits, Seen, WordBook
from bot.models import DEVIATION, MEAN, ROW_EXTRA, SHARE, THRESHOLD, WEIGHT
from bot.terms import Lexicon, TermRows

#: An interest that speaks through no words.
WORDLESS = Evidence((), (), 0.0, 1.0)


@dataclass(frozen=True)
class Block:
    """Interests as a store hands them out."""

    fields: list[bytes]
    rows: Floats


def unit(vectors: NDArray[np.floating]) -> Floats:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def drawn(count: int, dimension: int = 32, seed: int = 0) -> Floats:
    return unit(np.random.default_rng(seed).standard_normal((count, dimension)))


def plain(papers: Floats) -> Background:
    """A background that sees these papers, ``p0`` with the ordinal 0 and so on, as they are."""
    count, dimension = len(papers), int(papers.shape[1])
    return Background(
        tuple(f"p{place}" for place in range(count)),
        np.arange(count),
        papers,
        papers,
        TermRows.empty(count, 0),
        Lexicon.of(()),
        np.zeros(dimension, np.float32),
        np.eye(dimension, dtype=np.float32),
    )


def seen(papers: Floats) -> Seen:
    return Seen(papers, TermRows.empty(len(papers), 0))


def no_words(dimension: int = 2) -> WordBook:
    return WordBook.of(plain(np.empty((0, dimension), np.float32)), {})


def measured(vector: Floats, weight: float, corpus: Floats, bar: float, evidence: Evidence = WORDLESS) -> Floats:
    """The row of an interest among these papers."""
    return matching.row(vector, weight, plain(corpus), bar, evidence=evidence, words_of=no_words())


def interest_row(
    vector: Sequence[float] | Floats,
    threshold: float,
    *,
    mean: float = 0,
    deviation: float = 1,
    weight: float = 1,
    share: float = 1,
) -> Floats:
    row = np.zeros(len(vector) + ROW_EXTRA, np.float32)
    row[: len(vector)] = vector
    extra = row[len(vector) :]
    extra[THRESHOLD], extra[MEAN], extra[DEVIATION], extra[WEIGHT], extra[SHARE] = (
        threshold,
        mean,
        deviation,
        weight,
        share,
    )
    return row


def block(rows: Mapping[bytes, Floats]) -> Block:
    return Block(list(rows), np.stack(list(rows.values())))


def hits(rows: Floats, papers: Floats) -> Hits:
    return matching.hits(rows, seen(papers), no_words())


def dealt(blocks: Iterable[Block], papers: Floats) -> dict[str, list[tuple[str, int]]]:
    """Interest and paper of every candidate, in the order of dealing, by reader."""
    return {
        found.user: [(one.interest_id, one.paper) for one in found.candidates]
        for many in matching.candidates(blocks, seen(papers), no_words())
        for found in many
    }


def strengths(blocks: Iterable[Block], papers: Floats) -> dict[int, float]:
    """Strength by paper, of a single reader."""
    return {
        one.paper: one.strength
        for many in matching.candidates(blocks, seen(papers), no_words())
        for found in many
        for one in found.candidates
    }
