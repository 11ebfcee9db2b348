"""What a person typed into a search, read into a ``Query``: words, quoted phrases and filters. Pure.

A filter is one word of the form ``name:value``: ``since: until: authors: has: org:``. Anything that only looks
similar (``GPT-4: a study``, an address, ``CUDA::cub``) is searched as words. All filters must hold together.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from bot.errors import BadFilter, EmptyQuery, UserError
from bot.identity import folded

MAX_LENGTH = 500
#: What ``has:`` may ask for.
FEATURES = ("code", "project", "comments")

_DOUBLE_QUOTES = str.maketrans("“”„‟«»\uff02", '"' * 7)
# Each part begins at a word's start; every alternative is linear in what it takes.
_PART = re.compile(r'\s*(?:([A-Za-z]{2,20}):(?!:|//)("[^"]*"|\S*)|"([^"]+)"|(\S+))')
_PERIOD = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_AUTHORS = re.compile(r"(>=|<=|>|<|=)?([0-9]{1,6})|([0-9]{1,6})\.\.([0-9]{1,6})")
#: Schemes and registries that people write with a colon.
_ORDINARY = frozenset({"arxiv", "doi", "http", "https", "isbn", "mailto", "urn"})
#: Words other tools use for the same, so that the refusal can name ours.
_ELSEWHERE = {
    "after": "since", "from": "since", "date": "since", "year": "since", "before": "until", "to": "until",
    "affiliation": "org", "company": "org", "institution": "org", "lab": "org", "university": "org",
    "is": "has", "with": "has",
}  # fmt: skip
#: What is no filter, but can be had otherwise.
_OTHERWISE = {
    "author": "Authors are found by their names alone.",
    "cat": "Categories can be followed, but not searched.",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a paper must fulfil; None and empty mean: anything. Days are inclusive."""

    since: date | None = None
    until: date | None = None
    fewest_authors: int | None = None
    most_authors: int | None = None
    has: frozenset[str] = frozenset()
    #: Each as ``folded`` gives it; a paper must have every one of them among its organisations.
    organisations: tuple[str, ...] = ()

    @property
    def by_day(self) -> bool:
        """The day matters."""
        return self.since is not None or self.until is not None

    @property
    def by_authors(self) -> bool:
        """The number of authors matters."""
        return self.fewest_authors is not None or self.most_authors is not None


@dataclass(frozen=True, slots=True)
class Query:
    """A search: ``text`` is what was typed without filters and quotation marks; "" asks for the newest papers."""

    text: str
    phrases: tuple[str, ...] = ()
    filters: Filters = Filters()


def parse(text: str) -> Query:
    """Read what a person typed.

    Raises EmptyQuery (no word and no filter), BadFilter (unknown, or a value that is not allowed), and UserError
    for more than 500 characters; each sentence says what is allowed.
    """
    if len(text) > MAX_LENGTH:
        raise UserError(f"A search may be {MAX_LENGTH} characters long, this one has {len(text):,}: shorten it.")
    filters, words, phrases = Filters(), list[str](), list[str]()
    for part in _PART.finditer(spelt(text).translate(_DOUBLE_QUOTES)):
        name, value, phrase, word = part.groups()
        if name is not None and _is_filter(name, value):
            filters = _READERS[name.lower()](filters, value.strip('"').strip())
        elif phrase is not None and folded(phrase):
            words.append(phrase.strip())
            phrases.append(phrase.strip())
        elif phrase is None:
            words.append((word or f"{name}:{value}").strip('"'))
    left = " ".join(" ".join(words).split())
    if not folded(left):
        if filters == Filters():
            raise EmptyQuery(
                "There is nothing to search for: type a few words, a title, an arXiv id or a filter such as since:2025-01."
            )
        left = ""
    return Query(left, tuple(phrases), filters)


def spelt(text: str) -> str:
    """The text without what no document has: lone surrogates and NUL."""
    return text.encode("utf-8", "ignore").decode().replace("\0", " ")


