"""One query against the index: which papers pass its filters, and which of them are best by words and by meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from bot.index.columns import Columns, Floats, Mask
from bot.index.facts import spoken
from bot.index.lexical import Lexical
from bot.models import Paper
from bot.queries import Query


@dataclass(frozen=True, slots=True)
class Found:
    """Paper ids, best first in each list; every one passes the query's filters."""

    #: Of the papers asked about, those that pass.
    asked: tuple[str, ...] = ()
    by_words: tuple[str, ...] = ()
    #: With the cosine to the query.
    by_meaning: tuple[tuple[str, float], ...] = ()
    #: Only for a query without words.
    newest: tuple[str, ...] = ()
    #: Papers left out only because their day, or their number of authors, is not known.
    undated: int = 0
    uncounted: int = 0
    #: Phrases that no paper has; their words were searched one by one.
    unknown_phrases: tuple[str, ...] = ()


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
    by_words: list[int] = []
    if query.text:
        by_words = lexical.search(query.text, limit, partial(columns.among, mask=mask), columns.ordinals(mask))
    return Found(
        tuple(paper_id for paper_id in asked if (row := columns.row(paper_id)) is not None and mask[row]),
        columns.ids(columns.rows_of(by_words)),
        nearest(columns, vector, mask, limit) if vector is not None else (),
        () if query.text else columns.ids(columns.newest(mask, limit)),
        passing.undated,
        passing.uncounted,
        tuple(unknown),
    )


def nearest(columns: Columns, vector: Floats, mask: Mask | None, limit: int) -> tuple[tuple[str, float], ...]:
    """Papers of the mask (None: all) nearest to a unit vector, float32[d], with their cosines."""
    rows, cosines = columns.nearest(vector, columns.alive() if mask is None else mask, limit)
    return tuple(zip(columns.ids(rows), map(float, cosines), strict=True))


def shared_words(lexical: Lexical, text: str, papers: Sequence[Paper]) -> list[tuple[str, ...]]:
    """For each paper the words of ``text``, as typed, that are found in it."""
    return [lexical.shared_words(text, spoken(paper)) for paper in papers]
