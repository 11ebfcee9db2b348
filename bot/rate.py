"""The verb ``Rate``: more or less of a paper, learnt at once and taken back exactly.

The profile is written before the rating that stands for it, and taken back before the rating is removed: whatever is
killed in between is finished by doing it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import numpy as np

from bot import cleaning, feedback, matching
from bot.clock import Clock
from bot.embedder import Embedder
from bot.errors import StoreConflict, TooManyInterests, UnknownPaper
from bot.interests import MOST_INTERESTS, checked_reader
from bot.models import Interest, InterestKind, Profile, Rating, Taste, UserId
from bot.settings import DigestSettings
from bot.store import Floats, Store, StoredPaper


@dataclass(frozen=True)
class Rate:
    """Moves a reader's interests by what the reader says of papers."""

    store: Store
    embedder: Embedder
    clock: Clock
    digest: DigestSettings
    #: A reader's ratings are learnt one after the other, however fast they are clicked.
    _turns: WeakValueDictionary[UserId, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[UserId, asyncio.Lock], init=False, repr=False, compare=False
    )

    async def rate(self, reader: UserId, paper_id: str, taste: Taste) -> Rating:
        """More or less of this paper. The same again gives the same; the other taste takes the former back first.

        Raises UnknownPaper, TooManyInterests where nothing can be opened and nothing joined, StoreConflict.
        """
        checked_reader(reader)
        stored = await self._stored(paper_id)
        async with self._turn(reader):
            profile = await self.store.profiles.get(reader)
            for known in await self._ratings(reader, paper_id, stored.paper.id):
                if known.taste is taste and _holder(profile, known) is not None:
                    return known
                await self._take_back(profile, known)
                profile = await self.store.profiles.get(reader)
            interest = await self._learn(profile, stored, taste)
            rating = Rating(
                reader=reader,
                paper_id=stored.paper.id,
                taste=taste,
                interest_id=interest.id,
                interest_name=interest.name,
                opened=interest.kind is InterestKind.LEARNT and interest.learnt_from == (stored.paper.id,),
                at=self.clock.now(),
            )
            await self.store.ratings.put(rating)
            return rating

    async def undo(self, reader: UserId, paper_id: str) -> Rating | None:
        """Take back what the reader said of this paper; gives what it was, None if it was nothing.

        An interest that learnt from nothing else is as it was before, to the bit; one that was opened is gone.
        """
        checked_reader(reader)
        [found] = await self.store.papers.get([paper_id])
        async with self._turn(reader):
            ratings = await self._ratings(reader, paper_id, found.paper.id if found else paper_id)
            for known in ratings:
                await self._take_back(await self.store.profiles.get(reader), known)
            return ratings[0] if ratings else None

    def _turn(self, reader: UserId) -> AbstractAsyncContextManager[object]:
        if (turn := self._turns.get(reader)) is None:
            turn = self._turns[reader] = asyncio.Lock()
        return turn

    async def _stored(self, paper_id: str) -> StoredPaper:
        [found] = await self.store.papers.get([paper_id])
        if found is None:
            raise UnknownPaper("This paper is no longer stored, so nothing can be learnt from it.")
        return found

    async def _ratings(self, reader: UserId, *paper_ids: str) -> list[Rating]:
        """What the reader said of a paper, under the id it has now and the one it had when it was shown."""
        found = [await self.store.ratings.get(reader, paper_id) for paper_id in dict.fromkeys(paper_ids)]
        return [rating for rating in found if rating is not None]

    async def _learn(self, profile: Profile, stored: StoredPaper, taste: Taste) -> Interest:
        """Let the nearest interest learn from the paper, or a new one, and store it."""
        tag, paper = self.embedder.tag, stored.paper
        current = await self.store.vectors.current_model()
        if current not in (None, tag):
            raise StoreConflict("Another process gave this store another model: restart this one with its settings.")
        vector = (await self._vectors([stored]))[paper.id]
        _, corpus = await self.store.vectors.sample(tag, matching.SAMPLE)
        rows = await self.store.profiles.rows(profile.reader, tag)
        fresh = feedback.opened(paper, taste, profile.interests, self.clock.now())
        kept = {interest.id: interest for interest in profile.interests}
        interest = (
            # what a killed attempt left
            next((one for one in profile.interests if paper.id in one.learnt_from and _wants(one, taste)), None)
            or feedback.joined(profile.interests, rows, vector, taste, corpus=len(corpus))
            or kept.get(fresh.id, fresh)
        )
        if interest.id not in kept and len(kept) >= MOST_INTERESTS:
            nearest = feedback.joined(profile.interests, rows, vector, taste, corpus=len(corpus), anyhow=True)
            if nearest is None:
                raise TooManyInterests(f"You follow {MOST_INTERESTS} things already: unfollow one first.")
            interest = nearest
        learnt = feedback.with_paper(interest, paper.id)
        await self._put(profile, learnt, rows.get(interest.id), corpus, before=interest)
        return learnt

    async def _take_back(self, profile: Profile, rating: Rating) -> None:
        """Make the profile as if the paper had never been rated, then forget the rating."""
        [found] = await self.store.papers.get([rating.paper_id])
        ids = {rating.paper_id, found.paper.id} if found else {rating.paper_id}
        rows = await self.store.profiles.rows(profile.reader, self.embedder.tag)
        _, corpus = await self.store.vectors.sample(self.embedder.tag, matching.SAMPLE)
        for interest in profile.interests:
            if ids & set(interest.learnt_from):
                left = feedback.without_paper(interest, ids)
                if left is None:
                    await self.store.profiles.remove_interest(profile.reader, interest.id)
                else:
                    await self._put(profile, left, rows.get(interest.id), corpus, before=interest)
        await self.store.ratings.remove(profile.reader, rating.paper_id)

    async def _put(
        self, profile: Profile, interest: Interest, row: Floats | None, corpus: Floats, *, before: Interest
    ) -> None:
        """Store an interest where its text and papers put it. ``row`` is that of ``before``, the interest until now."""
        tag = self.embedder.tag
        learnt = await self._learnt(interest.learnt_from)
        if interest.kind is InterestKind.LEARNT:
            base = None
        elif row is not None and not before.learnt_from:
            base = row[: tag.dimension]
        else:
            [base] = await self.embedder.embed([interest.text])
        if base is None and not learnt:
            # all its papers are gone from the store: it stays where it was
            if row is None:
                return
            base = row[: tag.dimension]
        measured = matching.row(
            feedback.moved(base, learnt), interest.weight, corpus, profile.bar or self.digest.bar, muted=interest.muted
        )
        await self.store.profiles.put_interest(profile.reader, interest, measured, tag)

    async def _learnt(self, paper_ids: Sequence[str]) -> dict[str, Floats]:
        """The vectors of these papers by the ids they have now."""
        found = await self.store.papers.get(paper_ids)
        return await self._vectors(list({one.paper.id: one for one in found if one}.values()))

    async def _vectors(self, papers: Sequence[StoredPaper]) -> dict[str, Floats]:
        """The papers' vectors by id; one that has none stored is embedded."""
        known = await self.store.vectors.get(self.embedder.tag, papers)
        vectors: dict[str, Floats] = {paper_id: row.vector for paper_id, row in known.items()}
        missing = [one.paper for one in papers if one.paper.id not in vectors]
        if missing:
            made: Sequence[Floats] = list(await self.embedder.embed([cleaning.paper_text(paper) for paper in missing]))
            vectors |= {paper.id: np.asarray(vector) for paper, vector in zip(missing, made, strict=True)}
        return vectors


def _holder(profile: Profile, rating: Rating) -> Interest | None:
    """The interest that holds what the rating taught, None once the reader dropped it."""
    return next((one for one in profile.interests if rating.paper_id in one.learnt_from), None)


def _wants(interest: Interest, taste: Taste) -> bool:
    return (interest.weight > 0) == (taste is Taste.MORE)
