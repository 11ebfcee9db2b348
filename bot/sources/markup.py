"""HTML to a tree, unless it was made to explode: what a parser must do for HTML5 can be quadratic in its length."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})([^<>]*)")
#: Elements that end by themselves, or hold nothing.
_BRIEF = frozenset(
    {"br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option", "p", "path", "source", "td", "tr"}
)
#: Elements that are opened again in every block while they are not closed.
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
#: 10,000 elements in each other, or 100 MB of formatting opened again; a real page needs a thousandth of it.
_MOST_STEPS = 50_000_000
_MOST_COPIES = 100_000_000
#: A page of 5,000 cards has fewer; so many take some 200 MB as a tree.
_MOST_TAGS = 1_000_000


def is_tangled(html: str) -> bool:
    """Whether a parser would take more than a moment for this HTML; linear in its length."""
    depth = steps = copied = copies = 0
    formatting: list[int] = []
    for tags, found in enumerate(_TAG.finditer(html)):
        closes, name = found[1], found[2].lower()
        if name in _FORMATTING:
            if not closes:
                formatting.append(len(found[0]))
                copied += len(found[0])
            elif formatting:
                copied -= formatting.pop()
        elif name not in _BRIEF and not found[3].endswith("/"):
            depth = max(0, depth - 1) if closes else depth + 1
        # Many a start tag looks for open paragraphs in all elements around it, and opens formatting again.
        steps += depth
        copies += copied
        if tags > _MOST_TAGS or steps > _MOST_STEPS or copies > _MOST_COPIES:
            return True
    return False


def parse(html: str) -> LexborHTMLParser:
    """The tree of HTML that is not tangled."""
    return LexborHTMLParser(html)


def text_of(node: LexborNode | None) -> str:
    """The visible text of a node on one line."""
    return " ".join(node.text().split()) if node is not None else ""


def attribute(node: LexborNode, name: str) -> str:
    """An attribute's value, empty where there is none."""
    return node.attributes.get(name) or ""


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """The elements around a node, innermost first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent
