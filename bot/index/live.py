"""The index as it is used: it follows the store, and answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from bot.errors import IndexDamaged
from bot.index.analysis import Analyse
from bot.index.answering import Found, Like, alike, answer, shared_words
from bot.index.arrays import Floats
from bot.index.columns import Columns
from bot.index.contents import Contents, Held, Standing
from bot.index.facts import MAX_ORDINAL, Facts, Words, described
from bot.index.folder import Folder, Origin
from bot.index.lexical import Lexical
from bot.models import ModelTag, Paper
from bot.priority import ANSWERS, BULK, stand_back
from bot.queries import Query

LOG = logging.getLogger("bot.index")

#: Papers read from the store at once: what the event loop decodes in one go.
_PAPERS_AT_ONCE = 200
#: Papers written between two commits while many wait: a commit costs as much as writing hundreds of papers.
_PAPERS_A_COMMIT = 10_000
#: Papers compared with the store when an index folder is opened.
_SAMPLE = 32
#: Of the last changes, so many are written down, by which a store that went back in time is known.
_LAST = 16

P = ParamSpec("P")
R = TypeVar("R")


class Index:
    """Papers by words, meaning and filters, for one event loop. Close it when done.

    Vectors and facts belong to one thread, which searches too; another one writes words meanwhile.
    """

    def __init__(self, store: Contents, tag: ModelTag, place: Path | None) -> None:
        """An index that has read nothing yet, neither ``place`` (None: live in memory) nor the store."""
        self.tag = tag
        self._store = store
        #: Where a folder is still to be opened.
        self._place = place
        self._folder: Folder | None = None
        self._searching = ThreadPoolExecutor(1, "search", stand_back, (ANSWERS,))
        self._writing = ThreadPoolExecutor(1, "index", stand_back, (BULK,))
        self._turn = asyncio.Lock()
        self._turns: set[asyncio.Task[None]] = set()
        self._begin()

    def _begin(self) -> None:
        """Be empty."""
        self._columns = Columns(self.tag.dimension)
        self._lexical = Lexical(self._folder.words if self._folder else None)
        #: What came from the folder was held against the store, and has its vectors.
        self._checked = False
        #: Everything the store had at some moment since the start is here.
        self._complete = False
        self._number = 0
        #: Which store that is the number of.
        self._origin = Origin()
        #: Papers that have changed and not been embedded since; asked for again at every refresh.
        self._waiting: dict[str, Held] = {}
        #: Written to the word index since its last commit.
        self._fresh: list[Facts] = []
        self._gone: list[str] = []

    def __len__(self) -> int:
        """Papers in the index."""
        return len(self._columns)

    async def refresh(self, *, patience: float | None = None) -> None:
        """Take in what the store has that the index has not.

        With ``patience`` (seconds) an index that was complete before is not waited for longer: what is left goes on
        in the background, facts and vectors first, which take milliseconds, then words. Raises StoreError.
        """
        turn = asyncio.ensure_future(self._refresh())
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        await asyncio.wait({turn}, timeout=patience if self._complete else None)
        if turn.done():
            turn.result()
        else:
            turn.add_done_callback(_unseen)

    @property
    def is_catching_up(self) -> bool:
        """Something that the store has is being taken in."""
        return any(not turn.done() for turn in self._turns)

    async def search(self, query: Query, vector: Floats | None, *, asked: Sequence[str] = (), limit: int) -> Found:
        """The best ``limit`` papers by words and by meaning that pass the query's filters.

        ``vector`` is the query's unit vector, float32[d]; None searches by words only. ``asked`` are papers to check
        against the filters. An index that turns out to be damaged is built again first. Raises StoreError.
        """
        try:
            return await self._answer(query, vector, asked, limit)
        except IndexDamaged as error:
            LOG.warning("The search index is built anew: %s", error.cause)
            async with self._turn:
                await self._on(self._writing, self._start_again)
                await self._top_up()
            return await self._answer(query, vector, asked, limit)

    async def similar(self, paper_id: str, vector: Floats) -> tuple[Like, ...]:
        """Some hundred papers like a stored one, most alike first; ``vector`` is its own, unit, float32[d].

        At a hundred thousand papers this takes a second the first time; searches are answered meanwhile.
        """
        steps = await self._on(self._searching, alike, self._columns, paper_id, vector)
        while True:
            if (found := await self._on(self._searching, next, steps)) is not None:
                return found

    async def vector(self, paper_id: str) -> Floats | None:
        """The vector of a paper, float32[d]; None while it has none."""
        [vector] = await self.vectors([paper_id])
        return vector if vector.any() else None

    async def vectors(self, paper_ids: Sequence[str]) -> Floats:
        """The vectors of these papers, float32[m, d]; zeros for those that have none."""
        return await self._on(self._searching, self._columns.vectors, paper_ids)

    async def shared_words(self, text: str, papers: Sequence[Paper]) -> list[tuple[str, ...]]:
        """For each paper the words of ``text``, as typed, that the word index finds in it."""
        return await self._on(self._searching, shared_words, self._lexical, text, papers)

    async def close(self) -> None:
        """Finish what is being written, end both threads and leave the folder to others."""
        for turn in self._turns:
            turn.cancel()
        await asyncio.gather(*self._turns, return_exceptions=True)

        def end() -> None:
            self._writing.shutdown()
            self._searching.shutdown()
            self._lexical.close()
            if self._folder:
                self._folder.close()

        await asyncio.to_thread(end)

    async def _answer(self, query: Query, vector: Floats | None, asked: Sequence[str], limit: int) -> Found:
        work = partial(answer, self._columns, self._lexical, query, vector, asked=asked, limit=limit)
        return await self._on(self._searching, work)

    async def _refresh(self) -> None:
        async with self._turn:
            if self._place:
                await self._on(self._writing, self._open, self._place)
                self._place = None
            if not self._checked and len(self._columns):
                if await self._is_of_store():
                    await self._fetch_all_vectors()
                else:
                    LOG.warning("The search index was that of another store: it is built anew.")
                    await self._on(self._writing, self._start_again)
            self._checked = True
            try:
                await self._top_up()
            except IndexDamaged as error:
                LOG.warning("The search index is built anew, in memory: %s", error.cause)
                await self._on(self._writing, partial(self._start_again, in_memory=True))
                await self._top_up()

    def _open(self, place: Path) -> None:
        """Begin with what a folder holds; anew if it is damaged, in memory if there can be no folder."""
        try:
            self._folder = Folder(place)
            number, facts = self._folder.load()
            self._begin()
            found = set(self._lexical.ordinals())
        except IndexDamaged as error:
            LOG.warning("The search index in %s is built anew: %s", place, error.cause)
            self._start_again()
            return
        if not found.issuperset(one.ordinal for one in facts.values()):
            LOG.warning("The search index in %s is built anew: it has lost papers.", place)
            self._start_again()
            return
        for one in facts.values():
            self._columns.put(one)
        self._number, self._origin = number, self._folder.origin

    def _start_again(self, *, in_memory: bool = False) -> None:
        """Be empty; in memory also when the folder cannot be emptied."""
        self._lexical.close()
        if self._folder and not in_memory:
            try:
                self._folder.clear()
                self._begin()
            except IndexDamaged as error:
                LOG.warning("The search index is kept in memory: %s", error.cause)
            else:
                return
        if self._folder:
            self._folder.close()
            self._folder = None
        self._begin()

    async def _is_of_store(self) -> bool:
        """Whether the store is the one, and not at an earlier moment, that the index was made from.

        Its history tells, except where its files were put back to how they once were: then it has not changed as often
        as the index knows of, or the papers that changed last have not changed there since. Last, a few papers of the
        index, spread over all, are to be in the store as the index has them.
        """
        ids = self._columns.living()
        sample = ids[:: len(ids) // _SAMPLE + 1]
        last = self._origin.last
        standing, numbers = await self._store.papers.changes_of([paper_id for _, paper_id in last])
        if not self._follows(standing) or any(
            known is None or known < number for known, (number, _) in zip(numbers, last, strict=True)
        ):
            return False
        return all(
            held is not None and (held.paper.id != paper_id or held.ordinal == self._columns.ordinal(paper_id))
            for paper_id, held in zip(sample, await self._store.papers.get(sample), strict=True)
        )

    def _follows(self, standing: Standing) -> bool:
        return standing.history == self._origin.history and standing.number >= self._number

    async def _changes(self) -> Sequence[tuple[int, str]]:
        """What has changed; everything, where the store is not the one any more that the index was made from."""
        standing, changes = await self._store.papers.news(self._number, _PAPERS_AT_ONCE)
        if self._number and not self._follows(standing):
            LOG.warning("The store was put back or is another one: the search index is built anew.")
            await self._on(self._writing, self._start_again)
            standing, changes = await self._store.papers.news(self._number, _PAPERS_AT_ONCE)
        self._origin = Origin(standing.history, (*self._origin.last, *changes)[-_LAST:])
        return changes

    async def _top_up(self) -> None:
        """Read the log of changes to its end. What a failure interrupts is read again, which changes nothing."""
        uncommitted = 0
        waiting = list(self._waiting.values())[:_PAPERS_AT_ONCE]
        while changes := await self._changes():
            numbers = {paper_id: number for number, paper_id in changes}
            papers, gone = _sorted_out(numbers, await self._store.papers.get(list(numbers)))
            facts, words = await self._on(self._writing, _described, papers, self._lexical.analyse)
            ordinals = await self._on(self._searching, self._take, facts, gone)
            await self._fetch_vectors(papers)
            await self._on(self._writing, self._lexical.write, words, ordinals)
            self._fresh += facts
            self._gone += gone
            self._number = max(numbers.values())
            uncommitted += len(changes)
            if uncommitted >= _PAPERS_A_COMMIT:
                await self._on(self._writing, self._commit)
                uncommitted = 0
        if waiting := [held for held in waiting if held.paper.id in self._waiting]:
            await self._fetch_vectors(waiting)
        if self._fresh or self._gone:
            await self._on(self._writing, self._commit)
        self._complete = True

    async def _fetch_vectors(self, papers: Sequence[Held]) -> None:
        """Vectors of these papers; those that are not embedded yet wait, behind the others that do."""
        found = await self._store.vectors.get(self.tag, papers)
        rows = [(paper_id, one.text_hash, one.vector) for paper_id, one in found.items()]
        current = await self._on(self._searching, self._give, rows)
        for held in papers:
            self._waiting.pop(held.paper.id, None)
            if held.paper.id not in current and self._columns.row(held.paper.id) is not None:
                self._waiting[held.paper.id] = held

    async def _fetch_all_vectors(self) -> None:
        """Vectors of all papers that a folder held; those that are not embedded wait."""
        current: set[str] = set()
        async for block in self._store.vectors.iterate(self.tag):
            rows = list(zip(block.ids, block.text_hashes, block.rows, strict=True))
            current |= await self._on(self._searching, self._give, rows)
        missing = [paper_id for paper_id in self._columns.living() if paper_id not in current]
        for start in range(0, len(missing), _PAPERS_AT_ONCE):
            some = await self._store.papers.get(missing[start : start + _PAPERS_AT_ONCE])
            self._waiting.update({held.paper.id: held for held in some if held})

    def _take(self, facts: Sequence[Facts], gone: Sequence[str]) -> list[int]:
        """Into the arrays; the ordinals of papers that went."""
        went = [ordinal for paper_id in gone if (ordinal := self._columns.remove(paper_id)) is not None]
        for one in facts:
            self._columns.put(one)
        return went

    def _give(self, rows: Sequence[tuple[str, bytes, Floats]]) -> set[str]:
        """Into the matrix; the papers that have what they waited for."""
        return {paper_id for paper_id, text_hash, row in rows if self._columns.give_vector(paper_id, text_hash, row)}

    def _commit(self) -> None:
        self._lexical.commit()
        if self._folder:
            self._folder.note(self._number, self._fresh, self._gone, self._origin)
        self._fresh, self._gone = [], []

    async def _on(self, thread: ThreadPoolExecutor, work: Callable[P, R], *values: P.args, **named: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(thread, partial(work, *values, **named))


async def open_index(store: Contents, tag: ModelTag, folder: Path | None) -> Index:
    """An index of the store's papers and of one model's vectors, in ``folder`` or in memory; ``refresh`` fills it.

    Opening reads nothing. A folder that cannot be used, or that is damaged, is no failure: then the index is built
    anew, if need be in memory.
    """
    return Index(store, tag, folder)


def _unseen(turn: asyncio.Task[None]) -> None:
    """Tell of a refresh that nobody waits for any more."""
    if not turn.cancelled() and (error := turn.exception()):
        LOG.warning("The search index was not brought up to date: %s", getattr(error, "cause", repr(error)))


def _described(papers: Sequence[Held], analyse: Analyse) -> tuple[list[Facts], list[Words]]:
    facts, words = list[Facts](), list[Words]()
    for held in papers:
        fact, word = described(held.paper, held.ordinal, analyse)
        facts.append(fact)
        words.append(word)
        # Give the interpreter away between papers: else a search that needs it waits for all of them.
        time.sleep(0)
    return facts, words


def _sorted_out(changed: Iterable[str], held: Iterable[Held | None]) -> tuple[list[Held], list[str]]:
    """Papers, and the ids that are no paper any more: joined into another one, or unreadable."""
    papers = {one.paper.id: one for one in held if one is not None and 0 <= one.ordinal < MAX_ORDINAL}
    return list(papers.values()), [paper_id for paper_id in changed if paper_id not in papers]
