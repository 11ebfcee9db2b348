"""The verb "search": what a person typed to the papers that answer it, each with the reason.

text ─► Query ─► exact title or arXiv id ─┐
              ─► by words ────────────────┼─► reciprocal rank fusion ─► papers from the store ─► SearchAnswer
              ─► by meaning ──────────────┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import cleaning, identity
from bot.embedder import Embedder
from bot.errors import BadFilter, UnknownPaper
from bot.models import Paper, SearchHit
from bot.queries import Filters, Query, parse, spelt
from bot.store import Store

if TYPE_CHECKING:
    # A process that searches nothing does not load it.
    from bot.index import Found, Index

#: Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): a place in a list counts 1 / (60 + rank).
RANK_CONSTANT = 60
#: Each list is read down to this place.
DEPTH = 100
MAX_LIMIT = 100
#: Below this cosine two texts have nothing to do with each other; such papers are not called close in meaning.
UNRELATED = 0.1
#: Seconds that a search waits for papers that are being stored at this moment: vectors and facts are there after a
#: part of it, words that take longer are found by the next search.
PATIENCE = 0.01
#: As long, where without them there would be no answer at all.
LONG_PATIENCE = 5.0
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
    """Why one paper answers: an exact reason, or its place in each list, from 1."""

    exact: str | None = None
    words: int | None = None
    meaning: int | None = None
    newest: int | None = None

    @property
    def score(self) -> float:
        """The sum over the lists; an exact answer stands above any sum."""
        places = (self.words, self.meaning, self.newest)
        return (1.0 if self.exact else 0.0) + sum(1 / (RANK_CONSTANT + place) for place in places if place)


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
        depth = DEPTH if searched.text else max(DEPTH, start + limit + 1)
        found = await self.index.search(searched, vector, asked=tuple(exact), limit=depth)
        asked = exact if searched.filters == Filters() else found.asked
        places = {paper_id: _Places(exact[paper_id]) for paper_id in asked}
        if not only_ids:
            _rank(places, found)
        hits, more = await self._hits(query, places, limit, start)
        missing = [] if exact or not ids else [f"No stored paper has the arXiv id {', '.join(ids)}."]
        is_cut = max(map(len, (found.by_words, found.by_meaning, found.newest))) >= depth
        total = None if is_cut and not only_ids else len(places)
        return SearchAnswer(hits, found.undated, (*missing, *_notes(found)), total, more)

    async def similar(self, paper_id: str, limit: int = 10, start: int = 0) -> SearchAnswer:
        """The stored papers nearest in meaning to a stored one, without itself, as pages. Raises UnknownPaper, StoreError."""
        limit, start = _bounds(limit, start)
        (stored,) = await self.store.papers.get([paper_id])
        if stored is None:
            raise UnknownPaper(f"No stored paper has the id {paper_id[:40]}: search for its title.")
        await self.index.refresh(patience=PATIENCE)
        vector = await self.index.vector(stored.paper.id)
        if vector is None:
            (vector,) = await self.embedder.embed([cleaning.paper_text(stored.paper)])
        # Itself, and one that tells whether there are more.
        near = await self.index.near(vector, limit=start + limit + 2)
        others = [one for one, cosine in near if one != stored.paper.id and cosine >= UNRELATED]
        places = {one: _Places(meaning=place) for place, one in enumerate(others, 1)}
        hits, more = await self._hits(Query(""), places, limit, start)
        return SearchAnswer(hits, total=None if more else len(places), more=more)

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

    async def _hits(
        self, query: Query, places: Mapping[str, _Places], limit: int, start: int
    ) -> tuple[tuple[SearchHit, ...], bool]:
        """One page as the store has it now, and whether there are more; papers joined meanwhile answer once."""
        order = sorted(places, key=lambda one: -places[one].score)
        papers: dict[str, tuple[Paper, _Places]] = {}
        end = start + limit
        # From the first page on: who was joined there must not answer again here.
        while order and len(papers) <= end:
            some, order = order[: end + 1 - len(papers)], order[end + 1 - len(papers) :]
            for one, stored in zip(some, await self.store.papers.get(some), strict=True):
                if stored:
                    papers.setdefault(stored.paper.id, (stored.paper, places[one]))
        page = list(papers.values())[start:end]
        words = await self.index.shared_words(query.text, [paper for paper, _ in page])
        hits = tuple(
            SearchHit(rank, paper, place.score, _why(place, shared, paper))
            for rank, ((paper, place), shared) in enumerate(zip(page, words, strict=True), start + 1)
        )
        return hits, len(papers) > end


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


def _why(place: _Places, shared: Sequence[str], paper: Paper) -> str:
    """The reason in words: "words: flow, matching; close in meaning (no. 2 by words, no. 5 by meaning)"."""
    if place.exact:
        return place.exact
    if place.newest:
        day = paper.day()
        return f"newest first: {day.isoformat()}" if day else "newest first: day not known"
    reasons, ranks = list[str](), list[str]()
    if place.words:
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
