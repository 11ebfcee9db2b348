"""What cards, lists and people's messages are put together from: rendered blocks, buttons, short facts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import slackblocks
from slackblocks import ActionsBlock, Markdown, PlainText

from bot.acts import Block
from bot.blocks.text import clean

#: Slack's limits of a button (characters).
LONGEST_LABEL, LONGEST_VALUE = 75, 2_000


@dataclass(frozen=True, slots=True)
class Button:
    """A button: its label as people read it, and what comes back when it is pressed."""

    label: str
    action_id: str
    value: str = ""
    #: "primary" or "danger"; None: as the others.
    style: str | None = None
    #: What a screen reader says where the label alone would not do.
    said: str | None = None


def rendered(*built: slackblocks.Block) -> tuple[Block, ...]:
    """The blocks as Slack takes them, at most 100. Raises InvalidUsageError for what Slack would refuse."""
    if not built:
        return ()
    made: list[Block] = slackblocks.HomeTabView(list(built)).to_dict()["blocks"]
    return tuple(made)


def as_is(text: str) -> Markdown:
    """Escaped text without markup of ours; Slack looks for no addresses, channels or names in it."""
    return Markdown(text, verbatim=True)


def button(told: Button) -> slackblocks.Button:
    """One button."""
    return slackblocks.Button(
        PlainText(clean(told.label, LONGEST_LABEL) or "…"),
        action_id=told.action_id,
        value=told.value[:LONGEST_VALUE] or None,
        style=cast("Any", told.style),
        accessibility_label=clean(told.said or "", LONGEST_LABEL) or None,
    )


def buttons(block_id: str, *told: Button) -> ActionsBlock:
    """A row of buttons."""
    return ActionsBlock([button(one) for one in told], block_id=block_id)


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """``1 comment``, ``2 comments``, ``1,200 people``."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def share_words(share: float) -> str:
    """``98.4 %``: rounded down, so that nothing seems to pass a bar that it does not pass."""
    return f"{math.floor(share * 10_000 + 1e-6) / 100:g} %"


def lasting(seconds: float) -> str:
    """``5 minutes``, ``1 day``: rounded down to the greatest unit."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return counted(int(seconds // length), unit)
    return counted(int(seconds), "second")


def listed(names: Sequence[str], most: int) -> str:
    """``A, B``; ``A, B and 3 more`` beyond ``most``."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"
