"""What one dump says: its entries, what was rejected, what was noticed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class YearOrigin(StrEnum):
    """How the year of a date on a page is known, best first."""

    PRINTED = "printed"
    GIVEN = "given"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date as a page prints it: a calendar day (US Eastern, so it may be one day early), often without its year.

    ``year`` is None exactly when ``origin`` is UNKNOWN.
    """

    month: int
    day: int
    year: int | None = None
    origin: YearOrigin = YearOrigin.UNKNOWN

    def as_date(self) -> date | None:
        """The calendar day, or None while the year is unknown."""
        return date(self.year, self.month, self.day) if self.year is not None else None


class Format(StrEnum):
    """What a dump was, told by its content; the order is the order of trust when two tell different things."""

    JSON = "json"
    HTML = "html"
    FEED = "feed"
    ARXIV = "arxiv"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth telling about a dump that is accepted all the same: a code, where, and a sentence."""

    code: str
    line: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """An entry that could not be read as a paper; the rest of its dump is kept."""

    code: str
    line: int | None
    reason: str
    #: At most the first 60 characters of what was refused.
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper as one dump tells it. Text is verbatim: as printed, decoded and line breaks folded, nothing else.

    None always means "not printed", never zero.
    """

    #: From 1, in the order of the page.
    position: int
    #: From 1: the line of the dump on which the title stands.
    line: int
    title: str
    #: None when the page gave none; paragraphs are separated by one blank line.
    abstract: str | None
    #: Without prefix and version, always a string ("2501.01230", "cs.CL/0101001").
    arxiv_id: str | None = None
    authors: tuple[str, ...] = ()
    #: The printed count, or the length of ``authors``.
    author_count: int | None = None
    #: The organisation's name without its handle, and the whole line as it was printed.
    organisation: str | None = None
    organisation_as_printed: str | None = None
    #: The publication day as printed on a page (tolerance one day).
    published: PrintedDate | None = None
    #: The exact publication time where a source gives one, aware, UTC.
    published_at: datetime | None = None
    #: The day the paper was listed, where the source itself tells it.
    listed: date | None = None
    comments: int | None = None
    upvotes: int | None = None
    #: A summary written by a model, never used as an abstract.
    ai_summary: str | None = None
    #: The abstract is cut off: it never replaces a fuller one.
    abstract_partial: bool = False
    code_url: str | None = None
    project_url: str | None = None
    categories: tuple[str, ...] = ()
    #: Codes of what was noticed about this entry, for example ``YEAR_INFERRED``.
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one dump says: its entries in page order, what was rejected, what was noticed."""

    format: Format
    entries: tuple[Entry, ...]
    rejected: tuple[Rejected, ...] = ()
    notices: tuple[Notice, ...] = ()
    #: Text layouts: A spaced, B spaced with meta lines, C unspaced; None for other formats.
    layout: str | None = None
    page_date: PrintedDate | None = None
    #: The search text of a ``?q=`` page, if known: positions on it are relevance, not popularity.
    query: str | None = None
