"""Which papers our messages show: of the last 400 days, by conversation and ts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.models import UserId
from bot.store import keys
from bot.store.connection import Connection, Script

_TS = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)

_REMEMBER = Script("remember_message")
_DIRECT = Script("remember_direct")


class Messages:
    """Messages of ours with papers on them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def remember(
        self,
        workspace: str,
        channel: str,
        ts: str,
        paper_ids: Sequence[str],
        *,
        reader: UserId | None = None,
        delivery_id: str | None = None,
    ) -> None:
        """The message ``ts`` shows these papers; older messages of the conversation leave 400 days after they were sent.

        ``reader``: the person whose direct messages the conversation is, so that both are forgotten together.
        ``delivery_id``: what was delivered to this person with it; nothing is remembered if the person was forgotten
        since. Raises ValueError for a ts or a paper id that is none.
        """
        if not _TS.fullmatch(ts):
            raise ValueError(ts)
        if any(not paper_id or " " in paper_id for paper_id in paper_ids):
            raise ValueError(paper_ids)
        key = keys.shard_of(UserId(workspace, channel)).messages(channel)
        oldest = f"({float(ts) - keys.MESSAGES_SECONDS:.6f}"
        remember = _REMEMBER([key], ts, " ".join((ts, *paper_ids)), oldest, keys.MESSAGES_SECONDS)
        if reader is None or reader.user == channel:
            await self._connection.write(*remember)
            return
        shard = keys.shard_of(reader)
        if delivery_id is None:
            await self._connection.write_all([("HSET", shard.directs, reader.user, channel), remember])
            return
        check = _DIRECT([shard.directs, shard.ledger(reader.user)], reader.user, channel, delivery_id)
        # Checked before, so that who forgets the person from now on finds the conversation; and after, lest it be new
        # again when all was forgotten in between.
        before, _, after = await self._connection.write_all([check, remember, check])
        if not (before and after):
            await self._connection.write("UNLINK", key)

    async def papers(self, workspace: str, channel: str, ts: str) -> tuple[str, ...]:
        """Ids of the papers on a message, as they were shown; none for a message that is not ours or too old."""
        if not (_TS.fullmatch(ts) and keys.is_name(channel)):
            return ()
        key = keys.shard_of(UserId(workspace, channel)).messages(channel)
        found = await self._connection.read("ZRANGEBYSCORE", key, ts, ts) or ()
        for name, ids in map(self._parts, found):
            if name == ts:
                return ids
        return ()

    async def of(self, workspace: str, channel: str) -> list[tuple[str, tuple[str, ...]]]:
        """All messages of a conversation, oldest first, as (ts, paper ids)."""
        key = keys.shard_of(UserId(workspace, channel)).messages(channel)
        found = await self._connection.read("ZRANGE", key, 0, -1) or ()
        return [(ts, ids) for ts, ids in map(self._parts, found) if ts]

    async def direct(self, reader: UserId) -> str | None:
        """The conversation of direct messages with a person, if any of its messages is remembered as such."""
        channel = self._skipped.text(await self._connection.read("HGET", keys.shard_of(reader).directs, reader.user))
        if channel is None or keys.is_name(channel):
            return channel
        self._skipped.add()
        return None

    def _parts(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        ts, *ids = (self._skipped.text(raw) or "").split(" ")
        if _TS.fullmatch(ts) and all(ids):
            return ts, tuple(ids)
        self._skipped.add()
        return "", ()
