"""Entries of BibTeX, whatever state they are in."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from bot.references.reference import Reference, as_doi, broken, entry, first_id

#: An entry begins a line, or stands behind the end of another one: an @ within a title begins none.
_FREE = r"(?:^|(?<=[})]))[ \t\ufeff]{0,99}"
#: An entry and its key; what BibTeX has beside entries names no paper.
_ENTRY = re.compile(
    _FREE + r"@(?P<kind>[A-Za-z]{3,30})\s{0,9}[{(]\s{0,99}(?P<key>[^\s,{}()\"=]{0,200})\s{0,99},", re.MULTILINE
)
_BLOCK = re.compile(_FREE + r"@(?:comment|string|preamble)\s{0,9}[{(]", re.IGNORECASE | re.MULTILINE)
_NO_PAPERS = frozenset({"comment", "string", "preamble"})
_FIELD = re.compile(r"\s*(?P<name>[A-Za-z][\w:+.-]{0,60})\s*=\s*")
_OPENING = ("{", '"')
_CLOSING = re.compile(r"[})]")
_BARE = re.compile(r"[^,}\n]*")
#: Signs that BibTeX needs commands for.
_SIGNS = {"backslash": "\\", "braceleft": "{", "braceright": "}", "asciicircum": "^", "asciitilde": "~"}
_COMMAND = re.compile(r"\{?\\text(" + "|".join(_SIGNS) + r")(?:\}|\{\}|\s|$)")
#: Where an entry may tell its arXiv id, surest first.
_TOLD_IN = (
    "eprint",
    "arxivid",
    "arxiv",
    "url",
    "ee",
    "doi",
    "journal",
    "journaltitle",
    "howpublished",
    "note",
    "volume",
)
#: Those that hold nothing else.
_IDS = frozenset({"eprint", "arxivid"})


def is_bibtex(text: str) -> bool:
    """Whether the text holds an entry of BibTeX."""
    return any(True for _ in _entries(text))


def from_bibtex(text: str) -> Iterator[Reference]:
    """Each entry of the text."""
    for key, inside in _entries(text):
        told, is_closed = _fields(inside)
        if not is_closed:
            yield broken(key, "A brace of this entry is never closed: close it, and give the entry again.")
            continue
        values = ((" ".join(told.get(name, "").replace("\\_", "_").split()), name) for name in _TOLD_IN)
        arxiv_id = first_id((as_doi(value) if name == "doi" else value, name not in _IDS) for value, name in values)
        yield entry(_COMMAND.sub(lambda one: _SIGNS[one[1]], told.get("title", "")), arxiv_id, key)


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """The key of each entry and what stands behind it, up to the next one."""
    found = [one for one in _ENTRY.finditer(text) if one["kind"].casefold() not in _NO_PAPERS]
    starts = sorted([one.start() for one in found] + [one.start() for one in _BLOCK.finditer(text)] + [len(text)])
    for one in found:
        end = starts[bisect_right(starts, one.start())]
        yield one["key"], text[one.end() : max(end, one.end())]


def _fields(inside: str) -> tuple[dict[str, str], bool]:
    """The fields of an entry, names in lower case, of a repeated one the first; and whether all of it was closed."""
    told: dict[str, str] = {}
    place, is_sound, rest = 0, True, 0
    while place < len(inside):
        if (named := _FIELD.match(inside, place)) is None:
            comma = inside.find(",", place)
            if comma < 0:
                break
            place = comma + 1
            continue
        value, place, is_closed = _value(inside, named.end(), line_only=not is_sound)
        # a bare value may hold the bracket that ends the entry
        rest = place if inside[named.end() : named.end() + 1] in _OPENING else named.end()
        is_sound = is_sound and is_closed
        told.setdefault(named["name"].casefold(), value.strip())
        # behind a value only "# more of it" may stand before the comma
        comma = inside.find(",", place)
        place = comma + 1 if comma >= 0 else len(inside)
    return told, is_sound and _CLOSING.search(inside, rest) is not None


def _value(inside: str, start: int, *, line_only: bool) -> tuple[str, int, bool]:
    """The value that begins here, without its braces or quotes, where it ends, and whether it was closed.

    One that is not ends with its line. ``line_only``: so does every value, for one before was never closed.
    """
    opening = inside[start : start + 1]
    if opening not in _OPENING:
        bare = _BARE.match(inside, start)
        end = bare.end() if bare else start
        return inside[start:end], end, True
    line = inside.find("\n", start)
    line = line if line >= 0 else len(inside)
    depth, is_escaped = 0, False
    for place in range(start + 1, line if line_only else len(inside)):
        character = inside[place]
        if is_escaped and character in "\\{}":
            is_escaped = False
            continue
        is_escaped = character == "\\"
        if character == ('"' if opening == '"' else "}") and depth == 0:
            return inside[start + 1 : place], place + 1, True
        depth += (character == "{") - (character == "}")
    return inside[start + 1 : line].rstrip(" ,}"), line, False
