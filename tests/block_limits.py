"""Slack's limits of what a message or a view may hold, as far as we use them (docs.slack.dev/reference/block-kit).

``problems`` says what Slack would refuse; ``live`` finds control sequences in what a message says that are not our own
links: a title must never be able to notify, to link or to format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: Most blocks by surface.
BLOCKS = {"message": 50, "modal": 100, "home": 100}
ELEMENTS = {"actions": 25, "context": 10}
TEXT = {"section": 3_000, "header": 150, "context": 2_000}
BUTTON_TEXT, BUTTON_VALUE, ACTION_ID, OPTION_TEXT, OPTION_VALUE, LABEL, HINT = 75, 2_000, 255, 75, 150, 2_000, 2_000
LINK = 3_000
#: Types that chat.unfurl refuses, and that a message does not take.
NOT_IN_MESSAGES = {"input"}
_CONTROL = re.compile(r"<[^<>]*>")
_OWN_LINK = re.compile(r"<https?://[^<>|\s]+\|[^<>]*>")
_DATE = re.compile(r"<!date\^\d+\^[^<>|^]+\|[^<>|]*>")


def problems(blocks: Sequence[Mapping[str, Any]], surface: str = "message") -> list[str]:
    """What Slack would refuse, in words; empty for nothing."""
    found = [f"{len(blocks)} blocks"] if not 0 < len(blocks) <= BLOCKS[surface] else []
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    found += [f"block_id {one} twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
    found += [f"block_id of {len(one)}" for one in ids if not 0 < len(one) <= ACTION_ID]
    for block in blocks:
        kind = block["type"]
        if surface == "message" and kind in NOT_IN_MESSAGES:
            found.append(f"{kind} in a message")
        found += [f"{kind}: {one}" for one in _of_block(block, kind)]
    return found


def _of_block(block: Mapping[str, Any], kind: str) -> Iterator[str]:
    elements = block.get("elements", [])
    if kind in ELEMENTS and not 0 < len(elements) <= ELEMENTS[kind]:
        yield f"{len(elements)} elements"
    if kind in TEXT and "text" in block:
        yield from _text(block["text"], TEXT[kind])
    if kind == "context":
        for element in elements:
            yield from _text(element, TEXT[kind]) if element["type"] in ("mrkdwn", "plain_text") else ()
    if kind == "rich_text":
        yield from (f"empty or long: {one}" for one in _rich(block) if not _fits(one))
    if kind == "input":
        yield from _text(block["label"], LABEL)
        yield from _text(block["hint"], HINT) if "hint" in block else ()
    for element in (*elements, block.get("accessory"), block.get("element")):
        if element and "action_id" in element:
            yield from _of_element(element)


def _fits(element: Mapping[str, Any]) -> bool:
    return bool(element.get("text", "x")) and 0 < len(element.get("url", "x")) <= LINK


def _of_element(element: Mapping[str, Any]) -> Iterator[str]:
    if not 0 < len(element["action_id"]) <= ACTION_ID:
        yield "action_id"
    if element["type"] == "button":
        yield from _text(element["text"], BUTTON_TEXT)
        if not len(element.get("value", "")) <= BUTTON_VALUE:
            yield "value"
        if len(element.get("accessibility_label", "x")) > BUTTON_TEXT:
            yield "accessibility_label"
    options = element.get("options", [])
    if element["type"] == "overflow" and not 0 < len(options) <= 5:
        yield "options"
    if len(options) > 100:
        yield "options"
    for option in options:
        yield from _text(option["text"], OPTION_TEXT)
        if not 0 < len(option["value"]) <= OPTION_VALUE:
            yield "option value"


def _text(text: Mapping[str, Any], most: int) -> Iterator[str]:
    if not 0 < len(text["text"]) <= most:
        yield f"text of {len(text['text'])}"


def _rich(node: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        told: Mapping[str, Any] = node  # pyright: ignore[reportUnknownVariableType] - JSON
        if told.get("type") in ("text", "link"):
            yield told
        for element in told.get("elements", []):
            yield from _rich(element)


def live(text: str) -> list[str]:
    """Control sequences of ``mrkdwn`` or of a message's ``text`` that are neither links with a label nor dates."""
    return [one for one in _CONTROL.findall(text) if not _OWN_LINK.fullmatch(one) and not _DATE.fullmatch(one)]


def spoken(node: object) -> Iterator[str]:
    """Every string of blocks or views that Slack reads as ``mrkdwn``."""
    if isinstance(node, Mapping):
        told: Mapping[str, Any] = node  # pyright: ignore[reportUnknownVariableType] - JSON
        if told.get("type") == "mrkdwn":
            yield told["text"]
        for value in told.values():
            yield from spoken(value)
    elif isinstance(node, list | tuple):
        for one in node:  # pyright: ignore[reportUnknownVariableType] - JSON
            yield from spoken(one)  # pyright: ignore[reportUnknownArgumentType] - JSON
