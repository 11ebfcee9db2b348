"""A paper's title above a few words, where there is no room for a card."""

from __future__ import annotations

from slackblocks import RichText, RichTextBlock, RichTextElement, RichTextLink, RichTextSection

from bot import identity
from bot.blocks.card_facts import title_line
from bot.blocks.text import bold, clean, safe_url
from bot.cleaning import display
from bot.models import Paper

_TITLE, _WORDS = 250, 500
#: Slack's limit of a section's text; and of a title that is not linked, so that it fits however it is escaped.
_SECTION, _SHORT_TITLE = 3_000, 250


def titled(paper: Paper, words: str = "", *, block_id: str) -> RichTextBlock:
    """The title, linked, and below it at most 500 characters; nothing in either is markup."""
    title = clean(display(paper.title), _TITLE) or "Untitled"
    address = safe_url(identity.paper_url(paper))
    parts: list[RichTextElement] = [RichTextLink(address, title, bold=True) if address else RichText(title, bold=True)]
    if address and identity.link_kind(paper) == "search":
        parts.append(RichText(" (search)"))
    if below := clean(words, _WORDS):
        parts.append(RichText(f"\n{below}"))
    return RichTextBlock(RichTextSection(parts), block_id=block_id)


def title_beside(paper: Paper) -> str:
    """The title in mrkdwn, for a section with a button; linked where the address leaves room for it."""
    linked = title_line(paper)
    return linked if len(linked) <= _SECTION else bold(display(paper.title), _SHORT_TITLE) or "*Untitled*"
