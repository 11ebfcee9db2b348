"""Links off a text of brackets: ``[text](address)``, ``[text][n]``, ``![picture](address)``, also nested and wrapped."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.sources.lines import MOST_TARGETS

#: Links inside links; an image in a link makes two.
_DEPTH = 8
#: A link that begins in the middle of a line is short; what looks longer began with another bracket.
SHORT_LINK = 60

_ADDRESS = r"(?:(?:https?|file|mailto):|/|#)[^\s()<>]{0,2000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,500})?"
_TOKEN = re.compile(
    r"(?P<newline>\n)"
    r"|\\(?P<escaped>[\\`*_{}\[\]()#+\-.!~>|<=])"
    r"|(?P<image>!\[)"
    rf'|(?P<link>\]\(<?(?P<address>{_ADDRESS}|)>?(?:\s+"[^"\n]{{0,300}}")?(?:\)|\Z))'
    r"|(?P<reference>\]\[(?P<number>\d{1,5})\])"
    r"|(?P<open>\[)|(?P<close>\])"
    r"|(?P<text>[^\n\\!\[\]]+|[\\!])"
)
_DEFINITION = re.compile(r"^ {0,3}\[(\d{1,5})\]: *<?((?:https?|file|mailto):[^\s<>]{1,2000})>? *$", re.MULTILINE)
_WRAPPED_ADDRESS = re.compile(r"(\]\((?:https?:/|/)[^\s()]{0,500}[-/])\n(?=[^\s()]{1,500}\))")
_BLOCK_START = re.compile(r"\s*(?:#{1,6} +|[*+-] +|\d{1,4}[.)] +)?")
_ALT = re.compile(r"Image \d{1,4}(?:: ?|$)|(?:图片|[Ii]mage|[Ll]ogo|[Ii]con|[Aa]vatar)[ ]?[:\uff1a][ ]?")
#: The end of link number n is written \x01n\x01, a removed line end \x02: no decoded text holds these characters.
_MARKED = re.compile(r"\x01(\d{1,7})\x01")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the dump without its links."""

    #: From 1.
    number: int
    #: With the white space and the markup around it.
    text: str
    #: The line end before it stands inside a link.
    is_soft: bool
    #: It ends with a link.
    ends_link: bool
    #: Where its links lead.
    targets: tuple[str, ...]


def unlinked_rows(text: str) -> list[Row]:
    """All lines of the text, also blank ones."""
    references = {int(number): address for number, address in _DEFINITION.findall(text)}
    if references:
        text = _DEFINITION.sub("", text)
    # A wrapped address moves to one line, and the line end it held is counted where it was.
    text = _WRAPPED_ADDRESS.sub("\\1\x02", text)
    return list(_Unlinking(references).rows(text))


@dataclass(slots=True)
class _Break:
    """A line end; ``soft`` when it stands inside a link."""

    #: The number of the line that follows.
    number: int
    soft: bool = False


@dataclass(frozen=True, slots=True)
class _Opener:
    place: int
    is_image: bool
    at_block_start: bool


class _Unlinking:
    """One pass over a text; brackets wait on a short stack until their link ends."""

    def __init__(self, references: Mapping[int, str]) -> None:
        self._references = references
        self._targets: list[str] = []
        self._pieces: list[str | _Break] = []
        self._openers: deque[_Opener] = deque(maxlen=_DEPTH)

    def rows(self, text: str) -> Iterator[Row]:
        """The lines in order."""
        number = 1
        for token in _TOKEN.finditer(text):
            kind, whole = token.lastgroup, token[0]
            if kind == "newline":
                number += 1
                self._pieces.append(_Break(number))
            elif token["link"] is not None:
                number += whole.count("\x02") + whole.count("\n")
                self._close(token["address"].replace("\x02", ""))
            elif token["reference"] is not None:
                self._close(self._references.get(int(token["number"]), ""))
            elif kind in ("open", "image"):
                self._openers.append(_Opener(len(self._pieces), kind == "image", self._at_block_start()))
                self._pieces.append(whole)
            else:
                if kind == "close" and self._openers:
                    self._openers.pop()
                self._pieces.append(token["escaped"] or whole)
        if self._openers and self._openers[-1].at_block_start:
            # The text was cut off inside a link.
            self._pieces[self._openers[-1].place] = ""
        yield from self._split()

    def _at_block_start(self) -> bool:
        pieces = self._pieces
        if not pieces or isinstance(pieces[-1], _Break):
            return True
        before = pieces[-2] if len(pieces) > 1 else None
        return (before is None or isinstance(before, _Break)) and _BLOCK_START.fullmatch(pieces[-1]) is not None

    def _close(self, address: str) -> None:
        """End a link: its opening bracket goes, its line ends become soft, its address is marked."""
        opener = self._opener()
        if opener is not None:
            inside = self._pieces[opener.place + 1 :]
            if opener.is_image:
                breaks = [piece for piece in inside if isinstance(piece, _Break)]
                alt = _ALT.sub("", "".join(piece for piece in inside if isinstance(piece, str))).strip()
                self._pieces[opener.place :] = [f" {alt} " if alt else "", *breaks]
                return
            for piece in inside:
                if isinstance(piece, _Break):
                    piece.soft = True
            before = self._pieces[opener.place - 1] if opener.place else ""
            glued = isinstance(before, str) and (before[-1:].isalnum() or before == "\x01")
            self._pieces[opener.place] = " " if glued else ""
        if address:
            self._targets.append(address)
            self._pieces += [f"\x01{len(self._targets) - 1}", "\x01"]

    def _opener(self) -> _Opener | None:
        """The bracket that a link began with; brackets that never closed are passed over."""
        openers = self._openers
        if not openers:
            return None
        last = openers.pop()
        if last.is_image or last.at_block_start or self._is_short(last.place):
            return last
        for back in range(len(openers) - 1, -1, -1):
            if openers[back].at_block_start and not openers[back].is_image:
                opener = openers[back]
                while len(openers) > back:
                    openers.pop()
                return opener
        return last

    def _is_short(self, place: int) -> bool:
        inside = self._pieces[place + 1 : place + 1 + SHORT_LINK]
        return all(isinstance(piece, str) for piece in inside) and sum(map(len, map(str, inside))) <= SHORT_LINK

    def _split(self) -> Iterator[Row]:
        line, parts = _Break(1), list[str]()
        for piece in [*self._pieces, _Break(0)]:
            if isinstance(piece, str):
                parts.append(piece)
                continue
            text = "".join(parts)
            targets = tuple(self._targets[int(place)] for place in _MARKED.findall(text)[:MOST_TARGETS])
            ends_link = text.rstrip().endswith("\x01")
            yield Row(line.number, _MARKED.sub("", text), line.soft, ends_link, targets)
            line, parts = piece, []
