"""A few papers to vote on, in App Home: the quickest way to teach what somebody wants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slackblocks import ContextBlock, DividerBlock, HeaderBlock, Markdown, PlainText

from bot.acts import Block
from bot.blocks.card import Card, card_id
from bot.blocks.parts import Button, buttons, rendered
from bot.blocks.text import italic, opening, unformatted
from bot.blocks.titles import titled
from bot.cleaning import display

#: Characters of an abstract's beginning, and of an interest's name.
_ABOUT, _NAME = 160, 100


def vote_blocks(votes: Sequence[Card], *, most: int, is_new: bool) -> Iterator[Block]:
    """A heading and the first of these papers; nothing for none. ``is_new``: their reader follows nothing yet."""
    if not votes:
        return
    voted = sum(one.taste is not None for one in votes)
    heading = "Or vote on a few papers" if is_new else "A few more votes"
    done = f" {voted} of {len(votes)} done." if voted else ""
    yield from rendered(
        DividerBlock("home:votes:line"),
        HeaderBlock(heading, "home:votes"),
        ContextBlock([PlainText(f"Which of these would you read? Every vote teaches at once.{done}")], "home:voting"),
    )
    for one in votes[:most]:
        yield from _vote(one)


def _vote(one: Card) -> tuple[Block, ...]:
    """A card without what a first look does not need."""
    paper = one.paper
    about = opening(display(paper.abstract), _ABOUT) if paper.abstract else ""
    text = titled(paper, about, block_id=f"paper:{paper.id}:vote:{one.turn}")
    actions_id = card_id(paper.id, None, one.turn)
    if one.taste is None:
        return rendered(
            text,
            buttons(
                actions_id,
                Button("More like this", "more_like_this", paper.id),
                Button("Not for me", "not_for_me", paper.id),
            ),
        )
    name = f" {italic(one.said_name, _NAME)}" if one.said_name else ""
    said = Markdown(f":white_check_mark: {unformatted(one.said or 'Learnt', _NAME)}{name}")
    return rendered(
        text,
        ContextBlock([said], block_id=f"paper:{paper.id}:said:{one.turn}"),
        buttons(actions_id, Button("Undo", "undo", paper.id)),
    )
