"""The verb ``Recommend``: what to read among the stored papers, and why a paper was or was not sent.

catalogue       all papers in memory, kept up by the store's log
picking         best for a reader, nearest to an interest
missing         what came near and stayed below the bar
voting          papers whose ratings tell most of a newcomer
explaining      why, or why not
recalling       what became of a paper for a reader
naming          which paper somebody's words name
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot import interests, matching, trending
from bot.clock import Clock
from bot.errors import UnknownPaper, UserError
from bot.models import Match, ModelTag, Near, Paper, Profile, Taste, UserId
from bot.recommend import picking
from bot.recommend.answers import Pick, Trend, Verdict, WhyAnswer
from bot.recommend.catalogue import Catalogue, Shelf
from bot.recommend.explaining import explained
from bot.recommend.missing import near_misses
from bot.recommend.naming import exactly, nearly
from bot.recommend.recalling import history_of
from bot.recommend.voting import worth_voting_on
from bot.settings import DigestSettings
from bot.store import Floats, Store

__all__ = ["Pick", "Recommend", "Trend", "Verdict", "WhyAnswer"]


@dataclass(frozen=True)
class Recommend:
    """Chooses among the stored papers; needs their vectors, not the model. Every method raises StoreError."""

    store: Store
    clock: Clock
    digest: DigestSettings
    tag: ModelTag
    _catalogue: Catalogue = field(default_factory=Catalogue, init=False, repr=False, compare=False)

    async def for_reader(self, reader: UserId, limit: int = 5, *, unsent: bool = False) -> list[Pick]:
        """The best stored papers for a person or a channel now, dealt to its interests in turn; recent ones first.

        What the reader disliked is left out, with ``unsent`` also what the reader was sent. A shorter list is the
        beginning of a longer one.
        """
        profile, rows, shelf = await self._reader(reader)
        if not profile.interests or not shelf.ids:
            return []
        but = {one.paper_id for one in await self.store.ratings.of(reader) if one.taste is Taste.LESS}
        if unsent:
            but |= await self.store.sent.known(reader)
        but |= await self._now(but)
        today = self.clock.now().date()

        def work() -> list[Match]:
            yardstick = picking.measured(profile, rows, shelf, self.digest.bar)
            return picking.best(yardstick, shelf, today, limit, but=but)

        return await self._picks(profile, await asyncio.to_thread(work))

    async def try_it(self, reader: UserId, interest_id: str, limit: int = 5) -> list[Pick]:
        """The stored papers nearest to one interest (by id or name), muted or not. Raises UnknownInterest."""
        profile, rows, shelf = await self._reader(reader)
        if (interest := interests.found(profile.interests, interest_id)) is None:
            raise interests.unknown(reader, profile.interests, interest_id)
        row = rows.get(interest.id)
        near = await asyncio.to_thread(picking.nearest, interest, row, shelf, limit)
        papers = await self._papers([paper_id for paper_id, _ in near])
        return [
            Pick(papers[paper_id], interest, closeness, picking.reason(reader, interest, closeness))
            for paper_id, closeness in near
            if paper_id in papers
        ]

    async def why(self, reader: UserId, paper_id: str, zone: ZoneInfo) -> WhyAnswer:
        """Why the reader, whose clock is that of ``zone``, was sent this paper, or was not. Raises UnknownPaper."""
        [stored] = await self.store.papers.get([paper_id])
        if stored is None:
            raise UnknownPaper("This paper is not in any dump yet: give a link to one that is, or its title.")
        profile, rows, shelf = await self._reader(reader)
        history = await history_of(self.store, reader, {paper_id, stored.paper.id}, zone)
        vectors = await self.store.vectors.get(self.tag, [stored])
        vector = vectors[stored.paper.id].vector if stored.paper.id in vectors else None

        def work() -> WhyAnswer:
            yardstick = picking.measured(profile, rows, shelf, self.digest.bar, unmuted=True)
            return explained(stored.paper, vector, yardstick, shelf, bar=self.digest.bar, history=history)

        return await asyncio.to_thread(work)

    async def trending(self, period: str, limit: int = 10) -> list[Trend]:
        """The papers of the last ``day``, ``week`` or ``month`` that are talked about most. Raises UserError."""
        if period not in trending.PERIODS:
            raise UserError(f"Say {', '.join(list(trending.PERIODS)[:-1])} or {list(trending.PERIODS)[-1]}.")
        await self._catalogue.refresh(self.store, self.tag)
        known = [one.paper for one in self._catalogue.known.values()]
        today = self.clock.now().date()
        talks = (await asyncio.to_thread(trending.talked_about, known, period, today))[: max(0, limit)]
        papers = await self._papers([talk.paper.id for talk in talks])
        return [Trend(papers[talk.paper.id], trending.why(talk)) for talk in talks if talk.paper.id in papers]

    async def trending_ids(self, limit: int = 5, period: str = "week") -> list[str]:
        """Ids of the papers that are talked about most. Raises UserError for a period that there is not."""
        return [one.paper.id for one in await self.trending(period, limit)]

    async def near_misses(self, reader: UserId, since: datetime, limit: int = 3) -> list[Near]:
        """Papers first seen after ``since`` (aware) that came near and stayed below the reader's bar, nearest first.

        Near is closer than ``missing.NEAR_FROM`` of the stored papers, so ``closer_than`` is always there; while too few
        are stored to say that, none is near. What came before the reader followed what it is near to is left out, and
        what was sent, is queued, disliked or muted.
        """
        picks = await self.below(reader, since, limit)
        return [Near(pick.paper.id, pick.closeness.closer_than, pick.interest.name) for pick in picks]

    async def below(
        self, reader: UserId, since: datetime, limit: int = 3, *, until: datetime | None = None
    ) -> list[Pick]:
        """As ``near_misses``, with papers, interests and reasons; of papers first seen at ``until`` (aware) at the latest."""
        profile, rows, shelf = await self._reader(reader)
        if not profile.interests or not shelf.ids:
            return []
        but = {one.paper_id for one in await self.store.ratings.of(reader) if one.taste is Taste.LESS}
        but |= await self.store.sent.known(reader)
        but |= await self.store.alerts.ids(reader)
        but |= await self._now(but)
        came = (since, until or datetime.max.replace(tzinfo=UTC))

        def work() -> list[Match]:
            yardstick = picking.measured(profile, rows, shelf, self.digest.bar)
            return near_misses(yardstick, shelf, came, limit, bar=self.digest.bar, but=but)

        return await self._picks(profile, await asyncio.to_thread(work))

    async def votes(self, reader: UserId, limit: int = 5) -> list[Paper]:
        """Papers whose ratings tell most of a reader: recent, with an abstract, unlike each other, not yet rated."""
        shelf = await self._catalogue.refresh(self.store, self.tag)
        rated = {one.paper_id for one in await self.store.ratings.of(reader)}
        rated |= await self._now(rated)
        today = self.clock.now().date()
        chosen = await asyncio.to_thread(worth_voting_on, shelf, today, limit, but=rated)
        papers = await self._papers(chosen)
        return [papers[paper_id] for paper_id in chosen if paper_id in papers]

    async def resolve(self, words: str) -> Paper:
        """The stored paper that these words name: an id, a link, a title, or nearly a title.

        In quotation marks a part of a title is enough, if only one has it. Raises EmptyQuery, and UnknownPaper, which
        carries the arXiv id where one was given.
        """
        if found := await exactly(self.store.papers, words):
            return found
        await self._catalogue.refresh(self.store, self.tag)
        known = list(self._catalogue.known.values())
        if paper_id := await asyncio.to_thread(nearly, known, words):
            papers = await self._papers([paper_id])
            if paper_id in papers:
                return papers[paper_id]
        raise UnknownPaper(f"No stored paper is called “{interests.short(interests.unquoted(words))}”: search for it.")

    async def _reader(self, reader: UserId) -> tuple[Profile, Mapping[str, Floats], Shelf]:
        profile = await self.store.profiles.get(interests.checked_reader(reader))
        rows = await self.store.profiles.rows(reader, self.tag) if profile.interests else {}
        return profile, rows, await self._catalogue.refresh(self.store, self.tag)

    async def _picks(self, profile: Profile, matches: Sequence[Match]) -> list[Pick]:
        """The matches with their papers, interests and reasons; what is not stored any more is left out."""
        following = {interest.id: interest for interest in profile.interests}
        papers = await self._papers([match.paper_id for match in matches])
        return [
            Pick(papers[match.paper_id], interest, match.closeness, matching.why(match, interest))
            for match in matches
            if match.paper_id in papers and (interest := following[match.interest_id])
        ]

    async def _papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        """Whole papers by id; what was joined into another meanwhile is left out."""
        found = await self.store.papers.get(ids)
        return {one: stored.paper for one, stored in zip(ids, found, strict=True) if stored and stored.paper.id == one}

    async def _now(self, ids: Iterable[str]) -> set[str]:
        """The ids that papers have now which were joined into another one since."""
        gone = [one for one in ids if one not in self._catalogue.known]
        return {stored.paper.id for stored in await self.store.papers.get(gone) if stored}
