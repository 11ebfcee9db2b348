"""Answers of the JSON API, of all its years, and the archives people make of them.

A list of items, one item, one flat paper, a search's answer, lists wrapped in an object, JSON lines, and objects
that were written out as Python text. One bad record costs itself only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from bot.errors import DumpRefused
from bot.models import Entry, Format, Notice, PrintedDate, Reading, YearOrigin
from bot.sources.decoding import EXCERPT, MAX_PAPERS
from bot.sources.gathering import Gathering, Unreadable, beginning
from bot.sources.item_fields import container, mapping
from bot.sources.json_scanning import Damage, Found, Scan, scan
from bot.sources.json_values import is_paper, read_item
from bot.sources.links import iso_day
from bot.sources.positions import Lines
from bot.sources.python_literals import as_json, looks_like_literal
from bot.sources.wording import one_line

#: Under these names answers and archives keep their lists; a search page's results go before the day's papers.
LIST_NAMES = ("searchResults", "dailyPapers", "daily_papers", "papers", "results", "items", "entries", "data")
_WRAPPINGS = 3
_LIST_START = re.compile(rf'"(?:{"|".join(LIST_NAMES)})"\s*:\s*\[')
_JSON_START = re.compile(
    r"\s*+(?:\{\s*+(?:[\"'}]|\Z)"
    r"|\[[\[\s]*+(?:[{\"]|\][\s\],]*+\Z|\Z|(?:null|true|false|NaN|-?\d[\d.eE+-]*+)\s*+,))"
)
_LINK_TEXT = re.compile(r"\s*\[+\"[^\"\n]*\"\]+[(\[]")


def recognises(text: str) -> bool:
    """Whether a text begins as JSON does; a Markdown link in brackets does not."""
    return _JSON_START.match(text) is not None and not _LINK_TEXT.match(text[:2_000])


def read(text: str, *, name: str, today: date, page_year: int | None = None, force: bool = False) -> Reading:
    """The papers of a JSON text; ``page_year`` and ``force`` have no meaning here, for JSON tells both.

    Raises DumpRefused with ``BAD_JSON``, ``TOO_LARGE``, ``NO_PAPERS``, ``NOT_A_PAPERS_PAGE``, ``RATE_LIMIT_PAGE``
    or ``LOGIN_PAGE``.
    """
    del page_year, force
    gathering = Gathering(name)
    # A text written by Python has other offsets once it is JSON, but the same lines.
    source = (as_json(text) if looks_like_literal(text) else None) or text
    found = scan(source, most=MAX_PAPERS + 1)
    parts = _without_broken_wrapping(source, found)
    if not any(isinstance(part, Found) for part in parts) and (parts or found.is_truncated):
        raise _bad_json(source, parts, name)
    lines = Lines(source)
    looks_like_papers = False
    for position, item in enumerate(_items(parts), 1):
        if position > MAX_PAPERS or found.is_longer:
            raise gathering.refuse_too_many()
        line = _line(item, source, lines)
        if isinstance(item.value, Damage):
            excerpt = source[item.start : item.start + EXCERPT]
            gathering.reject(Unreadable("BAD_JSON", item.value.reason, excerpt), line)
            continue
        looks_like_papers |= is_paper(mapping(item.value) or {})
        try:
            gathering.take(read_item(item.value, position=position, line=line, today=today))
        except Unreadable as unreadable:
            gathering.reject(unreadable, line)
    if gathering.rejected and not gathering.entries and not looks_like_papers:
        raise _no_papers_page(text, found, name)
    _note_truncation(found, gathering)
    listing = _listing_day(found)
    page_date = listing or _common_day(gathering.entries) or _told_day(found)
    entries = gathering.entries
    if listing:
        entries = [replace(entry, listed=listing.as_date()) for entry in entries]
    return gathering.reading(Format.JSON, text, page_date=page_date, entries=entries)


def papers_of(value: object) -> list[object] | None:
    """The list of items in a decoded answer; one paper alone is a list of one; None where there is no list."""
    for _ in range(_WRAPPINGS):
        told = container(value)
        if not isinstance(told, dict):
            return told
        if rows := _rows(told):
            return rows
        listed = _listed(told)
        if is_paper(told) and not (isinstance(listed, list) and _has_papers(listed)):
            return [told]
        if listed is None:
            values = list(told.values())
            return values if _has_papers(values) else None
        value = listed
    return None


def _listed(told: Mapping[str, object]) -> list[object] | dict[str, object] | None:
    """What stands under the first of the known names; an empty list only if no other name has more."""
    found = [value for key in LIST_NAMES if (value := container(told.get(key))) is not None]
    return next((value for value in found if value), found[0] if found else None)


def _has_papers(items: Sequence[object]) -> bool:
    """Whether most items of a list are papers."""
    return 2 * sum(is_paper(mapping(item) or {}) for item in items) > len(items)


def _rows(table: Mapping[str, object]) -> list[object] | None:
    """The rows of a table that was saved column by column: each field an object from row number to value."""
    if not all(isinstance(value, dict) for value in table.values()):
        return None
    columns = {key: mapping(value) or {} for key, value in table.items()}
    first = columns.get("title") or columns.get("paper")
    if not first or not all(key.isdigit() for key in first):
        return None
    return [{key: column.get(row) for key, column in columns.items()} for row in first]


class _Item(NamedTuple):
    """A value that should be a paper, and the stretch of text that holds it, alone or with others."""

    value: object
    start: int
    end: int
    is_alone: bool


def _items(parts: Sequence[Found | Damage]) -> Iterator[_Item]:
    for part in parts:
        if isinstance(part, Damage):
            yield _Item(part, part.start, part.end, is_alone=True)
            continue
        items = papers_of(part.value)
        if items is None:
            items = [part.value]
        for item in items:
            # An object that was written out as text is read once, here.
            value = container(item) or item if isinstance(item, str) else item
            yield _Item(value, part.start, part.end, is_alone=len(items) == 1)


def _line(item: _Item, source: str, lines: Lines) -> int:
    """The line of an item's title."""
    if item.is_alone:
        place = source.find('"title"', item.start, item.end)
        return lines.at(place if place >= 0 else item.start)
    told = mapping(item.value) or {}
    title = (mapping(told.get("paper")) or told).get("title")
    return lines.of(title) if isinstance(title, str) else 1


