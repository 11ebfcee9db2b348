"""A digest as Slack messages: at most so many cards, the rest in its thread, each message within Slack's limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slackblocks import ContextBlock, DividerBlock, HeaderBlock, PlainText

from bot.acts import Block, Message
from bot.blocks.card import Card, card, card_text
from bot.blocks.parts import as_is, rendered
from bot.blocks.text import clean, unformatted, within

#: Slack takes 50 blocks in a message.
MOST_BLOCKS = 50
#: Slack shows about 4,000 characters of ``text`` well.
LONGEST_TEXT = 3_900
_HEADING, _LINES = 150, 1_500


def digest_message(
    heading: str, cards: Sequence[Card], *, most: int, left_out: int = 0, footer: str | None = None
) -> Message:
    """The cards below a heading: at most ``most`` (1 or more) in the message, the others in its thread.

    ``heading`` says what was found ("3 papers for you"), plain. ``left_out`` counts papers that the cap kept back,
    ``footer`` is a plain line at the end.
    """
    first, *others = pages(cards, most=max(1, most), room=MOST_BLOCKS - 2)
    below = [_rest(sum(map(len, others)))] if others else []
    below += [f"{left_out:,} more {'was' if left_out == 1 else 'were'} kept back by the cap."] if left_out else []
    below += [footer] if footer else []
    return Message(
        cards_text(heading, first, below=below),
        (*heading_block(heading), *card_blocks(first), *lines_block(below, "footer")),
        tuple(Message(cards_text("More papers", page), card_blocks(page)) for page in others),
    )


def pages(cards: Sequence[Card], *, most: int, room: int) -> list[Sequence[Card]]:
    """The cards in their order, at most ``most`` and ``room`` blocks on a page; at least one page."""
    made: list[list[Card]] = [[]]
    # There is no line above the first.
    left = room + 1
    for told in cards:
        size = len(card(told)) + 1
        if made[-1] and (len(made[-1]) == most or size > left):
            made.append([])
            left = room + 1
        made[-1].append(told)
        left -= size
    return [tuple(page) for page in made]


def card_blocks(cards: Sequence[Card]) -> tuple[Block, ...]:
    """Cards one below the other, a line between two of them."""
    blocks: list[Block] = []
    for place, told in enumerate(cards):
        if place:
            blocks += rendered(DividerBlock(block_id=f"line:{told.paper.id}:{told.turn}"))
        blocks += card(told)
    return tuple(blocks)


def heading_block(heading: str) -> tuple[Block, ...]:
    """What was found, above the cards."""
    return rendered(HeaderBlock(PlainText(clean(heading, _HEADING) or "Papers"), block_id="heading"))


def lines_block(lines: Sequence[str], block_id: str) -> tuple[Block, ...]:
    """Plain sentences in small print; nothing for none."""
    shown = within(_LINES, " ".join(lines), unformatted)
    return rendered(ContextBlock([as_is(shown)], block_id=block_id)) if shown else ()


def cards_text(heading: str, cards: Sequence[Card], *, notes: Sequence[str] = (), below: Sequence[str] = ()) -> str:
    """All of it in words, the finding first; where it would be too long, the last papers are counted."""
    above = [f"{within(_HEADING * 2, heading)}{':' if cards and not notes else ''}", within(_LINES, " ".join(notes))]
    under = within(_LINES, " ".join(below))
    room = LONGEST_TEXT - sum(len(line) + 1 for line in (*above, under)) - len("and 1,000 more.")
    return "\n".join(line for line in (*above, *_told(cards, room), under) if line)


def _told(cards: Sequence[Card], room: int) -> Iterator[str]:
    for place, told in enumerate(cards):
        line = card_text(told)
        room -= len(line) + 1
        if room < 0:
            yield f"and {len(cards) - place:,} more."
            return
        yield line


def _rest(number: int) -> str:
    return f"{number:,} more {'is' if number == 1 else 'are'} in the thread."
