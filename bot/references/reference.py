"""One thing that is meant, and how an entry of a library becomes one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot import cleaning, identity
from bot.interests import LONGEST_PHRASE, short

_FACTS = ("author:", "org:", "cat:")
_NAMELESS = "An entry without a key"


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing that is meant."""

    #: As a person would call it: a title, a line, or the key of an entry.
    said: str
    #: What to follow, in this order: the first that is known, else the last. Empty: nothing in it can be looked for.
    words: tuple[str, ...]
    #: Why nothing in it can be looked for, in a sentence, where more is known.
    problem: str = ""


def is_fact(words: str) -> bool:
    """These words ask for an author, an organisation or a category."""
    return words.startswith(_FACTS)


def is_link(words: str) -> bool:
    """These words are a web address."""
    return words.casefold().startswith(("http://", "https://"))


def entry(title: str, arxiv_id: str | None, key: str) -> Reference:
    """An entry of a library by what it tells: its arXiv id first, then its title."""
    title = " ".join(cleaning.display(title).replace("{", "").replace("}", "").split())
    words = [arxiv_id] if arxiv_id else []
    if any(character.isalnum() for character in title):
        # a title that looks like a fact is none: facts are written in lower case
        words.append((title[:1].upper() + title[1:] if is_fact(title) else title)[:LONGEST_PHRASE])
    return Reference(short(title or arxiv_id or key or _NAMELESS), tuple(words))


def broken(key: str, problem: str) -> Reference:
    """An entry of which nothing is taken, and why."""
    return Reference(short(key or _NAMELESS), (), problem)


def first_id(told: Iterable[tuple[str, bool]]) -> str | None:
    """The first arXiv id in these values, surest first; with each whether more than the id may stand in it."""
    found = (
        identity.normalise_arxiv_id(value) or (identity.find_arxiv_id(value) if is_free else None)
        for value, is_free in told
        if value
    )
    return next((one for one in found if one), None)


def as_doi(value: str) -> str:
    """A DOI as an address, whether or not it was one."""
    return value if not value or value.startswith("http") else f"https://doi.org/{value}"
