"""Text of tools that write no markup: its lines, with numbered links (``[16]Title``) and bracketed ones taken off.

Text browsers number their links and list the addresses at the end; others write a relative address in round
brackets behind each link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

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
    addresses = _listed(rows) if last else {}
    if last:
        rows = ["" if _LISTED.fullmatch(row.rstrip()) or _LIST_HEAD.fullmatch(row.strip()) else row for row in rows]
    bracketed = sum(1 for row in rows if _BRACKETED.search(row)) >= _ENOUGH_BRACKETED
    lines = _lines(rows)
    if bracketed:
        lines = (_without_brackets(line) for line in lines)
    # Tools wrap lines with the numbers in them, so lines are joined before the numbers go.
    joined = unwrapped(list(lines))
    return list(_without_numbers(joined, last, addresses)) if last else joined


def _lines(rows: Sequence[str]) -> Iterator[Line]:
    after_blank = True
    for number, row in enumerate(rows, 1):
        text = row.strip()
        if text:
            yield Line(number, text, len(row) - len(row.lstrip()), after_blank)
        after_blank = not text


def _without_numbers(lines: Iterable[Line], last: int, addresses: Mapping[int, str]) -> Iterator[Line]:
    """The lines without ``[1]``, ``[2]``, … ``[last]`` in their order; other numbers in brackets stay."""
    wanted = 1
    for line in lines:
        kept: list[str] = []
        targets: list[str] = []
        end = 0
        for found in _NUMBER.finditer(line.text):
            if int(found[1]) == wanted <= last:
                kept.append(line.text[end : found.start()])
                end = found.end()
                targets += [addresses[wanted]] if wanted in addresses else []
                wanted += 1
        text = "".join([*kept, line.text[end:]]).strip()
        if text or targets:
            yield replace(line, text=text, targets=tuple(targets[:MOST_TARGETS]))


def _without_brackets(line: Line) -> Line:
    """The line without addresses in brackets."""
    pattern = _ANY_BRACKETED if len(line.text) <= _LABEL_LENGTH else _BRACKETED
    targets = (*line.targets, *pattern.findall(line.text))
    return replace(line, text=pattern.sub("", line.text).strip(), targets=targets[:MOST_TARGETS])


def _last_number(rows: Sequence[str]) -> int:
    """How many links are numbered, 0 where the numbers in brackets are no link numbers."""
    expected, found = 1, 0
    for number in _all_numbers(rows):
        found += 1
        if number == expected:
            expected += 1
    last = expected - 1
    return last if last >= _ENOUGH_NUMBERED and last * 2 >= found else 0


def _all_numbers(rows: Sequence[str]) -> Iterator[int]:
    for row in rows:
        if "[" in row:
            yield from map(int, _NUMBER.findall(row))


def _listed(rows: Sequence[str]) -> dict[int, str]:
    return {int(found[1]): found[2] for row in rows if (found := _LISTED.fullmatch(row.rstrip()))}
