"""What is known of pages that sources were asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256


def mark_of(url: str) -> str:
    """16 hex digits that stand for an address, which may hold a secret."""
    return sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PageState:
    """One page of a source, as it last came."""

    #: The source's name, and what the page is called among its pages ("2025-12-10", "listing").
    source: str
    page: str
    #: When it last came, or was last said not to have changed; aware, UTC.
    asked: datetime
    #: Entries that it had, and the most it ever had.
    entries: int = 0
    most: int = 0
    #: SHA-256 (hex) of what was read in it: the same again is not taken in again.
    digest: str = ""
    #: What a conditional request says, "" where the server told none.
    etag: str = ""
    modified: str = ""
    #: The day it lists, where it is one day's.
    day: date | None = None
    #: Marks of the address that was asked for and of the one where it was found; another one is another page.
    url: str = ""
    found: str = ""
    #: Nothing of it is missing, as far as it shows.
    is_whole: bool = True
    #: What is wrong with it since it last came well, in a sentence that goes on after its name; "" where nothing is.
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What asking a source came to, counted in pages but for ``entries`` and ``rejected``."""

    source: str
    #: Asked for; of them had not changed; came and are taken in.
    pages: int = 0
    unchanged: int = 0
    new: int = 0
    #: In the pages that came.
    entries: int = 0
    #: Beside those: entries that could not be read.
    rejected: int = 0
    seconds: float = 0.0
    #: What went wrong, as (page, sentence); the other pages went on.
    failures: tuple[tuple[str, str], ...] = ()
    #: What is worth telling, as (page, sentence).
    notices: tuple[tuple[str, str], ...] = ()
    #: What is no longer what it was, in a sentence for the host; "" where nothing is.
    drift: str = ""
    #: The page that is asked for first could not be had.
    is_behind: bool = False
