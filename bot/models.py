"""The nouns: frozen values, no I/O, nothing imported but the standard library.

A paper's life by type: a dump's bytes are read into a ``Reading`` of ``Entry`` and ``Rejected``; entries that
speak of one paper are merged into a ``Paper``; a ``Match`` says whom it concerns and why; an ``Alert`` is a
match queued once for that reader.

Vectors travel beside the nouns, never in them, so nouns stay comparable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

LOCAL_WORKSPACE = "local"

#: An interest's row is its unit vector (d float32) followed by these four float32, by their place after the vector.
ROW_EXTRA = 4
THRESHOLD, MEAN, DEVIATION, WEIGHT = range(ROW_EXTRA)


@dataclass(frozen=True, slots=True, order=True)
class UserId:
    """A reader: a person or a channel of one workspace; readers named at the terminal live in ``local``."""

    workspace: str
    user: str

    @classmethod
    def parse(cls, name: str) -> UserId:
        """``T123/U456`` is a Slack reader, any other name a local one."""
        workspace, slash, user = name.partition("/")
        return cls(workspace, user) if slash and workspace and user else cls(LOCAL_WORKSPACE, name)

    def __str__(self) -> str:
        return self.user if self.workspace == LOCAL_WORKSPACE else f"{self.workspace}/{self.user}"


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


class InterestKind(StrEnum):
    """What an interest was made from."""

    PHRASE = "phrase"
    PAPER = "paper"
    LEARNT = "learnt"


@dataclass(frozen=True, slots=True)
class Interest:
    """One thing a reader follows. A negative weight asks for less of it; zero is not allowed."""

    #: Short, unique within the reader, and the same for the same phrase or paper.
    id: str
    name: str
    kind: InterestKind
    #: The text that is embedded: the phrase, or the paper's title and abstract.
    text: str
    weight: float = 1.0
    paper_id: str | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A reader's interests and how much the reader wants to hear."""

    reader: UserId
    interests: tuple[Interest, ...] = ()
    #: Share of stored papers an alert must beat, 0.5 to 0.9999; None: the host's setting.
    bar: float | None = None
    #: At most so many alerts from one ingest run; None: the host's setting.
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Closeness:
    """How near a paper is to an interest, said in terms of the stored papers.

    ``rank`` is 1 for the nearest of the ``corpus`` stored papers; ``closer_than`` is the share of them that are
    farther away (0 to 1), None while fewer than 200 papers are stored and a share would pretend too much.
    """

    score: float
    rank: int
    corpus: int
    closer_than: float | None


@dataclass(frozen=True, slots=True)
class Match:
    """A paper for a reader, with the interest it came from."""

    reader: UserId
    paper_id: str
    interest_id: str
    closeness: Closeness
    #: What matches are ordered by, higher first: standard deviations above the interest's mean, times its weight.
    strength: float


@dataclass(frozen=True, slots=True)
class Alert:
    """A match queued once per reader and paper; it keeps the reason as it was when it was queued."""

    reader: UserId
    paper_id: str
    interest_id: str
    interest_name: str
    closeness: Closeness
    strength: float
    why: str
    #: Aware, UTC.
    queued: datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """Alerts delivered together to one reader, strongest first."""

    reader: UserId
    alerts: tuple[Alert, ...]
    #: How many more papers there were than the cap let through.
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One answer of a search: rank from 1, fused score (comparable within one answer only), and the reason."""

    rank: int
    paper: Paper
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class ModelTag:
    """Which model made a vector: vectors of different tags are never compared."""

    name: str
    revision: str
    dimension: int

    def key(self) -> str:
        """Short and safe for a key: the first 12 hex digits of a hash of the three."""
        return sha256(f"{self.name}\n{self.revision}\n{self.dimension}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one ingest run did. ``papers`` counts entries read; new + merged = papers."""

    papers: int = 0
    new: int = 0
    merged: int = 0
    #: Refused entries and refused files.
    rejected: int = 0
    alerts: int = 0
    seconds: float = 0.0
    #: Refused files, as (file, code, reason).
    refusals: tuple[tuple[str, str, str], ...] = ()
    #: What is worth telling of dumps that were taken in, as (file, code, sentence).
    notices: tuple[tuple[str, str, str], ...] = ()
    #: Files that were still being written, left for the next run.
    growing: tuple[str, ...] = ()
