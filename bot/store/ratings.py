"""Ratings: what readers asked for under papers."""

from __future__ import annotations

from collections.abc import Iterable

from bot.models import Rating, UserId
from bot.store import keys
from bot.store.connection import Connection
from bot.store.fields import named, nouns, removing
from bot.store.records import RATING


class Ratings:
    """More or less of a paper, at most one rating per reader and paper."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, rating: Rating) -> None:
        """Store a rating over the one that the reader gave this paper before."""
        key = keys.shard_of(rating.reader).ratings(rating.reader.user)
        await self._connection.write("HSET", key, rating.paper_id, RATING.dump(rating))

    async def get(self, reader: UserId, paper_id: str) -> Rating | None:
        """The reader's rating of a paper."""
        raw = await self._connection.read("HGET", keys.shard_of(reader).ratings(reader.user), paper_id)
        return named(self._connection, paper_id.encode(), raw, RATING, lambda rating: _paper(rating, reader))

    async def given(self, reader: UserId, paper_ids: Iterable[str]) -> dict[str, Rating]:
        """The reader's ratings of these papers, by paper; those that were not rated are left out."""
        wanted = list(dict.fromkeys(paper_ids))
        if not wanted:
            return {}
        raws = await self._connection.read("HMGET", keys.shard_of(reader).ratings(reader.user), *wanted)
        found = (
            named(self._connection, paper_id.encode(), raw, RATING, lambda rating: _paper(rating, reader))
            for paper_id, raw in zip(wanted, raws or [None] * len(wanted), strict=True)
        )
        return {rating.paper_id: rating for rating in found if rating is not None}

    async def remove(self, reader: UserId, paper_id: str) -> bool:
        """Take a rating back; whether there was one."""
        shard = keys.shard_of(reader)
        return await self._connection.write(*removing(shard, shard.ratings(reader.user), [paper_id])) == 1

    async def of(self, reader: UserId) -> list[Rating]:
        """The reader's ratings, newest first."""
        key = keys.shard_of(reader).ratings(reader.user)
        found = await nouns(self._connection, key, RATING, lambda rating: _paper(rating, reader))
        return sorted(found, key=lambda rating: (rating.at, rating.paper_id), reverse=True)


def _paper(rating: Rating, reader: UserId) -> str | None:
    return rating.paper_id if rating.reader == reader else None
