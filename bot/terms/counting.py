"""Counts a text's terms, and packs the counts small enough to be stored for every paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.terms.wording import STOP_WORDS, stem, words

#: The largest number of a term: a float32 holds every whole number up to here.
LARGEST = 2**24 - 1
#: A text is looked at as far as so many words: no abstract has a tenth of them.
MOST_WORDS = 5_000
_MOST_PACKED = 4 * (2 * MOST_WORDS + 1)
_MOST_COUNTED = 255
_UNIT = np.dtype("<u4")
_SPACED = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of one text: which, and how often each."""

    #: int32[n], ascending, from 1 to LARGEST.
    numbers: NDArray[np.int32]
    #: uint8[n], at least 1; what occurs more often counts 255 times.
    counts: NDArray[np.uint8]
    #: How many words the text has, stop words too.
    words: int

    def __len__(self) -> int:
        """How many different terms there are."""
        return len(self.numbers)

    def packed(self) -> bytes:
        """Four bytes a term, and four for the number of words."""
        units = np.empty(len(self.numbers) + 1, _UNIT)
        units[0] = self.words
        units[1:] = self.numbers.astype(np.uint32) | (self.counts.astype(np.uint32) << np.uint32(24))
        return units.tobytes()

    @classmethod
    def unpacked(cls, stored: bytes) -> Terms | None:
        """What ``packed`` gave; None where these bytes cannot be that."""
        if not _UNIT.itemsize <= len(stored) <= _MOST_PACKED or len(stored) % _UNIT.itemsize:
            return None
        units = np.frombuffer(stored, _UNIT)
        numbers = (units[1:] & np.uint32(LARGEST)).astype(np.int32)
        counts = (units[1:] >> np.uint32(24)).astype(np.uint8)
        if units[0] > MOST_WORDS or (counts == 0).any() or (numbers[:1] < 1).any() or (np.diff(numbers) < 1).any():
            return None
        return cls(numbers, counts, int(units[0]))


def terms_of(text: str) -> Terms:
    """The terms of a text: its words without stop words and plurals, and each two of them that follow each other."""
    counted: dict[int, int] = {}
    for number in islice(_numbers(text), 2 * MOST_WORDS):
        counted[number] = counted.get(number, 0) + 1
    numbers = np.array(sorted(counted), np.int32)
    counts = np.array([min(_MOST_COUNTED, counted[number]) for number in numbers.tolist()], np.uint8)
    return Terms(numbers, counts, sum(1 for _ in islice(_SPACED.finditer(text), MOST_WORDS)))


def _numbers(text: str) -> Iterator[int]:
    before = ""
    for word, _, _ in islice(words(text), MOST_WORDS):
        if word in STOP_WORDS:
            continue
        term = stem(word)
        yield term_number(term)
        if before:
            yield term_number(f"{before} {term}")
        before = term


@lru_cache(maxsize=65_536)
def term_number(term: str) -> int:
    """The number of a term, a stem or two of them with a space between, from 1 to LARGEST: the same everywhere."""
    return crc32(term.encode("utf-8", "replace")) % LARGEST + 1
