"""A paper, merged from everything that told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.models.dumps import Format, PrintedDate


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: the kind of source, the dump's file name, and the page's day if it is known."""

    format: Format
    file: str
    #: SHA-256 (hex) of the dump's normalised bytes.
    dump: str
    page_day: date | None
    #: The day the dump was taken in (UTC): the last resort for "newest".
    seen: date
    #: The page's date as it was read: tells how its year is known, and month and day while it is not.
    page_date: PrintedDate | None = None
    #: The page of a live source that the dump is one telling of: of all its tellings the last one counts.
    page: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One value of one field with its origin; a paper keeps every distinct one, best first."""

    value: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Count:
    """A number that changes with time (comments, upvotes, authors) and when it was true."""

    value: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Appearance:
    """The paper stood at ``position`` of this dump."""

    origin: Origin
    position: int
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper, merged from everything that told of it. The same for all readers, never scored.

    Three days that are never mixed: ``first_seen`` (we read of it), ``listed`` (the site listed it), ``published``.
    """

    #: Never changes, and is what alerts and ratings refer to.
    id: str
    #: The chosen title and abstract, verbatim; ``titles`` and ``abstracts`` keep every other version, best first.
    title: str
    abstract: str | None
    #: When we first stored it, aware, UTC.
    first_seen: datetime
    titles: tuple[Told, ...] = ()
    abstracts: tuple[Told, ...] = ()
    abstract_partial: bool = False
    arxiv_id: str | None = None
    authors: tuple[str, ...] = ()
    author_counts: tuple[Count, ...] = ()
    organisations: tuple[str, ...] = ()
    published: PrintedDate | None = None
    published_at: datetime | None = None
    #: Earliest first; a paper may be listed on two days.
    listed: tuple[date, ...] = ()
    #: Newest first; empty means nothing was ever printed.
    comments: tuple[Count, ...] = ()
    upvotes: tuple[Count, ...] = ()
    ai_summary: str | None = None
    code_url: str | None = None
    project_url: str | None = None
    categories: tuple[str, ...] = ()
    appearances: tuple[Appearance, ...] = ()
    #: Origin of each single-valued field by its name ("arxiv_id", "published", "authors", …).
    provenance: tuple[tuple[str, Origin], ...] = ()
    #: Codes noticed while merging: ``RETITLED``, ``REVISED``, ``AUTHOR_COUNTS_DIFFER``.
    warnings: tuple[str, ...] = ()

    @property
    def author_count(self) -> int | None:
        """The length of the author list if there is one, else the newest printed count."""
        return len(self.authors) or (self.author_counts[0].value if self.author_counts else None)

    def day(self) -> date | None:
        """The best known day for sorting and date filters: published, else listed; None while both are unknown."""
        if self.published_at is not None:
            return self.published_at.date()
        if self.published is not None and self.published.year is not None:
            return self.published.as_date()
        return self.listed[0] if self.listed else None


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One answer of a search: rank from 1, fused score (comparable within one answer only), and the reason."""

    rank: int
    paper: Paper
    score: float
    why: str
