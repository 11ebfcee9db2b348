"""Which paper a text speaks of: title keys, abstract hashes, arXiv ids, and the ids and links made from them.

Pure. A paper is known by its aliases: ``arxiv:<id>``, ``title:<key>`` and ``abstract:<hash>``. Two ids never share an
alias among 13,610 papers of the site, so equal aliases mean one paper, except where two arXiv ids differ.
"""

# ruff: noqa: RUF001 - the letters are what is folded here
from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from typing import Literal
from urllib.parse import quote

from bot import latex
from bot.arxiv_ids import find_arxiv_id, normalise_arxiv_id, refused_arxiv_id, without_subject
from bot.models import Entry, Paper

__all__ = [
    "abstract_key",
    "aliases",
    "arxiv_alias",
    "find_arxiv_id",
    "folded",
    "is_real_abstract",
    "link_kind",
    "normalise_arxiv_id",
    "paper_id",
    "paper_url",
    "refused_arxiv_id",
    "text_hash",
    "title_key",
]

SITE = "https://huggingface.co/papers"

_KEY_DIGITS = 16
_ID_DIGITS = 15
#: Shorter abstracts are stock phrases ("No abstract available.") as often as not; real ones begin at 165 characters.
_SHORTEST_SIGN = 100
#: Letters that Unicode does not decompose.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
#: White space and punctuation may make a repeated title longer, but not by more than this factor.
_LONGER_AT_MOST = 3
#: The one command of maths that Daily Papers drops by name; of the others it leaves the word.
_FRACTION = re.compile(r"\\[dt]?frac(?![A-Za-z])")
#: Canonical combining classes of marks that only colour a letter; others spell a vowel or another consonant
#: (Indic and Thai vowel signs, kana voicing) and belong to the word.
_OVERLAY, _POINTS, _ATTACHED = 1, range(10, 37), 200
#: Variation selectors choose the picture of a sign; they are marks by category only.
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def title_key(title: str, abstract: str | None = None) -> str:
    r"""16 hex digits that titles of one paper share, however they were printed.

    Case, accents (also in LaTeX), punctuation, white space and text commands such as ``\textit`` do not matter;
    letters and digits of every script do. A title without any is known by its abstract, else by its signs.
    """
    spelt = _spelt(title)
    if not spelt:
        spelt = abstract_key(abstract) if abstract else " ".join(title.split())
    return _digest(spelt)[:_KEY_DIGITS]


def _spelt(title: str) -> str:
    plain = latex.unwrapped(latex.letters(_FRACTION.sub("", title)))
    if not plain.isascii():
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", plain).casefold())
        spelt = "".join(char for char in folded if _spells(char)).translate(_PLAIN)
        return spelt if any(map(str.isalnum, spelt)) else ""
    return "".join(char for char in plain.casefold() if char.isalnum())


def _spells(char: str) -> bool:
    if char.isalnum():
        return True
    marks = unicodedata.combining(char)
    coloured = marks == _OVERLAY or marks in _POINTS or marks >= _ATTACHED
    return not coloured and unicodedata.category(char) in ("Mn", "Mc") and char not in _SELECTORS


def abstract_key(text: str) -> str:
    """64 hex digits that abstracts share when only their white space differs."""
    return _digest(" ".join(text.split()))


def text_hash(text: str) -> bytes:
    """16 bytes that stand for exactly this text, for caches."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def arxiv_alias(arxiv_id: str) -> str:
    """The alias of an arXiv id, the same with and without a subject class."""
    return f"arxiv:{without_subject(arxiv_id)}"


def aliases(told: Entry | Paper) -> tuple[str, ...]:
    """Everything by which this paper can be known, surest first: arXiv id, titles, whole abstracts."""
    if isinstance(told, Paper):
        titles = [told.title, *(title.value for title in told.titles)]
        abstracts = [told.abstract, *(abstract.value for abstract in told.abstracts)]
    else:
        titles, abstracts = [told.title], [told.abstract]
    signs = [
        abstract
        for abstract in abstracts
        if abstract
        and not told.abstract_partial
        and len(abstract) >= _SHORTEST_SIGN
        and is_real_abstract(abstract, titles, told.ai_summary)
    ]
    names = [arxiv_alias(told.arxiv_id)] if told.arxiv_id else []
    names += [f"title:{title_key(title, told.abstract)}" for title in titles]
    names += [f"abstract:{abstract_key(abstract)}" for abstract in signs]
    return tuple(dict.fromkeys(names))


def is_real_abstract(abstract: str, titles: list[str], ai_summary: str | None) -> bool:
    """Whether a text that stands for an abstract is one: not blank, not a title over again, not a model's summary."""
    folded = abstract_key(abstract)
    if ai_summary is not None and folded == abstract_key(ai_summary):
        return False
    may_be_title = len(abstract) <= _LONGER_AT_MOST * max(map(len, titles), default=0)
    return bool(abstract.strip()) and not (may_be_title and title_key(abstract) in map(title_key, titles))


def paper_id(told: Entry | Paper) -> str:
    """The internal id of a paper that is new: "p" and 15 hex digits, always the same for the same paper."""
    sign = arxiv_alias(told.arxiv_id) if told.arxiv_id else f"title:{title_key(told.title, told.abstract)}"
    return f"p{_digest(sign)[:_ID_DIGITS]}"


def paper_url(paper: Paper) -> str:
    """The paper's page on Daily Papers, or a search for its title there until its id is known."""
    if paper.arxiv_id:
        return f"{SITE}/{quote(paper.arxiv_id, safe='/')}"
    return f"{SITE}?q={quote(' '.join(paper.title.split()), safe='', errors='replace')}"


def link_kind(paper: Paper) -> Literal["paper", "search"]:
    """What ``paper_url`` leads to."""
    return "paper" if paper.arxiv_id else "search"


def folded(text: str) -> str:
    """The words of a name for comparison: lower case, without accents and punctuation, one blank between them."""
    # Twice: what is taken apart may be upper case, and what is folded may be taken apart again.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())
