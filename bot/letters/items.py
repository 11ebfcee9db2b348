"""A card in a letter: what stands there, in the words that Slack's card has, and the same as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot import identity
from bot.blocks import Card
from bot.blocks.card import DIFFERENT, DIFFERENT_IS, passage_of, reasons_of
from bot.blocks.card_facts import DOT, facts_of
from bot.blocks.card_parts import shown_opening, shown_title
from bot.blocks.text import safe_url
from bot.models import Paper

#: Characters of a line of plain text, as mail programs quote them well.
WIDTH = 72


@dataclass(frozen=True, slots=True)
class Item:
    """A paper as a letter shows it: everything cleaned, and plain."""

    title: str
    address: str | None
    #: The address leads to a search.
    is_search: bool = False
    number: int | None = None
    #: What stands above a paper below the bar, and what that means.
    different: tuple[str, str] | None = None
    reasons: str = ""
    #: In parts, each with whether it stands out: the passage that speaks for it, or the abstract's opening.
    passage: tuple[tuple[str, bool], ...] = ()
    facts: tuple[str, ...] = ()
    #: What it leads to, and where.
    links: tuple[tuple[str, str], ...] = ()
    saved: bool = False


def item_of(told: Card, number: int | None = None) -> Item:
    """A whole card."""
    paper = told.paper
    opening = shown_opening(paper.abstract) if paper.abstract else ""
    return Item(
        *_title(paper),
        number=number,
        different=(DIFFERENT, DIFFERENT_IS) if told.exploring else None,
        # A number and what it counts stay on one line.
        reasons=DOT.join(reasons_of(told)).replace(" %", "\u00a0%").replace(" colleagues", "\u00a0colleagues"),
        passage=passage_of(paper, told.passage, told.marked) or (((opening, False),) if opening else ()),
        facts=tuple(facts_of(paper)),
        links=links_of(paper),
        saved=told.saved,
    )


def line_of(paper: Paper, facts: Sequence[str] = (), links: Sequence[tuple[str, str]] = ()) -> Item:
    """A paper in a line, where a card would say too much."""
    return Item(*_title(paper), facts=tuple(facts), links=tuple(links))


def links_of(paper: Paper) -> tuple[tuple[str, str], ...]:
    """Where its code and its own page are, as far as that may stand in a letter."""
    told = (("code", paper.code_url), ("project page", paper.project_url))
    return tuple((label, address) for label, url in told if url and (address := safe_url(url)))


def item_lines(item: Item, *, bullet: str = "") -> Iterator[str]:
    """The item as plain text, at most ``WIDTH`` characters a line but for addresses."""
    if item.different:
        yield from wrapped(DOT.join(item.different))
    before = bullet or (f"{item.number}. " if item.number else "* ")
    search = " (search)" if item.is_search else ""
    indent = " " * len(before)
    yield from wrapped(f"{item.title}{search}", first=before, others=indent)
    if item.address:
        yield f"{indent}{item.address}"
    whole = "".join(text for text, _ in item.passage)
    marked = list({text.casefold(): text for text, stands_out in reversed(item.passage) if stands_out}.values())[::-1]
    for said in (
        item.reasons,
        f"“{whole}”" if whole else "",
        f"Words in common: {', '.join(marked)}" if marked else "",
        DOT.join(item.facts),
    ):
        yield from wrapped(said, first=indent, others=indent)
    for label, address in item.links:
        yield f"{indent}{label[:1].upper()}{label[1:]}: {address}"
    if item.saved:
        yield f"{indent}On your reading list"


def wrapped(said: str, *, first: str = "", others: str = "") -> list[str]:
    """A sentence in lines of at most ``WIDTH`` characters, no word broken; nothing for none."""
    return textwrap.wrap(
        said, WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )


def _title(paper: Paper) -> tuple[str, str | None, bool]:
    address = safe_url(identity.paper_url(paper))
    return shown_title(paper.title), address, address is not None and identity.link_kind(paper) == "search"
