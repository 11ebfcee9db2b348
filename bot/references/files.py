"""A file of what to follow, as text."""

from __future__ import annotations

from bot.errors import UserError
from bot.interests import MOST_INTERESTS
from bot.references.bibtex import is_bibtex
from bot.references.pasted import from_line
from bot.references.ris import is_ris

#: How pages and documents begin, which are no lists.
_NO_LISTS = (b"<!doctype", b"<html", b"<?xml", b"%pdf-", b"{\\rtf", b"pk\x03\x04")


def read_library(content: bytes, name: str) -> str:
    """The text of a file that holds BibTeX, RIS, or a list of at most as many things as may be followed.

    UTF-8, else what older programs write (Windows-1252). Raises UserError, with ``name``: of any other text each line would
    be followed as a phrase.
    """
    if b"\0" in content or content.lstrip()[:9].lower().startswith(_NO_LISTS):
        raise UserError(f"{name} is no list: give a .bib or .ris file, or a text of links and ids, one a line.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if is_bibtex(text) or is_ris(text):
        return text
    things = sum(1 for line in text.splitlines() for _ in from_line(line))
    if not things:
        raise UserError(f"{name} is empty.")
    if things > MOST_INTERESTS:
        raise UserError(
            f"{name} is neither BibTeX nor RIS, and it has {things:,} lines: a list may have {MOST_INTERESTS}."
        )
    return text
