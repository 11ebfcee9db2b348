"""Entries of RIS: a tag and a value a line, ``TY`` first and ``ER`` last, as reference managers write and read it.

The format: https://en.wikipedia.org/wiki/RIS_(file_format). Programs disagree on the blanks around the dash, and mail
and chats fold them, so they are not counted. An entry that is not closed ends where the next one begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.references.reference import Reference, as_doi, entry, first_id

_TAG = re.compile(r"[\s\ufeff]{0,9}(?P<tag>[A-Z][A-Z0-9])[ \t\u00a0]{1,4}-(?:[ \t\u00a0](?P<value>.*))?", re.DOTALL)
_BEGIN = re.compile(r"^[ \t\ufeff]{0,9}TY[ \t\u00a0]{1,4}-[ \t\u00a0]{1,4}[A-Z0-9]{2,9}[ \t\r]{0,9}$", re.MULTILINE)
_TITLES = ("TI", "T1", "CT", "BT")
#: Where an entry may tell its arXiv id, surest first.
_TOLD_IN = ("M1", "AN", "C7", "UR", "LK", "L1", "L2", "DO", "JO", "JF", "JA", "J2", "T2", "VL", "N1")
#: A file of nothing but one value is none.
_LONGEST_VALUE = 4_000


def is_ris(text: str) -> bool:
    """Whether an entry of RIS begins in the text."""
    return _BEGIN.search(text) is not None


def from_ris(text: str) -> Iterator[Reference]:
    """Each entry of the text; what stands before the first one is none."""
    if not is_ris(text):
        return
    for told in _entries(text):
        title = next((value for tag in _TITLES for value in told.get(tag, ()) if value), "")
        arxiv_id = first_id(
            (as_doi(value) if tag == "DO" else value, True) for tag in _TOLD_IN for value in told.get(tag, ())
        )
        key = next((value for value in told.get("ID", ())), "")
        yield entry(title, arxiv_id, key)


def _entries(text: str) -> Iterator[Mapping[str, Sequence[str]]]:
    """The values of each entry by their tags; a line without a tag goes on with the value before it."""
    told: dict[str, list[str]] | None = None
    last: list[str] | None = None
    for line in text.splitlines():
        if (tagged := _TAG.fullmatch(line)) is None:
            if last and line.strip() and len(last[-1]) < _LONGEST_VALUE:
                last[-1] = f"{last[-1]} {line.strip()}".strip()
            continue
        tag, value = tagged["tag"], " ".join((tagged["value"] or "").split())[:_LONGEST_VALUE]
        if tag == "TY":
            if told is not None:
                yield told
            told, last = {}, None
        elif tag == "ER":
            if told is not None:
                yield told
            told, last = None, None
        elif told is not None:
            last = told.setdefault(tag, [])
            last.append(value)
    if told is not None:
        yield told
