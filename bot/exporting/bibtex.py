"""A reading list as BibTeX that every program takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot import identity
from bot.cleaning import display
from bot.exporting.lines import arxiv_url, categories, plain
from bot.models import Paper

#: Words that say nothing in a citation key.
_EMPTY = frozenset(
    {"a", "an", "the", "on", "of", "for", "in", "to", "and", "with", "from", "is", "are", "towards", "via"}
)
#: BibTeX counts braces whether or not a backslash stands before them, so they are written as commands.
_TEX = str.maketrans(
    {
        "\\": r"{\textbackslash}",
        "{": r"{\textbraceleft}",
        "}": r"{\textbraceright}",
        "^": r"{\textasciicircum}",
        "~": r"{\textasciitilde}",
        **{sign: f"\\{sign}" for sign in "&%$#_"},
    }
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Letters that Unicode does not decompose.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})


def bibtex(papers: Iterable[Paper]) -> str:
    """One ``@misc`` entry a paper, in their order: title, authors, year, month; eprint and URL where the id is known.

    Keys are made of author, year and title and are unique within the file.
    """
    taken: set[str] = set()
    entries: list[str] = []
    for paper in papers:
        key = _free(_key(paper), taken)
        fields = "".join(f"  {name} = {value},\n" for name, value in _fields(paper))
        entries.append(f"@misc{{{key},\n{fields}}}\n")
    return "\n".join(entries)


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    # The second pair of braces keeps capitals as they are.
    yield "title", f"{{{{{_tex(display(paper.title))}}}}}"
    if paper.authors:
        yield "author", f"{{{' and '.join(_author(name) for name in paper.authors)}}}"
    day = paper.day()
    if day:
        yield "year", f"{{{day.year}}}"
        yield "month", _MONTHS[day.month - 1]
    if paper.arxiv_id:
        yield "eprint", f"{{{_tex(paper.arxiv_id)}}}"
        yield "archiveprefix", "{arXiv}"
        if categories(paper.categories[:1]):
            yield "primaryclass", f"{{{paper.categories[0]}}}"
        yield "url", f"{{{arxiv_url(paper.arxiv_id)}}}"


def _author(name: str) -> str:
    """A name as BibTeX takes it; one that its grammar would split is kept whole by braces."""
    written = _tex(name)
    is_split = "," in written or " and " in f" {written.casefold()} "
    return f"{{{written}}}" if is_split else written


def _tex(text: str) -> str:
    return plain(text).translate(_TEX)


def _key(paper: Paper) -> str:
    """``lovelace2025sparse``: the first author's last name, the year, the first word of the title that says something."""
    author = _ascii(paper.authors[0].split()[-1]) if paper.authors and paper.authors[0].split() else ""
    words = [_ascii(word) for word in display(paper.title).split()]
    word = next((one for one in words if one and one not in _EMPTY), "")
    day = paper.day()
    key = f"{author}{day.year if day else ''}{word}"
    return key if key[:1].isalpha() else f"paper{key}"


def _ascii(text: str) -> str:
    return "".join(char for char in identity.folded(text).translate(_LETTERS) if char.isascii() and char.isalnum())[:30]


def _free(key: str, taken: set[str]) -> str:
    """The key, with a number behind it if another entry has it."""
    free, number = key, 1
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    taken.add(free)
    return free
