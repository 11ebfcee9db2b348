"""Collects the hits of all readers while the blocks of interests stream by, and deals them out reader by reader.

A reader's interests may stand in different blocks, so hits are kept until the last block was seen: 16 bytes each and
about 48 for each interest that hit, at most KEEP hits of one interest.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from bot.matching.background import Seen
from bot.matching.columns import Floats, Numbers, Places, changes, counted, ranks
from bot.matching.dealing import KEEP, deal, weakened
from bot.matching.scoring import Block, Hits, Scoring
from bot.matching.word_book import Words
from bot.models import DEVIATION, MEAN, ROW_EXTRA, SHARE, THRESHOLD, WEIGHT

#: Of a negative interest more are kept, as each hit can take a paper away.
KEEP_LESS = 5 * KEEP

_HITS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that could be sent because of this interest."""

    interest_id: str
    #: Row of the paper.
    paper: int
    score: float
    #: Deviations above the interest's mean, less what a negative interest took, times its weight.
    strength: float
    #: The interest's share of the places.
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """One reader's candidates, each paper once, in the order of dealing: the first n of them fill a cap of n."""

    user: str
    candidates: tuple[Candidate, ...]


class Names:
    """Many short byte strings in one buffer, by number: a third of the memory of as many objects."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> bytes:
        return bytes(self._bytes[self._ends[number] : self._ends[number + 1]])

    def extend(self, names: list[bytes]) -> None:
        """Append ``names``; the first of them gets the number that was the length."""
        lengths = np.fromiter(map(len, names), np.int64, len(names))
        self._ends.frombytes((np.cumsum(lengths) + self._ends[-1]).tobytes())
        self._bytes += b"".join(names)

    def order(self, numbers: Places) -> Numbers:
        """The place of each numbered name when they are sorted."""
        return ranks(np.array([self[number] for number in numbers.tolist()]))


@dataclass(frozen=True, slots=True, eq=False)
class Dealt:
    """The candidates of many readers in columns: readers one after the other, each in the order of dealing."""

    #: The number of the interest in ``fields``.
    interest: Places
    paper: Places
    score: Floats
    strength: Floats
    share: Floats
    #: ``b"<user>"``, a NUL, ``b"<interest id>"``
    fields: Names

    def __len__(self) -> int:
        return len(self.paper)

    def __iter__(self) -> Iterator[Found]:
        """Reader by reader."""
        readers: dict[bytes, list[Candidate]] = {}
        columns = (self.interest, self.paper, self.score, self.strength, self.share)
        for interest, *paper in zip(*(column.tolist() for column in columns), strict=True):
            user, _, interest_id = self.fields[interest].partition(b"\0")
            candidate = Candidate(interest_id.decode(errors="replace"), *paper)
            readers.setdefault(user, []).append(candidate)
        for user, found in readers.items():
            yield Found(user.decode(errors="replace"), tuple(found))


def candidates(blocks: Iterable[Block], seen: Seen, words: Words) -> Iterator[Dealt]:
    """Every reader's candidates among the papers of ``seen``, many readers at a time and each reader once."""
    collected = Collected(seen, words)
    for block in blocks:
        collected.add(block)
    yield from collected.dealt()


class Collected:
    """Hits of many readers in columns that grow."""

    def __init__(self, seen: Seen, words: Words) -> None:
        self._scoring = Scoring(seen, words)
        # by number of the interest
        self._fields = Names()
        self._reader = array("q")
        self._weight = array("f")
        self._share = array("f")
        self._bar = array("f")
        # by hit
        self._interest = array("i")
        self._paper = array("i")
        self._score = array("f")
        self._nearness = array("f")

    def __len__(self) -> int:
        """How many hits are kept."""
        return len(self._interest)

    def add(self, block: Block) -> None:
        """Score a block and keep its hits."""
        found = self._scoring.hits(block.rows)
        if not len(found):
            return
        extra = block.rows[:, -ROW_EXTRA:]
        weight = extra[:, WEIGHT]
        if len(self._scoring) > KEEP:
            found = _strongest(found, weight)
        new = changes(found.interest)
        rows = found.interest[new]
        fields: list[bytes] = [block.fields[row] for row in rows.tolist()]
        self._interest.frombytes((np.cumsum(new, dtype=np.int32) + np.int32(len(self._fields) - 1)).tobytes())
        self._paper.frombytes(found.paper.tobytes())
        self._score.frombytes(found.score.tobytes())
        self._nearness.frombytes(found.nearness.tobytes())
        self._weight.frombytes(weight[rows].tobytes())
        self._share.frombytes(extra[rows, SHARE].tobytes())
        self._bar.frombytes(((extra[rows, THRESHOLD] - extra[rows, MEAN]) / extra[rows, DEVIATION]).tobytes())
        # a keyed 64-bit hash: even if two of a million readers shared one, they would only be dealt together
        self._reader.extend([hash(field.partition(b"\0")[0]) for field in fields])
        self._fields.extend(fields)

    def dealt(self) -> Iterator[Dealt]:
        """All readers with something to deal, some 65,000 hits at a time."""
        interest = np.frombuffer(self._interest, np.int32)
        reader = np.frombuffer(self._reader, np.int64)[interest]
        order = np.argsort(reader)
        starts = np.append(np.flatnonzero(changes(reader[order])), len(order))
        first = 0
        while first < len(starts) - 1:
            last = max(first + 1, int(np.searchsorted(starts, starts[first] + _HITS_AT_ONCE, side="right")) - 1)
            sizes = np.diff(starts[first : last + 1])
            yield self._deal(order[starts[first] : starts[last]], np.repeat(np.arange(len(sizes)), sizes))
            first = last

    def _deal(self, picked: Numbers, reader: Numbers) -> Dealt:
        """Deal the hits numbered ``picked``, which are of the readers numbered ``reader``, ascending."""
        interest = np.frombuffer(self._interest, np.int32)[picked]
        paper = np.frombuffer(self._paper, np.int32)[picked]
        nearness = np.frombuffer(self._nearness, np.float32)[picked]
        weight = np.frombuffer(self._weight, np.float32)[interest]
        share = np.frombuffer(self._share, np.float32)[interest]
        bar = np.frombuffer(self._bar, np.float32)[interest]
        strength = weakened(reader * len(self._scoring) + paper, nearness, weight, bar)
        order = deal(reader, interest, paper, strength, share, by_field=self._fields.order)
        return Dealt(
            interest[order],
            paper[order],
            np.frombuffer(self._score, np.float32)[picked[order]],
            strength[order].astype(np.float32),
            share[order],
            self._fields,
        )


def _strongest(found: Hits, weight: Floats) -> Hits:
    """``found`` without what an interest has beyond its KEEP (or KEEP_LESS) nearest papers."""
    order = np.lexsort((found.paper, -found.nearness, found.interest))
    most = np.where(weight < 0, KEEP_LESS, KEEP)
    kept = counted(found.interest[order]) < most[found.interest[order]]
    return found.only(np.sort(order[kept]))
