"""A paper card: one renderer for direct messages, digests, searches and App Home.

    title, linked
    why · colleagues
    two lines of the abstract
    facts: authors · date · comments · code
    [More like this] [Not for me] [Save] […]          or, once voted:  ✓ Learnt: … [Undo] [Save] […]

Every block_id of a card begins with ``paper:<paper id>:``, so that a card can be found and replaced in a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot import identity
from bot.acts import Block
from bot.blocks.card_ids import HIDEABLE, card_id, part_of
from bot.blocks.card_parts import actions_part, shown_opening, shown_title, small_part, text_part, title_part
from bot.blocks.parts import counted, listed
from bot.blocks.text import clean, escape, italic, link, safe_url, unformatted, within
from bot.models import Paper, Taste

#: Colleagues are told from so many on: one would be recognised.
LEAST_COLLEAGUES = 2
#: Characters of one fact, and of a why-line.
_FACT, _WHY = 60, 250
#: Characters of what a vote changed, and, escaped, of all facts.
_SAID, _FACTS = 100, 900
#: So many authors are named; of more, the first.
_AUTHORS = 3
#: What stands between the parts of a line.
DOT = " · "


@dataclass(frozen=True, slots=True)
class Card:
    """A paper as one reader is shown it."""

    paper: Paper
    #: The reason, plain, as ``matching.why`` or a search gives it.
    why: str | None = None
    interest_id: str | None = None
    interest_name: str | None = None
    #: Others who saved it; told from two on.
    colleagues: int = 0
    saved: bool = False
    taste: Taste | None = None
    #: What a vote changed ("Learnt: more"), plain; with it the card offers Undo instead of the votes.
    said: str | None = None
    #: The interest that it changed.
    said_name: str | None = None
    #: Place in a list, from 1.
    number: int | None = None
    #: Grows with every visible change, so that the changed card has ids of its own.
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A card that was drawn once, for whoever counts its blocks, shows them and says them."""

    told: Card
    blocks: tuple[Block, ...]
    #: The card in plain words, as ``card_text`` gives it.
    text: str


def drawn(told: Card) -> Drawn:
    """The card as blocks and in words."""
    reasons, facts = _reasons(told), _facts(told.paper)
    return Drawn(told, tuple(_parts(told, reasons, facts)), _spoken(told, reasons, facts))


def card(told: Card) -> tuple[Block, ...]:
    """The card's blocks, two to six of them."""
    return tuple(_parts(told, _reasons(told), _facts(told.paper)))


def small_card(told: Card) -> tuple[Block, ...]:
    """The card without abstract and facts; put in its place, a changed card has none either."""
    return tuple(block for block in card(told) if part_of(block) not in HIDEABLE)


def card_text(told: Card) -> str:
    """The card in plain words, for ``text``: title, reason, what changed, facts, and address if it has one."""
    return _spoken(told, _reasons(told), _facts(told.paper))


def _spoken(told: Card, reasons: Sequence[str], facts: Sequence[str]) -> str:
    paper = told.paper
    number = f"{told.number}. " if told.number is not None else ""
    said = f"{told.said} “{told.said_name}”" if told.said and told.said_name else told.said or ""
    parts = [f"{number}{shown_title(paper.title)}", *reasons, clean(said, 2 * _SAID), ", ".join(facts)]
    spoken = " ".join(part if part[-1] in ".!?…" else f"{part}." for part in parts if part)
    # The address of a search is the title again, percent-encoded: nobody wants to hear it.
    has_page = identity.link_kind(paper) == "paper"
    return f"{escape(spoken)} {escape(identity.paper_url(paper))}" if has_page else escape(spoken)


def facts_line(paper: Paper) -> str:
    """Authors, organisation, date, upvotes, comments and code in one line of mrkdwn; "" if nothing is known."""
    return _linked_facts(paper, _facts(paper))


def _linked_facts(paper: Paper, facts: Sequence[str]) -> str:
    told = [shown] if (shown := within(_FACTS, DOT.join(facts), unformatted)) else []
    links = [(paper.code_url, "code"), (paper.project_url, "project page")]
    told += [link(url, label) for url, label in links if url and safe_url(url)]
    return DOT.join(told)


def title_line(paper: Paper) -> str:
    """The title, bold and linked, in mrkdwn; a link that leads to a search says so."""
    address = identity.paper_url(paper)
    leads_to_search = identity.link_kind(paper) == "search" and safe_url(address) is not None
    return f"*{link(address, shown_title(paper.title))}*{' (search)' if leads_to_search else ''}"


def _parts(told: Card, reasons: Sequence[str], facts: Sequence[str]) -> Iterator[Block]:
    def block_id(part: str) -> str:
        return f"paper:{told.paper.id}:{part}:{told.turn}"

    paper, title = told.paper, shown_title(told.paper.title)
    leads_to_search = identity.link_kind(paper) == "search"
    yield title_part(block_id("title"), told.number, title, safe_url(identity.paper_url(paper)), leads_to_search)
    if reasons:
        yield small_part(block_id("why"), DOT.join(map(unformatted, reasons)), is_verbatim=True)
    if paper.abstract and (two := shown_opening(paper.abstract)):
        yield text_part(block_id("about"), two)
    if line := _linked_facts(paper, facts):
        yield small_part(block_id("facts"), line, is_verbatim=False)
    if said := _said(told):
        yield small_part(block_id("said"), said, is_verbatim=False)
    yield actions_part(
        card_id(paper.id, told.interest_id, told.turn),
        paper.id,
        title,
        is_saved=told.saved,
        is_rated=bool(told.said or told.taste),
        can_mute=told.interest_id is not None,
    )


def _reasons(told: Card) -> list[str]:
    """Why, and what colleagues did, plain."""
    why = clean(told.why or "", _WHY)
    parts = [why[:1].upper() + why[1:]]
    if told.colleagues >= LEAST_COLLEAGUES:
        parts.append(f"{told.colleagues:,} colleagues saved it")
    return [part for part in parts if part]


def _facts(paper: Paper) -> list[str]:
    day = paper.day()
    comments = paper.comments[0].value if paper.comments else 0
    upvotes = paper.upvotes[0].value if paper.upvotes else 0
    facts = [
        _authors(paper),
        clean(paper.organisations[0], _FACT) if paper.organisations else "",
        f"{day.day} {day:%b %Y}" if day else _yearless(paper),
        counted(upvotes, "upvote") if upvotes else "",
        counted(comments, "comment") if comments else "",
    ]
    return [fact for fact in facts if fact]


def _authors(paper: Paper) -> str:
    names = [name for author in paper.authors if (name := clean(author, _FACT))]
    if names:
        return listed(names, _AUTHORS if len(names) <= _AUTHORS else 1)
    return counted(paper.author_count, "author") if paper.author_count else ""


def _yearless(paper: Paper) -> str:
    """``20 Feb`` where a page printed no year."""
    if paper.published is None:
        return ""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{paper.published.day} {months[paper.published.month - 1]}"


def _said(told: Card) -> str:
    """What the reader's vote changed, or that there was one, in mrkdwn."""
    if told.said:
        name = f" {italic(told.said_name, _SAID)}" if told.said_name else ""
        return f"✓ {unformatted(told.said, _SAID)}{name}"
    return f"✓ You asked for {told.taste} like this" if told.taste else ""