def _is_filter(name: str, value: str) -> bool:
    """Whether this is a filter. Raises BadFilter for one that does not exist."""
    key = name.lower()
    if key in _READERS:
        return True
    if key in _ORDINARY or not value or not name.islower():
        return False
    near = _ELSEWHERE.get(key) or next(iter(get_close_matches(key, _READERS, n=1)), None)
    known = f"Did you mean {near}:?" if near else f"Filters are {', '.join(f'{one}:' for one in _READERS)}."
    if key in _OTHERWISE and not _AUTHORS.fullmatch(value):
        known = _OTHERWISE[key]
    raise BadFilter(f'There is no filter {name}:. {known} To search for these words, put them in quotes ("…").')


def _since(filters: Filters, value: str) -> Filters:
    first, _ = _period("since", value)
    return _in_order(replace(filters, since=max(first, filters.since or first)))


def _until(filters: Filters, value: str) -> Filters:
    _, last = _period("until", value)
    return _in_order(replace(filters, until=min(last, filters.until or last)))


def _in_order(filters: Filters) -> Filters:
    if filters.since and filters.until and filters.since > filters.until:
        raise BadFilter(
            f"No day is both since {filters.since} and until {filters.until}: since: takes the earlier day, until: the later."
        )
    return filters


def _period(name: str, value: str) -> tuple[date, date]:
    """First and last day of a year, a month or a day."""
    if parts := _PERIOD.fullmatch(value):
        year, month, day = (int(part) if part else None for part in parts.groups())
        try:
            first = date(year or 0, month or 1, day or 1)
            last_month = month or 12
            return first, date(first.year, last_month, day or monthrange(first.year, last_month)[1])
        except ValueError as error:
            raise BadFilter(_no_day(name, value), cause=str(error)) from error
    raise BadFilter(_no_day(name, value))


def _no_day(name: str, value: str) -> str:
    return f"{_shown(name, value)} is no day: write {name}:2025, {name}:2025-01 or {name}:2025-01-31."


def _authors(filters: Filters, value: str) -> Filters:
    parts = _AUTHORS.fullmatch(value)
    if not parts:
        raise BadFilter(
            f"{_shown('authors', value)} is no number of authors: write authors:5, authors:>10, authors:<=5 or authors:3..8."
        )
    sign, number, low, high = parts.groups()
    if number:
        count = int(number)
        fewest = {">": count + 1, "<": None, "<=": None}.get(sign or "=", count)
        most = {"<": count - 1, ">": None, ">=": None}.get(sign or "=", count)
    else:
        fewest, most = int(low), int(high)
    fewest = max(fewest or 1, filters.fewest_authors or 1)
    bounds = [bound for bound in (most, filters.most_authors) if bound is not None]
    if bounds and fewest > min(bounds):
        raise BadFilter(f"{_shown('authors', value)} leaves no number of authors: the smaller number comes first.")
    return replace(filters, fewest_authors=fewest, most_authors=min(bounds, default=None))


def _has(filters: Filters, value: str) -> Filters:
    if value.lower() not in FEATURES:
        raise BadFilter(f"{_shown('has', value)} is not known: write has:code, has:project or has:comments.")
    return replace(filters, has=filters.has | {value.lower()})


def _org(filters: Filters, value: str) -> Filters:
    if not folded(value):
        raise BadFilter(
            f'{_shown("org", value)} names no organisation: write org:google, or with quotes org:"two words".'
        )
    return replace(filters, organisations=(*filters.organisations, folded(value)))


def _shown(name: str, value: str) -> str:
    return f"{name}:{value[:40]}{'…' if len(value) > 40 else ''}"  # noqa: PLR2004 - as much as fits a sentence


_READERS: dict[str, Callable[[Filters, str], Filters]] = {
    "since": _since,
    "until": _until,
    "authors": _authors,
    "has": _has,
    "org": _org,
}
