"""Any listing, search or trending page by its address, read by the same readers as a page that somebody saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlsplit

from bot.settings import SourceSettings
from bot.sources.links import link
from bot.sources.live.asking import HTML, Judged, Kind, Known, NotThatPage, Wanted
from bot.sources.live.shrinking import partly_read, shrunk

PAGE = "listing"


def day_named(url: str) -> date | None:
    """The day whose listing an address asks for, whatever its host."""
    parts = urlsplit(url)
    found = link(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return found.day if found else None


def _wanted(source: SourceSettings, _today: date, _known: Known) -> Sequence[Wanted]:
    url = source.url or ""
    return [Wanted(PAGE, url, HTML, day=day_named(url))]


def _is_empty(_content: bytes) -> bool:
    """A page in which nothing is found may as well be written in another way now."""
    return False


def _day(judged: Judged) -> date | None:
    told = judged.reading.page_date if judged.reading else None
    return (told.as_date() if told else None) or day_named(judged.came.url)


def _suspicion(judged: Judged) -> str | None:
    """A page that loses its papers. The site shows its latest day in place of one that has none."""
    asked, shown = judged.wanted.day, _day(judged)
    if asked and shown and asked != shown:
        raise NotThatPage(f"The server shows {shown} in place of {asked}: it has no papers of that day.")
    if judged.before and judged.before.day != shown:
        return partly_read(judged)  # another day's list may be shorter
    return partly_read(judged) or shrunk(judged)


KIND = Kind(wanted=_wanted, is_empty=_is_empty, suspicion=_suspicion, day=_day)
