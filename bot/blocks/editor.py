"""The interest editor: a modal that renames and weighs, and what it was sent with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import slackblocks
from slackblocks import ContextBlock, PlainText

from bot.acts import Field, View
from bot.blocks.forms import Choice, chosen, one, picked, typed
from bot.blocks.interests import LITTLE, LOT, InterestRow, interest_facts
from bot.blocks.text import clean
from bot.blocks.windows import Preview, modal, nearest
from bot.models import FACTS, Interest

#: As the verbs take it, in characters.
LONGEST_NAME = 60
_LEAST_WEIGHT, _MOST_WEIGHT = 0.1, 10.0
_NAMED = {"little": LITTLE, "normal": 1.0, "lot": LOT}
_PRIVATE = re.compile(r"(i[0-9a-f]{9})(?: ([A-Z][A-Z0-9]{1,30}))?")


@dataclass(frozen=True, slots=True)
class InterestForm:
    """What the editor was sent with: a name, and a weight that is negative for less of it."""

    name: str
    weight: float


def interest_modal(interest: Interest, preview: Sequence[Preview] = (), matches: int = 0, *, channel: str = "") -> View:
    """Edits ``name``, ``direction`` and ``weight``, and shows what is nearest now; callback_id ``interest``.

    private_metadata is read by ``parse_interest_private``: the interest's id, and the channel's for one of a channel.
    """
    size = abs(interest.weight)
    less = "Nothing with it" if interest.kind in FACTS else "Less of this"
    blocks: list[slackblocks.Block] = [
        ContextBlock([PlainText(interest_facts(InterestRow(interest, matches)))], block_id="facts"),
        typed("name", "Name", clean(interest.name, LONGEST_NAME), longest=LONGEST_NAME),
        picked(
            "direction",
            "I want",
            [Choice("more", "More of this"), Choice("less", less)],
            "less" if interest.weight < 0 else "more",
        ),
        chosen("weight", "It counts", _weights(size), _value(size), hint="Compared with the other things followed."),
    ]
    if preview:
        blocks += nearest(preview)
    private = f"{interest.id} {channel}" if channel else interest.id
    return modal("Edit interest", blocks, "interest", submit="Save", private=private)


def parse_interest_private(private: str) -> tuple[str, str]:
    """Interest id and channel id of the editor, "" for what is not there. Check again who may change the channel."""
    found = _PRIVATE.fullmatch(private)
    return (found[1], found[2] or "") if found else ("", "")


def read_interest(fields: Mapping[str, Field]) -> tuple[InterestForm | None, dict[str, str]]:
    """What the editor was sent with, or complaints by block_id."""
    bad: dict[str, str] = {}
    name = clean(one(fields, "name"))
    if not 1 <= len(name) <= LONGEST_NAME:
        bad["name"] = f"A name has 1 to {LONGEST_NAME} characters."
    size = _size(one(fields, "weight"))
    if size is None:
        bad["weight"] = "Choose how much it counts."
    direction = one(fields, "direction")
    if direction not in ("more", "less"):
        bad["direction"] = "Choose more or less."
    if bad or size is None:
        return None, bad
    return InterestForm(name, -size if direction == "less" else size), {}


def _weights(size: float) -> list[Choice]:
    named = [Choice("little", "A little"), Choice("normal", "As much as others"), Choice("lot", "A lot")]
    is_named = _value(size) in _NAMED
    return named if is_named else [*named, Choice(_value(size), f"As it is: ×{size:g}")]  # noqa: RUF001 - the sign


def _value(size: float) -> str:
    return next((value for value, named in _NAMED.items() if named == size), repr(size))


def _size(value: str) -> float | None:
    if value in _NAMED:
        return _NAMED[value]
    try:
        size = float(value)
    except ValueError:
        return None
    return size if _LEAST_WEIGHT <= size <= _MOST_WEIGHT else None
