"""Text of tools that write no markup: its lines, with numbered links (``[16]Title``) and bracketed ones taken off.

Text browsers number their links and list the addresses at the end; others write a relative address in round
brackets behind each link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.sources.lines import MOST_TARGETS, Line
from bot.sources.unwrapping import unwrapped

_ENOUGH_NUMBERED = 5
_ENOUGH_BRACKETED = 3
_NUMBER = re.compile(r"\[(\d{1,5})\]")
_LISTED = re.compile(r" {0,6}(\d{1,5})\. ((?:https?|file|mailto):\S{1,2000})")
_LIST_HEAD = re.compile(r"(?:References|(?:Visible |Hidden )?[Ll]inks):?")
_BRACKETED = re.compile(r" ?\((/(?:papers|login)\b[\w.%?=&#/-]{0,300})\)")
_ANY_BRACKETED = re.compile(r" ?\(((?:https?://(?:huggingface\.co|arxiv\.org|github\.com))?/[\w.%?=&#/-]{0,300})\)")
#: In longer lines an address in brackets may be the abstract's own.
_LABEL_LENGTH = 200


def plain_lines(text: str) -> list[Line]:
    """The lines that are not blank, wrapped ones joined, with the addresses of their links beside them."""
    rows = text.split("\n")
    last = _last_number(rows)
    numbered = _NumberedLinks(last, _listed(rows)) if last else None
    bracketed = sum(1 for row in rows if _BRACKETED.search(row)) >= _ENOUGH_BRACKETED
    lines: list[Line] = []
    after_blank = True
    for number, raw in enumerate(rows, 1):
        row, targets = numbered.take_off(raw) if numbered else (raw, [])
        if bracketed:
            pattern = _ANY_BRACKETED if len(row) <= _LABEL_LENGTH else _BRACKETED
            targets += pattern.findall(row)
            row = pattern.sub("", row)
        stripped = row.strip()
        if stripped or targets:
            indent = len(row) - len(row.lstrip())
            lines.append(Line(number, stripped, indent, after_blank, 0, tuple(targets[:MOST_TARGETS])))
        after_blank = not stripped and not targets
    return unwrapped(lines)


class _NumberedLinks:
    """Takes ``[1]``, ``[2]``, … off the rows in their order; other numbers in brackets stay."""

    def __init__(self, last: int, addresses: Mapping[int, str]) -> None:
        self._last = last
        self._addresses = addresses
        self._wanted = 1
        self._targets: list[str] = []

    def take_off(self, row: str) -> tuple[str, list[str]]:
        """The row without its link numbers, and the addresses they stand for."""
        if _LISTED.fullmatch(row.rstrip()) or _LIST_HEAD.fullmatch(row.strip()):
            return "", []
        self._targets = []
        return _NUMBER.sub(self._taken, row), self._targets

    def _taken(self, found: re.Match[str]) -> str:
        if int(found[1]) != self._wanted or self._wanted > self._last:
            return found[0]
        if address := self._addresses.get(self._wanted):
            self._targets.append(address)
        self._wanted += 1
        return ""


def _last_number(rows: list[str]) -> int:
    """How many links are numbered, 0 where the numbers in brackets are no link numbers."""
    expected, found = 1, 0
    for number in _all_numbers(rows):
        found += 1
        if number == expected:
            expected += 1
    last = expected - 1
    return last if last >= _ENOUGH_NUMBERED and last * 2 >= found else 0


def _all_numbers(rows: list[str]) -> Iterator[int]:
    for row in rows:
        if "[" in row:
            yield from map(int, _NUMBER.findall(row))


def _listed(rows: list[str]) -> dict[int, str]:
    return {int(found[1]): found[2] for row in rows if (found := _LISTED.fullmatch(row.rstrip()))}
