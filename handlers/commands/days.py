"""Days as people write them: ``2026-04-01``, ``monday``, ``1 april``, ``2 weeks``. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from bot.errors import UserError

#: Nobody plans further ahead.
_MOST_YEARS = 2
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORTEST_NAME = 3
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_SPAN = re.compile(r"(\d{1,3}|[a-z]{1,5}) (day|week|month|year)s?", re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?(?: of)? ([a-z]{3,9})(?: (\d{4}))?", re.ASCII)
_MONTH_DAY = re.compile(r"([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}))?", re.ASCII)
_ALLOWED = "write until 2026-04-01, until monday or for 2 weeks"


def is_day(words: str) -> bool:
    """These words are a day or a time from now, whether or not it can be used."""
    text = _bare(words)
    return bool(text) and (
        text in ("tomorrow", "next week", "next month")
        or _place(text, _WEEKDAYS) is not None
        or _ISO.fullmatch(text) is not None
        or ((span := _SPAN.fullmatch(text)) is not None and _number(span[1]) is not None)
        or _named(text) is not None
    )


def read(words: str, today: date) -> date:
    """The day that is meant, seen from ``today``: always a later one. "Until" and "for" may stand before it.

    Raises UserError for words that are no day, no day to come, or one that is years away.
    """
    try:
        day = _read(_bare(words), today)
    except (ValueError, OverflowError) as error:
        raise UserError(f"There is no such day as “{words}”: {_ALLOWED}.", cause=str(error)) from error
    if day is None:
        raise UserError(f"“{words}” is no day: {_ALLOWED}.")
    if day <= today:
        raise UserError(
            f"{day.isoformat()} is not to come: name a later day, such as {_ALLOWED.removeprefix('write ')}."
        )
    if day > _months_later(today, 12 * _MOST_YEARS):
        raise UserError(f"{day.isoformat()} is more than {_MOST_YEARS} years away: name an earlier day.")
    return day


def before(day: date) -> date:
    """The day before."""
    return day - timedelta(days=1)


def _bare(words: str) -> str:
    text = " ".join(words.casefold().replace(",", " ").split())
    return text.removeprefix("until ").removeprefix("till ").removeprefix("for ").removeprefix("on ")


def _read(text: str, today: date) -> date | None:
    for form in (_word, _iso, _span, _named_day):
        if (day := form(text, today)) is not None:
            return day
    return None


def _word(text: str, today: date) -> date | None:
    if text == "tomorrow":
        return today + timedelta(days=1)
    if text == "next week":
        return today + timedelta(days=7 - today.weekday())
    if text == "next month":
        return _months_later(today.replace(day=1), 1)
    weekday = _place(text, _WEEKDAYS)
    return None if weekday is None else today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _iso(text: str, _: date) -> date | None:
    parts = _ISO.fullmatch(text)
    return date(int(parts[1]), int(parts[2]), int(parts[3])) if parts else None


def _span(text: str, today: date) -> date | None:
    parts = _SPAN.fullmatch(text)
    if parts is None or (number := _number(parts[1])) is None:
        return None
    if parts[2] in ("month", "year"):
        return _months_later(today, number * (12 if parts[2] == "year" else 1))
    return today + timedelta(days=number * (7 if parts[2] == "week" else 1))


def _number(written: str) -> int | None:
    return int(written) if written.isdigit() else _NUMBERS.get(written)


def _named_day(text: str, today: date) -> date | None:
    named = _named(text)
    if named is None:
        return None
    day, month, year = named
    if year is not None:
        return date(year, month, day)
    # Without a year it is the next day of this name; 29 February may be years away.
    years = (today.year + later for later in range(9))
    days = (date(one, month, day) for one in years if day <= monthrange(one, month)[1])
    return next((found for found in days if found > today), None)


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _named(text: str) -> tuple[int, int, int | None] | None:
    """Day, month and, if it is said, year of ``1 april 2026`` or ``april 1``."""
    if parts := _DAY_MONTH.fullmatch(text):
        day, name, year = parts.groups()
    elif parts := _MONTH_DAY.fullmatch(text):
        name, day, year = parts.groups()
    else:
        return None
    month = _place(name, _MONTHS)
    return None if month is None else (int(day), month + 1, int(year) if year else None)


def _place(text: str, names: tuple[str, ...]) -> int | None:
    """The place of a name, which may be cut down to three letters."""
    if len(text) < _SHORTEST_NAME:
        return None
    return next((place for place, name in enumerate(names) if name.startswith(text)), None)
