"""Presses what a message or a view really has, as a person does it and the door reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from bot.acts import Act, Block
from tests.handling import button


def elements(blocks: Sequence[Block]) -> Iterator[tuple[Block, Mapping[str, Any]]]:
    """Every element that can be used, with its block."""
    for block in blocks:
        for element in (*block.get("elements", ()), block.get("accessory"), block.get("element")):
            if isinstance(element, Mapping) and "action_id" in element:
                yield block, element


def pressed(shown: Sequence[Block], name: str, of: str = "", *, value: str | None = None, **fields: Any) -> Act:
    """The act of using the element ``name`` in a block whose block_id has ``of`` in it; AssertionError if it is not there.

    ``value`` is the chosen option of a menu, which must have it.
    """
    for block, element in elements(shown):
        if element["action_id"] == name and of in block.get("block_id", ""):
            if value is not None:
                assert value in [option["value"] for option in element["options"]], element
            chosen = element.get("value", "") if value is None else value
            return button(
                name, chosen, block_id=block["block_id"], message_blocks=tuple(shown), message="1.1", **fields
            )
    raise AssertionError(f"no {name} of {of!r} in {[element['action_id'] for _, element in elements(shown)]}")


def said(shown: Sequence[Block]) -> str:
    """Every text of these blocks, in order."""
    return " ".join(_texts(shown))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        return
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, Any]", value)
        if isinstance(parts.get("text"), str):
            yield parts["text"]
        for part in parts.values():
            yield from _texts(part)
    elif isinstance(value, Sequence):
        for part in cast("Sequence[Any]", value):
            yield from _texts(part)
