"""Keys of the store as lines of JSON, and back: bytes that are text as text, all others in base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from bot.store import StoredPart

#: A text, or bytes that are none.
_Told: TypeAlias = str | dict[str, str]

_BASE64 = "base64"


def line_of(part: StoredPart) -> dict[str, Any]:
    """One line."""
    line: dict[str, Any] = {"key": _told(part.key), "type": part.type}
    if part.ends is not None:
        line["ends"] = part.ends.isoformat()
    line["values"] = [_told(value) for value in part.values]
    return line


def part_of(line: Mapping[str, Any]) -> StoredPart:
    """What ``line_of`` wrote. Raises ValueError for anything else."""
    values: object = line.get("values")
    if not isinstance(values, list):
        raise ValueError("it has no list of values")  # noqa: TRY004 - what is wrong with a file is a ValueError here
    try:
        told = [_bytes(value) for value in cast("list[object]", values)]
        return StoredPart(_bytes(line["key"]), str(line["type"]), told, _moment(line.get("ends")))
    except (TypeError, KeyError) as error:
        raise ValueError(repr(error)[:200]) from error


def _moment(told: str | None) -> datetime | None:
    if told is None:
        return None
    moment = datetime.fromisoformat(told)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _told(raw: bytes) -> _Told:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {_BASE64: base64.b64encode(raw).decode("ascii")}


def _bytes(told: object) -> bytes:
    """Raises TypeError, ValueError, KeyError."""
    if isinstance(told, str):
        return told.encode()
    try:
        return base64.b64decode(cast("dict[str, str]", told)[_BASE64], validate=True)
    except binascii.Error as error:
        raise ValueError(told) from error
