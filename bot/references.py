"""What somebody pastes to be followed: links and ids, titles and phrases one a line, or BibTeX. Pure and linear.

BibTeX is taken apart entry by entry, each up to where the next one begins: what is broken in one is lost with it alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot import cleaning, identity
from bot.interests import LONGEST_PHRASE, short, unquoted

#: An entry and its key; what BibTeX has beside entries names no paper.
_ENTRY = re.compile(r"(?<![\w.@])@(?P<kind>[A-Za-z]{3,30})\s{0,9}[{(]\s{0,99}(?P<key>[^\s,{}()\"=]{0,200})\s{0,99},")
_BLOCK = re.compile(r"(?<![\w.@])@(?:comment|string|preamble)\s{0,9}[{(]", re.IGNORECASE)
_NO_PAPERS = frozenset({"comment", "string", "preamble"})
_FIELD = re.compile(r"\s*(?P<name>[A-Za-z][\w:+.-]{0,60})\s*=\s*")
_BARE = re.compile(r"[^,}\n]*")
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
_LINK = re.compile(r"<(https?://[^<>|\s]+)(?:\|[^<>]*)?>")
#: A bullet or a number of a pasted list; a bare arXiv id begins otherwise.
_BULLET = re.compile(r"(?:[-*•·\u2013]\s+|\(?\d{1,3}[.)]\s+|\[\d{1,3}\]\s+)")


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing that is meant."""

    #: As a person would call it: a title, a line, or the key of an entry.
    said: str
    #: What to follow, in this order: the first that is known, else the last. None: nothing in it can be looked for.
    words: tuple[str, ...]


def is_bibtex(text: str) -> bool:
    """Whether the text holds an entry of BibTeX."""
    return any(True for _ in _entries(text))


def references(text: str) -> tuple[Reference, ...]:
    """What a pasted text means, each once, in order: BibTeX where there is an entry of it, else line by line.

    A line of nothing but links and arXiv ids is as many things; a line that mentions a paper's link beside its title
    is that paper; every other line is itself, as words to follow.
    """
    found = list(_from_entries(text)) or [one for line in text.splitlines() for one in _from_line(line)]
    unique: dict[tuple[str, ...], Reference] = {}
    for one in found:
        unique.setdefault(tuple(word.casefold() for word in one.words) or (one.said,), one)
    return tuple(unique.values())


def _from_line(line: str) -> Iterator[Reference]:
    line = line.strip()
    if bullet := _BULLET.match(line):
        line = line[bullet.end() :]
    parts = _LINK.sub(r"\1", line).split()
    if not parts:
        return
    if all(identity.normalise_arxiv_id(part) or _is_link(part) for part in parts):
        yield from (Reference(part, (part,)) for part in parts)
        return
    words = " ".join(parts)
    linked = [part for part in parts if _is_link(part) and identity.normalise_arxiv_id(part)]
    if linked and unquoted(words) == words and not _is_fact(words):
        yield Reference(short(words), tuple(linked[:1]))
    else:
        yield Reference(short(words), (words,))


def _is_link(words: str) -> bool:
    return words.casefold().startswith(("http://", "https://"))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """The key of each entry and what stands behind it, up to the next one."""
    found = [one for one in _ENTRY.finditer(text) if one["kind"].casefold() not in _NO_PAPERS]
    starts = sorted([one.start() for one in found] + [one.start() for one in _BLOCK.finditer(text)] + [len(text)])
    for one in found:
        end = starts[bisect_right(starts, one.start())]
        yield one["key"], text[one.end() : max(end, one.end())]


def _from_entries(text: str) -> Iterator[Reference]:
    for key, inside in _entries(text):
        told = _fields(inside)
        title = " ".join(cleaning.display(told.get("title", "")).replace("{", "").replace("}", "").split())
        arxiv_id = next((known for name in _TOLD_IN if (known := _arxiv_id(told, name))), None)
        words = [arxiv_id] if arxiv_id else []
        if any(character.isalnum() for character in title):
            # a title that looks like a fact is none: facts are written in lower case
            words.append((title[:1].upper() + title[1:] if _is_fact(title) else title)[:LONGEST_PHRASE])
        yield Reference(short(title or arxiv_id or key or "an entry without a key"), tuple(words))


def _is_fact(words: str) -> bool:
    return words.startswith(("author:", "org:", "cat:"))


def _arxiv_id(told: Mapping[str, str], name: str) -> str | None:
    value = " ".join(told.get(name, "").replace("\\_", "_").split())
    if not value:
        return None
    if name == "doi" and not value.startswith("http"):
        value = f"https://doi.org/{value}"
    return identity.normalise_arxiv_id(value) or (
        None if name in ("eprint", "arxivid") else identity.find_arxiv_id(value)
    )


def _fields(inside: str) -> dict[str, str]:
    """The fields of an entry, names in lower case; of a repeated one the first."""
    told: dict[str, str] = {}
    place, is_sound = 0, True
    while place < len(inside):
        if (named := _FIELD.match(inside, place)) is None:
            comma = inside.find(",", place)
            if comma < 0:
                break
            place = comma + 1
            continue
        value, place, is_closed = _value(inside, named.end(), line_only=not is_sound)
        is_sound = is_sound and is_closed
        told.setdefault(named["name"].casefold(), value.strip())
        # behind a value only "# more of it" may stand before the comma
        comma = inside.find(",", place)
        place = comma + 1 if comma >= 0 else len(inside)
    return told


def _value(inside: str, start: int, *, line_only: bool) -> tuple[str, int, bool]:
    """The value that begins here, without its braces or quotes, where it ends, and whether it was closed.

    One that is not ends with its line. ``line_only``: so does every value, for one before was never closed.
    """
    opening = inside[start : start + 1]
    if opening not in ("{", '"'):
        bare = _BARE.match(inside, start)
        end = bare.end() if bare else start
        return inside[start:end], end, True
    line = inside.find("\n", start)
    line = line if line >= 0 else len(inside)
    depth = 0
    for place in range(start + 1, line if line_only else len(inside)):
        character = inside[place]
        if character in "{}" and inside[place - 1] == "\\":
            continue
        if character == ('"' if opening == '"' else "}") and depth == 0:
            return inside[start + 1 : place], place + 1, True
        depth += (character == "{") - (character == "}")
    return inside[start + 1 : line].rstrip(" ,}"), line, False
