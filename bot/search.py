"""The verb "search": what a person typed to the papers that answer it, each with the reason.

text ─► Query ─► exact title or arXiv id ──────────┐
              ─► by words and by meaning, measured ┴─► papers from the store, each once ─► SearchAnswer
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot import cleaning, identity, matching
from bot.embedder import Embedder
from bot.errors import BadFilter, UnknownPaper
from bot.models import Paper, SearchHit
from bot.queries import Filters, Query, parse, spelt
from bot.store import Floats, Store

if TYPE_CHECKING:
    # A process that searches nothing does not load it.
    from bot.index import Found, Index

#: Each list is read down to this place.
DEPTH = 100
#: Papers read from the store beyond a page: some are others over again.
_SPARE = 5
#: Deviations above a usual paper at which a score is told as 0.73.
_SCALE = 4.0
MAX_LIMIT = 100
#: Below this cosine two texts have nothing to do with each other; such papers are not called close in meaning.
UNRELATED = 0.1
#: Seconds that a search waits for papers that are being stored at this moment: vectors and facts are there after a
#: part of it, words that take longer are found by the next search.
PATIENCE = 0.01
#: As long, where without them there would be no answer at all.
LONG_PATIENCE = 5.0
_NO_VECTORS = np.zeros((0, 0), np.float32)
#: Words named in a reason.
_WORDS_NAMED = 6


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Hits, best first; notes are sentences for the person about what was left out or read differently."""

    hits: tuple[SearchHit, ...]
    #: Papers that the date filters left out only because their day is not known.
    undated: int = 0
    notes: tuple[str, ...] = ()
    #: How many papers answer, on all pages together; None: more than were counted.
    total: int | None = None
    #: There are more after these.
    more: bool = False


@dataclass(slots=True)
class _Places:
    """Why one paper answers: an exact reason, or its place in each list, from 1, and how well it does in all."""

    exact: str | None = None
    words: int | None = None
    meaning: int | None = None
    newest: int | None = None
    #: In deviations from a usual paper.
    measured: float = -math.inf

    @property
    def score(self) -> float:
        """Between 0 and 1, above 1 for an exact answer; of the newest papers the reciprocal of the place."""
        score = 1 / self.newest if self.newest else 0.5 + 0.5 * math.tanh(self.measured / 2 / _SCALE)
        return round((1.0 if self.exact else 0.0) + score, 6)

    @property
    def order(self) -> tuple[float, ...]:
        """Sorts the best first."""
        return (0.0 if self.exact else 1.0, -self.measured, self.newest or 0)


@dataclass(frozen=True, slots=True)
class _Page:
    hits: tuple[SearchHit, ...]
    #: Papers that are known to answer, of all pages.
    known: int


