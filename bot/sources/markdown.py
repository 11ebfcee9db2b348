"""Text of tools that write Markdown: headings, links, escapes, wrapped paragraphs; each paragraph becomes one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from bot.sources.decoding import MAX_LINE
from bot.sources.lines import Line, is_special, may_go_on
from bot.sources.unlinking import SHORT_LINK, Row, unlinked_rows
from bot.sources.unwrapping import begins_paragraph, is_full, is_rest, join, wrap_width

#: More brackets and backslashes than any page of 5,000 papers has: such a text is not worth unlinking.
_MOST_SIGNS = 400_000
_ENOUGH = 3
_ENOUGH_REFERENCES = 8

_LINKED = re.compile(r"\]\(<?(?:https?:/|/|#)|^ {0,3}\[\d{1,5}\]: *<?(?:https?|file):", re.MULTILINE)
_HEADED = re.compile(r"^#{1,6} +\S", re.MULTILINE)
_LINKED_HEADING = re.compile(r"^#{1,6} +\[[^\n]{3,300}\]\(", re.MULTILINE)
#: One such link is enough: no abstract holds it.
_SITE_LINK = re.compile(r"\]\((?:https://huggingface\.co)?/(?:papers/|login\?|papers\))")
_REFERENCED = re.compile(r"\]\[\d{1,5}\]")
_HARD_BREAK = re.compile(r"\\+$|\\(?=  )")
_SPACES = re.compile(r" {2,}")
_PLACEHOLDER = re.compile(r"\[(?:图片|[Ii]mage|[Ll]ogo|[Ii]con|[Aa]vatar) ?[:\uff1a] ?([^\[\]\n]{0,100})\]")
_HEADING = re.compile(r"(#{1,6}) +")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_BULLET = re.compile(r"[*+•-] ")
_STRONG = re.compile(r"\*\*([^*]{1,300})\*\*|__([^_]{1,300})__")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#x27;": "'", "&nbsp;": " ", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))


def is_markdown(text: str) -> bool:
    """Whether the text holds links or headings as only a tool writes them."""
    return text.count("[") + text.count("\\") <= _MOST_SIGNS and (
        _LINKED_HEADING.search(text) is not None
        or _SITE_LINK.search(text) is not None
        or _occurs(_LINKED, text, _ENOUGH)
        or _occurs(_HEADED, text, _ENOUGH)
        or _occurs(_REFERENCED, text, _ENOUGH_REFERENCES)
    )


def unlinked(text: str) -> list[Line]:
    """The text's lines without markup: paragraphs on one line each, with their links beside them."""
    return list(_paragraphs(unlinked_rows(text)))


def _occurs(pattern: re.Pattern[str], text: str, times: int) -> bool:
    return sum(1 for _ in zip(range(times), pattern.finditer(text), strict=False)) == times


def _paragraphs(rows: Sequence[Row]) -> Iterator[Line]:
    """Rows joined to paragraphs. Inside a link every line end is a wrap; outside, one between plain text lines."""
    width = wrap_width(len(row.text) for row, after in pairwise(rows) if after.text)
    current: Line | None = None
    last: Row | None = None
    for row in rows:
        line = _line(row, after_blank=last is None)
        if line is None:
            last = None
            continue
        if current is not None and last is not None and _UNDERLINE.fullmatch(line.text) and not current.heading:
            current = replace(current, heading=1 if line.text.startswith("=") else 2)
        elif current is not None and last is not None and _goes_on(current, last, line, row, width):
            current = join(current, line)
        else:
            if current is not None:
                yield current
            current = line
        last = row
    if current is not None:
        yield current


def _line(row: Row, *, after_blank: bool) -> Line | None:
    """The line without markup; None where nothing is left of it."""
    text = _ENTITY.sub(lambda found: _ENTITIES[found[0]], row.text).rstrip()
    indent = len(text) - len(text.lstrip())
    text = _HARD_BREAK.sub("", _PLACEHOLDER.sub(r"[\1]", text.strip()))
    text = _SPACES.sub(" ", text).strip()
    if not text and not row.targets:
        return None
    found = _HEADING.match(text)
    if found:
        text = text[found.end() :].rstrip("#").rstrip()
    if strong := _STRONG.fullmatch(text):
        text = strong[1] or strong[2]
    return Line(row.number, text, indent, after_blank, len(found[1]) if found else 0, row.targets)


def _goes_on(current: Line, last: Row, line: Line, row: Row, width: int) -> bool:
    """Whether ``line`` belongs to the paragraph or heading ``current``, which ended in the row ``last``."""
    if line.heading or len(current.text) > MAX_LINE:
        return False
    written = last.text.strip()
    full = is_full(written, line.text, width)
    if _BULLET.match(line.text):
        return not is_special(line) and (full or (row.is_soft and len(line.text) > SHORT_LINK))
    if not current.heading and begins_paragraph(current.text, line.indent, current.indent):
        return False
    if row.is_soft:
        return True
    plain = may_go_on(line) or is_rest(replace(current, text=written), line, width)
    deeper = line.indent > current.indent + 1
    return plain and not is_special(current) and (full or deeper if current.heading else not last.ends_link)
