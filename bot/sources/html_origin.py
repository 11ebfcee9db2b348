"""Where an HTML page came from and which day it is of: its own address, the day above its cards, and the year."""

from __future__ import annotations

import re
from datetime import date, timedelta

from selectolax.lexbor import LexborHTMLParser

from bot.models import PrintedDate, YearOrigin
from bot.sources.dates import printed_date
from bot.sources.decoding import MAX_PAPERS
from bot.sources.links import Link, iso_day, link
from bot.sources.markup import ancestors, attribute, text_of

_SAVED_FROM = re.compile(
    r"<!--\s*(?:saved from url=\(\d{1,6}\)|Page saved with \w+ *|\s*url:\s*)(\S{1,2000})", re.IGNORECASE
)
_HEAD = 5_000
_NEIGHBOUR_DAYS = 20


def own_addresses(tree: LexborHTMLParser, text: str) -> list[Link]:
    """Where the page says it came from: the browser's note, the canonical address."""
    saved = _SAVED_FROM.search(text[:_HEAD])
    nodes = tree.css('link[rel="canonical"], meta[property="og:url"]')
    told = [saved[1] if saved else "", *(attribute(node, "href") or attribute(node, "content") for node in nodes)]
    return [found for address in told if (found := link(address))]


def page_day(tree: LexborHTMLParser, addresses: list[Link]) -> PrintedDate | None:
    """The day that the page shows above its cards, with the year that its markup or its addresses tell."""
    own_day = next((found.day for found in addresses if found.day), None)
    for node in tree.css("time")[:MAX_PAPERS]:
        if any(parent.tag == "article" for parent in ancestors(node)):
            continue
        printed = printed_date(text_of(node))
        exact = iso_day(attribute(node, "datetime")[:10])
        if printed is None or printed[0].year is not None:
            return printed[0] if printed else _given(exact or own_day)
        near = [day for day in (exact, own_day, *_linked_days(tree)) if day]
        return _with_year(printed[0], near)
    return _given(own_day)


def _given(day: date | None) -> PrintedDate | None:
    return PrintedDate(day.month, day.day, day.year, YearOrigin.GIVEN) if day else None


def _linked_days(tree: LexborHTMLParser) -> list[date]:
    nodes = tree.css('a[href*="/papers/date/"], a[href*="/papers?date="]')
    return [found.day for node in nodes[:10] if (found := link(attribute(node, "href"))) and found.day]


def _with_year(printed: PrintedDate, near: list[date]) -> PrintedDate:
    """A day without its year, in the year in which it lies next to one of the days that are given in full."""
    for day in near:
        for year in (day.year, day.year - 1, day.year + 1):
            same = iso_day(f"{year:04d}-{printed.month:02d}-{printed.day:02d}")
            if same and abs(same - day) <= timedelta(days=_NEIGHBOUR_DAYS):
                return PrintedDate(printed.month, printed.day, year, YearOrigin.GIVEN)
    return printed
