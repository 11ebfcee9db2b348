"""A paper card: one renderer for direct messages, digests, searches and App Home.

    Something different, where it is
    title, linked
    why · colleagues
    the passage that speaks for it, its words bold, or two lines of the abstract
    facts: authors · date · comments · code
    [More like this] [Not for me] [Save] […]          or, once voted:  ✓ Learnt: … [Undo] [Save] […]

Every block_id of a card begins with ``paper:<paper id>:``, so that a card can be found and replaced in a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot import identity
from bot.acts import Block
from bot.blocks.card_facts import DOT, facts_of, linked_facts
from bot.blocks.card_ids import HIDEABLE, card_id, part_of
from bot.blocks.card_parts import (
    actions_part,
    passage_part,
    shown_opening,
    shown_title,
    small_part,
    text_part,
    title_part,
)
from bot.blocks.parts import share_words
from bot.blocks.passage import passage_lines, passage_parts
from bot.blocks.text import clean, escape, italic, safe_url, unformatted
from bot.models import Paper, Taste

#: Colleagues are told from so many on: one would be recognised.
LEAST_COLLEAGUES = 2
#: Characters of a why-line, and of what a vote changed.
_WHY, _SAID = 250, 100
#: How a sentence may end that needs no full stop.
_ENDS = frozenset(".!?…")
#: Characters by which a sentence is known to be the abstract's first one.
_BEGINS = 40
#: What stands above a paper below the bar, beginning in bold.
DIFFERENT, DIFFERENT_IS = "Something different", "below your bar: would you like more of this?"


@dataclass(frozen=True, slots=True)
class Card:
    """A paper as one reader is shown it."""

    paper: Paper
    #: The reason, plain, as ``matching.why`` or a search gives it.
    why: str | None = None
    interest_id: str | None = None
    interest_name: str | None = None
    #: The sentence of the abstract that speaks most for it, plain, and words of it that stand out; "" shows its opening.
    passage: str = ""
    marked: tuple[str, ...] = ()
    #: It is below the bar, and marked as something different.
    exploring: bool = False
    #: Others who saved it; told from two on.
    colleagues: int = 0
    saved: bool = False
    taste: Taste | None = None
    #: What a vote changed ("Learnt: more"), plain; with it the card offers Undo instead of the votes.
    said: str | None = None
    #: The interest that it changed.
    said_name: str | None = None
    #: The reader's bar, a share of papers, where the vote moved it.
    bar: float | None = None
    #: Place in a list, from 1.
    number: int | None = None
    #: Grows with every visible change, so that the changed card has ids of its own.
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A card that was drawn once, for whoever counts its blocks, shows them and says them."""

    told: Card
    blocks: tuple[Block, ...]
    #: The card in plain words, as ``card_text`` gives it; and without the passage.
    text: str
    brief: str


def drawn(told: Card) -> Drawn:
    """The card as blocks and in words."""
    reasons, facts, passage = reasons_of(told), facts_of(told.paper), _passage(told)
    blocks = tuple(_parts(told, reasons, facts, passage))
    return Drawn(told, blocks, _spoken(told, reasons, facts, passage), _spoken(told, reasons, facts, ()))


def card(told: Card) -> tuple[Block, ...]:
    """The card's blocks, two to seven of them."""
    return tuple(_parts(told, reasons_of(told), facts_of(told.paper), _passage(told)))


def small_card(told: Card) -> tuple[Block, ...]:
    """The card without abstract and facts; put in its place, a changed card has none either."""
    return tuple(block for block in card(told) if part_of(block) not in HIDEABLE)


def card_text(told: Card) -> str:
    """The card in plain words, for ``text``: title, reason, passage, what changed, facts, and address if it has one."""
    return _spoken(told, reasons_of(told), facts_of(told.paper), _passage(told))


def bar_moved(bar: float) -> str:
    """That the reader's votes moved the bar: ``your bar is 97.5 % now``."""
    # A number and its sign stay on one line.
    return f"your bar is {share_words(bar)} now".replace(" %", "\u00a0%")


def _spoken(told: Card, reasons: Sequence[str], facts: Sequence[str], passage: Sequence[tuple[str, bool]]) -> str:
    paper = told.paper
    number = f"{told.number}. " if told.number is not None else ""
    said = f"{told.said} “{told.said_name}”" if told.said and told.said_name else told.said or ""
    moved = bar_moved(told.bar) if told.bar is not None else ""
    parts = [
        f"{DIFFERENT}, {DIFFERENT_IS}" if told.exploring else "",
        f"{number}{shown_title(paper.title)}",
        *reasons,
        *passage_lines(passage),
        clean(said, 2 * _SAID),
        moved[:1].upper() + moved[1:],
        ", ".join(facts),
    ]
    spoken = " ".join(part if part.rstrip("”")[-1:] in _ENDS else f"{part}." for part in parts if part)
    # The address of a search is the title again, percent-encoded: nobody wants to hear it.
    has_page = identity.link_kind(paper) == "paper"
    return f"{escape(spoken)} {escape(identity.paper_url(paper))}" if has_page else escape(spoken)


def _parts(
    told: Card, reasons: Sequence[str], facts: Sequence[str], passage: Sequence[tuple[str, bool]]
) -> Iterator[Block]:
    def block_id(part: str) -> str:
        return f"paper:{told.paper.id}:{part}:{told.turn}"

    paper, title = told.paper, shown_title(told.paper.title)
    leads_to_search = identity.link_kind(paper) == "search"
    if told.exploring:
        yield small_part(block_id("mark"), f"*{DIFFERENT}*{DOT}{DIFFERENT_IS}", is_verbatim=False)
    yield title_part(block_id("title"), told.number, title, safe_url(identity.paper_url(paper)), leads_to_search)
    if reasons:
        yield small_part(block_id("why"), DOT.join(map(unformatted, reasons)), is_verbatim=True)
    if passage:
        yield passage_part(block_id("about"), passage)
    elif paper.abstract and (two := shown_opening(paper.abstract)):
        yield text_part(block_id("about"), two)
    if line := linked_facts(paper, facts):
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


def reasons_of(told: Card) -> list[str]:
    """Why, and what colleagues did, plain, each with a capital letter or a number first."""
    why = clean(told.why or "", _WHY)
    parts = [why[:1].upper() + why[1:]]
    if told.colleagues >= LEAST_COLLEAGUES:
        parts.append(f"{told.colleagues:,} colleagues saved it")
    return [part for part in parts if part]


def passage_of(paper: Paper, passage: str, marked: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """A passage of a paper's abstract as ``passage_parts`` gives it; empty for none."""
    if not passage:
        return ()
    opening = shown_opening(paper.abstract or "")
    return passage_parts(passage, marked, is_opening=opening[:_BEGINS] == passage[:_BEGINS])


def _passage(told: Card) -> tuple[tuple[str, bool], ...]:
    return passage_of(told.paper, told.passage, told.marked)


def _said(told: Card) -> str:
    """What the reader's vote changed, or that there was one, in mrkdwn."""
    if told.said:
        name = f" {italic(told.said_name, _SAID)}" if told.said_name else ""
        moved = f"{DOT}{bar_moved(told.bar)}" if told.bar is not None else ""
        return f"✓ {unformatted(told.said, _SAID)}{name}{moved}"
    return f"✓ You asked for {told.taste} like this" if told.taste else ""
