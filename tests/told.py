"""What a reading tells, as plain values: pairs of an input file and its ``.told`` file are held against each other."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from bot import sources
from bot.errors import DumpRefused
from bot.models import Entry, PrintedDate, Reading

TODAY = date(2026, 11, 21)


def told(reading: Reading) -> dict[str, Any]:
    """A reading without what was not told."""
    return {
        "format": reading.format.value,
        "page_date": _plain(reading.page_date),
        "query": reading.query,
        "entries": [_entry(entry) for entry in reading.entries],
        "rejected": [[bad.code, bad.line, bad.reason] for bad in reading.rejected],
        "notices": [[notice.code, notice.line] for notice in reading.notices],
    }


def pair(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a file is read as, and what stands in the ``.told`` file beside it."""
    try:
        read = told(sources.read(path.read_bytes(), name=path.name, today=TODAY))
    except DumpRefused as refused:
        read = {"refused": refused.code, "line": refused.line, "reason": refused.reason, "excerpt": refused.excerpt}
    return read, json.loads(path.with_name(f"{path.name}.told").read_text(encoding="utf-8"))


def inputs(theme: str) -> list[Path]:
    """The input files of a theme under ``tests/data``."""
    folder = Path(__file__).parent / "data" / theme
    return sorted(path for path in folder.iterdir() if path.suffix != ".told")


def _entry(entry: Entry) -> dict[str, Any]:
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return {
        name: _plain(value)
        for name, value in values.items()
        if value is not None and value is not False and value != ()
    }


def _plain(value: object) -> object:
    if isinstance(value, PrintedDate):
        return f"{value.year or '????'}-{value.month:02d}-{value.day:02d} {value.origin.value}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
