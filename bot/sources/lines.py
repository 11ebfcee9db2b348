"""What one line of a saved page is: furniture of the site, a piece of a paper's meta data, a title, an abstract."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.models import PrintedDate
from bot.sources.dates import printed_date
from bot.sources.furniture import card_foot, is_banner, is_furniture, is_noise
from bot.sources.links import Link, link

#: Measured on 13,610 real papers: no title is longer or ends in a full stop, one abstract in 13,610 is shorter.
ABSTRACT_LENGTH = 205
SHORT_ABSTRACT_LENGTH = 120
TITLE_LENGTH = 300
ORGANISATION_LENGTH = 120
#: No line of furniture or meta data is longer, so no pattern ever sees more.
_PATTERN_LENGTH = 200
#: A line of the site holds fewer links.
MOST_TARGETS = 8

_BULLETS = re.compile(r"(?:[•*·+-]\s+)+")
_AUTHORS = re.compile(r"(\d{1,4}) authors?", re.ASCII)
_NUMBER = re.compile(r"(?P<box>(?:[*-] )?\[[-x ]?\] ?)?(?P<number>-|\d{1,5})", re.ASCII)
SEPARATORS = frozenset("·•|")
_TRUNCATED = re.compile(r"\[?(?:Content|Text|Output) truncated\]?\.{0,3}", re.IGNORECASE)
_BUTTON = "(BUTTON)"

_TAIL_END = (".", ":", ";", ",")
_TAIL = re.compile(
    r"https?://|www\.|^(?:[•*+-] |\(?[1-9i]{1,3}\) )"
    r"|^(?:(?:our|the|all) )?(?:source )?(?:code|project|data|demo|models?|dataset|weights)\b.{0,80}\b(?:is|are|at|page)\b",
    re.IGNORECASE,
)


class Kind(Enum):
    """What a line is; SHORT is a title, an organisation or a last paragraph: its neighbours decide."""

    #: Furniture of the site.
    CHROME = auto()
    #: Furniture that stands only at the top of a page.
    BANNER = auto()
    #: Bullets, rules, check boxes and pictures, which any page has.
    NOISE = auto()
    AUTHORS = auto()
    SEPARATOR = auto()
    DATE = auto()
    META = auto()
    NUMBER = auto()
    ADDRESS = auto()
    ABSTRACT = auto()
    SHORT = auto()
    TRUNCATED = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the dump, or several that were one before a tool wrapped them."""

    #: From 1, where it begins in the dump.
    number: int
    #: Without white space at either end.
    text: str
    #: Columns of white space before it.
    indent: int = 0
    #: A blank line stands before it.
    after_blank: bool = False
    #: 1 to 6 for a heading, else 0.
    heading: int = 0
    #: Where its links lead, in order.
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A line with its kind and what was read from it."""

    line: Line
    kind: Kind
    authors: int | None = None
    organisation: str | None = None
    date: PrintedDate | None = None
    #: The number on the line: after a date the comments, alone what its neighbours make of it; "-" is 0.
    number: int | None = None
    #: The number is labelled as upvotes, or is the "-" that only upvotes have.
    is_upvotes: bool = False
    #: A card's "Upvote" label: its number belongs to the paper above it.
    is_label: bool = False
    links: tuple[Link, ...] = ()

    @property
    def text(self) -> str:
        """The line's text."""
        return self.line.text


def classify(line: Line) -> Unit:
    """The line's kind by its own text; the first rule that fits decides."""
    links = tuple(found for target in line.targets if (found := link(target)))
    if not line.text:
        return Unit(line, Kind.ADDRESS, links=links)
    unit = (_pattern(line) if len(line.text) <= _PATTERN_LENGTH else None) or _prose(line)
    return replace(unit, links=(*links, *unit.links)) if links else unit


def is_special(line: Line) -> bool:
    """Whether the line is complete by itself: furniture, meta data, an address; never part of a paragraph."""
    return not line.text or (len(line.text) <= _PATTERN_LENGTH and _pattern(line) is not None)


def may_go_on(line: Line) -> bool:
    """Whether a line may be the middle or end of a wrapped paragraph: prose, or an address that leads off the site."""
    if not line.text:
        return False
    if " " in line.text:
        return not is_special(line)
    found = None if line.text.startswith("/") else link(line.text)
    return found in (Link(), Link(repository=found.repository)) if found else not is_special(line)


def is_tail_like(text: str) -> bool:
    """Whether a short line reads like the end of an abstract rather than a title."""
    return text.endswith(_TAIL_END) or _TAIL.search(text[:ABSTRACT_LENGTH]) is not None


def ends_abstract(text: str) -> bool:
    """Whether a last line is surely no title that was cut off: a sentence, or a line with an address."""
    return text.endswith(".") or "://" in text or "www." in text


def without_bullets(text: str) -> str:
    """The text behind list markers."""
    found = _BULLETS.match(text[:_PATTERN_LENGTH])
    return text[found.end() :] if found else text


def _prose(line: Line) -> Unit:
    length = len(line.text)
    if length > ABSTRACT_LENGTH or (length >= SHORT_ABSTRACT_LENGTH and line.text.endswith(".")):
        return Unit(line, Kind.ABSTRACT)
    return Unit(line, Kind.SHORT if length > 2 else Kind.UNKNOWN)  # noqa: PLR2004 - the shortest title has three


def _pattern(line: Line) -> Unit | None:
    """The unit of a line that is furniture, meta data or an address; None for prose."""
    text = line.text
    if "runcated" in text and _TRUNCATED.fullmatch(text):
        return Unit(line, Kind.TRUNCATED)
    if text in SEPARATORS:
        return Unit(line, Kind.SEPARATOR)
    if found := _NUMBER.fullmatch(text):
        number = found["number"]
        is_upvotes = bool(found["box"]) or number == "-"
        return Unit(line, Kind.NUMBER, number=0 if number == "-" else int(number), is_upvotes=is_upvotes)
    bare = without_bullets(text).removeprefix(_BUTTON).lstrip()
    return _meta(line, bare) or _furniture(line, bare) or _address(line)


def _meta(line: Line, bare: str) -> Unit | None:
    if found := _AUTHORS.fullmatch(bare):
        return Unit(line, Kind.AUTHORS, authors=int(found[1]))
    if found := printed_date(bare):
        return Unit(line, Kind.DATE, date=found[0], number=found[1])
    for separator in (" · ", " • ", " | "):
        who, cut, when = bare.rpartition(separator)
        if cut and len(who) <= ORGANISATION_LENGTH and (found := printed_date(when.strip())):
            authors = _AUTHORS.fullmatch(who)
            return Unit(
                line,
                Kind.META,
                authors=int(authors[1]) if authors else None,
                organisation=None if authors else who,
                date=found[0],
                number=found[1],
            )
    return None


def _furniture(line: Line, bare: str) -> Unit | None:
    if is_banner(bare):
        return Unit(line, Kind.BANNER)
    if is_noise(bare):
        return Unit(line, Kind.NOISE)
    if foot := card_foot(bare):
        return Unit(line, Kind.CHROME, number=foot.upvotes, is_label=foot.is_upvote_label)
    return Unit(line, Kind.CHROME) if is_furniture(bare) else None


def _address(line: Line) -> Unit | None:
    if " " in line.text:
        return None
    found = link(line.text)
    return Unit(line, Kind.ADDRESS, links=(found,)) if found else None
