"""Page formats: the bytes of one dump to a ``Reading``. A format is told by content, never by name.

    bytes ─► decoding ─► the first format that recognises the text ─► Reading, or DumpRefused

A new format is one module with ``recognises`` and ``read``, and one line in ``FORMATS``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import NamedTuple, Protocol

from bot.errors import DumpRefused
from bot.models import Reading
from bot.sources import feed, html_page, json_api, mhtml, text
from bot.sources.decoding import decode

log = logging.getLogger(__name__)

__all__ = ["FORMATS", "digest", "read"]


class Reader(Protocol):
    """Reads the papers of one format, or raises DumpRefused."""

    def __call__(
        self, text: str, *, name: str, today: date, page_year: int | None = None, force: bool = False
    ) -> Reading: ...


class DumpFormat(NamedTuple):
    """One format: what it is called, how a text of it is recognised, and what reads it."""

    name: str
    recognises: Callable[[str], bool]
    read: Reader


#: The first that recognises a text reads it; what nothing else claims is a page saved as text.
FORMATS = (
    DumpFormat("json", json_api.recognises, json_api.read),
    DumpFormat("feed", feed.recognises, feed.read),
    DumpFormat("html", html_page.recognises, html_page.read),
    DumpFormat("mhtml", mhtml.recognises, mhtml.read),
    DumpFormat("text", bool, text.read),
)


def read(content: bytes, *, name: str, today: date, page_year: int | None = None, force: bool = False) -> Reading:
    """What one dump says.

    ``name`` is the file as refusals name it, ``today`` the day of ingestion (UTC), ``page_year`` the year a person
    gives for a page that prints none; ``force`` keeps the certain papers of an ambiguous text.
    Raises DumpRefused when nothing of the dump can be used.
    """
    decoded = decode(content, name=name)
    try:
        chosen = next(known for known in FORMATS if known.recognises(decoded))
        return chosen.read(decoded, name=name, today=today, page_year=page_year, force=force)
    except DumpRefused:
        raise
    except Exception as mistake:
        # A page is hostile until it is read: whatever it makes of a reader, the pages after it are read.
        log.exception("a reader failed on %r", name)
        reason = "Paperbot made a mistake over this page. Keep the file and report it; the log says more."
        raise DumpRefused("READER_FAILED", reason, file=name) from mistake


def digest(content: bytes) -> str:
    """SHA-256 (hex) of the decoded text: the same page saved with other line ends or byte order mark is one dump.

    Raises DumpRefused like ``read`` for bytes that are no text.
    """
    return sha256(decode(content, name="").encode()).hexdigest()
