"""Text of tools that write Markdown: ``[text](address)``, ``[text][n]``, headings, escapes, wrapped paragraphs.

Links are taken off the text and kept beside it, escapes are undone, and a paragraph becomes one line.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.sources.decoding import MAX_LINE
from bot.sources.lines import MOST_TARGETS, Line, is_special, may_go_on
from bot.sources.unwrapping import begins_paragraph, is_full, is_rest, join, wrap_width

#: More brackets and backslashes than any page of 5,000 papers has: such a text is not worth unlinking.
_MOST_SIGNS = 400_000
#: Links inside links; an image in a link makes two.
_DEPTH = 8
#: A link that begins in the middle of a line is short; what looks longer began with another bracket.
_SHORT_LINK = 60
_ENOUGH = 3
_ENOUGH_REFERENCES = 8

_ADDRESS = r"(?:(?:https?|file|mailto):|/|#)[^\s()<>]{0,2000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,500})?"
_LINKED = re.compile(r"\]\(<?(?:https?:/|/|#)|^ {0,3}\[\d{1,5}\]: *<?(?:https?|file):", re.MULTILINE)
_REFERENCED = re.compile(r"\]\[\d{1,5}\]")
_HEADED = re.compile(r"^#{1,6} +\S", re.MULTILINE)
_LINKED_HEADING = re.compile(r"^#{1,6} +\[[^\n]{3,300}\]\(", re.MULTILINE)
_TOKEN = re.compile(
    r"(?P<newline>\n)"
    r"|\\(?P<escaped>[\\`*_{}\[\]()#+\-.!~>|<=])"
    r"|(?P<image>!\[)"
    rf'|(?P<link>\]\(<?(?P<address>{_ADDRESS}|)>?(?:\s+"[^"\n]{{0,300}}")?\))'
    r"|(?P<reference>\]\[(?P<number>\d{1,5})\])"
    r"|(?P<open>\[)|(?P<close>\])"
    r"|(?P<text>[^\n\\!\[\]]+|[\\!])"
)
_DEFINITION = re.compile(r"^ {0,3}\[(\d{1,5})\]: *<?((?:https?|file|mailto):[^\s<>]{1,2000})>? *$", re.MULTILINE)
_WRAPPED_ADDRESS = re.compile(r"(\]\((?:https?:/|/)[^\s()]{0,500}[-/])\n(?=[^\s()]{1,500}\))")
_BLOCK_START = re.compile(r"\s*(?:#{1,6} +|[*+-] +|\d{1,4}[.)] +)?")
_HARD_BREAK = re.compile(r"\\+$|\\(?=  )")
_SPACES = re.compile(r" {2,}")
_ALT = re.compile(r"Image \d{1,4}(?:: ?|$)|(?:图片|[Ii]mage|[Ll]ogo|[Ii]con|[Aa]vatar)[ ]?[:\uff1a][ ]?")
_PLACEHOLDER = re.compile(r"\[(?:图片|[Ii]mage|[Ll]ogo|[Ii]con|[Aa]vatar) ?[:\uff1a] ?([^\[\]\n]{0,100})\]")
_HEADING = re.compile(r"(#{1,6}) +")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_BULLET = re.compile(r"[*+•-] ")
_STRONG = re.compile(r"\*\*([^*]{1,300})\*\*|__([^_]{1,300})__")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#x27;": "'", "&nbsp;": " ", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
#: The end of link number n is written \x01n\x01, a removed line end \x02: no decoded text holds these characters.
_MARKED = re.compile(r"\x01(\d{1,7})\x01")


def is_markdown(text: str) -> bool:
    """Whether the text holds links or headings as only a tool writes them."""
    return text.count("[") + text.count("\\") <= _MOST_SIGNS and (
        _LINKED_HEADING.search(text) is not None
        or _occurs(_LINKED, text, _ENOUGH)
        or _occurs(_HEADED, text, _ENOUGH) or _occurs(_REFERENCED, text, _ENOUGH_REFERENCES)
    )


def unlinked(text: str) -> list[Line]:
    """The text's lines without markup: paragraphs on one line each, with their links beside them."""
    references = {int(number): address for number, address in _DEFINITION.findall(text)}
    if references:
        text = _DEFINITION.sub("", text)
    # A wrapped address moves to one line, and the line end it held is counted where it was.
    text = _WRAPPED_ADDRESS.sub("\\1\x02", text)
    return list(_paragraphs(_Unlinking(references).lines(text)))


