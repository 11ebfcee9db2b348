"""One corpus of the quality bench, held in memory as a store and its index would hold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from bot import identity, matching
from bot.background import measured_on
from bot.index.columns import Columns
from bot.index.facts import described
from bot.index.lexical import Lexical
from bot.matching import SAMPLE, Background, Floats, Seen
from bot.models import Paper as StoredPaper
from bot.terms import Terms, terms_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Paper(Protocol):
    """A paper of the quality bench."""

    @property
    def id(self) -> str:
        """Unique in its corpus."""
        ...

    @property
    def title(self) -> str:
        """As it was printed."""
        ...

    @property
    def abstract(self) -> str:
        """Empty where there is none."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """All papers of one corpus; a paper's place is its ordinal and its row everywhere."""

    places: Mapping[str, int]
    papers: Sequence[StoredPaper]
    settled: Floats
    terms: Sequence[Terms]
    background: Background
    seen: Seen
    columns: Columns
    lexical: Lexical


def stored(paper: Paper) -> StoredPaper:
    """The paper as the bot would have stored it."""
    return StoredPaper(id=paper.id, title=paper.title, abstract=paper.abstract or None, first_seen=NOW)


def held(papers: Sequence[StoredPaper], texts: Sequence[str], vectors: Floats) -> Corpus:
    """A corpus of these papers with their texts and vectors, unit float32[n, d], in the order in which they came."""
    settled = matching.settled(vectors, vectors, itself=True)
    terms = [terms_of(text) for text in texts]
    background = _background(papers, settled, terms)
    columns, lexical = _index(papers, texts, vectors)
    places = {paper.id: place for place, paper in enumerate(papers)}
    seen = Seen.of(background, settled, terms)
    return Corpus(places, papers, settled, terms, background, seen, columns, lexical)


def _background(papers: Sequence[StoredPaper], settled: Floats, terms: Sequence[Terms]) -> Background:
    """The sample that a store of these papers takes: evenly over the order in which they came."""
    among = measured_on(len(papers))
    most = min(SAMPLE, among)
    sample = [place * among // most for place in range(most)]
    ids = [papers[place].id for place in sample]
    return Background.of(ids, np.array(sample, np.int64), settled[sample], [terms[place] for place in sample])


def _index(papers: Sequence[StoredPaper], texts: Sequence[str], vectors: Floats) -> tuple[Columns, Lexical]:
    """The index that searches would ask, in memory."""
    columns, lexical = Columns(vectors.shape[1]), Lexical(None)
    told = [described(paper, ordinal, lexical.analyse) for ordinal, paper in enumerate(papers)]
    for (facts, _), text, vector in zip(told, texts, vectors, strict=True):
        columns.put(facts)
        columns.give_vector(facts.paper_id, identity.text_hash(text), vector)
    lexical.write([words for _, words in told])
    lexical.commit()
    return columns, lexical
