"""What somebody pastes, or gives as a file, to be followed. Pure and linear.

reference   one thing that is meant
pasted      links and ids, titles and phrases, one a line
bibtex      entries of BibTeX
ris         entries of RIS
files       what stands in a file

A library is taken apart entry by entry, each up to where the next one begins: what is broken in one costs it alone.
"""

from __future__ import annotations

from bot.references.bibtex import from_bibtex, is_bibtex
from bot.references.files import read_library
from bot.references.pasted import from_line
from bot.references.reference import Reference
from bot.references.ris import from_ris, is_ris

__all__ = ["Reference", "is_bibtex", "is_library", "is_ris", "read_library", "references"]


def is_library(text: str) -> bool:
    """Whether the text holds an entry of BibTeX or RIS."""
    return is_bibtex(text) or is_ris(text)


def references(text: str) -> tuple[Reference, ...]:
    """What a text means, each once, in order: RIS where there is an entry of it, or BibTeX, else line by line.

    A line of nothing but links and arXiv ids is as many things; a line that mentions a paper's link beside its title
    is that paper; every other line is itself, as words to follow.
    """
    entries = [*(from_ris(text) if is_ris(text) else from_bibtex(text))]
    found = entries or [one for line in text.splitlines() for one in from_line(line)]
    unique: dict[tuple[str, ...], Reference] = {}
    for one in found:
        unique.setdefault(tuple(word.casefold() for word in one.words) or (one.said,), one)
    return tuple(unique.values())
