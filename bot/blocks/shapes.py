"""Blocks that are made once and filled often.

slackblocks builds, checks and renders a block in up to 0.4 ms, and the blocks of two papers differ in their texts
alone. So it makes each shape once, with the longest text that each place may hold; whatever is no longer fits as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

import slackblocks
from slackblocks import LengthError

from bot.acts import Block
from bot.blocks.parts import rendered

#: Slack's limits of a block_id, of a header and of any other text (characters).
LONGEST_ID, LONGEST_HEADER, LONGEST_TEXT = 255, 150, 3_000
#: What stands in a place until it is filled begins here: signs that mean nothing, one for each place.
_FIRST_SIGN = 0xE000

_Node: TypeAlias = "str | bool | list[_Node] | dict[str, _Node]"


class Shape:
    """A block with named places for texts, each with the most characters that it holds.

    ``make`` builds it from what it is given for the places. Raises InvalidUsageError for what Slack would refuse.
    """

    def __init__(self, make: Callable[[Mapping[str, str]], slackblocks.Block], **most: int) -> None:
        signs = {name: chr(_FIRST_SIGN + place) * length for place, (name, length) in enumerate(most.items())}
        [made] = rendered(make(signs))
        self._made = cast("dict[str, _Node]", made)
        self._places = tuple(signs.items())

    def filled(self, **texts: str) -> Block:
        """The block with a text, of 1 to so many characters, in every place. Raises LengthError, KeyError."""
        told: dict[str, str] = {}
        for name, sign in self._places:
            text = texts[name]
            if not 0 < len(text) <= len(sign):
                raise LengthError(f"{name} has {len(text)} characters, not 1 to {len(sign)}")
            told[sign] = text
        return {key: _filled(node, told) for key, node in self._made.items()}


def _filled(node: _Node, told: Mapping[str, str]) -> _Node:
    if isinstance(node, str):
        return told.get(node, node)
    if isinstance(node, dict):
        # Most parts are texts: these need no call.
        return {key: told.get(part, part) if type(part) is str else _filled(part, told) for key, part in node.items()}
    return [_filled(part, told) for part in node] if isinstance(node, list) else node
