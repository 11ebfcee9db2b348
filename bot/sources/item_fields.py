"""Reading one field of a JSON item, whatever type it really has.

Items come from the API (``{"paper": {...}, "title": ...}``), from the page's own data, flat from
``/api/papers/<id>``, and from archives that renamed fields or wrote objects out as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from bot.sources.json_scanning import decode_json
from bot.sources.python_literals import as_json, looks_like_literal
from bot.sources.wording import NAME_LONGEST, one_line, web_address

#: Objects that were written out as text are read up to this many characters.
LITERAL_LONGEST = 2_000_000
_COUNT = re.compile(r"\d{1,3}(?:,\d{3}){1,3}|\d{1,9}", re.ASCII)
_LARGEST_COUNT = 1_000_000_000
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_AUTHORS = 5_000


def mapping(value: object) -> dict[str, object] | None:
    """An object, also one that was written out as JSON or Python text; None for anything else."""
    found = container(value)
    return found if isinstance(found, dict) else None


def container(value: object) -> list[object] | dict[str, object] | None:
    """The list or object that a value is, or that its text writes out; None for anything else."""
    if isinstance(value, str):
        value = _unwritten(value)
    return cast("list[object] | dict[str, object]", value) if isinstance(value, list | dict) else None


def _unwritten(written: str) -> object:
    if len(written) > LITERAL_LONGEST or written.lstrip()[:1] not in ("{", "["):
        return None
    text = as_json(written) if looks_like_literal(written) else written
    try:
        return decode_json(text) if text is not None else None
    except ValueError:
        return None


class Fields:
    """The fields of one item: the paper's own first, then those of what is wrapped around it."""

    def __init__(self, item: Mapping[str, object]) -> None:
        self.outer = item
        self.paper = mapping(item.get("paper"))
        layers = [self.paper, mapping(item.get("details")), item]
        self._layers = [layer for layer in layers if layer is not None]

    def get(self, *names: str) -> object:
        """The first value under one of the names that is there at all."""
        for layer in self._layers:
            for name in names:
                value = layer.get(name)
                if value is not None:
                    return value
        return None

    def every(self, *names: str) -> list[object]:
        """All values under the names that are there."""
        values = (layer.get(name) for name in names for layer in self._layers)
        return [value for value in values if value is not None]

    def count(self, *names: str) -> int | None:
        """The first value that is a count (0 or more), also as text ("1,234")."""
        return next((count for value in self.every(*names) if (count := as_count(value)) is not None), None)

    def address(self, *names: str) -> str | None:
        """The first value that is an address of the web."""
        texts = (value for value in self.every(*names) if isinstance(value, str))
        return next((address for text in texts if (address := web_address(text))), None)

    def name(self, *names: str) -> str | None:
        """The first value that names something: a text, or an object with a full name."""
        return next((name for value in self.every(*names) if (name := as_name(value))), None)


def as_count(value: object) -> int | None:
    """A whole number from 0 on; None for anything else."""
    if isinstance(value, str):
        found = _COUNT.fullmatch(value.strip())
        return int(found[0].replace(",", "")) if found else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value < _LARGEST_COUNT or value != int(value):
        return None
    return int(value)


def as_name(value: object) -> str | None:
    """A name: of a text the text itself, of an object its full name, else its handle."""
    if not isinstance(value, str):
        told = mapping(value) or {}
        value = next(
            (told[key] for key in ("fullname", "name", "author", "user") if isinstance(told.get(key), str)), ""
        )
    name = one_line(cast("str", value)[: 2 * NAME_LONGEST])
    return name if 0 < len(name) <= NAME_LONGEST else None


def as_names(value: object) -> tuple[str, ...]:
    """The authors of a list of objects or names, or of a text that parts them by commas.

    User names are no authors: a list of bare names with such words in it gives nothing.
    """
    people = container(value)
    if people is None and isinstance(value, str):
        people = list[object](re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+", value[: _AUTHORS * NAME_LONGEST]))
    if not isinstance(people, list):
        return ()
    people = people[:_AUTHORS]
    names = tuple(name for person in people if (name := as_name(person)))
    if all(isinstance(person, str) for person in people) and any(" " not in name for name in names):
        return ()
    return names


def as_moment(value: object) -> datetime | None:
    """An ISO 8601 time, aware, UTC (one without a zone is UTC); None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
