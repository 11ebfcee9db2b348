"""What a kind of live source says: which pages are wanted, and what their answers are. The nouns of ``live``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from bot.models import PageState, Reading, Rejected
from bot.settings import SourceSettings

#: What is known of a source's pages, by their names.
Known: TypeAlias = Mapping[str, PageState]

#: A page with fewer entries tells nothing when it loses some.
LEAST = 5
#: Of an entry that leads to no paper: it says nothing about how a page is written.
_NO_PAPER = "NOT_A_PAPER"
#: Accept headers.
JSON = "application/json"
HTML = "text/html, application/xhtml+xml;q=0.9, application/json;q=0.8, */*;q=0.5"
FEED = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page to ask for."""

    #: What it is called among the source's pages; part of the name of its dump.
    page: str
    url: str
    accept: str = "*/*"
    #: Seconds between two requests to its host.
    pace: float = 1.0
    #: The day it lists, where it is one day's.
    day: date | None = None
    #: It is asked for with what is known of it, and may be said not to have changed.
    is_conditional: bool = True
    #: What is asked for instead where the server does not know it (400, 404, 410), or it is larger than a dump may be.
    instead: tuple[Wanted, ...] = ()
    #: arXiv ids of the papers that it is to tell of, where it is no listing.
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Came:
    """One answer: from where, after redirects; its bytes; where the server says that the list goes on."""

    url: str
    content: bytes
    next_url: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What there is to judge a page by."""

    wanted: Wanted
    came: Came
    #: What was read in it; None where it is well-formed and lists nothing.
    reading: Reading | None
    #: How it was before; None: never asked for.
    before: PageState | None
    #: UTC.
    today: date
    #: The last of the answers that made the page; None: there was one.
    last: Came | None = None

    @property
    def entries(self) -> int:
        """Papers that were read in it."""
        return len(self.reading.entries) if self.reading else 0

    @property
    def unread(self) -> Sequence[Rejected]:
        """Entries that should be papers and cannot be read; feeds mix papers with other things."""
        return [bad for bad in self.reading.rejected if bad.code != _NO_PAPER] if self.reading else []


class NotThatPage(Exception):
    """What came is another page than the one asked for, in a sentence: it is not taken in."""


def _whole(_wanted: Wanted, answers: Sequence[Came], _details: Mapping[str, bytes]) -> bytes:
    return answers[0].content


def _no_more(_wanted: Wanted, _answers: Sequence[Came]) -> str | None:
    return None


def _nothing(_answers: Sequence[Came]) -> Sequence[str]:
    return ()


def _as_it_is(_judged: Judged) -> bool:
    return True


def _never(_content: bytes) -> bool:
    return False


def _none(_known: Known, _today: date) -> Sequence[str]:
    return ()


def _same_day(judged: Judged) -> date | None:
    return judged.wanted.day


@dataclass(frozen=True, slots=True)
class Kind:
    """What is particular to one kind of live source. All of it is pure."""

    #: What to ask for now: (source, today UTC, what is known of its pages).
    wanted: Callable[[SourceSettings, date, Known], Sequence[Wanted]]
    #: Whether a dump that no paper could be read in is well-formed, and empty.
    is_empty: Callable[[bytes], bool]
    #: What is wrong with a page that could be read, in a sentence that goes on after the page's name; None: nothing.
    #: Raises NotThatPage.
    suspicion: Callable[[Judged], str | None]
    #: Where the list of what came goes on; None where it ends.
    following: Callable[[Wanted, Sequence[Came]], str | None] = _no_more
    #: arXiv ids of papers that came without their text.
    lacking: Callable[[Sequence[Came]], Sequence[str]] = _nothing
    #: Where the text of one paper stands: (source, arXiv id).
    detail: Callable[[SourceSettings, str], Wanted] | None = None
    #: The dump that all answers of a page make, with the papers' details by arXiv id. Raises ValueError.
    compose: Callable[[Wanted, Sequence[Came], Mapping[str, bytes]], bytes] = _whole
    #: The day that a page lists.
    day: Callable[[Judged], date | None] = _same_day
    #: What to ask for since a day: (source, since, today, what is known). None: the source has no past.
    past: Callable[[SourceSettings, date, date, Known], Sequence[Wanted]] | None = None
    #: Where single papers are told of: (source, arXiv ids). None: it cannot be asked for them.
    papers: Callable[[SourceSettings, Sequence[str]], Sequence[Wanted]] | None = None
    #: Whether nothing of a page is missing, as far as it shows: else it counts as settled never.
    is_whole: Callable[[Judged], bool] = _as_it_is
    #: Whether an answer is the server's own word that it knows no paper but those that stand in it; where it is not,
    #: and a paper is missing, nobody can say that it is unknown.
    is_final: Callable[[bytes], bool] = _never
    #: Pages of which nothing has to be known any more: (what is known, today UTC).
    passed: Callable[[Known, date], Sequence[str]] = _none
