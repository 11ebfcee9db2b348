"""A reading list as RIS, which reference managers read: https://en.wikipedia.org/wiki/RIS_(file_format)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.cleaning import display
from bot.exporting.lines import arxiv_url, categories, plain
from bot.models import Paper

_END = "\r\n"
#: Last words of names that are no person's.
_GROUPS = frozenset(
    {"team", "teams", "group", "collaboration", "consortium", "lab", "labs", "project", "initiative", "ai", "research"}
)
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})


def ris(papers: Iterable[Paper]) -> str:
    """One entry a paper, in their order: title, authors, date, categories; number and address where the id is known.

    Each line is a tag, two blanks, a dash, a blank and a value, and ends with CR LF.
    """
    entries = ("".join(f"{tag}  - {value}{_END}" for tag, value in _fields(paper)) for paper in papers)
    return _END.join(f"{entry}ER  - {_END}" for entry in entries)


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TY", "GEN"
    yield "TI", plain(display(paper.title))
    for name in paper.authors:
        if said := plain(name):
            yield "AU", _last_first(said)
    if day := paper.day():
        yield "PY", f"{day.year}"
        yield "DA", f"{day.year}/{day.month:02}/{day.day:02}"
    for category in categories(paper.categories):
        yield "KW", category
    if paper.arxiv_id:
        yield "M1", f"arXiv:{plain(paper.arxiv_id)}"
        yield "DB", "arXiv"
        yield "UR", arxiv_url(paper.arxiv_id)


def _last_first(name: str) -> str:
    """``Quill, Ada``; lower-case words before the last name belong to it, and a group's name stays whole."""
    words = name.split()
    if "," in name or len(words) == 1 or words[-1].casefold() in _GROUPS:
        return name
    suffix = words.pop() if len(words) > 2 and words[-1].casefold() in _SUFFIXES else ""  # noqa: PLR2004 - first, last
    start = len(words) - 1
    while start > 1 and words[start - 1].islower():
        start -= 1
    return ", ".join(filter(None, (" ".join(words[start:]), " ".join(words[:start]), suffix)))
