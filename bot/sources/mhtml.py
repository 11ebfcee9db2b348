"""Pages that a browser saved as one file (MHTML): the page's HTML is one part of an e-mail message."""

from __future__ import annotations

import re
from datetime import date
from email import message_from_string
from email.message import Message

from bot.errors import DumpRefused
from bot.models import Reading
from bot.sources import html_page
from bot.sources.decoding import fold
from bot.sources.gathering import beginning

_HEAD = 3_000
_PARTS = 5_000
_HEADER = re.compile(r"\s*(?:[A-Z][A-Za-z-]{1,40}:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_RELATED = re.compile(r"^Content-Type:\s*multipart/related\b", re.IGNORECASE | re.MULTILINE)


def recognises(text: str) -> bool:
    """Whether a text begins with the header of a message of related parts."""
    head = text[:_HEAD]
    found = _HEADER.match(head)
    return found is not None and _RELATED.search(found[0]) is not None


def read(text: str, *, name: str, today: date, page_year: int | None = None, force: bool = False) -> Reading:
    """The papers of the saved page, as of its HTML; lines are those of the HTML.

    Raises DumpRefused as for HTML, with ``NOT_A_PAPERS_PAGE`` where no part is HTML.
    """
    message = message_from_string(text.lstrip())
    for part, _ in zip(message.walk(), range(_PARTS), strict=False):
        if part.get_content_type() == "text/html" and html_page.recognises(html := _decoded(part)):
            return html_page.read(html, name=name, today=today, page_year=page_year, force=force)
    line, excerpt = beginning(text)
    sentence = "The file is a saved page, but no part of it is the HTML of a page of papers."
    raise DumpRefused("NOT_A_PAPERS_PAGE", sentence, file=name, line=line, excerpt=excerpt)


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    return fold(content.decode("utf-8", "replace")) if isinstance(content, bytes) else ""
