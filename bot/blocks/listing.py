"""Answers: lists of papers with their pages, plain sentences, offers, and what unfolds under a link."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slackblocks import ContextBlock, Markdown, SectionBlock

from bot import cleaning
from bot.acts import Block, Message
from bot.blocks.card import Card, drawn
from bot.blocks.card_facts import facts_line, title_line
from bot.blocks.digest import MOST_BLOCKS, card_blocks, cards_text, heading_block, lines_block, pages
from bot.blocks.parts import LONGEST_VALUE, Button, as_is, buttons, rendered
from bot.blocks.text import clean, escape, opening, unformatted, within
from bot.models import Paper

#: Cards of one answer.
_MOST_CARDS = 10
#: Characters of a sentence and of an opening, escaped; of a note as it is read.
_SENTENCE, _ABOUT, _NOTE = 2_900, 900, 400
#: Slack's ids of people.
_PERSON = re.compile(r"[UW][A-Z0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Paging:
    """There is a next page: what its button carries, at most 2,000 characters."""

    value: str


def papers_message(
    heading: str,
    cards: Sequence[Card],
    *,
    notes: Sequence[str] = (),
    paging: Paging | None = None,
    shareable: bool = False,
    share_value: str = "",
    shared_by: str = "",
) -> Message:
    """One page of papers: heading, notes, at most ten cards, then ``Next`` and ``Share`` where they apply.

    ``shared_by`` is the id of the person who shows it to everybody. Cards that the message has no room for go on in its
    thread.
    """
    row = [Button("Next", "next", paging.value, said="Next page")] if paging else []
    row += [Button("Share", "share", share_value, said="Share in channel")] if shareable else []
    said = [clean(note, _NOTE) for note in notes]
    first, *others = pages(map(drawn, cards), most=_MOST_CARDS, room=MOST_BLOCKS - 4)
    blocks = [*heading_block(heading), *lines_block(said, "notes"), *card_blocks(first)]
    blocks += rendered(buttons("page", *row)) if row else ()
    by = f"Shared by <@{shared_by}>" if _PERSON.fullmatch(shared_by) else ""
    blocks += rendered(ContextBlock([Markdown(by)], block_id="shared")) if by else ()
    return Message(
        "\n".join(line for line in (cards_text(heading, first, notes=said), by) if line),
        tuple(blocks),
        tuple(Message(cards_text(f"More: {heading}", page), card_blocks(page)) for page in others),
    )


def sentence_message(text: str) -> Message:
    """A plain answer, a line for each line of ``text``; nothing in it is markup."""
    lines = [line for written in text.splitlines() if (line := clean(written))] or ["Done."]
    said, shown = _joined(lines, escape), _joined(lines, unformatted)
    return Message(said, rendered(SectionBlock(as_is(shown), block_id="sentence")))


def offer_message(sentence: str, offered: Sequence[Button]) -> Message:
    """A plain answer with buttons below it; nothing in ``sentence`` is markup.

    A button whose value Slack would not take (over 2,000 characters) is left out.
    """
    said = sentence_message(sentence)
    row = [one for one in offered if len(one.value) <= LONGEST_VALUE]
    return Message(said.text, (*said.blocks, *(rendered(buttons("offer", *row)) if row else ())))


def unfurl_blocks(paper: Paper) -> tuple[Block, ...]:
    """Title, two lines and facts, for a link in somebody's message (chat.unfurl takes no rich text)."""
    lines = [title_line(paper)]
    if paper.abstract and (two := opening(cleaning.display(paper.abstract))):
        lines.append(within(_ABOUT, two, unformatted))
    blocks = [SectionBlock(Markdown("\n".join(lines)), block_id=f"unfurl:{paper.id}")]
    facts = facts_line(paper)
    return rendered(*blocks, *([ContextBlock([Markdown(facts)], block_id=f"unfurl:{paper.id}:facts")] if facts else []))


def _joined(lines: Sequence[str], form: Callable[[str, int | None], str]) -> str:
    """The lines that fit, each escaped."""
    shown: list[str] = []
    room = _SENTENCE
    for line in lines:
        if room < len("&amp;"):
            break
        shown.append(within(room, line, form))
        room -= len(shown[-1]) + 1
    return "\n".join(shown)
