"""All stored papers in memory, without their texts: days, names, counts and vectors. A cache of the store, kept up by its log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bot import cleaning, identity
from bot.models import ModelTag, Paper
from bot.store import Floats, Store, StoredPaper

#: Papers read at once: the event loop is held for some ten milliseconds.
_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Known:
    """One paper: ``paper`` has only its newest counts, and neither abstract nor history."""

    paper: Paper
    has_abstract: bool

    @property
    def day(self) -> date:
        """The paper's own day, else the day on which it was first seen (UTC)."""
        return self.paper.day() or self.paper.first_seen.date()

    def is_recent(self, since: date) -> bool:
        """Its own day, or the day on which it was first seen, is not before ``since``."""
        return max(self.day, self.paper.first_seen.date()) >= since


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Papers with their vectors, newest day first; ``vectors`` is float32[n, d], ids never stand twice."""

    known: Sequence[Known]
    ids: Sequence[str]
    vectors: Floats

    def only(self, rows: Sequence[int]) -> Shelf:
        """The papers of these rows, in their order."""
        places: NDArray[np.intp] = np.array(rows, np.intp)
        return Shelf([self.known[row] for row in rows], [self.ids[row] for row in rows], self.vectors[places])


class Catalogue:
    """The stored papers as they were at the last ``refresh``."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._vectors: dict[str, Floats] = {}
        #: Papers whose vector is not there yet, or is of an older text.
        self._waiting: dict[str, StoredPaper] = {}
        self._number = 0
        self._shelf: Shelf | None = None
        self._turn = asyncio.Lock()

    @property
    def known(self) -> Mapping[str, Known]:
        """Every stored paper by its id, with or without a vector."""
        return self._known

    async def refresh(self, store: Store, tag: ModelTag) -> Shelf:
        """Take in what has changed; gives all papers that have vectors of this model. Raises StoreError."""
        async with self._turn:
            if await store.papers.change_number() < self._number:
                # It is another store than it was: a backup was put in its place.
                self._known, self._vectors, self._waiting, self._number = {}, {}, {}, 0
                self._shelf = None
            waiting = list(self._waiting.values())
            while changes := await store.papers.changed_since(self._number, _AT_ONCE):
                ids = [paper_id for _, paper_id in changes]
                papers: list[StoredPaper] = []
                for paper_id, stored in zip(ids, await store.papers.get(ids), strict=True):
                    if stored is None or stored.paper.id != paper_id:
                        self._drop(paper_id)
                    else:
                        papers.append(stored)
                        self._known[paper_id] = _known(stored.paper)
                self._shelf = None
                await self._fetch(store, tag, papers)
                self._number = changes[-1][0]
            # What changed meanwhile was fetched just now, and what waits for it is another text.
            still = [one for one in waiting if self._waiting.get(one.paper.id) is one]
            for start in range(0, len(still), _AT_ONCE):
                await self._fetch(store, tag, still[start : start + _AT_ONCE])
            if self._shelf is None:
                self._shelf = await asyncio.to_thread(self._shelved, tag.dimension)
            return self._shelf

    def _drop(self, paper_id: str) -> None:
        self._known.pop(paper_id, None)
        self._vectors.pop(paper_id, None)
        self._waiting.pop(paper_id, None)

    async def _fetch(self, store: Store, tag: ModelTag, papers: Sequence[StoredPaper]) -> None:
        """The vectors of these papers; what has none of its present text is asked for again at the next refresh."""
        found = await store.vectors.get(tag, papers)
        hashes = await asyncio.to_thread(lambda: [_text_hash(one.paper) for one in papers])
        for stored, text_hash in zip(papers, hashes, strict=True):
            paper_id = stored.paper.id
            if paper_id not in self._known:
                continue
            row = found.get(paper_id)
            if row is not None:
                self._vectors[paper_id] = row.vector
                self._shelf = None
            if row is not None and row.text_hash == text_hash:
                self._waiting.pop(paper_id, None)
            else:
                self._waiting[paper_id] = stored

    def _shelved(self, dimension: int) -> Shelf:
        ids = [paper_id for paper_id in self._known if paper_id in self._vectors]
        ids.sort(key=lambda one: (-self._known[one].day.toordinal(), one))
        vectors = np.array([self._vectors[one] for one in ids], np.float32).reshape(len(ids), dimension)
        return Shelf([self._known[one] for one in ids], ids, vectors)


def _known(paper: Paper) -> Known:
    light = replace(
        paper,
        abstract=None,
        titles=(),
        abstracts=(),
        ai_summary=None,
        comments=paper.comments[:1],
        upvotes=paper.upvotes[:1],
        appearances=(),
        provenance=(),
    )
    return Known(light, has_abstract=bool(paper.abstract and paper.abstract.strip()))


def _text_hash(paper: Paper) -> bytes:
    return identity.text_hash(cleaning.paper_text(paper))
