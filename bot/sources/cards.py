"""Labels of a card whose value stands on the next line: ``Upvote``, ``GitHub``, ``Submitted by``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.sources.furniture import SUBMITTED_BY, is_star_count
from bot.sources.lines import Kind, Unit

_UPVOTE = "Upvote"
_GITHUB = "GitHub"
#: A picture, its text, a name: no more lines name the submitter.
_SUBMITTER_LINES = 4


def without_label_values(units: Sequence[Unit]) -> list[Unit]:
    """The units with the upvotes joined to their label, and without submitters and star counts."""
    kept: list[Unit] = []
    place = 0
    while place < len(units):
        unit = units[place]
        after = units[place + 1] if place + 1 < len(units) else None
        place += 1
        if unit.kind is Kind.CHROME and after is not None:
            if unit.text == _UPVOTE and after.kind is Kind.NUMBER:
                unit = replace(unit, number=after.number, links=(*unit.links, *after.links))
                place += 1
            elif unit.text == _UPVOTE and after.text.startswith("- "):
                unit = replace(unit, number=0)
            elif unit.text == _GITHUB and is_star_count(after.text):
                unit = replace(unit, links=(*unit.links, *after.links))
                place += 1
            elif unit.text == SUBMITTED_BY:
                place += _submitter(units[place : place + _SUBMITTER_LINES])
        kept.append(unit)
    return kept


def _submitter(after: Sequence[Unit]) -> int:
    """How many of the units behind ``Submitted by`` name the submitter."""
    named = 0
    for count, unit in enumerate(after, 1):
        if unit.text == "AK":
            named = count
        if unit.kind in (Kind.CHROME, Kind.NOISE, Kind.ADDRESS):
            continue
        following = after[count].kind if count < len(after) else None
        is_name = unit.kind is Kind.SHORT and not unit.line.heading and following is not Kind.ABSTRACT
        if not is_name or (named and " " in unit.text):
            break
        named = count
    return named