def _occurs(pattern: re.Pattern[str], text: str, times: int) -> bool:
    return sum(1 for _ in zip(range(times), pattern.finditer(text), strict=False)) == times


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


@dataclass(frozen=True, slots=True)
class _Raw:
    """A line of the dump with its links marked."""

    number: int
    text: str
    soft: bool


class _Unlinking:
    """One pass over a text; brackets wait on a short stack until their link ends."""

    def __init__(self, references: Mapping[int, str]) -> None:
        self._references = references
        self._targets: list[str] = []
        self._pieces: list[str | _Break] = []
        self._openers: deque[_Opener] = deque(maxlen=_DEPTH)

    def lines(self, text: str) -> Iterator[tuple[_Raw, tuple[str, ...]]]:
        """Each line with its markers, and the addresses its markers stand for."""
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
            glued = isinstance(before, str) and before[-1:].isalnum() or before == "\x01"
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
        inside = self._pieces[place + 1 : place + 1 + _SHORT_LINK]
        return all(isinstance(piece, str) for piece in inside) and sum(map(len, map(str, inside))) <= _SHORT_LINK

    def _split(self) -> Iterator[tuple[_Raw, tuple[str, ...]]]:
        line, parts = _Break(1), list[str]()
        for piece in [*self._pieces, _Break(0)]:
            if isinstance(piece, str):
                parts.append(piece)
                continue
            text = "".join(parts)
            targets = tuple(self._targets[int(place)] for place in _MARKED.findall(text)[:MOST_TARGETS])
            yield _Raw(line.number, text, line.soft), targets
            line, parts = piece, []


def _paragraphs(raws: Iterable[tuple[_Raw, tuple[str, ...]]]) -> Iterator[Line]:
    """Lines joined to paragraphs. Inside a link every line end is a wrap; outside, one between plain text lines."""
    lines = list(raws)
    width = wrap_width(len(left.text) for (left, _), (right, _) in zip(lines, lines[1:], strict=False) if right.text)
    current: Line | None = None
    last = ""
    after_blank, after_link = True, False
    for raw, targets in lines:
        line = _line(raw, targets, after_blank=after_blank)
        if line is None:
            after_blank = True
            continue
        if current is not None and _UNDERLINE.fullmatch(line.text) and not line.after_blank and not current.heading:
            current = replace(current, heading=1 if line.text[0] == "=" else 2)
        elif current is not None and _goes_on(current, last, line, raw, width, after_link=after_link):
            current = join(current, line)
        else:
            if current is not None:
                yield current
            current = line
        last = raw.text.strip()
        after_blank, after_link = False, last.endswith("\x01")
    if current is not None:
        yield current


def _line(raw: _Raw, targets: tuple[str, ...], *, after_blank: bool) -> Line | None:
    """The line without markup; None where nothing is left of it."""
    text = _ENTITY.sub(lambda found: _ENTITIES[found[0]], _MARKED.sub("", raw.text)).rstrip()
    indent = len(text) - len(text.lstrip())
    text = _PLACEHOLDER.sub(r"[\1]", text)
    text = _SPACES.sub(" ", _HARD_BREAK.sub("", text.strip())).strip()
    if not text and not targets:
        return None
    found = _HEADING.match(text)
    if found:
        text = text[found.end() :].rstrip("#").rstrip()
    strong = _STRONG.fullmatch(text)
    if strong:
        text = strong[1] or strong[2]
    return Line(raw.number, text, indent, after_blank, len(found[1]) if found else 0, targets)


def _goes_on(current: Line, last: str, line: Line, raw: _Raw, width: int, *, after_link: bool) -> bool:
    """Whether ``line`` belongs to the paragraph or heading ``current``, which ended in the raw line ``last``."""
    if line.after_blank or line.heading or len(current.text) > MAX_LINE:
        return False
    full = is_full(last, line.text, width)
    if _BULLET.match(line.text):
        return not is_special(line) and (full or (raw.soft and len(line.text) > _SHORT_LINK))
    if not current.heading and begins_paragraph(current.text, line.indent, current.indent):
        return False
    if raw.soft:
        return True
    if is_special(current) or not (may_go_on(line) or is_rest(replace(current, text=last), line, width)):
        return False
    if current.heading:
        return full or line.indent > current.indent + 1
    return not after_link
