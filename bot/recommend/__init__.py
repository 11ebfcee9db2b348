"""The verb ``Recommend``: what to read among the stored papers, and why a paper was or was not sent.

library         a reader and all papers; papers and reasons
catalogue       all papers in memory (shelf), kept up by the store's log
picking         best for a reader, nearest to an interest
missing         what came near and stayed below the bar
exploring       a paper a little outside what is followed
voting          papers whose ratings tell most of a newcomer
standing        how a paper stands to each interest
explaining      why, or why not; telling says it
grounds         what speaks for a paper: a rated one, a passage
distinct        papers that are no earlier one over again
heeding         what colleagues did
recalling       what became of a paper for a reader
naming          which paper somebody's words name
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot import bars, interests, trending
from bot.background import Backgrounds, Passages
from bot.clock import Clock
from bot.embedder import Embedder
from bot.errors import UnknownPaper, UserError
from bot.interests import is_channel
from bot.matching import Found, Seen
from bot.models import Alert, Near, Paper, Taste, UserId
from bot.recommend import picking
from bot.recommend.answers import Pick, Trend, Verdict, WhyAnswer
from bot.recommend.explaining import found
from bot.recommend.exploring import different, explored
from bot.recommend.grounds import grounds_of
from bot.recommend.heeding import colleagues_here
from bot.recommend.library import Library
from bot.recommend.missing import near_misses
from bot.recommend.naming import exactly, nearly
from bot.recommend.recalling import history_of, shown_elsewhere
from bot.recommend.standing import Subject
from bot.recommend.telling import Grounds, explained
from bot.recommend.voting import worth_voting_on
from bot.settings import DigestSettings
from bot.store import Store

__all__ = ["Pick", "Recommend", "Trend", "Verdict", "WhyAnswer"]

#: Papers that are looked at beyond a limit, in place of those that turn out to be an earlier one over again.
_OF_ONE_PAPER = 20


@dataclass(frozen=True)
class Recommend:
    """Chooses among the stored papers; only the passage of ``why`` needs the model. Every method raises StoreError."""

    store: Store
    clock: Clock
    digest: DigestSettings
    embedder: Embedder
    backgrounds: Backgrounds
    _passages: Passages = field(init=False, repr=False, compare=False)
    _library: Library = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_passages", Passages(self.embedder))
        object.__setattr__(self, "_library", Library(self.store, self.digest, self.backgrounds))

    async def warm(self) -> None:
        """Take in what came until now, so that nobody who asks later waits for it."""
        await self._library.shelf()

    async def for_reader(self, reader: UserId, limit: int = 5, *, unsent: bool = False) -> list[Pick]:
        """The best stored papers for a person or a channel now, dealt to its interests by their shares; recent ones first.

        What the reader disliked is left out, with ``unsent`` also what the reader was sent, and no paper stands there
        twice under two names. A shorter list is the beginning of a longer one.
        """
        profile, yardstick, shelf = await self._library.reader(reader)
        if not profile.interests or not shelf.ids:
            return []
        but = {one.paper_id for one in await self.store.ratings.of(reader) if one.taste is Taste.LESS}
        if unsent:
            but |= await self.store.sent.known(reader)
        but |= await self._library.now(but)
        dealt, places = Found(reader.user, ()), list[int]()
        for rows in await asyncio.to_thread(picking.parted, shelf, self.clock.now().date(), but):
            more = await asyncio.to_thread(picking.offered, yardstick, shelf, rows)
            dealt = Found(reader.user, (*dealt.candidates, *more.candidates))
            places = await self._library.distinct([shelf.known[one.paper].paper for one in dealt.candidates], limit)
            if len(places) == limit:
                break
        chosen = Found(reader.user, tuple(dealt.candidates[place] for place in places))
        return await self._library.picks(
            yardstick, shelf, await asyncio.to_thread(picking.matched, chosen, yardstick, shelf)
        )

    async def try_it(self, reader: UserId, interest_id: str, limit: int = 5) -> list[Pick]:
        """The stored papers nearest to one interest (by id or name), muted or not. Raises UnknownInterest."""
        profile, yardstick, shelf = await self._library.reader(reader, measured=False)
        if (interest := interests.found(profile.interests, interest_id)) is None:
            raise interests.unknown(reader, profile.interests, interest_id)
        row = yardstick.rows.get(interest.id)
        many = limit + _OF_ONE_PAPER
        near = await asyncio.to_thread(picking.nearest, interest, row, yardstick.words, shelf, many)
        papers = await self._library.papers([paper_id for paper_id, _ in near])
        found = [(papers[paper_id], closeness) for paper_id, closeness in near if paper_id in papers]
        places = await self._library.distinct([paper for paper, _ in found], limit)
        return [
            Pick(paper, interest, closeness, picking.reason(reader, interest, closeness))
            for paper, closeness in (found[place] for place in places)
        ]

    async def why(self, reader: UserId, paper_id: str, zone: ZoneInfo) -> WhyAnswer:
        """Why the reader, whose clock is that of ``zone``, was sent this paper, or was not.

        Everything that is named took part in the score. Raises UnknownPaper, and ModelMissing where a passage is to be
        found without a model.
        """
        [stored] = await self.store.papers.get([paper_id])
        if stored is None:
            raise UnknownPaper("This paper is not in any dump yet: give a link to one that is, or its title.")
        paper = stored.paper
        profile, yardstick, shelf = await self._library.reader(reader, unmuted=True)
        history = await history_of(self.store, reader, paper, {paper_id, paper.id}, zone)
        stands = (await self.backgrounds.papers([paper.id])).get(paper.id)
        seen = Seen.of(shelf.background, stands.vector[None], [stands.terms]) if stands else None
        subject = Subject(paper, seen, stands.vector if stands else None)
        finding = await asyncio.to_thread(found, subject, yardstick, shelf.background, history)
        if finding.verdict is Verdict.ABOVE_BAR and self.digest.skip_seen_in_channels and not is_channel(reader):
            history = replace(history, shown=await shown_elsewhere(self.store, reader, {paper_id, paper.id}))
        told = Grounds()
        if finding.shown:
            told = await grounds_of(
                subject,
                finding.shown,
                yardstick,
                shelf.background,
                alert=history.alert,
                store=self.store,
                backgrounds=self.backgrounds,
                passages=self._passages,
            )
        bar, cap = bars.bar_of(profile, self.digest), profile.cap or self.digest.cap
        return explained(paper, finding, told, bar=bar, cap=cap, history=history)

    async def trending(self, period: str, limit: int = 10, reader: UserId | None = None) -> list[Trend]:
        """The papers of the last ``day``, ``week`` or ``month`` that are talked about most. Raises UserError.

        With a ``reader`` also what the reader's colleagues did counts, as far as they let it be counted.
        """
        if period not in trending.PERIODS:
            raise UserError(f"Say {', '.join(list(trending.PERIODS)[:-1])} or {list(trending.PERIODS)[-1]}.")
        await self._library.shelf()
        today = self.clock.now().date()
        first = today - timedelta(days=trending.PERIODS[period])
        known = [one.paper for one in self._library.known.values() if one.day >= first]
        talks = await asyncio.to_thread(trending.talked_about, known, period, today)
        if reader is not None:
            ids = dict.fromkeys((*(talk.paper.id for talk in talks), *(one.id for one in known)))
            here = await colleagues_here(self.store, reader, list(ids))
            talks = await asyncio.to_thread(trending.talked_about, known, period, today, here)
        talks = [talks[place] for place in await self._library.distinct([talk.paper for talk in talks], limit)]
        papers = await self._library.papers([talk.paper.id for talk in talks])
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
        profile, yardstick, shelf = await self._library.reader(reader)
        if not profile.interests or not shelf.ids:
            return []
        but, bar = await self._known_to(reader), bars.bar_of(profile, self.digest)
        came = (since, until or datetime.max.replace(tzinfo=UTC))
        matches = await asyncio.to_thread(near_misses, yardstick, shelf, came, bar=bar, but=but)
        known = self._library.known
        places = await self._library.distinct([known[match.paper_id].paper for match in matches], limit)
        return await self._library.picks(yardstick, shelf, [matches[place] for place in places])

    async def different(self, reader: UserId, since: datetime, told: Collection[str]) -> Alert | None:
        """A paper first seen after ``since`` (aware), a little outside what the reader follows and unlike the papers ``told``.

        As the alert to be queued; None for none. Raises ModelMissing.
        """
        profile, yardstick, shelf = await self._library.reader(reader)
        if not profile.interests or not shelf.ids:
            return None
        but, bar = await self._known_to(reader), bars.bar_of(profile, self.digest)
        match = await asyncio.to_thread(
            partial(different, yardstick, shelf, since, bar=bar, told=frozenset(told), but=but)
        )
        if match is None or match.paper_id not in (papers := await self._library.papers([match.paper_id])):
            return None
        return await explored(
            papers[match.paper_id],
            match,
            yardstick,
            shelf,
            store=self.store,
            backgrounds=self.backgrounds,
            passages=self._passages,
            now=self.clock.now(),
        )

    async def votes(self, reader: UserId, limit: int = 5) -> list[Paper]:
        """Papers whose ratings tell most of a reader: recent, with an abstract, unlike each other, not yet rated."""
        profile, yardstick, shelf = await self._library.reader(reader)
        rated = {one.paper_id for one in await self.store.ratings.of(reader)}
        rated |= await self._library.now(rated)
        today = self.clock.now().date()
        measured = yardstick if profile.interests else None
        chosen = await asyncio.to_thread(worth_voting_on, shelf, today, limit, but=rated, yardstick=measured)
        papers = await self._library.papers(chosen)
        return [papers[paper_id] for paper_id in chosen if paper_id in papers]

    async def resolve(self, words: str) -> Paper:
        """The stored paper that these words name: an id, a link, a title, or nearly a title.

        In quotation marks a part of a title is enough, if only one has it. Raises EmptyQuery, and UnknownPaper, which
        carries the arXiv id where one was given.
        """
        if found := await exactly(self.store.papers, words):
            return found
        await self._library.shelf()
        known = list(self._library.known.values())
        if paper_id := await asyncio.to_thread(nearly, known, words):
            papers = await self._library.papers([paper_id])
            if paper_id in papers:
                return papers[paper_id]
        raise UnknownPaper(f"No stored paper is called “{interests.short(interests.unquoted(words))}”: search for it.")

    async def _known_to(self, reader: UserId) -> set[str]:
        """Papers that the reader was sent, will be, or asked for less of."""
        known = {one.paper_id for one in await self.store.ratings.of(reader) if one.taste is Taste.LESS}
        known |= await self.store.sent.known(reader)
        known |= await self.store.alerts.ids(reader)
        return known | await self._library.now(known)
