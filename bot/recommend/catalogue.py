"""All stored papers in memory, without their texts: days, names, counts, vectors, words. A cache of the store, kept by its log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import numpy as np

from bot import cleaning, identity
from bot.background import Backgrounds
from bot.matching import Background, Seen
from bot.models import ModelTag, Paper
from bot.recommend.shelf import Known, Ordinals, Shelf, joined, known_of
from bot.store import Floats, PaperVector, Store, StoredPaper
from bot.terms import TermRows, Terms

#: Papers read at once: the event loop is held for some ten milliseconds.
_AT_ONCE = 64
_TERMS_AT_ONCE = 1_000
#: Papers whose words are turned into rows at once, which takes several times their memory on the way.
_SEEN_AT_ONCE = 2_000
_NO_TERMS = Terms(np.empty(0, np.int32), np.empty(0, np.uint8), 0)


class Catalogue:
    """The stored papers as they were at the last ``refresh``."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        #: What came since the shelf was made.
        self._fresh: dict[str, PaperVector] = {}
        #: Papers whose vector is not there yet, or is of an older text.
        self._waiting: dict[str, StoredPaper] = {}
        self._number = 0
        self._shelf: Shelf | None = None
        self._is_old = True
        #: Among how many papers all were settled when their vectors were read.
        self._settled = 0
        self._turn = asyncio.Lock()

    @property
    def known(self) -> Mapping[str, Known]:
        """Every stored paper by its id, with or without a vector."""
        return self._known

    async def refresh(self, store: Store, backgrounds: Backgrounds) -> Shelf:
        """Take in what has changed; gives all papers that stand among their neighbours. Raises StoreError."""
        async with self._turn:
            tag = backgrounds.tag.among()
            if await store.papers.change_number() < self._number:
                # It is another store than it was: a backup was put in its place.
                self._known, self._fresh, self._waiting, self._number = {}, {}, {}, 0
                self._shelf = None
            if not self._number:
                # The vectors of all papers are about to be read.
                self._settled = await store.vectors.settled(backgrounds.tag)
            waiting = list(self._waiting.values())
            while changes := await store.papers.changed_since(self._number, _AT_ONCE):
                ids = [paper_id for _, paper_id in changes]
                papers: list[StoredPaper] = []
                for paper_id, stored in zip(ids, await store.papers.get(ids), strict=True):
                    if stored is None or stored.paper.id != paper_id:
                        self._drop(paper_id)
                    else:
                        papers.append(stored)
                        self._known[paper_id] = known_of(stored.paper)
                self._is_old = True
                await self._fetch(store, tag, papers)
                self._number = changes[-1][0]
            # What changed meanwhile was fetched just now, and what waits for it is another text.
            still = [one for one in waiting if self._waiting.get(one.paper.id) is one]
            for start in range(0, len(still), _AT_ONCE):
                await self._fetch(store, tag, still[start : start + _AT_ONCE])
            if (settled := await store.vectors.settled(backgrounds.tag)) != self._settled:
                await self._fetch_all(store, tag)
                self._settled = settled
            background = await backgrounds.now()
            if self._shelf is None or self._is_old or self._shelf.background is not background:
                self._shelf = await self._shelved(store, background, tag.dimension)
                self._fresh, self._is_old = {}, False
            return self._shelf

    def _drop(self, paper_id: str) -> None:
        self._known.pop(paper_id, None)
        self._fresh.pop(paper_id, None)
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
                self._fresh[paper_id] = row
                self._is_old = True
            if row is not None and row.text_hash == text_hash:
                self._waiting.pop(paper_id, None)
            else:
                self._waiting[paper_id] = stored

    async def _fetch_all(self, store: Store, tag: ModelTag) -> None:
        """The vectors of all papers, which were settled anew."""
        async for block in store.vectors.iterate(tag):
            for paper_id, ordinal, text_hash, row in zip(
                block.ids, block.ordinals, block.text_hashes, block.rows, strict=True
            ):
                if paper_id in self._known:
                    self._fresh[paper_id] = PaperVector(paper_id, int(ordinal), text_hash, row)
        self._is_old = True

    async def _shelved(self, store: Store, background: Background, dimension: int) -> Shelf:
        """A new shelf: of the old one what is still known, if possible as it was seen, and what is fresh."""
        old = self._shelf
        stood = {paper_id: place for place, paper_id in enumerate(old.ids)} if old else {}
        ids = [paper_id for paper_id in self._known if paper_id in self._fresh or paper_id in stood]
        ids.sort(key=lambda one: (-self._known[one].day.toordinal(), one))
        kept = [(row, stood[one]) for row, one in enumerate(ids) if one not in self._fresh]
        fresh = [row for row, one in enumerate(ids) if one in self._fresh]
        ordinals, papers = np.zeros(len(ids), np.int64), np.zeros((len(ids), dimension), np.float32)
        if old and kept:
            rows, places = np.array(kept, np.intp).T
            ordinals[rows], papers[rows] = old.ordinals[places], old.papers[places]
        for row in fresh:
            ordinals[row], papers[row] = self._fresh[ids[row]].ordinal, self._fresh[ids[row]].vector
        known = [self._known[one] for one in ids]
        if old is None or old.background is not background:
            seen = await _seen(store, background, ordinals, papers)
        else:
            new = await _seen(store, background, ordinals[fresh], papers[fresh])
            seen = joined(old.seen, kept, new, fresh)
        return Shelf(known, ids, ordinals, papers, seen, background)


async def _seen(store: Store, background: Background, ordinals: Ordinals, papers: Floats) -> Seen:
    """The papers of these ordinals, float32[n, d] among their neighbours, as interests see them."""
    vectors, words = np.empty_like(papers), [background.words([])]
    for start in range(0, len(papers), _SEEN_AT_ONCE):
        part = slice(start, start + _SEEN_AT_ONCE)
        terms = await _terms(store, ordinals[part])
        seen = await asyncio.to_thread(Seen.of, background, papers[part], terms)
        vectors[part] = seen.vectors
        words.append(seen.words)
    return Seen(vectors, TermRows.stacked(words))


async def _terms(store: Store, ordinals: Ordinals) -> list[Terms]:
    """The words of the papers of these ordinals; none of a paper that has none yet."""
    found: list[Terms] = []
    numbers: list[int] = ordinals.tolist()
    for start in range(0, len(numbers), _TERMS_AT_ONCE):
        part = numbers[start : start + _TERMS_AT_ONCE]
        terms = await store.terms.get(part)
        found += [terms.get(one, _NO_TERMS) for one in part]
    return found


def _text_hash(paper: Paper) -> bytes:
    return identity.text_hash(cleaning.paper_text(paper))
