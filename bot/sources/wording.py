"""Text as sources give it, brought to the form in which it is kept: verbatim, line breaks folded, nothing hidden.

Titles are one line. Abstracts are paragraphs parted by one blank line: arXiv begins a further paragraph with a
line break and two spaces, and tools that turn line breaks into spaces leave three spaces behind a full stop.
"""

from __future__ import annotations

import re

from bot.sources.decoding import MAX_LINE, fold

#: Real titles have up to 202 characters, in any language; nothing longer is a title.
TITLE_LONGEST = 1_000
ABSTRACT_LONGEST = MAX_LINE
NAME_LONGEST = 300
URL_LONGEST = 2_000

_SURROGATE = re.compile("[\ud800-\udfff]")
_PARAGRAPH = re.compile(r"\n {2,}|\n *\n|(?<=[.!?:)]) {3,}")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def clean(text: str) -> str:
    """The text without controls and invisible characters; a lone surrogate, which no encoding holds, becomes U+FFFD."""
    return fold(_SURROGATE.sub("\ufffd", text))


def one_line(text: str) -> str:
    """A title or a name with all white space folded."""
    return " ".join(clean(text).split())


def paragraphs(text: str) -> str:
    """An abstract as paragraphs parted by one blank line."""
    folded = (" ".join(part.split()) for part in _PARAGRAPH.split(clean(text).strip()))
    return "\n\n".join(part for part in folded if part)


def web_address(text: str) -> str | None:
    """The text as an address of the web, None if it is anything else."""
    text = text.strip()
    return text if len(text) <= URL_LONGEST and _ADDRESS.fullmatch(text) else None
