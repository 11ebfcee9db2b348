"""The entries of an XML text, each checked on its own, so that a damaged one costs itself only.

Nothing is fetched and no entity is expanded: a document type is cut off, and one that declares entities is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.entities import html5
from xml.parsers import expat

from bot.errors import DumpRefused
from bot.sources.decoding import EXCERPT

_ENTITY = re.compile(r"<!ENTITY\b", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml\b[^<>]*+>")
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^<>\[]*+(?:\[[^\]]*+\]\s*+)?>", re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)(?:([A-Za-z][A-Za-z0-9]{1,31};))?")
_LESS_THAN = re.compile(r"<(?![A-Za-z_/!?])")
#: No entry nests deeper than a table in a description does.
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry as it stands in the text."""

    xml: str
    start: int
    #: Why it cannot be read, None if it can.
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text in pieces."""

    #: Everything before the first entry, and the root's start tag alone.
    head: str
    root: str
    #: What closes the root.
    end: str
    entries: tuple[Piece, ...]
    is_truncated: bool

    def whole(self) -> list[Piece]:
        """The entries that can be read."""
        return [piece for piece in self.entries if piece.problem is None]


def pieces(text: str, *, name: str, roots: str, entries: str, most: int) -> Pieces | None:
    """The text in pieces, at most ``most`` + 1 entries; ``roots`` and ``entries`` are alternatives of tag names.

    None where no such root begins the text. Raises DumpRefused with BAD_FEED where entities are declared or the
    part before the first entry is damaged.
    """
    _refuse_entities(text, name)
    for pattern in (_DECLARATION, _DOCTYPE):
        text = pattern.sub(_blanked, text, count=1)
    root = re.search(rf"<((?:\w{{1,20}}:)?(?:{roots}))\b[^<>]*+>", text)
    if root is None:
        return None
    end = f"</{root[1]}>"
    found = [*_found(text, rf"<(?:\w{{1,20}}:)?(?:{entries})(?=[\s>])", rf"</(?:\w{{1,20}}:)?(?:{entries})\s*>", most)]
    head = text[: found[0].start] if found else text
    checked = tuple(_checked(piece, root[0], end) for piece in found)
    return Pieces(head, root[0], end, checked, is_truncated=end not in text[-200:].replace(" ", ""))


def _refuse_entities(text: str, name: str) -> None:
    if found := _ENTITY.search(text):
        raise DumpRefused(
            "BAD_FEED",
            "The file declares entities of its own, which no feed of papers does. It was not read.",
            file=name,
            line=1 + text.count("\n", 0, found.start()),
            excerpt=text[found.start() : found.start() + EXCERPT].partition("\n")[0],
        )


def _blanked(found: re.Match[str]) -> str:
    """As many characters and lines as there were."""
    return re.sub(r"[^\n]", " ", found[0])


def _found(text: str, start_tag: str, end_tag: str, most: int) -> Iterator[Piece]:
    ends = re.finditer(end_tag, text)
    end = next(ends, None)
    starts = [found.start() for found, _ in zip(re.finditer(start_tag, text), range(most + 1), strict=False)]
    for start, following in zip(starts, [*starts[1:], len(text)], strict=False):
        while end is not None and end.start() < start:
            end = next(ends, None)
        if end is not None and end.end() <= following:
            yield Piece(text[start : end.end()], start)
        else:
            yield Piece(text[start:following], start, "It ends before its end tag.")


def _checked(piece: Piece, root: str, end: str) -> Piece:
    """The piece if it is well-formed, or is once stray signs and names of HTML are written as XML wants them."""
    if piece.problem is not None:
        return piece
    problem = defect(f"{root}{piece.xml}{end}")
    if problem is None or "<![CDATA[" in piece.xml:
        return replace(piece, problem=problem)
    mended = _LESS_THAN.sub("&lt;", _AMPERSAND.sub(_mended, piece.xml))
    if defect(f"{root}{mended}{end}") is None:
        return replace(piece, xml=mended)
    return replace(piece, problem=problem)


def _mended(found: re.Match[str]) -> str:
    named = html5.get(found[1] or "")
    return named if named and named not in "<&" else f"&amp;{found[1] or ''}"


def defect(xml: str) -> str | None:
    """Why a text is no XML that can be read, None if it is."""
    depth = 0

    def opened(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise expat.ExpatError("nested too deep")

    def closed(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        return f"It is no valid XML ({str(error).partition(':')[0]})."
    return None
