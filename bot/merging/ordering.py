"""The order in which values of one field are preferred: total, and made of the values and their origins alone."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Any

from bot.identity import title_key
from bot.models import Appearance, Count, Format, Origin, PrintedDate, Told, YearOrigin

#: How the year of a day is known when nothing that is found later changes it.
CERTAIN = (YearOrigin.PRINTED, YearOrigin.GIVEN)
#: Compared element by element; each function below always gives the same shape.
Order = tuple[Any, ...]

_TRUST = {format_: trust for trust, format_ in enumerate(Format)}
_YEAR_TRUST = {origin: trust for trust, origin in enumerate(YearOrigin)}
_CUT_OFF = ("...", "…", "[Content truncated]")


def day_told(origin: Origin) -> date:
    """The day that decides what is newest: the page's, or the day the dump was taken in.

    A page that is asked for again and again keeps its day, so what it says is of the day on which it was asked.
    """
    return origin.seen if origin.page else origin.page_day or origin.seen


def by_origin(origin: Origin) -> Order:
    """Most trusted kind of source first, then the newest."""
    return (_TRUST[origin.format], -day_told(origin).toordinal(), *_rest(origin))


def by_source(origin: Origin) -> Order:
    """As ``by_origin``, but a year that was not certain counts for nothing, as another may be found for it later.

    What is dropped is chosen by this order, so papers are the same whether a year is found before or after the merge.
    """
    uncertain = origin.page_date is not None and origin.page_date.origin not in CERTAIN
    day = origin.seen if uncertain else day_told(origin)
    page_day = origin.page_day or date.min
    return (_TRUST[origin.format], -day.toordinal(), origin.dump, -page_day.toordinal(), *_rest(origin))


def _rest(origin: Origin) -> Order:
    """What tells any two origins apart."""
    page = (str(origin.page_day), str(origin.page_date))
    return (origin.page_day is None, origin.dump, origin.seen, origin.file, _TRUST[origin.format], *page, origin.page)


def by_value(value: object, origin: Origin) -> Order:
    """The most trusted and newest."""
    return (*by_source(origin), value)


def by_time(moment: datetime, origin: Origin) -> Order:
    """The most trusted, and there the earliest: a paper is published once."""
    return (_TRUST[origin.format], moment, *by_source(origin))


def by_length(arxiv_id: str, origin: Origin) -> Order:
    """The longest: of the spellings of one id the one with its subject class."""
    return (-len(arxiv_id), *by_value(arxiv_id, origin))


def by_spelling(told: Told) -> Order:
    """Of the spellings of one text: the most trusted and newest."""
    return by_value(told.value, told.origin)


def by_text(told: Told) -> Order:
    """The most trusted and newest text."""
    return (*by_origin(told.origin), told.value)


def by_title(told: Told) -> Order:
    """Of the spellings of one title: the most trusted, then the one that lost least (spaces, accents)."""
    words = len(told.value.split())
    accents = sum(map(bool, map(unicodedata.combining, unicodedata.normalize("NFD", told.value))))
    return (_TRUST[told.origin.format], -words - accents, *by_text(told))


def titles_in_order(titles: list[Told]) -> list[Told]:
    """The best first: of differing titles the most trusted and newest, of one title's spellings the fullest."""
    newest: dict[str, Order] = {}
    for told in titles:
        key = title_key(told.value)
        newest[key] = min(newest.get(key, by_text(told)), by_text(told))
    return sorted(titles, key=lambda told: (newest[title_key(told.value)], by_title(told)))


def abstracts_in_order(abstracts: list[Told], *, partial: bool, ai_summary: str | None) -> list[Told]:
    """The best first: whole before cut off, the most trusted, the newest; of partial ones the longest.

    A model's summary that some page printed as the abstract comes last. An abstract that another one only goes on
    from was cut off, whoever told it.
    """

    def order(told: Told) -> Order:
        wanting = -len(told.value) if partial else told.value.endswith(_CUT_OFF)
        return (same_text(told.value, ai_summary), wanting, *by_text(told))

    ordered = sorted(abstracts, key=order)
    if len(ordered) > 1:
        stem = _stem(ordered[0].value)
        whole = max(
            (told for told in ordered if _stem(told.value).startswith(stem)), key=lambda told: len(_stem(told.value))
        )
        ordered.remove(whole)
        ordered.insert(0, whole)
    return ordered


def goes_on_from(text: str, other: str) -> bool:
    """Whether one of two texts is the beginning of the other."""
    stem, longer = sorted((_stem(text), _stem(other)), key=len)
    return longer.startswith(stem)


def _stem(text: str) -> str:
    stem = " ".join(text.split())
    for mark in _CUT_OFF:
        stem = stem.removesuffix(mark).rstrip()
    return stem


def same_text(text: str, other: str | None) -> bool:
    """Whether two texts differ in nothing but white space."""
    return other is not None and text.split() == other.split()


def by_count(count: Count) -> Order:
    """Newest first; of what one page said on one day the most, for people add more than they take back."""
    origin = count.origin
    most = -count.value if origin.page else 0
    return (-day_told(origin).toordinal(), _TRUST[origin.format], most, *by_origin(origin), count.value)


def by_appearance(appearance: Appearance) -> Order:
    """Oldest first, in the order of the page."""
    origin = appearance.origin
    return (day_told(origin), origin.dump, appearance.position, *_rest(origin), appearance.query or "")


def by_knowledge(appearance: Appearance) -> Order:
    """Of two readings of one place on a page: the one that knows more, then the earlier.

    Of two tellings of a page that is asked for again and again the later, wherever the paper stands on it.
    """
    origin = appearance.origin
    day = -origin.seen.toordinal() if origin.page else origin.seen.toordinal()
    found = (origin.page_day is None, appearance.query is None, day, *_rest(origin), appearance.query or "")
    return (*found, appearance.position)


def by_year(printed: PrintedDate, origin: Origin) -> Order:
    """A printed year before one that was given, inferred or left out; then the earliest day.

    A page prints a day in US Eastern time, so days one apart agree, and the earliest is as good as the other. Of
    inferred years the latest: each is the earliest that its page allowed.
    """
    year = printed.year or 0
    guessed = printed.origin is YearOrigin.INFERRED
    return (_YEAR_TRUST[printed.origin], -year if guessed else year, printed.month, printed.day, *by_source(origin))
