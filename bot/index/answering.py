"""One query against the index: which papers pass its filters, and which of them answer best, by words and by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from bot.index.analysis import Wanted
from bot.index.arrays import Floats, Mask
from bot.index.columns import Columns
from bot.index.facts import spoken
from bot.index.lexical import Lexical
from bot.index.likeness import LISTED, Likeness
from bot.index.ranking import CANDIDATES, Ranked, ranked
from bot.models import Paper
from bot.queries import Query

#: Papers whose vectors come with an answer: those of its first pages.
_FIRST = 32


@dataclass(frozen=True, slots=True)
class Found:
    """Paper ids, best first in each list; every one passes the query's filters."""

    #: Of the papers asked about, those that pass.
    asked: tuple[str, ...] = ()
    by_words: tuple[str, ...] = ()
    #: With the cosine to the query.
    by_meaning: tuple[tuple[str, float], ...] = ()
    #: How well each paper of the two lists answers, by words and meaning together; higher is better.
    scores: dict[str, float] = field(default_factory=dict[str, float])
    #: Vectors of the best of them, float32[d].
    vectors: dict[str, Floats] = field(default_factory=dict[str, Floats], compare=False, repr=False)
    #: Only for a query without words.
    newest: tuple[str, ...] = ()
    #: Papers left out only because their day, or their number of authors, is not known.
    undated: int = 0
    uncounted: int = 0
    #: Phrases that no paper has; their words were searched one by one.
    unknown_phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Like:
    """A paper like another one."""

    paper_id: str
    #: In deviations, higher is more alike.
    score: float
    #: Of the vectors, and of the words as they weigh.
    cosine: float
    words: float


def answer(
    columns: Columns, lexical: Lexical, query: Query, vector: Floats | None, *, asked: Sequence[str], limit: int
) -> Found:
    """The best ``limit`` of each list. Filters hold before a list is cut, so none is emptied by them.

    A quoted phrase is a filter as well, unless no paper has it. Raises IndexDamaged.
    """
    passing = columns.passing(query.filters)
    mask = passing.mask
    unknown: list[str] = []
    for phrase in query.phrases:
        having = np.zeros(len(mask), np.bool_)
        having[columns.rows_of(lexical.with_phrase(phrase))] = True
        if having.any():
            mask &= having
        else:
            unknown.append(phrase)
    found = Found(
        tuple(paper_id for paper_id in asked if (row := columns.row(paper_id)) is not None and mask[row]),
        newest=() if query.text else columns.ids(columns.newest(mask, limit)),
        undated=passing.undated,
        uncounted=passing.uncounted,
        unknown_phrases=tuple(unknown),
    )
    if not query.text:
        return found
    return _with_best(found, columns, _ranked(columns, lexical, query.text, vector, mask), vector, limit)


def scored(columns: Columns, lexical: Lexical, text: str, vector: Floats | None, mask: Mask) -> Floats:
    """How well each row of the mask answers a text of this unit vector, float32[n]; -inf outside of it."""
    return _ranked(columns, lexical, text, vector, mask).of_all()


def alike(columns: Columns, paper_id: str, vector: Floats) -> Iterator[tuple[Like, ...] | None]:
    """Do a part of the work of finding the papers like one; the last step gives them, most alike first.

    ``vector`` is that of the paper, unit, float32[d]; the index may not have it yet.
    """
    alive = columns.alive()
    row = columns.row(paper_id)
    for found in Likeness(columns.yardstick(), vector, row, alive, alive).steps():
        if found is None:
            yield None
            continue
        told = (found.scores[:LISTED].tolist(), found.cosines[:LISTED].tolist(), found.words[:LISTED].tolist())
        yield tuple(Like(*one) for one in zip(columns.ids(found.rows[:LISTED]), *told, strict=True))


def scored_like(columns: Columns, row: int, mask: Mask) -> Floats:
    """How much each row of the mask is like the paper of ``row``, which has a vector, float32[n]; -inf for all others."""
    vector = columns.meaning.vectors(np.array([row]))[0]
    scores = np.full(len(mask), -np.inf, np.float32)
    for found in Likeness(columns.yardstick(), vector, row, mask, columns.alive()).steps():
        if found:
            scores[found.rows] = found.scores
    return scores


def shared_words(lexical: Lexical, text: str, papers: Sequence[Paper]) -> list[tuple[str, ...]]:
    """For each paper the words of ``text``, as typed, that are found in it."""
    return [lexical.shared_words(text, spoken(paper)) for paper in papers]


def _ranked(columns: Columns, lexical: Lexical, text: str, vector: Floats | None, mask: Mask) -> Ranked:
    wanted = Wanted.of(text, lexical.analyse)
    having = lexical.search(wanted, CANDIDATES, partial(columns.among, mask=mask), columns.ordinals(mask))
    return ranked(columns.yardstick(), wanted, vector, columns.rows_of(having), mask)


def _with_best(found: Found, columns: Columns, best: Ranked, vector: Floats | None, limit: int) -> Found:
    by_words, near = best.by_words[:limit], best.by_meaning[:limit]
    cosines: list[float] = [] if vector is None else columns.meaning.cosines(vector, near).tolist()
    rows = np.union1d(by_words, near)
    scores: list[float] = best.scores[np.searchsorted(best.rows, rows)].tolist()
    first = columns.ids(rows[np.argsort(-np.array(scores), kind="stable")[:_FIRST]])
    return replace(
        found,
        vectors=dict(zip(first, columns.vectors(first), strict=True)),
        by_words=columns.ids(by_words),
        by_meaning=tuple(zip(columns.ids(near), cosines, strict=True)),
        scores=dict(zip(columns.ids(rows), scores, strict=True)),
    )
