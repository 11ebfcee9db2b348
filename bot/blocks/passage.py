"""The sentence of an abstract that speaks most for a paper, with the words in it that the reader's interest knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.blocks.text import clean, cut
from bot.cleaning import display

#: Characters of a passage, about three lines on a phone; so many stand before the first word in a longer one.
LONGEST_PASSAGE, _BEFORE = 240, 60
#: Runs of words that stand out; more would be a text in bold.
MOST_MARKED = 6
_REMEMBERED = 1_024
#: Words beside each other stand out as one.
_BETWEEN = re.compile(r"[ \u00a0-]*")


@lru_cache(_REMEMBERED)
def passage_parts(sentence: str, words: tuple[str, ...], *, is_opening: bool) -> tuple[tuple[str, bool], ...]:
    """What is shown of a sentence, plain, in parts: each with whether it stands out; none alike beside each other.

    At most ``LONGEST_PASSAGE`` characters and two marks of what is left out; ``words`` stand in it as they are. A sentence
    that is not the abstract's first one (``is_opening``) begins with "…". Empty for nothing to show.
    """
    whole = clean(display(sentence))
    if not whole:
        return ()
    start = _start(whole, _runs(whole, words))
    shown = cut(whole[start:], LONGEST_PASSAGE)
    parts = [("… ", False)] if start or not is_opening else []
    at = 0
    for first, end in _runs(shown, words):
        parts += [(shown[at:first], False), (shown[first:end], True)]
        at = end
    return tuple(_joined([*parts, (shown[at:], False)]))


def passage_lines(parts: Sequence[tuple[str, bool]]) -> list[str]:
    """The passage for who hears it, plain: what it says, and which words stand out; nothing for none."""
    if not parts:
        return []
    whole = "".join(text for text, _ in parts)
    marked = list({text.casefold(): text for text, stands_out in reversed(parts) if stands_out}.values())[::-1]
    return [f"It says: “{whole}”", *([f"Words in common: {', '.join(marked)}"] if marked else [])]


def _runs(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words stand in the text, those beside each other as one; the first ``MOST_MARKED``."""
    wanted = sorted({word for one in words if (word := clean(one))}, key=len, reverse=True)
    if not wanted:
        return []
    runs: list[tuple[int, int]] = []
    for found in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, wanted))})(?!\w)", text):
        if runs and _BETWEEN.fullmatch(text, runs[-1][1], found.start()):
            runs[-1] = (runs[-1][0], found.end())
        else:
            runs.append(found.span())
    return runs[:MOST_MARKED]


def _start(whole: str, runs: Sequence[tuple[int, int]]) -> int:
    """Where a passage that is too long begins: so that as many words as possible stand in it, as early as possible."""
    if len(whole) <= LONGEST_PASSAGE:
        return 0
    begins = [0, *(whole.rfind(" ", 0, max(1, first - _BEFORE)) + 1 for first, _ in runs)]
    return max(begins, key=lambda begin: (sum(begin <= a and b <= begin + LONGEST_PASSAGE for a, b in runs), -begin))


def _joined(parts: Sequence[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """The parts that say something; those alike beside each other as one."""
    held: tuple[str, bool] | None = None
    for text, stands_out in parts:
        if not text:
            continue
        if held and held[1] == stands_out:
            held = (held[0] + text, stands_out)
        else:
            if held:
                yield held
            held = (text, stands_out)
    if held:
        yield held
