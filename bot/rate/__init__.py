"""The verb ``Rate``: more or less of a paper, learnt at once and taken back exactly.

scene       everything of a reader that a vote is decided by
deciding    which interests the reader has after it
writing     where those stand, in the store

The profile is written before the rating that stands for it, and taken back before the rating is removed: whatever is
killed in between is finished by doing it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakValueDictionary

from bot.background import Backgrounds
from bot.clock import Clock
from bot.embedder import Embedder
from bot.errors import StoreConflict, UnknownPaper
from bot.interests import checked_reader
from bot.models import Interest, InterestKind, Profile, Rating, Taste, UserId
from bot.rate import deciding
from bot.rate.scene import Scene, read_scene
from bot.rate.writing import write
from bot.settings import DigestSettings
from bot.store import Store, StoredPaper

__all__ = ["Rate"]

#: A vote whose reader changes interests while it is learnt is learnt again, so often.
_TRIES = 4


@dataclass(frozen=True)
class Rate:
    """Moves a reader's interests by what the reader says of papers."""

    store: Store
    embedder: Embedder
    clock: Clock
    digest: DigestSettings
    backgrounds: Backgrounds
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
        paper = stored.paper
        async with self._turn(reader):
            profile = await self.store.profiles.get(reader)
            for known in await self._ratings(reader, paper_id, paper.id):
                if known.taste is taste and _is_held(profile, known):
                    return known
                await self._take_back(profile, known)
                profile = await self.store.profiles.get(reader)
            now = self.clock.now()
            interest = await self._learn(profile, stored, taste, now)
            rating = Rating(
                reader=reader,
                paper_id=paper.id,
                taste=taste,
                interest_id=interest.id,
                interest_name=interest.name,
                opened=interest.kind is InterestKind.LEARNT and interest.learnt_from == (paper.id,),
                at=now,
            )
            await self.store.ratings.put(rating)
            return rating

    async def undo(self, reader: UserId, paper_id: str) -> Rating | None:
        """Take back what the reader said of this paper; gives what it was, None if it was nothing.

        What the other ratings make is left, to the bit: the likes are grouped as if this one had never been.
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

    async def _learn(self, profile: Profile, stored: StoredPaper, taste: Taste, now: datetime) -> Interest:
        """Let the interests learn from the paper, and store them; gives the one that holds it."""
        current = await self.store.vectors.current_model()
        if current not in (None, self.embedder.tag):
            raise StoreConflict("Another process gave this store another model: restart this one with its settings.")
        paper = stored.paper
        wanted = await self._decided(profile, now, lambda scene: deciding.with_vote(scene, paper, taste), vote=stored)
        return next(one for one in wanted if paper.id in one.learnt_from and deciding.has_sign(one, taste))

    async def _take_back(self, profile: Profile, rating: Rating) -> None:
        """Make the profile as if the paper had never been rated, then forget the rating."""
        [found] = await self.store.papers.get([rating.paper_id])
        ids = {rating.paper_id, found.paper.id} if found else {rating.paper_id}
        if any(ids & set(one.learnt_from) for one in profile.interests):
            await self._decided(profile, self.clock.now(), lambda scene: deciding.without_vote(scene, ids))
        await self.store.ratings.remove(profile.reader, rating.paper_id)

    async def _decided(
        self,
        profile: Profile,
        now: datetime,
        decide: Callable[[Scene], list[Interest]],
        *,
        vote: StoredPaper | None = None,
    ) -> list[Interest]:
        """Store the interests that ``decide`` gives, and give them; again where the reader changed one meanwhile."""
        for _ in range(_TRIES):
            scene = await read_scene(self.store, self.backgrounds, self.embedder, profile, now, vote=vote)
            wanted = await asyncio.to_thread(decide, scene)
            if await write(self.store, self.embedder, scene, wanted, self.digest):
                return wanted
            profile = await self.store.profiles.get(profile.reader)
        raise StoreConflict("What you follow was changed at the same moment: please try again.")


def _is_held(profile: Profile, rating: Rating) -> bool:
    """Whether an interest still holds what the rating taught: the reader may have dropped it."""
    return any(rating.paper_id in one.learnt_from for one in profile.interests)
