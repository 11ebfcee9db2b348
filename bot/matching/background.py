"""What is usual among the stored papers: a sample of them, and the space in which interests see papers.

Papers of one collection have much in common, which says nothing about any of them. So interests see a paper about the
sample's mean μ, with the directions in which all papers differ turned down, and the mean's own direction too:

    y = unit(r - μ) M P,  M = I / √tr(C²) + 1.6 W / √tr((W C)²),  W = (C + 6 t I)⁻¹,  P = I - 0.7 μ̂ μ̂ᵀ

C is the covariance of unit(r - μ), t its mean variance. The sample's y have a root-mean-square length of 1. An
interest's vector is a mean of r, not of y: it stays what it is while the collection grows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np

from bot.matching.columns import Doubles, Floats, Numbers
from bot.matching.settling import leaning, settled, unit
from bot.terms import Lexicon, TermRows, Terms

#: At most so many stored papers are the background, spread evenly over all of them.
SAMPLE = 2_000
#: How much the whitened directions count beside the plain ones.
WHITENED = 1.6
#: How far whitening goes: the mean variance is added so many times.
RIDGE = 6.0
#: How much of the mean's own direction is taken away.
COMMON = 0.7

_LEAST_SPREAD = 1e-9
_SHORTEST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Papers as interests see them."""

    #: float32[m, d]: ``Background.seen`` of their vectors among their neighbours.
    vectors: Floats
    #: m rows: the same papers' words, in the background's vocabulary.
    words: TermRows

    def __len__(self) -> int:
        """How many papers there are."""
        return len(self.vectors)

    def only(self, places: slice | Numbers | Sequence[int]) -> Seen:
        """The papers at these places."""
        return Seen(np.ascontiguousarray(self.vectors[places]), self.words[places])

    @classmethod
    def of(cls, background: Background, papers: Floats, terms: Sequence[Terms]) -> Seen:
        """Papers by their vectors among their neighbours, float32[m, d], and their terms."""
        return cls(background.seen(papers), background.words(terms))


@dataclass(frozen=True, eq=False)
class Background:
    """A sample of the stored papers and what follows from it. Immutable; each is equal to itself only."""

    ids: Sequence[str]
    #: int64[n]: the papers' numbers in the store.
    ordinals: Numbers
    #: Unit rows float32[n, d]: the papers among their neighbours.
    papers: Floats
    #: float32[n, d]: the same as interests see them.
    seen_papers: Floats
    #: n rows: the papers' words.
    terms: TermRows
    lexicon: Lexicon
    #: float32[d] and float32[d, d]: μ, and M P with its scale.
    centre: Floats
    transform: Floats
    #: Which model made the vectors, "" where that is not known.
    model: str = ""

    @classmethod
    def of(
        cls, ids: Sequence[str], ordinals: Numbers, papers: Floats, terms: Sequence[Terms], model: str = ""
    ) -> Background:
        """Made from a sample: ids, ordinals, vectors among neighbours float32[n, d], terms. Takes tens of milliseconds.

        Of papers that do not differ nothing can be told apart; they are seen as they are.
        """
        lexicon = Lexicon.of(terms)
        centre, transform = _space(papers.astype(np.float64))
        made = cls(tuple(ids), ordinals, papers, papers, lexicon.rows(terms), lexicon, centre, transform, model)
        seen = made.seen(papers)
        size = float(np.sqrt(np.square(seen, dtype=np.float64).sum() / max(1, len(seen))))
        scale = np.float32(1 / size if size > _LEAST_SPREAD else 1)
        scaled = transform * scale
        return cls(made.ids, ordinals, papers, seen * scale, made.terms, lexicon, centre, scaled, model)

    @classmethod
    def empty(cls, dimension: int) -> Background:
        """The background of a store without papers."""
        return cls.of((), np.empty(0, np.int64), np.empty((0, dimension), np.float32), ())

    def __len__(self) -> int:
        """How many papers the sample has."""
        return len(self.papers)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self.papers.shape[1]

    @cached_property
    def places(self) -> dict[str, int]:
        """Where in the sample each of its papers stands, by id."""
        return {paper_id: place for place, paper_id in enumerate(self.ids)}

    @cached_property
    def at(self) -> dict[int, int]:
        """The same by the paper's ordinal."""
        return {ordinal: place for place, ordinal in enumerate(self.ordinals.tolist())}

    @cached_property
    def exact(self) -> Doubles:
        """float64[d, n]: ``seen_papers`` turned over, for products that are the same to the bit whatever stands beside."""
        return np.asfortranarray(self.seen_papers.astype(np.float64).T)

    @cached_property
    def sample(self) -> Seen:
        """The sample's papers as interests see them."""
        return Seen(self.seen_papers, self.terms)

    def centred(self, papers: Floats) -> Floats:
        """Unit rows float32[m, d] about the sample's mean: what two papers are compared by."""
        return unit(papers - self.centre)

    def seen(self, papers: Floats) -> Floats:
        """Papers among their neighbours, float32[m, d], as interests see them; a score is an interest's vector times that."""
        with np.errstate(invalid="ignore", over="ignore"):
            return np.ascontiguousarray(self.centred(papers) @ self.transform)

    def settled(self, vectors: Floats) -> Floats:
        """Texts' unit vectors float32[m, d] among their neighbours in the sample: for phrases and sentences."""
        return settled(vectors, self.papers, itself=False)

    def leaning(self, vector: Floats, but: Collection[int], part: float) -> Floats:
        """An interest's unit vector float32[d], drawn by ``part`` towards its nearest papers of the sample.

        ``but`` are the ordinals of those that it was made from.
        """
        places = np.flatnonzero(np.isin(self.ordinals, list(but)))
        return leaning(vector, self.papers, self.centre, places.tolist(), part)

    def words(self, papers: Sequence[Terms]) -> TermRows:
        """The words of texts in the sample's vocabulary, unit rows."""
        return self.lexicon.rows(papers)


def _space(papers: Doubles) -> tuple[Floats, Floats]:
    """The mean of ``papers`` float64[n, d], and M P without its scale; zero and the identity where they do not differ."""
    dimension: int = papers.shape[1]
    identity: Doubles = np.eye(dimension)
    centre = papers.mean(axis=0) if len(papers) else np.zeros(dimension)
    about = papers - centre
    lengths = np.linalg.norm(about, axis=1, keepdims=True)
    about = np.divide(about, lengths, out=np.zeros_like(about), where=lengths > _SHORTEST)
    spread = about - about.mean(axis=0) if len(about) else about
    covariance = spread.T @ spread / max(1, len(papers) - 1)
    variance = float(np.trace(covariance)) / dimension
    if variance < _LEAST_SPREAD:
        return np.zeros(dimension, np.float32), np.eye(dimension, dtype=np.float32)
    whitened = cast(Doubles, np.linalg.inv(covariance + RIDGE * variance * identity))
    narrowed = whitened @ covariance
    transform = identity / np.sqrt(np.square(covariance).sum())
    transform += WHITENED * whitened / np.sqrt((narrowed * narrowed.T).sum())
    length = float(np.linalg.norm(centre))
    if length > _LEAST_SPREAD:
        common = centre / length
        transform -= COMMON * np.outer(transform @ common, common)
    return centre.astype(np.float32), transform.astype(np.float32)
