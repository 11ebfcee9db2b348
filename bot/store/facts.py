"""Interests that are matched by a paper's facts: all of a shard's in one place, beside the readers' profiles."""

from __future__ import annotations

from collections.abc import Mapping

from bot.models import FACTS, Interest, UserId
from bot.store import keys
from bot.store.connection import Connection
from bot.store.records import INTEREST


class Facts:
    """Who follows which authors, organisations and categories; ``Profiles`` writes it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def of(self, shard: keys.Shard) -> list[tuple[UserId, Interest]]:
        """All interests of the shard's readers that are matched by facts, sorted by reader and id."""
        stored: Mapping[bytes, bytes] = await self._connection.read("HGETALL", shard.facts) or {}
        found: list[tuple[UserId, Interest]] = []
        for field, raw in stored.items():
            user, _, interest_id = (self._skipped.text(field) or "").partition("\0")
            interest = INTEREST.load(raw, self._skipped)
            if interest is None:
                continue
            if user and interest.id == interest_id and interest.kind in FACTS:
                found.append((UserId(shard.workspace, user), interest))
            else:
                self._skipped.add()
        return sorted(found, key=lambda pair: (pair[0], pair[1].id))
