"""The blocks of a card: shapes that are made once, filled with what a paper says.

Titles and abstracts are cleaned once: the same papers are shown to many people many times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

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
    RichTextQuote,
    RichTextSection,
)

from bot import cleaning
from bot.acts import Block
from bot.blocks.parts import LONGEST_LABEL, LONGEST_VALUE, Button, as_is, button
from bot.blocks.shapes import LONGEST_ID, LONGEST_TEXT, Shape
from bot.blocks.text import clean, opening

#: Characters of a title, and of about two lines.
LONGEST_TITLE, LONGEST_OPENING = 250, 190
#: Texts of each kind that are remembered: about two kilobytes each.
_REMEMBERED = 2_048
#: Ways in which a passage's words may stand out: at most six, first or last or not.
_SHAPES = 32


@lru_cache(_REMEMBERED)
def shown_title(title: str) -> str:
    """A paper's title as it is shown, plain."""
    return clean(cleaning.display(title), LONGEST_TITLE) or "Untitled"


@lru_cache(_REMEMBERED)
def shown_opening(abstract: str) -> str:
    """About two lines of a paper's abstract, plain."""
    return opening(cleaning.display(abstract), LONGEST_OPENING)


def title_part(block_id: str, number: int | None, title: str, address: str | None, leads_to_search: bool) -> Block:
    """The title, linked where there is an address; a link that leads to a search says so."""
    texts = {"block_id": block_id, "title": title}
    if number is not None:
        texts["number"] = f"{number}. "
    if address:
        texts["address"] = address
    shape = _title_shape(number is not None, bool(address), bool(address) and leads_to_search)
    return shape.filled(**texts)


def text_part(block_id: str, text: str) -> Block:
    """Plain text in the size of a message."""
    return _text_shape().filled(block_id=block_id, text=text)


def passage_part(block_id: str, parts: Sequence[tuple[str, bool]], *, is_quoted: bool = False) -> Block:
    """Plain text in the size of a message, in parts: each with whether it stands out; or as a quotation."""
    texts = {f"text{place}": text for place, (text, _) in enumerate(parts)}
    return _passage_shape(tuple(stands_out for _, stands_out in parts), is_quoted).filled(block_id=block_id, **texts)


def small_part(block_id: str, line: str, *, is_verbatim: bool) -> Block:
    """A small grey line of mrkdwn; ``is_verbatim``: without markup of ours."""
    return _small_shape(is_verbatim).filled(block_id=block_id, line=line)


def actions_part(block_id: str, paper_id: str, title: str, *, is_saved: bool, is_rated: bool, can_mute: bool) -> Block:
    """The buttons and the menu; a card that was voted on offers Undo instead of the votes."""
    said = {button: clean(f"{words}{title}", LONGEST_LABEL) for button, words in _row(is_saved, is_rated).items()}
    return _actions_shape(is_saved, is_rated, can_mute).filled(block_id=block_id, paper=paper_id, **said)


@cache
def _row(is_saved: bool, is_rated: bool) -> Mapping[str, str]:
    """The buttons by their action_id, in their order: what a screen reader says of each before the title."""
    votes = {"undo": "Undo the vote on "}
    if not is_rated:
        votes = {"more_like_this": "More like this: ", "not_for_me": "Not for me: "}
    return {**votes, "save": "Saved, press to take off: " if is_saved else "Save: "}


@cache
def _actions_shape(is_saved: bool, is_rated: bool, can_mute: bool) -> Shape:
    labels = {"undo": "Undo", "more_like_this": "More like this", "not_for_me": "Not for me"}
    labels["save"] = "Saved ✓" if is_saved else "Save"
    named = _row(is_saved, is_rated)
    choices = {"similar": "Similar", "why": "Why?", "abstract": "Abstract"}
    if can_mute:
        choices["mute_interest"] = "Mute this interest"

    def make(at: Mapping[str, str]) -> ActionsBlock:
        row: list[Element] = [button(Button(labels[name], name, at["paper"], said=at[name])) for name in named]
        options = [Option(PlainText(label), value) for value, label in choices.items()]
        return ActionsBlock([*row, OverflowMenu("more", options)], block_id=at["block_id"])

    return Shape(make, block_id=LONGEST_ID, paper=LONGEST_VALUE, **dict.fromkeys(named, LONGEST_LABEL))


@cache
def _title_shape(is_numbered: bool, is_linked: bool, leads_to_search: bool) -> Shape:
    def make(at: Mapping[str, str]) -> RichTextBlock:
        parts: list[RichTextElement] = [RichText(at["number"], bold=True)] if is_numbered else []
        title = at["title"]
        parts.append(RichTextLink(at["address"], title, bold=True) if is_linked else RichText(title, bold=True))
        if leads_to_search:
            parts.append(RichText(" (search)"))
        return RichTextBlock(RichTextSection(parts), block_id=at["block_id"])

    most = {"block_id": LONGEST_ID, "title": LONGEST_TEXT}
    if is_numbered:
        most["number"] = LONGEST_TEXT
    if is_linked:
        most["address"] = LONGEST_TEXT
    return Shape(make, **most)


@cache
def _text_shape() -> Shape:
    return Shape(
        lambda at: RichTextBlock(RichTextSection(RichText(at["text"])), block_id=at["block_id"]),
        block_id=LONGEST_ID,
        text=LONGEST_TEXT,
    )


@lru_cache(_SHAPES)
def _passage_shape(stand_out: tuple[bool, ...], is_quoted: bool) -> Shape:
    def make(at: Mapping[str, str]) -> RichTextBlock:
        texts = [RichText(at[f"text{place}"], bold=bold or None) for place, bold in enumerate(stand_out)]
        held = (RichTextQuote if is_quoted else RichTextSection)(list[RichTextElement](texts))
        return RichTextBlock(held, block_id=at["block_id"])

    # All parts together are as long as one may be, and the limit is one of the block as well.
    each = LONGEST_TEXT // max(1, len(stand_out))
    return Shape(make, block_id=LONGEST_ID, **{f"text{place}": each for place in range(len(stand_out))})


@cache
def _small_shape(is_verbatim: bool) -> Shape:
    def make(at: Mapping[str, str]) -> ContextBlock:
        return ContextBlock([as_is(at["line"]) if is_verbatim else Markdown(at["line"])], block_id=at["block_id"])

    return Shape(make, block_id=LONGEST_ID, line=LONGEST_TEXT)
