"""The top of a page, before its first paper: its date, its year, its search, and what is no part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import unquote_plus

from bot.models import Notice, PrintedDate, YearOrigin
from bot.sources.dates import month_number, printed_date
from bot.sources.furniture import SUBMITTED_BY
from bot.sources.lines import TITLE_LENGTH, Kind, Unit
from bot.sources.links import iso_day

_SUBSCRIBE = "Subscribe"
_ISO_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d-[01]\d-[0-3]\d)(?!\d)", re.ASCII)
_ADDRESS_DAY = re.compile(r"/papers(?:/date/|\?date=)((?:19|20)\d\d-[01]\d-[0-3]\d)", re.ASCII)
_ADDRESS_YEAR = re.compile(r"/papers/(?:week|month)/((?:19|20)\d\d)-", re.ASCII)
_ADDRESS_QUERY = re.compile(r"/papers/?\?(?:[^#\s]{0,200}&)?q=([^&#\s]{1,300})")
#: A line that names the page's own address, and not that of a link on it.
_SOURCE = re.compile(r"\W{0,6}(?:[\w ]{0,20}\b)?(?:url|source|address|link)\b", re.IGNORECASE)
_DATE_BAR = re.compile(r"^(?:Trending Papers)? ?[<\u2039\u2190]? ?|[ >\u203a\u2192]{1,3}$")
#: A neighbouring page is linked from at most a long holiday away.
_NEIGHBOUR_DAYS = 20
_FRONT_MATTER_LINES = 60
_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the first paper."""

    page_date: PrintedDate | None
    #: As an address or the front matter gives it.
    page_year: int | None
    query: str | None
    #: Numbers and links that stand right before the first title and belong to it.
    lead: tuple[Unit, ...]
    notices: tuple[Notice, ...]


def without_front_matter(text: str) -> tuple[str, list[str]]:
    """The text with a leading ``---`` block blanked out, so that lines keep their numbers; and the block's lines."""
    if not text.startswith(_FENCE + "\n"):
        return text, []
    rows = text.split("\n", _FRONT_MATTER_LINES)
    for place, row in enumerate(rows[1:], 1):
        if row.rstrip() == _FENCE and place < _FRONT_MATTER_LINES:
            return "\n".join([*[""] * (place + 1), *rows[place + 1 :]]), rows[1:place]
    return text, []


def unglued(units: Sequence[Unit], first: int) -> tuple[Unit, Notice | None]:
    """The first title, without a ``Subscribe`` that lost its line end."""
    unit = units[first]
    rest = unit.text.removeprefix(_SUBSCRIBE)
    before = units[:first]
    has_button = any(other.text == _SUBSCRIBE for other in before)
    has_promotion = any(other.kind is Kind.BANNER for other in before)
    is_glued = rest != unit.text and not has_button and (has_promotion or not rest.startswith(" "))
    if not (is_glued and 3 <= len(rest.strip()) <= TITLE_LENGTH):  # noqa: PLR2004 - the shortest title has three
        return unit, None
    line = replace(unit.line, text=rest.strip())
    sentence = "The button Subscribe ran into the first title and was cut off it."
    return replace(unit, line=line), Notice("GLUED_SUBSCRIBE", line.number, sentence)


def read_header(units: Sequence[Unit], matter: Sequence[str], listed: Sequence[date]) -> Header:
    """What the units before the first title and the front matter's lines tell of the page.

    ``listed`` are the days of neighbouring pages, as links anywhere on the page tell them.
    """
    page_date = _page_date(units)
    sources = [*matter, *(unit.text for unit in units if _SOURCE.match(unit.text[:60]))]
    if page_date is None and (day := next(_days(_ADDRESS_DAY, sources), None)):
        page_date = PrintedDate(day.month, day.day, day.year, YearOrigin.GIVEN)
    strange = [unit for unit in units if _is_strange(unit)]
    notices: list[Notice] = []
    if page_date is None:
        notices.append(Notice("NO_PAGE_DATE", None, "The page prints no date of its own."))
    if strange:
        sentence = f"Lines before the first paper that belong to no paper were left out: {len(strange)}."
        notices.append(Notice("UNKNOWN_LINE", strange[0].line.number, sentence))
    return Header(
        page_date, _page_year(page_date, units, sources, listed), _query(units, sources), _lead(units), tuple(notices)
    )