@dataclass(frozen=True, slots=True)
class Search:
    """Answers searches."""

    index: Index
    embedder: Embedder
    store: Store

    async def papers(self, text: str, limit: int = 10, start: int = 0) -> SearchAnswer:
        """The best ``limit`` (1 to 100) papers after the first ``start`` for what a person typed, of all stored by then.

        A paper of exactly this title or arXiv id comes first. Filters without words: newest first. Ranks count from
        the first paper of all. Raises the UserErrors of ``queries.parse``, BadVector, StoreError.
        """
        answer = await self._papers(text, limit, start, PATIENCE)
        if not answer.hits and self.index.is_catching_up:
            # "No paper" must not be said of papers that are being taken in at this moment.
            answer = await self._papers(text, limit, start, LONG_PATIENCE)
        return answer

    async def refresh(self) -> None:
        """Make what was stored until now searchable, so that no search has to wait for it. Raises StoreError."""
        await self.index.refresh()

    async def _papers(self, text: str, limit: int, start: int, patience: float) -> SearchAnswer:
        limit, start = _bounds(limit, start)
        query, exact, ids = await self._read(text)
        words = " ".join(word for word in query.text.split() if identity.normalise_arxiv_id(word) is None)
        only_ids = bool(ids) and not words
        # A text of nothing but ids has no meaning to embed, and its digits are no words to look for.
        searched = Query("", (), query.filters) if only_ids else query
        refreshing = self.index.refresh(patience=patience)
        if searched.text:
            vector, _ = await asyncio.gather(self.embedder.embed_query(searched.text), refreshing)
        else:
            vector = await refreshing
        # A deeper list would shift the places of a fused answer, so that pages would not fit together.
        depth = DEPTH if searched.text else max(DEPTH, 2 * (start + limit) + 1)
        found = await self.index.search(searched, vector, asked=tuple(exact), limit=depth)
        asked = exact if searched.filters == Filters() else found.asked
        places = {paper_id: _Places(exact[paper_id]) for paper_id in asked}
        if not only_ids:
            _rank(places, found)
        is_cut = max(map(len, (found.by_words, found.by_meaning, found.newest))) >= depth and not only_ids
        page = await self._page(query.text, places, limit, start, found.vectors, to_the_end=not is_cut)
        missing = [] if exact or not ids else [f"No stored paper has the arXiv id {', '.join(ids)}."]
        total = None if is_cut else page.known
        return SearchAnswer(page.hits, found.undated, (*missing, *_notes(found)), total, page.known > start + limit)

    async def similar(self, paper_id: str, limit: int = 10, start: int = 0) -> SearchAnswer:
        """The stored papers most like a stored one, without itself, as pages. Raises UnknownPaper, StoreError."""
        limit, start = _bounds(limit, start)
        (stored,) = await self.store.papers.get([paper_id])
        if stored is None:
            raise UnknownPaper(f"No stored paper has the id {paper_id[:40]}: search for its title.")
        await self.index.refresh(patience=PATIENCE)
        itself = stored.paper
        vector = await self.index.vector(itself.id)
        if vector is None:
            (vector,) = await self.embedder.embed([cleaning.paper_text(itself)])
        near = [like for like in await self.index.similar(itself.id, vector) if like.cosine >= UNRELATED]
        places = {like.paper_id: _Places(measured=like.score) for like in near}
        for place, like in enumerate(sorted(near, key=lambda like: -like.cosine), 1):
            places[like.paper_id].meaning = place
        for place, like in enumerate(sorted(near, key=lambda like: -like.words), 1):
            places[like.paper_id].words = place
        page = await self._page(cleaning.display(itself.title), places, limit, start, {}, itself=itself)
        more = page.known > start + limit
        return SearchAnswer(page.hits, total=None if more else page.known, more=more)

    async def _read(self, text: str) -> tuple[Query, dict[str, str], list[str]]:
        """The query, the papers it names exactly with how it names them, and the arXiv ids in it."""
        refusal = None
        try:
            query = parse(text)
        except BadFilter as error:
            query, refusal = Query(spelt(text)), error
        ids = list(dict.fromkeys(_arxiv_ids(query.text)))
        reasons = {f"title:{identity.title_key(one)}": "title is exactly this" for one in (text, query.text) if one}
        reasons |= {identity.arxiv_alias(one): "arXiv id is exactly this" for one in ids}
        known = await self.store.papers.resolve(list(reasons))
        if f"title:{identity.title_key(text)}" in known:
            # A title may hold what looks like a filter, or like a wrong one.
            query = Query(spelt(text))
        elif refusal:
            raise refusal
        return query, {known[alias]: why for alias, why in reasons.items() if alias in known}, ids

    async def _page(
        self,
        text: str,
        places: Mapping[str, _Places],
        limit: int,
        start: int,
        vectors: Mapping[str, Floats],
        *,
        to_the_end: bool = False,
        itself: Paper | None = None,
    ) -> _Page:
        """One page as the store has it now, of papers that have the words of ``text`` or its meaning.

        Papers joined meanwhile, and papers that are one over again, answer once; ``itself`` does not answer. ``vectors``
        are those that are known already, float32[d].
        """
        vectors = dict(vectors)
        order = sorted(places, key=lambda one: places[one].order)
        papers = {itself.id: itself} if itself else dict[str, Paper]()
        read_for = {itself.id: itself.id} if itself else dict[str, str]()
        kept: list[Paper] = []
        end = start + limit
        # From the first paper on: what stood on an earlier page must not answer again here.
        while order and (to_the_end or len(kept) <= end):
            step = len(order) if to_the_end else end + 1 + _SPARE
            some, order = order[:step], order[step:]
            for one, stored in zip(some, await self.store.papers.get(some), strict=True):
                if stored and papers.setdefault(stored.paper.id, stored.paper) is stored.paper:
                    read_for[stored.paper.id] = one
            known = list(papers.values())
            if missing := [one for one in papers if one not in vectors]:
                vectors.update(zip(missing, await self.index.vectors(missing), strict=True))
            rows = np.stack([vectors[one] for one in papers]) if papers else _NO_VECTORS
            kept = [known[row] for row in matching.without_duplicates(known, rows) if known[row] is not itself]
        shown = kept[start:end]
        words = await self.index.shared_words(text, shown)
        hits: list[SearchHit] = []
        for rank, (paper, shared) in enumerate(zip(shown, words, strict=True), start + 1):
            place = places[read_for[paper.id]]
            hits.append(SearchHit(rank, paper, place.score, _why(place, shared, paper)))
        return _Page(tuple(hits), len(kept))