def _without_broken_wrapping(text: str, found: Scan) -> list[Found | Damage]:
    """The parts without an outer object that is damaged itself but whose items were found all the same."""
    first = found.parts[0] if found.parts else None
    if len(found.parts) > 1 and isinstance(first, Damage) and _LIST_START.search(text, first.start, first.end):
        return found.parts[1:]
    return found.parts


def _note_truncation(found: Scan, gathering: Gathering) -> None:
    if found.is_truncated:
        line = gathering.rejected[-1].line if gathering.rejected else None
        sentence = "The file ends in the middle of its list; the papers that are whole were read."
        gathering.notices.append(Notice("TRUNCATED_LAST", line, sentence))


def _common_day(entries: list[Entry]) -> PrintedDate | None:
    """The day on which all papers were listed, if it is one."""
    days = {entry.listed for entry in entries}
    day = days.pop() if len(days) == 1 else None
    return PrintedDate(day.month, day.day, day.year, YearOrigin.GIVEN) if day else None


def _listing_day(found: Scan) -> PrintedDate | None:
    """The day whose listing the answer says that it is: its papers were listed then, whenever they were handed in."""
    told = mapping(found.values[0]) if len(found.values) == 1 else None
    return day_of(told) if told and told.get("periodType") == "day" else None


def _told_day(found: Scan) -> PrintedDate | None:
    """The day that the answer itself tells beside its list."""
    told = mapping(found.values[0]) if len(found.values) == 1 else None
    return day_of(told) if told and not is_paper(told) else None


def day_of(told: Mapping[str, object]) -> PrintedDate | None:
    """The day of a page's or an archive's own data."""
    value = told.get("dateString") or told.get("date")
    day = iso_day(value) if isinstance(value, str) else None
    return PrintedDate(day.month, day.day, day.year, YearOrigin.GIVEN) if day else None


def _bad_json(text: str, parts: Sequence[Found | Damage], name: str) -> DumpRefused:
    damage = parts[0] if parts else None
    start = damage.start if damage else 0
    line, excerpt = beginning(text[start : start + 2 * EXCERPT])
    reason = damage.reason if isinstance(damage, Damage) else "It ends before its list does."
    sentence = f"The file begins like JSON, but no whole paper can be read. {reason} Save it again."
    return DumpRefused("BAD_JSON", sentence, file=name, line=text.count("\n", 0, start) + line, excerpt=excerpt)


def _no_papers_page(text: str, found: Scan, name: str) -> DumpRefused:
    """The refusal of JSON in which nothing looks like a paper: a wall, a message, or something else altogether."""
    refused = Gathering(name).nothing_found(text)
    if refused.code != "NO_PAPERS":
        return refused
    told = mapping(found.values[0]) or {}
    message = told.get("error") or told.get("message")
    if isinstance(message, str):
        sentence = f"The answer holds no papers but a message: {one_line(message[:200])[:EXCERPT]}"
        return DumpRefused("NO_PAPERS", sentence, file=name, line=refused.line, excerpt=refused.excerpt)
    sentence = "The file is JSON, but nothing in it has the fields of a paper. Save an answer of the papers API."
    return DumpRefused("NOT_A_PAPERS_PAGE", sentence, file=name, line=refused.line, excerpt=refused.excerpt)
