"""The organisation chip of a card: an image whose alternative text is a handle, followed by the full name."""

from __future__ import annotations

import re
from collections.abc import Collection

_BRACKETED = re.compile(r"\[([^\[\]]{1,100})\] ?(.+)")
_SHARED_LETTERS = 4
_SHORTEST = 2
_LONGEST_HANDLE = 40
_SMALL_WORDS = frozenset({"of", "the", "and", "for", "in", "at", "de", "la", "di"})


def organisation_name(printed: str, handles: Collection[str] = ()) -> str:
    """The full name in a chip's line, without the handle before it.

    The first word is a handle if it is one of ``handles`` (as links on the page tell them), if folded to letters
    and digits it begins the rest, is its initials or its capitals, or shares four first letters with it. So a bare
    name stays whole. A handle that lost the space behind it is found where it begins the rest.
    """
    if found := _BRACKETED.fullmatch(printed):
        return found[2].strip()
    first, _, rest = printed.partition(" ")
    rest = rest.strip()
    if rest and _is_handle(first, rest, {handle.casefold() for handle in handles}):
        return rest
    return _unglued(printed)


def _is_handle(word: str, rest: str, handles: Collection[str]) -> bool:
    if word.casefold() in handles:
        return True
    handle, name = _folded(word), _folded(rest)
    if len(handle) < _SHORTEST or not name:
        return False
    words = re.findall(r"[^\W_]+", rest)
    initials = "".join(part[0] for part in words).casefold()
    main_initials = "".join(part[0] for part in words if part.casefold() not in _SMALL_WORDS).casefold()
    capitals = "".join(filter(str.isupper, rest)).casefold()
    return (
        name.startswith(handle)
        or handle in (initials, main_initials, capitals)
        or (len(handle) >= _SHARED_LETTERS and handle[:_SHARED_LETTERS] == name[:_SHARED_LETTERS])
    )


def _unglued(printed: str) -> str:
    """``tidelabTide Lab`` without its handle: the longest beginning that also begins what follows it."""
    for cut in range(min(len(printed) - 1, _LONGEST_HANDLE), _SHARED_LETTERS - 1, -1):
        if (
            printed[cut].isupper()
            and not printed[cut - 1].isspace()
            and printed[:cut].isascii()
            and " " not in printed[:cut]
        ):
            handle, name = _folded(printed[:cut]), _folded(printed[cut:])
            if len(handle) >= _SHARED_LETTERS and name.startswith(handle):
                return printed[cut:]
    return printed


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