def _bounds(limit: int, start: int) -> tuple[int, int]:
    return min(max(limit, 1), MAX_LIMIT), max(start, 0)


def _arxiv_ids(text: str) -> Iterable[str]:
    for candidate in (text, *text.split()):
        if found := identity.normalise_arxiv_id(candidate):
            yield found


def _rank(places: dict[str, _Places], found: Found) -> None:
    """Put every paper's place in each list into ``places``."""
    for place, paper_id in enumerate(found.by_words, 1):
        places.setdefault(paper_id, _Places()).words = place
    for place, (paper_id, cosine) in enumerate(found.by_meaning, 1):
        if cosine >= UNRELATED:
            places.setdefault(paper_id, _Places()).meaning = place
    for place, paper_id in enumerate(found.newest, 1):
        places.setdefault(paper_id, _Places()).newest = place
    for paper_id in places.keys() & found.scores.keys():
        places[paper_id].measured = found.scores[paper_id]


def _why(place: _Places, shared: Sequence[str], paper: Paper) -> str:
    """The reason in words: "words: flow, matching; close in meaning (no. 2 by words, no. 5 by meaning)"."""
    if place.exact:
        return place.exact
    if place.newest:
        day = paper.day()
        return f"newest first: {day.isoformat()}" if day else "newest first: day not known"
    reasons, ranks = list[str](), list[str]()
    if place.words and (shared or not place.meaning):
        named = ", ".join(shared[:_WORDS_NAMED]) + (", …" if len(shared) > _WORDS_NAMED else "")
        reasons.append(f"words: {named}" if shared else "words")
        ranks.append(f"no. {place.words} by words")
    if place.meaning:
        reasons.append("close in meaning")
        ranks.append(f"no. {place.meaning} by meaning")
    return f"{'; '.join(reasons)} ({', '.join(ranks)})"


def _notes(found: Found) -> list[str]:
    """What the person should know about the answer."""
    notes = [
        f"No paper has “{phrase}” word for word; its words were searched one by one."
        for phrase in found.unknown_phrases
    ]
    for count, what in ((found.undated, "date"), (found.uncounted, "number of authors")):
        if count:
            papers = (
                "1 paper was left out because its" if count == 1 else f"{count:,} papers were left out because their"
            )
            notes.append(f"{papers} {what} is not known.")
    return notes
