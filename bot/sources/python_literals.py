"""Python values written out with ``str``, as some archives keep API answers, turned into JSON.

Nothing is evaluated: the text is read as a sequence of strings, numbers, brackets and the words True, False and
None, in time linear in its length.
"""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(
    r"(?P<plain>[\s\[\]{}:,()]+)"
    r"|(?P<string>'(?:[^'\\]++|\\.)*+'|\"(?:[^\"\\]++|\\.)*+\")"
    r"|(?P<number>-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?(?![\w.]))"
    r"|(?P<word>True|False|None|nan|-?inf)\b",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})|(.))", re.DOTALL)
_NAMED = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_WORDS = {"True": "true", "False": "false"}
_BRACKETS = str.maketrans("()", "[]")


def looks_like_literal(text: str) -> bool:
    """Whether a text begins as a written-out dictionary with string keys, or a list of them, does."""
    return re.match(r"\s*(?:\[\s*)?\{\s*'", text[:200]) is not None


def as_json(text: str) -> str | None:
    """The JSON text of a written-out Python value; None for anything that is not made of plain values."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            return None
        at = found.end()
        if found["string"]:
            parts.append(json.dumps(_text(found["string"][1:-1])))
        elif found["word"]:
            parts.append(_WORDS.get(found["word"], "null"))
        else:
            parts.append(found[0].translate(_BRACKETS))
    return "".join(parts)


def _text(written: str) -> str:
    return _ESCAPE.sub(_unescaped, written) if "\\" in written else written


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    return chr(int(digits, 16)) if digits else _NAMED.get(found[4], found[4])
