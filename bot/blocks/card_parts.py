"""The blocks of a card, each made once for what it says: the same papers are shown to many people many times.

What comes back is shared: nobody changes it.
"""

from __future__ import annotations

from functools import lru_cache

from slackblocks import (
    ActionsBlock,
    ContextBlock,
    Element,
    Markdown,
    Option,
    OverflowMenu,
    PlainText,
    RichText,
    RichTextBlock,
    RichTextElement,
    RichTextLink,
    RichTextSection,
)

from bot import cleaning
from bot.acts import Block
from bot.blocks.parts import Button, as_is, button, rendered
from bot.blocks.text import clean, opening

#: Characters of a title, and of about two lines.
LONGEST_TITLE, LONGEST_OPENING = 250, 190
#: Blocks of each kind that are remembered: about a kilobyte each.
_REMEMBERED = 2_048


@lru_cache(_REMEMBERED)
def shown_title(title: str) -> str:
    """A paper's title as it is shown, plain."""
    return clean(cleaning.display(title), LONGEST_TITLE) or "Untitled"


@lru_cache(_REMEMBERED)
def shown_opening(abstract: str) -> str:
    """About two lines of a paper's abstract, plain."""
    return opening(cleaning.display(abstract), LONGEST_OPENING)


@lru_cache(_REMEMBERED)
def title_part(block_id: str, number: int | None, title: str, address: str | None, leads_to_search: bool) -> Block:
    """The title, linked where there is an address; a link that leads to a search says so."""
    parts: list[RichTextElement] = [RichText(f"{number}. ", bold=True)] if number is not None else []
    parts.append(RichTextLink(address, title, bold=True) if address else RichText(title, bold=True))
    if address and leads_to_search:
        parts.append(RichText(" (search)"))
    return rendered(RichTextBlock(RichTextSection(parts), block_id=block_id))[0]


@lru_cache(_REMEMBERED)
def text_part(block_id: str, text: str) -> Block:
    """Plain text in the size of a message."""
    return rendered(RichTextBlock(RichTextSection(RichText(text)), block_id=block_id))[0]


@lru_cache(_REMEMBERED)
def small_part(block_id: str, line: str, *, is_verbatim: bool) -> Block:
    """A small grey line of mrkdwn; ``is_verbatim``: without markup of ours."""
    return rendered(ContextBlock([as_is(line) if is_verbatim else Markdown(line)], block_id=block_id))[0]


@lru_cache(_REMEMBERED)
def actions_part(block_id: str, paper_id: str, title: str, *, is_saved: bool, is_rated: bool, can_mute: bool) -> Block:
    """The buttons and the menu; a card that was voted on offers Undo instead of the votes."""
    if is_rated:
        votes = [Button("Undo", "undo", paper_id, said=f"Undo the vote on {title}")]
    else:
        votes = [
            Button("More like this", "more_like_this", paper_id, said=f"More like this: {title}"),
            Button("Not for me", "not_for_me", paper_id, said=f"Not for me: {title}"),
        ]
    if is_saved:
        save = Button("Saved ✓", "save", paper_id, said=f"Saved, press to take off: {title}")
    else:
        save = Button("Save", "save", paper_id, said=f"Save: {title}")
    options = [
        Option(PlainText("Similar"), "similar"),
        Option(PlainText("Why?"), "why"),
        Option(PlainText("Abstract"), "abstract"),
    ]
    if can_mute:
        options.append(Option(PlainText("Mute this interest"), "mute_interest"))
    elements: list[Element] = [*(button(one) for one in (*votes, save)), OverflowMenu("more", options)]
    return rendered(ActionsBlock(elements, block_id=block_id))[0]
