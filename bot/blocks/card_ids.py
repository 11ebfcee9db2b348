"""Finds a paper's card in a message by its block_ids, and puts a changed one in its place.

A card's blocks have ids ``paper:<paper id>:<part>:<turn>``; its actions have that of ``card_id``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from bot.acts import Block

_ID = re.compile(r"paper:(?P<paper>p[0-9a-f]{15}):(?P<interest>i[0-9a-f]{9}|-):(?P<turn>[0-9]{1,6})")
_OF_CARD = re.compile(r"paper:(?P<paper>p[0-9a-f]{15}):(?P<part>[a-z]*)")
#: The name in what a vote changed, in italics; what it did to the bar may follow.
_NAMED = re.compile(r" _(?P<name>.*)_(?: · (?P<bar>[^_]*))?$")
#: The parts of a card in their order, the actions last; and those that stay as they were shown first.
_PARTS = ("mark", "title", "why", "about", "facts", "said", "")
_KEPT = frozenset({"mark", "why", "about"})
#: Parts that a small card is shown without.
HIDEABLE = frozenset({"about", "facts"})
_NUMBER = re.compile(r"[0-9]{1,6}\. ")


@dataclass(frozen=True, slots=True)
class CardId:
    """What a card's actions are about."""

    paper_id: str
    interest_id: str | None
    turn: int


def card_id(paper_id: str, interest_id: str | None, turn: int) -> str:
    """The block_id of a card's actions."""
    return f"paper:{paper_id}:{interest_id or '-'}:{turn}"


def parse_card_id(block_id: str) -> CardId | None:
    """What ``card_id`` made, None for anything else."""
    if not (found := _ID.fullmatch(block_id)):
        return None
    interest = found["interest"]
    return CardId(found["paper"], None if interest == "-" else interest, int(found["turn"]))


def with_card(blocks: Sequence[Block], paper_id: str, new: Sequence[Block]) -> tuple[Block, ...] | None:
    """The blocks of a message, as Slack sent them back, with that paper's card replaced; None if it is not in them.

    The number, the reason, the passage and the mark that the card was shown with stay.
    """
    mine = [_paper_of(block) == paper_id for block in blocks]
    if not any(mine):
        return None
    first = mine.index(True)
    after = next((place for place in range(first, len(mine)) if not mine[place]), len(mine))
    return (*blocks[:first], *_carried_over(blocks[first:after], new), *blocks[after:])


def papers_in(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Ids of the papers whose cards are in a message, in their order."""
    return tuple(dict.fromkeys(paper_id for block in blocks if (paper_id := _paper_of(block))))


def said_text(blocks: Sequence[Block]) -> str:
    """What the cards of a message say of the reader's votes, for the beginning of its ``text``; "" for nothing."""
    said = (str(part.get("text", "")) for one in blocks if part_of(one) == "said" for part in one.get("elements", ()))
    spoken = (_NAMED.sub(_named, words.removeprefix("✓ ")) for words in said)
    return "".join(f"{words}. " for words in spoken)


def _named(found: re.Match[str]) -> str:
    return f" “{found['name']}”" + (f", {found['bar']}" if found["bar"] else "")


def _carried_over(old: Sequence[Block], new: Sequence[Block]) -> Iterator[Block]:
    before, fresh = {part_of(block): block for block in old}, {part_of(block): block for block in new}
    number = _number(before.get("title"))
    hidden = frozenset[str]() if before.keys() & HIDEABLE else HIDEABLE
    turn = str(fresh["title"]["block_id"]).rpartition(":")[2]
    for part in _PARTS:
        block = fresh.get(part)
        if part in _KEPT and (kept := before.get(part)):
            yield {**kept, "block_id": f"{str(kept['block_id']).rpartition(':')[0]}:{turn}"}
        elif part == "title" and block and number and not _number(block):
            [section] = block["elements"]
            yield {**block, "elements": [{**section, "elements": [number, *section["elements"]]}]}
        elif block and part not in hidden:
            yield block


def _number(title: Block | None) -> Mapping[str, Any] | None:
    """The place in the list that a card's title begins with."""
    found: Any = title
    for step in ("elements", 0, "elements", 0):
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return None
    text = cast("Mapping[str, Any]", found).get("text")
    return found if isinstance(text, str) and _NUMBER.fullmatch(text) else None


def _paper_of(block: Mapping[str, Any]) -> str | None:
    found = _OF_CARD.match(str(block.get("block_id", "")))
    return found["paper"] if found else None


def part_of(block: Mapping[str, Any]) -> str:
    """Which part of a card a block is (``mark``, ``title``, ``why``, ``about``, ``facts``, ``said``); "" for any other."""
    block_id = str(block.get("block_id", ""))
    # The actions name an interest where the others name their part.
    found = None if _ID.fullmatch(block_id) else _OF_CARD.match(block_id)
    return found["part"] if found else ""
