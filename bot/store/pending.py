"""Papers that readers asked for before any dump told of them."""

from __future__ import annotations

from bot.models import Pending, UserId
from bot.store import keys
from bot.store.connection import Connection
from bot.store.fields import nouns
from bot.store.records import PENDING
from bot.store.vectors import read_shards


class PendingPapers:
    """What is waited for, at most once per reader and arXiv id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, pending: Pending) -> None:
        """Wait for a paper; over what the reader asked of it before."""
        shard = keys.shard_of(pending.reader)
        await self._connection.write("SADD", keys.SHARD_NAMES, str(shard))
        field = keys.field(pending.reader, pending.arxiv_id)
        await self._connection.write("HSET", shard.pending, field, PENDING.dump(pending))

    async def of_workspace(self, workspace: str) -> list[Pending]:
        """Everything that readers of a workspace wait for, oldest first."""
        return await self._of(keys.shards_of(workspace))

    async def all(self) -> list[Pending]:
        """Everything that anybody waits for, oldest first."""
        return await self._of(await read_shards(self._connection))

    async def has(self, reader: UserId, arxiv_id: str) -> bool:
        """Whether the reader waits for this."""
        name = keys.field(reader, arxiv_id)
        return await self._connection.read("HEXISTS", keys.shard_of(reader).pending, name) == 1

    async def remove(self, reader: UserId, arxiv_id: str) -> None:
        """The reader waits for this no longer."""
        await self._connection.write("HDEL", keys.shard_of(reader).pending, keys.field(reader, arxiv_id))

    async def _of(self, shards: list[keys.Shard]) -> list[Pending]:
        found = [
            pending
            for shard in shards
            for pending in await nouns(
                self._connection, shard.pending, PENDING, lambda found, at=shard: _field(found, at)
            )
        ]
        return sorted(found, key=lambda pending: (pending.asked, pending.reader, pending.arxiv_id))


def _field(pending: Pending, shard: keys.Shard) -> str | None:
    user, workspace = pending.reader.user, pending.reader.workspace
    return f"{user}\0{pending.arxiv_id}" if workspace == shard.workspace and pending.arxiv_id else None