def _is_strange(unit: Unit) -> bool:
    is_prose = unit.kind in (Kind.SHORT, Kind.ABSTRACT, Kind.UNKNOWN)
    return is_prose and _bar_date(unit.text) is None and month_number(unit.text) is None


def _bar_date(text: str) -> PrintedDate | None:
    """The date of a line that holds the date bar, perhaps with what stands beside it."""
    found = printed_date(_DATE_BAR.sub("", text[:60]))
    return found[0] if found else None


def _page_date(units: Sequence[Unit]) -> PrintedDate | None:
    """The last date before the papers, also one split after its month."""
    for place in range(len(units) - 1, -1, -1):
        unit = units[place]
        if unit.kind is Kind.DATE:
            return unit.date
        if found := (_bar_date(unit.text) if unit.kind is Kind.SHORT else None) or _split_date(units, place):
            return found
    return None


def _split_date(units: Sequence[Unit], place: int) -> PrintedDate | None:
    """The date of a day that stands on the line below its month."""
    if not place or units[place].kind is not Kind.NUMBER or month_number(units[place - 1].text) is None:
        return None
    found = printed_date(f"{units[place - 1].text} {units[place].text}")
    return found[0] if found else None


def _lead(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Numbers and links at the end of the header, behind its last line of text."""
    lead: list[Unit] = []
    for place in range(len(units) - 1, -1, -1):
        unit = units[place]
        is_lead = unit.kind in (Kind.NUMBER, Kind.ADDRESS) or _is_card_top(unit)
        if not is_lead or _split_date(units, place):
            break
        lead.append(unit)
    return tuple(reversed(lead))


def _is_card_top(unit: Unit) -> bool:
    """What a card shows above its title besides numbers and links."""
    return unit.kind is Kind.NOISE or (unit.kind is Kind.CHROME and unit.text.startswith(SUBMITTED_BY))


def _days(pattern: re.Pattern[str], rows: Sequence[str]) -> Iterator[date]:
    for row in rows:
        for written in pattern.findall(row[:TITLE_LENGTH]):
            if day := iso_day(written):
                yield day


def _page_year(
    page_date: PrintedDate | None, units: Sequence[Unit], sources: Sequence[str], listed: Sequence[date]
) -> int | None:
    """The year as addresses tell it, the nearest first, else as the day on which the page was saved does."""
    if page_date is not None:
        days = [*_days(_ADDRESS_DAY, sources), *listed]
        near = [(distance, year) for day in days for distance, year in _distances(page_date, day)]
        if near and min(near)[0] <= _NEIGHBOUR_DAYS:
            return min(near)[1]
    years = [int(year) for row in sources for year in _ADDRESS_YEAR.findall(row[:TITLE_LENGTH])]
    if years:
        return years[0]
    saved = next(_days(_ISO_DAY, [*sources, *(unit.text for unit in units)]), None)
    if saved is None:
        return None
    return saved.year if page_date is None else _year_before(page_date, saved)


def _distances(page_date: PrintedDate, day: date) -> Iterator[tuple[int, int]]:
    for year in (day.year - 1, day.year, day.year + 1):
        if found := _in_year(page_date, year):
            yield abs((found - day).days), year


def _year_before(page_date: PrintedDate, saved: date) -> int | None:
    """The year in which a page of this day was the latest when it was saved (a day of grace for time zones)."""
    for year in (saved.year + 1, saved.year, saved.year - 1):
        found = _in_year(page_date, year)
        if found and found <= saved + timedelta(days=1):
            return year
    return None


def _in_year(printed: PrintedDate, year: int) -> date | None:
    return iso_day(f"{year:04d}-{printed.month:02d}-{printed.day:02d}")


def _query(units: Sequence[Unit], sources: Sequence[str]) -> str | None:
    """The search text: from the page's address, else the one line that stands below the page's name."""
    for row in sources:
        if found := _ADDRESS_QUERY.search(row[:TITLE_LENGTH]):
            return unquote_plus(found[1].strip("\"'")).strip() or None
    below: list[str] | None = None
    for unit in units:
        if unit.kind is Kind.BANNER and unit.text.endswith("community"):
            below = []
        elif (
            below is not None
            and unit.kind is Kind.SHORT
            and _bar_date(unit.text) is None
            and month_number(unit.text) is None
        ):
            below.append(unit.text)
    return below[0] if below and len(below) == 1 else None
