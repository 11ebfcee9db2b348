"""The background of a store as it was last seen, and what is known of single papers, for one event loop."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bot.background.staging import measured_on
from bot.errors import StoreError
from bot.matching import SAMPLE, Background, Seen, WordBook
from bot.models import ROW_EXTRA, SOURCES, ModelTag
from bot.store import Floats, Store
from bot.terms import LARGEST, Terms, terms_of

#: Up to so many papers a background is made at once, in a few hundredths of a second, and nobody gets an older one.
AT_ONCE = 300
#: Papers whose terms are remembered: about a kilobyte each.
_REMEMBERED = 8_192
_NONE = terms_of("")

log = logging.getLogger(__name__)


class KnownPaper(NamedTuple):
    """What is known of a stored paper: its ordinal, its settled vector float32[d], and its terms."""

    ordinal: int
    vector: Floats
    terms: Terms


class _State(NamedTuple):
    """What the background hangs on in the store."""

    #: Among how many papers the sample is taken.
    papers: int
    #: Among how many all were settled.
    settled: int
    #: Up to which change papers are settled, while a sample holds all of them.
    reached: int


class Backgrounds:
    """The background of a store, made once and again when papers were settled anew. Close it when done."""

    def __init__(self, store: Store, tag: ModelTag) -> None:
        """``tag``: the embedder's. Reads nothing yet."""
        self._store = store
        self._tag = tag
        self._last: tuple[_State, Background] | None = None
        self._turn = asyncio.Lock()
        self._at_work: asyncio.Task[None] | None = None
        self._terms: OrderedDict[int, Terms] = OrderedDict()
        self._terms_reached = 0

    @property
    def tag(self) -> ModelTag:
        """Whose vectors it is made of: the embedder's tag."""
        return self._tag

    async def now(self, *, fresh: bool = False) -> Background:
        """The background; the first call waits for it.

        When papers have come since, the last one is given and a newer one made meanwhile, unless ``fresh`` asks to wait
        for that, or there are so few that it takes no time. Empty where nothing is stored. Raises StoreError.
        """
        if self._last is None:
            return await self._renewed()
        state, last = self._last
        if await self._state() == state:
            return last
        if fresh or len(last.ids) <= AT_ONCE:
            return await self._renewed()
        self.warm()
        return last

    def warm(self) -> None:
        """Begin to read it, so that nobody waits for it later. What fails then is logged, and tried again by ``now``."""
        if self._at_work is None or self._at_work.done():
            self._at_work = asyncio.create_task(self._warm())

    async def words(self, rows: Iterable[Floats], *, background: Background | None = None) -> WordBook:
        """The terms of the papers that these rows, float32[d + ROW_EXTRA] each, speak through; of ``now()`` unless one is given."""
        return await self.words_of(named_by(np.stack(kept)) if (kept := list(rows)) else (), background=background)

    async def words_of(self, ordinals: Iterable[int], *, background: Background | None = None) -> WordBook:
        """The terms of the papers of these ordinals; of ``now()`` unless a background is given."""
        background = background or await self.now()
        terms = await self.terms(ordinals)
        return await asyncio.to_thread(WordBook.of, background, terms)

    async def terms(self, ordinals: Iterable[int]) -> dict[int, Terms]:
        """The terms of the papers of these ordinals; those that have none are left out. Remembers the latest ones."""
        reached = await self._store.vectors.reached(self._tag)
        if reached != self._terms_reached:
            # A paper may have another text now.
            self._terms.clear()
            self._terms_reached = reached
        wanted = dict.fromkeys(ordinals)
        found = {one: self._terms[one] for one in wanted if one in self._terms}
        found |= await self._store.terms.get(one for one in wanted if one not in found)
        for one, terms in found.items():
            self._terms[one] = terms
            self._terms.move_to_end(one)
        while len(self._terms) > _REMEMBERED:
            self._terms.popitem(last=False)
        return found

    async def seen(self, paper_ids: Sequence[str], *, background: Background | None = None) -> tuple[list[str], Seen]:
        """These stored papers as interests see them, with their ids in the same order; without a vector, left out."""
        background = background or await self.now()
        block = await self._store.vectors.block(self._tag.among(), paper_ids)
        found = await self.terms(block.ordinals)
        terms = [found.get(ordinal, _NONE) for ordinal in block.ordinals]
        return block.ids, await asyncio.to_thread(Seen.of, background, block.rows, terms)

    async def papers(self, paper_ids: Sequence[str]) -> dict[str, KnownPaper]:
        """What is known of these papers, by the id asked for; joined ones are followed, those without a vector left out."""
        current = await self._store.papers.current_ids(paper_ids)
        block = await self._store.vectors.block(self._tag.among(), list(dict.fromkeys(current.values())))
        terms = await self.terms(block.ordinals)
        known: Mapping[str, KnownPaper] = {
            paper_id: KnownPaper(ordinal, vector, terms.get(ordinal, _NONE))
            for paper_id, ordinal, vector in zip(block.ids, block.ordinals, block.rows, strict=True)
        }
        return {asked: known[now] for asked, now in current.items() if now in known}

    async def close(self) -> None:
        """Break off what is being read."""
        if self._at_work is not None:
            self._at_work.cancel()
            await asyncio.wait({self._at_work})

    async def _warm(self) -> None:
        try:
            await self._renewed()
        except StoreError as failure:
            log.warning("the background was not read: %s cause=%r", failure.sentence, failure.cause)
        except Exception:
            log.exception("the background was not made; it is tried again")

    async def _renewed(self) -> Background:
        """The background of the store as it is, made if nobody else has made it meanwhile."""
        async with self._turn:
            state = await self._state()
            if self._last is None or self._last[0] != state:
                self._last = state, await self._made(state)
            return self._last[1]

    async def _made(self, state: _State) -> Background:
        sample = await self._store.vectors.sample(self._tag.among(), SAMPLE, of=state.papers)
        if not sample.ids:
            return Background.empty(self._tag.dimension)
        # Read past what is remembered: that is for the papers that interests name.
        found = await self._store.terms.get(int(ordinal) for ordinal in sample.ordinals)
        terms = [found.get(int(ordinal), _NONE) for ordinal in sample.ordinals]
        model = self._tag.name
        return await asyncio.to_thread(Background.of, sample.ids, sample.ordinals, sample.rows, terms, model)

    async def _state(self) -> _State:
        vectors, among = self._store.vectors, self._tag.among()
        papers = await vectors.count(among)
        reached = await vectors.reached(among) if papers <= SAMPLE else 0
        return _State(measured_on(papers), await vectors.settled(self._tag), reached)


def named_by(rows: Floats) -> list[int]:
    """The ordinals of the papers that rows float32[n, d + ROW_EXTRA] speak through, ascending; what is no whole number is none."""
    sources = rows[:, rows.shape[1] - ROW_EXTRA :][:, SOURCES]
    numbers = np.unique(sources[(sources >= 1) & (sources <= LARGEST)].astype(np.int64))
    return [int(number) - 1 for number in numbers]
