"""Whether an answer stops before its end: what is missing behind it may come with the next one."""

from __future__ import annotations

import re

from bot.sources import feed, json_api

#: What tells of nesting in JSON; a quotation mark alone begins a text that never ends.
_NESTING = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}"]', re.DOTALL)
_ROOT = re.compile(r"<(?P<name>(?:\w{1,20}:)?(?:rss|feed|RDF|OAI-PMH))\b[^<>]*+>", re.IGNORECASE)


def breaks_off(content: bytes) -> bool:
    """Whether an answer in JSON or XML ends in the middle; of other forms nobody can say, so it does not."""
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    if json_api.recognises(text):
        return _is_open(text)
    if feed.recognises(text):
        root = _ROOT.search(text)
        return root is None or not (root[0].endswith("/>") or re.search(rf"</{root['name']}\s*>", text[root.end() :]))
    return False


def _is_open(text: str) -> bool:
    """Whether a bracket or a text is never closed; what else is wrong within costs single papers."""
    depth = 0
    for found in _NESTING.finditer(text):
        match found[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case '"':
                return True
            case _:
                continue
    return depth > 0
