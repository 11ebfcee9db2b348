"""Two tellings of one paper into one paper, field by field. Commutative, associative and idempotent.

====================  =================================================================================================
title                 the most trusted source (JSON, HTML, feed, arXiv, text); differing titles by one source: the
                      newest; spellings of one title: the one with more spaces and accents; the others are kept
abstract              never a title, a model's summary, or a part while a whole one is known; then as the title; texts
                      that differ in white space alone are one
authors               a list beats a count; lists: the most trusted, newest; counts: a series, newest first
organisations         every printed name; a page that prints none takes none away
published             an exact time, besides the printed day; a printed year before a given, an inferred, an unknown one
comments, upvotes     a series, newest first; a page that prints none adds none
listed, appearances   every one, a place on a page once
everything else       the most trusted source, newest first
====================  =================================================================================================
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bot import cleaning, identity
from bot.merging import ordering
from bot.models import Appearance, Count, Entry, Format, Origin, Paper, Told

#: So many versions of a title or an abstract are kept, best first; no real paper comes near.
_VERSIONS = 32
#: Abstracts that share fewer of their words are two versions, not one with a slip corrected.
_SAME_WORDS = 0.95
_WORD = re.compile(r"\w+")
#: The origin of a value that came without one: trusted least, oldest.
_NOWHERE = Origin(Format.TEXT, "", "", None, date.min)

#: Fields of one value, each with the order that prefers one.
_SINGLES: dict[str, Callable[..., ordering.Order]] = {
    "arxiv_id": ordering.by_length,
    "authors": ordering.by_value,
    "published": ordering.by_year,
    "published_at": ordering.by_time,
    "ai_summary": ordering.by_value,
    "code_url": ordering.by_value,
    "project_url": ordering.by_value,
    "categories": ordering.by_value,
}


def new_paper(entry: Entry, origin: Origin, *, now: datetime, query: str | None = None) -> Paper:
    """The paper as one entry alone tells it, first seen at ``now`` (aware, UTC)."""
    abstract = entry.abstract
    if abstract is not None and not identity.is_real_abstract(abstract, [entry.title], None):
        abstract = None
    values: dict[str, Any] = {name: value for name in _SINGLES if (value := getattr(entry, name))}
    authors = len(entry.authors) or None if entry.author_count is None else entry.author_count
    organisation = entry.organisation or entry.organisation_as_printed
    paper = Paper(
        id=identity.paper_id(replace(entry, abstract=abstract)),
        title=entry.title,
        abstract=abstract,
        first_seen=now,
        titles=(Told(entry.title, origin),),
        abstracts=(Told(abstract, origin),) if abstract else (),
        abstract_partial=bool(abstract) and entry.abstract_partial,
        author_counts=_counted(authors, origin),
        organisations=(organisation,) if organisation else (),
        listed=(entry.listed,) if entry.listed else (),
        comments=_counted(entry.comments, origin),
        upvotes=_counted(entry.upvotes, origin),
        appearances=(Appearance(origin, entry.position, query),),
        provenance=tuple((name, origin) for name in sorted(values)),
        **values,
    )
    return unite(paper, paper)


def _counted(value: int | None, origin: Origin) -> tuple[Count, ...]:
    return () if value is None else (Count(value, origin),)


def unite(kept: Paper, other: Paper) -> Paper:
    """One paper that knows what both know, under the id of ``kept``. Two arXiv ids: ValueError."""
    if kept.arxiv_id and other.arxiv_id and identity.arxiv_alias(kept.arxiv_id) != identity.arxiv_alias(other.arxiv_id):
        raise ValueError(f"{kept.arxiv_id} and {other.arxiv_id} are two papers")
    values, provenance = _singles(kept, other)
    titles = ordering.titles_in_order(_distinct((*_titles(kept), *_titles(other))))
    partial = all(paper.abstract_partial for paper in (kept, other) if _abstracts(paper))
    abstracts = ordering.abstracts_in_order(
        _distinct(told for paper in (kept, other) if paper.abstract_partial == partial for told in _abstracts(paper)),
        partial=partial,
        ai_summary=values.get("ai_summary"),
    )
    versions = [told.value for told in abstracts if not ordering.same_text(told.value, values.get("ai_summary"))]
    author_counts = _series(kept.author_counts, other.author_counts)
    return replace(
        kept,
        first_seen=min(kept.first_seen, other.first_seen),
        title=titles[0].value,
        titles=tuple(titles),
        abstract=versions[0] if versions else None,
        abstracts=tuple(abstracts),
        abstract_partial=partial and bool(abstracts),
        author_counts=author_counts,
        organisations=tuple(
            sorted({*kept.organisations, *other.organisations}, key=lambda name: (name.casefold(), name))
        ),
        listed=tuple(sorted({*kept.listed, *other.listed})),
        comments=_series(kept.comments, other.comments),
        upvotes=_series(kept.upvotes, other.upvotes),
        appearances=_appearances(kept, other),
        provenance=provenance,
        warnings=_warnings(titles, [] if partial else versions, author_counts),
        **values,
    )


def _singles(*papers: Paper) -> tuple[dict[str, Any], tuple[tuple[str, Origin], ...]]:
    """The preferred value of every field that holds one, and where each came from."""
    values: dict[str, Any] = {}
    provenance: dict[str, Origin] = {}
    origins = [dict(paper.provenance) for paper in papers]
    for name, order in _SINGLES.items():
        told = [
            (value, known.get(name, _NOWHERE))
            for paper, known in zip(papers, origins, strict=True)
            if (value := getattr(paper, name))
        ]
        if told:
            values[name], provenance[name] = min(told, key=lambda pair: order(*pair))
    return values, tuple(sorted(provenance.items(), key=lambda item: item[0]))


def _titles(paper: Paper) -> tuple[Told, ...]:
    return paper.titles or (Told(paper.title, _NOWHERE),)


def _abstracts(paper: Paper) -> tuple[Told, ...]:
    if paper.abstracts or not paper.abstract:
        return paper.abstracts
    return (Told(paper.abstract, _NOWHERE),)


def _distinct(told: Iterable[Told]) -> list[Told]:
    """Each text once, whatever its white space, in its best spelling."""
    best: dict[str, Told] = {}
    for one in sorted(told, key=ordering.by_spelling):
        best.setdefault(" ".join(one.value.split()), one)
    return list(best.values())[:_VERSIONS]


def _series(*series: tuple[Count, ...]) -> tuple[Count, ...]:
    """Every value that a dump told, once, newest first; of a live page's values the last."""
    told: dict[tuple[str, int], Count] = {}
    for count in sorted((count for counts in series for count in counts), key=ordering.by_count):
        told.setdefault((count.origin.page, 0) if count.origin.page else (count.origin.dump, count.value), count)
    return tuple(told.values())


def _appearances(*papers: Paper) -> tuple[Appearance, ...]:
    places: dict[tuple[str, int], Appearance] = {}
    told = (appearance for paper in papers for appearance in paper.appearances)
    for appearance in sorted(told, key=ordering.by_knowledge):
        origin = appearance.origin
        places.setdefault((origin.page, 0) if origin.page else (origin.dump, appearance.position), appearance)
    return tuple(sorted(places.values(), key=ordering.by_appearance))


def _warnings(titles: list[Told], versions: list[str], author_counts: tuple[Count, ...]) -> tuple[str, ...]:
    noticed = {
        "RETITLED": len({identity.title_key(told.value) for told in titles}) > 1,
        "REVISED": any(_clearly_different(versions[0], version) for version in versions[1:]),
        "AUTHOR_COUNTS_DIFFER": len({count.value for count in author_counts}) > 1,
    }
    return tuple(code for code, is_so in noticed.items() if is_so)


def _clearly_different(text: str, other: str) -> bool:
    if ordering.goes_on_from(text, other):
        return False
    words, other_words = _words(text), _words(other)
    shared = (words & other_words).total()
    return 2 * shared < _SAME_WORDS * (words.total() + other_words.total())


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(cleaning.display(text).casefold()))
