"""A reading list for other programs: BibTeX and Markdown. Pure; both come as text to be written in UTF-8."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from urllib.parse import quote

from bot import identity
from bot.cleaning import display
from bot.models import Paper, Save

ARXIV = "https://arxiv.org/abs"
#: Authors that a Markdown line names.
_NAMED = 3
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
#: What Markdown, or what reads it, takes for more than text; an address in a title is no link of ours.
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&@$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_CATEGORY = re.compile(r"[A-Za-z][A-Za-z.-]{1,19}")
#: Letters that Unicode does not decompose.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})
#: Marks that turn the direction of text around them.
_TURNING = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


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


def markdown(rows: Sequence[tuple[Save, Paper]]) -> str:
    """One item a paper, in the order given: title, linked where the id is known, authors, day, and when it was saved."""
    lines = [f"- {_item(save, paper)}\n" for save, paper in rows]
    return "".join(("# Reading list\n\n", *lines))


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
        if paper.categories and _CATEGORY.fullmatch(paper.categories[0]):
            yield "primaryclass", f"{{{paper.categories[0]}}}"
        yield "url", f"{{{_arxiv_url(paper.arxiv_id)}}}"


def _arxiv_url(arxiv_id: str) -> str:
    return f"{ARXIV}/{quote(arxiv_id, safe='/')}"


def _author(name: str) -> str:
    """A name as BibTeX takes it; one that its grammar would split is kept whole by braces."""
    written = _tex(name)
    is_split = "," in written or " and " in f" {written.casefold()} "
    return f"{{{written}}}" if is_split else written


def _tex(text: str) -> str:
    return _plain(text).translate(_TEX)


def _plain(text: str) -> str:
    """One line without control characters, lone surrogates and marks that turn the direction."""
    kept = (char for char in text if unicodedata.category(char) not in ("Cs", "Cn") and char not in _TURNING)
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in kept).split())


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


def _item(save: Save, paper: Paper) -> str:
    title = _marked(display(paper.title)) or "Untitled"
    parts = [f"[{title}]({_destination(identity.paper_url(paper))})" if paper.arxiv_id else f"**{title}**"]
    if who := _who(paper):
        parts.append(who)
    if day := paper.day():
        parts.append(_spoken(day))
    if paper.code_url and paper.code_url.startswith(("https://", "http://")):
        parts.append(f"[code]({_destination(paper.code_url)})")
    parts.append(f"saved {save.at.date().isoformat()}")
    return " · ".join(parts)


def _who(paper: Paper) -> str:
    if not paper.authors:
        return f"{paper.author_count} authors" if (paper.author_count or 0) > 1 else ""
    named = ", ".join(_marked(name) for name in paper.authors[:_NAMED])
    more = len(paper.authors) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _marked(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\g<0>", _plain(text))


def _destination(url: str) -> str:
    """An address that ends nowhere but at its end."""
    return quote(_plain(url), safe="/:?#@!$&'*+,;=%~[]._-", errors="replace")
