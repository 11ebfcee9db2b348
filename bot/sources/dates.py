"""Dates as a page prints them, and the year they leave out.

A page prints a date without its year exactly when it lies in the page's own year, so one year settles all of them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import MINYEAR, date, timedelta

from bot.models import Entry, Notice, PrintedDate, YearOrigin

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NUMBERS = {name: number for number, full in enumerate(_MONTHS, 1) for name in (full, full[:3])} | {"sept": 9}
_DATE = re.compile(
    r"(?:Published on )?(?P<month>[A-Z][a-z]{2,8})\.? (?P<day>\d{1,2})(?:, ?(?P<year>\d{4}))?(?: (?P<number>\d{1,5}))?",
    re.ASCII,
)
_LEAP_YEAR = 2000
#: A page prints days in US Eastern time, so what it prints may be one day early.
_TOLERANCE = timedelta(days=1)
#: arXiv ids of this form begin with the year and month of submission (since April 2007).
_DATED_ID = re.compile(r"(?P<year>\d\d)(?P<month>0[1-9]|1[0-2])\.\d{4,5}", re.ASCII)


def month_number(name: str) -> int | None:
    """1 to 12 for an English month, full or by its first three letters, in any case; None for anything else."""
    return _NUMBERS.get(name.casefold())


def printed_date(text: str) -> tuple[PrintedDate, int | None] | None:
    """A line that is a date, with the number that may follow it ("Mar 3 2", "Oct 23, 2024"); None for any other line.

    The number is the paper's comments. A day that its month does not have is no date; 29 February may stand
    without a year.
    """
    found = _DATE.fullmatch(text)
    month = month_number(found["month"]) if found else None
    if found is None or month is None:
        return None
    year = int(found["year"]) if found["year"] else None
    day = int(found["day"])
    if year is not None and year < MINYEAR:
        return None
    if not 1 <= day <= monthrange(year or _LEAP_YEAR, month)[1]:
        return None
    number = int(found["number"]) if found["number"] else None
    return PrintedDate(month, day, year, YearOrigin.PRINTED if year else YearOrigin.UNKNOWN), number


def settle_years(
    page_date: PrintedDate | None,
    entries: Sequence[Entry],
    *,
    today: date,
    page_year: int | None = None,
    known: Iterable[date] = (),
) -> tuple[PrintedDate | None, tuple[Entry, ...], tuple[Notice, ...]]:
    """The page's date and entries with every year that can be known, and what was noticed on the way.

    ``page_year`` is the year as a person, an address or the page itself gives it; ``known`` are days of papers on
    the page that another source tells. Without ``page_year`` the year is the smallest for which the page comes
    after everything printed with a year, known, or dated by an arXiv id, and not after ``today``.
    Entries get the warnings ``YEAR_INFERRED``, ``YEAR_UNKNOWN`` and ``FUTURE_DATE``.
    """
    entries = tuple(_with_future_date(entry, today) for entry in entries)
    if page_date is not None and page_date.year is not None:
        page_year = page_date.year
    without_year = [
        printed for printed in (page_date, *(entry.published for entry in entries)) if printed and printed.year is None
    ]
    if not without_year:
        return page_date, entries, ()
    notices: tuple[Notice, ...] = ()
    if page_year is not None:
        settled = _settled(page_date, entries, page_year, YearOrigin.GIVEN)
    else:
        candidates = _candidates(without_year, page_date, entries, today, known)
        settled = _settled(page_date, entries, candidates[0], YearOrigin.INFERRED) if candidates else None
        if settled is not None and _contradicted(*settled):
            settled = None
        if settled is not None:
            notices = (Notice("YEAR_INFERRED", None, _inferred_sentence(candidates)),)
    if settled is None:
        settled = page_date, tuple(_warned(entry, "YEAR_UNKNOWN") if _yearless(entry) else entry for entry in entries)
        notices = (
            Notice(
                "YEAR_UNKNOWN",
                None,
                "The page prints days without a year and nothing tells which year it is; month and day are kept.",
            ),
        )
    return *settled, notices


def _inferred_sentence(candidates: Sequence[int]) -> str:
    if len(candidates) == 1:
        return f"The page does not print its year; it can only be {candidates[0]}."
    return f"The page does not print its year; it may be {candidates[0]} to {candidates[-1]}, and {candidates[0]} was taken."


def _with_future_date(entry: Entry, today: date) -> Entry:
    printed = entry.published
    future = printed is not None and printed.year is not None and printed.year > today.year
    return _warned(entry, "FUTURE_DATE") if future else entry


def _candidates(
    without_year: Sequence[PrintedDate],
    page_date: PrintedDate | None,
    entries: Sequence[Entry],
    today: date,
    known: Iterable[date],
) -> list[int]:
    """Years, smallest first, that the page may be of; empty where nothing says how early it can be."""
    printed_years = [
        entry.published.year
        for entry in entries
        if entry.published
        and entry.published.origin is YearOrigin.PRINTED
        and entry.published.year is not None
        and entry.published.year <= today.year
    ]
    days = [day for day in known if day <= today + _TOLERANCE]
    days += [day for entry in entries if (day := _submitted(entry)) and day <= today]
    if not printed_years and not days:
        return []
    lower = max([year + 1 for year in printed_years] + [day.year for day in days])
    latest = page_date or max(without_year, key=lambda printed: (printed.month, printed.day))
    earliest_day = max(days, default=date.min)
    return [
        year
        for year in range(lower, today.year + 1)
        if all(_exists(printed, year) for printed in without_year)
        and earliest_day - timedelta(days=min(1, earliest_day.toordinal() - 1)) <= date(year, latest.month, latest.day)
        and date(year, latest.month, latest.day) <= today
    ]


def _submitted(entry: Entry) -> date | None:
    """The first day of the month in which the paper's arXiv id was given out."""
    found = _DATED_ID.fullmatch(entry.arxiv_id or "")
    return date(2000 + int(found["year"]), int(found["month"]), 1) if found else None


def _settled(
    page_date: PrintedDate | None, entries: Sequence[Entry], year: int, origin: YearOrigin
) -> tuple[PrintedDate | None, tuple[Entry, ...]]:
    if page_date is not None and page_date.year is None and _exists(page_date, year):
        page_date = replace(page_date, year=year, origin=origin)
    page_day = page_date.as_date() if page_date else None
    return page_date, tuple(_dated(entry, year, origin, page_day) for entry in entries)


def _dated(entry: Entry, year: int, origin: YearOrigin, page_day: date | None) -> Entry:
    printed = entry.published
    if printed is None or printed.year is not None:
        return entry
    after_page = page_day is not None and _exists(printed, year) and date(year, printed.month, printed.day) > page_day
    if after_page or not _exists(printed, year):
        return _warned(entry, "YEAR_UNKNOWN")
    entry = replace(entry, published=replace(printed, year=year, origin=origin))
    return _warned(entry, "YEAR_INFERRED") if origin is YearOrigin.INFERRED else entry


def _contradicted(page_date: PrintedDate | None, entries: Sequence[Entry]) -> bool:
    """A paper from after the page's own day: the year was inferred wrongly."""
    return page_date is not None and any(_yearless(entry) for entry in entries)


def _yearless(entry: Entry) -> bool:
    return entry.published is not None and entry.published.year is None


def _exists(printed: PrintedDate, year: int) -> bool:
    return printed.day <= monthrange(year, printed.month)[1]


def _warned(entry: Entry, code: str) -> Entry:
    return entry if code in entry.warnings else replace(entry, warnings=(*entry.warnings, code))
