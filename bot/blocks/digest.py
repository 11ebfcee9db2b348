"""A digest as Slack messages: at most so many cards, the rest in its thread, each message within Slack's limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache

from slackblocks import DividerBlock, HeaderBlock, PlainText, RichText

from bot.acts import Block, Message
from bot.blocks.card import Card, Drawn, drawn
from bot.blocks.card_parts import small_part
from bot.blocks.naming import code_links, code_words, linked_title, paper_list
from bot.blocks.parts import counted, rendered
from bot.blocks.shapes import LONGEST_ID, Shape
from bot.blocks.subscription import DAY_NAMES, day_words
from bot.blocks.text import clean, unformatted, within
from bot.models import Paper

#: Slack takes 50 blocks in a message.
MOST_BLOCKS = 50
#: Slack shows about 4,000 characters of ``text`` well.
LONGEST_TEXT = 3_900
_HEADING, _LINES, _NOTE = 150, 1_500, 400
#: Papers that are named because code has appeared for them; more are counted.
MOST_WITH_CODE = 5
CODE = "Code has appeared for what you saved"


def digest_message(
    heading: str,
    cards: Sequence[Card],
    *,
    most: int,
    left_out: int = 0,
    footer: str | None = None,
    notes: Sequence[str] = (),
    with_code: Sequence[Paper] = (),
) -> Message:
    """The cards below a heading: at most ``most`` (1 or more) in the message, the others in its thread.

    ``heading`` says what was found ("3 papers for you"), plain. ``left_out`` counts papers that the cap kept back,
    ``footer`` is a plain line at the end. ``notes`` are plain sentences below the heading. ``with_code`` are papers the
    reader saved for which code has appeared: each a line of its own, with links. ``cards`` may be empty.
    """
    said = [clean(note, _NOTE) for note in notes]
    named = with_code[:MOST_WITH_CODE]
    # A heading, notes, a line and a list of what has code, and a footer stand beside the cards.
    first, *others = pages(map(drawn, cards), most=max(1, most), room=MOST_BLOCKS - 5)
    below = [_rest([one.told for page in others for one in page])] if others else []
    below += [f"{left_out:,} more {'was' if left_out == 1 else 'were'} kept back by the cap."] if left_out else []
    below += [footer] if footer else []
    return Message(
        cards_text(heading, first, notes=said, below=[*_code_said(named, is_alone=not first), *below]),
        (
            *heading_block(heading),
            *lines_block(said, "notes"),
            *card_blocks(first),
            *_code_block(named, len(with_code) - len(named), is_alone=not first),
            *lines_block(below, "footer"),
        ),
        tuple(Message(cards_text("More papers", page), card_blocks(page)) for page in others),
    )


def thread_message(cards: Sequence[Card]) -> Message:
    """Cards that follow in the thread of a digest; what has no room goes on in the ``thread`` of what comes back."""
    first, *others = pages(map(drawn, cards), most=MOST_BLOCKS, room=MOST_BLOCKS)
    more = tuple(Message(cards_text("More papers", page), card_blocks(page)) for page in others)
    return Message(cards_text("More papers", first), card_blocks(first), more)


def catch_up_heading(
    shown: int, missed: int, *, since: date | None = None, today: date | None = None, is_channel: bool = False
) -> str:
    """``The best 5 of the 140 papers you missed``, for the first digest after an absence; plain.

    Where the reader was there all the time and nothing was sent after the local day ``since``, it is ``The best 5 of the
    140 papers since Tuesday``, read on the local day ``today``.
    """
    which = _since(since, today) if since else "this channel missed" if is_channel else "you missed"
    if missed <= shown:
        return f"{counted(shown, 'paper')} {which}"
    return f"The best {shown:,} of the {missed:,} papers {which}"


def _since(since: date, today: date | None) -> str:
    """``since Tuesday`` in the week after it, later ``since Tuesday, 17 March 2026``."""
    is_near = today is not None and 0 <= (today - since).days < len(DAY_NAMES)
    return f"since {DAY_NAMES[since.weekday()] if is_near else day_words(since)}"


def code_heading(count: int) -> str:
    """``Code for a paper you saved``, where a digest has nothing else to say; plain."""
    return "Code for a paper you saved" if count == 1 else f"Code for {count:,} papers you saved"


def pages(cards: Iterable[Drawn], *, most: int, room: int) -> list[Sequence[Drawn]]:
    """The cards in their order, at most ``most`` and ``room`` blocks on a page; at least one page."""
    made: list[list[Drawn]] = [[]]
    # There is no line above the first.
    left = room + 1
    for one in cards:
        size = len(one.blocks) + 1
        if made[-1] and (len(made[-1]) == most or size > left):
            made.append([])
            left = room + 1
        made[-1].append(one)
        left -= size
    return [tuple(page) for page in made]


def card_blocks(cards: Sequence[Drawn]) -> tuple[Block, ...]:
    """Cards one below the other, a line between two of them."""
    blocks: list[Block] = []
    for place, one in enumerate(cards):
        if place:
            blocks.append(_line_shape().filled(block_id=f"line:{one.told.paper.id}:{one.told.turn}"))
        blocks += one.blocks
    return tuple(blocks)


def heading_block(heading: str) -> tuple[Block, ...]:
    """What was found, above the cards."""
    return (_heading_shape().filled(text=clean(heading, _HEADING) or "Papers"),)


def lines_block(lines: Sequence[str], block_id: str) -> tuple[Block, ...]:
    """Plain sentences in small print; nothing for none."""
    shown = within(_LINES, " ".join(lines), unformatted)
    return (small_part(block_id, shown, is_verbatim=True),) if shown else ()


def cards_text(heading: str, cards: Sequence[Drawn], *, notes: Sequence[str] = (), below: Sequence[str] = ()) -> str:
    """All of it in words, the finding first; where it would be too long, the last papers are counted."""
    above = [f"{within(_HEADING * 2, heading)}{':' if cards and not notes else ''}", within(_LINES, " ".join(notes))]
    under = within(_LINES, " ".join(below))
    room = LONGEST_TEXT - sum(len(line) + 1 for line in (*above, under)) - len("and 1,000 more.")
    return "\n".join(line for line in (*above, *_told(cards, room), under) if line)


def _told(cards: Sequence[Drawn], room: int) -> Iterator[str]:
    # Every paper in brief is better than some of them in full.
    is_brief = sum(len(one.text) + 1 for one in cards) > room
    for place, one in enumerate(cards):
        said = one.brief if is_brief else one.text
        room -= len(said) + 1
        if room < 0:
            yield f"and {len(cards) - place:,} more."
            return
        yield said


@cache
def _heading_shape() -> Shape:
    return Shape(lambda at: HeaderBlock(PlainText(at["text"]), block_id="heading"), text=_HEADING)


@cache
def _line_shape() -> Shape:
    return Shape(lambda at: DividerBlock(block_id=at["block_id"]), block_id=LONGEST_ID)


def _code_block(papers: Sequence[Paper], more: int, *, is_alone: bool) -> tuple[Block, ...]:
    """The papers for which code has appeared, a line each; below cards they have a heading of their own."""
    if not papers:
        return ()
    lines = [[*linked_title(paper), *code_links(paper)] for paper in papers]
    lines += [[RichText(f"and {more:,} more on your reading list")]] if more else []
    listed = paper_list(lines, "code", heading="" if is_alone else CODE)
    return rendered(*([] if is_alone else [DividerBlock(block_id="code:line")]), listed)


def _code_said(papers: Sequence[Paper], *, is_alone: bool) -> list[str]:
    return [*([] if is_alone or not papers else [f"{CODE}:"]), *code_words(papers)]


def _rest(cards: Sequence[Card]) -> str:
    if all(card.exploring for card in cards):
        return "Something different is in the thread."
    number = len(cards)
    return f"{number:,} more {'is' if number == 1 else 'are'} in the thread."
