"""The values of a JSON text, one after the other: a list's items, JSON lines, or what is whole in a damaged file.

Brackets of outer lists are skipped, so pages of lists, lists and lines all give the same sequence. A value that
cannot be read ends where the next one begins that looks like those before it; so one bad record costs itself only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

_SPACE = re.compile(r"[\s,]*")
_FIRST_KEY = re.compile(r'\{\s*"([^"\\]{1,50})"\s*:')
#: Nesting beyond the interpreter's limit costs a whole attempt each time; so many are tried.
_DEEP_ATTEMPTS = 20
#: Failed attempts may read the text so many times over in all.
_REREADS = 4
_LONG_INTEGER = 30
#: A broken value whose error stands so close to the end of the text was cut off there.
_END_MARGIN = 8
#: First keys of the items that the API and its archives give.
_ITEM_KEYS: tuple[str, ...] = ("paper", "id", "title")


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONG_INTEGER else None


def _no_number(_word: str) -> None:
    """NaN and Infinity are no JSON and no values: they stand for nothing."""


_DECODER = json.JSONDecoder(parse_int=_integer, parse_constant=_no_number, strict=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A value and its place in the text."""

    value: object
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of text that is no JSON, and why."""

    start: int
    end: int
    reason: str


@dataclass(slots=True)
class Scan:
    """What ``scan`` found, in order."""

    parts: list[Found | Damage] = field(default_factory=list[Found | Damage])
    #: The text ends before its last value or list does.
    is_truncated: bool = False
    #: There were more values than were asked for.
    is_longer: bool = False

    @property
    def values(self) -> list[object]:
        """The values without the damage between them."""
        return [part.value for part in self.parts if isinstance(part, Found)]


def decode_json(text: str) -> object:
    """The value of a JSON text; raises ValueError where there is none, also for one nested too deep to be read."""
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def scan(text: str, *, most: int) -> Scan:
    """Up to ``most`` values of ``text``; never raises, and reads the text a bounded number of times."""
    result = Scan()
    for part in _Scanner(text, result).parts():
        if len(result.parts) >= most:
            result.is_longer = True
            break
        result.parts.append(part)
    return result


class _Scanner:
    def __init__(self, text: str, result: Scan) -> None:
        self._text = text
        self._result = result
        self._end = len(text.rstrip())
        self._keys = list(_ITEM_KEYS)
        self._open_lists = 0
        self._wasted = 0
        self._too_deep = 0

    def parts(self) -> Iterator[Found | Damage]:
        at = self._skip(0)
        while at < self._end:
            char = self._text[at]
            if char == "[":
                self._open_lists += 1
                at = self._skip(at + 1)
                continue
            if char == "]":
                self._open_lists -= 1
                at = self._skip(at + 1)
                if self._open_lists >= 0:
                    continue
                # The list was inside a damaged object: what follows is the rest of that object.
                at = self._resumed(at, self._keys)
                continue
            part = self._part(at)
            yield part
            at = self._skip(part.end)
        self._result.is_truncated |= self._open_lists > 0

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def _part(self, at: int) -> Found | Damage:
        try:
            value, end = cast("tuple[object, int]", _DECODER.raw_decode(self._text, at))
        except RecursionError:
            self._too_deep += 1
            return self._damage(at, "It is nested too deep.")
        except ValueError as error:
            failed_at = error.pos if isinstance(error, json.JSONDecodeError) else at
            self._wasted += failed_at - at
            damage = self._damage(at, "It is no valid JSON.")
            cut_off = failed_at >= self._end - _END_MARGIN or "Unterminated string" in str(error)
            self._result.is_truncated |= cut_off and damage.end == self._end
            return damage
        self._learn(at)
        return Found(value, at, end)

    def _first_key(self, at: int) -> str | None:
        found = _FIRST_KEY.match(self._text, at)
        return found[1] if found else None

    def _learn(self, at: int) -> None:
        """Remember how items begin here."""
        key = self._first_key(at)
        if key and key not in self._keys and len(self._keys) <= len(_ITEM_KEYS):
            self._keys.append(key)

    def _damage(self, at: int, reason: str) -> Damage:
        key = self._first_key(at)
        return Damage(at, self._resumed(at + 1, [key] if key in self._keys else self._keys), reason)

    def _resumed(self, at: int, keys: Sequence[str | None]) -> int:
        """Where the next item begins that has one of the first keys, or the end of the text."""
        if self._too_deep > _DEEP_ATTEMPTS or self._wasted > _REREADS * len(self._text):
            return self._end
        found = _item_pattern(tuple(filter(None, keys))).search(self._text, at)
        return found.start() if found else self._end


@lru_cache(maxsize=64)
def _item_pattern(keys: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, keys))
    return re.compile(rf'\{{\s*"(?:{names})"\s*:|^[\{{\[](?=\s*["\{{])', re.MULTILINE)
