"""Deliveries on their way out: each entry of the stream is taken by one consumer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from redis.exceptions import ResponseError

from bot.errors import StoreError
from bot.models import Medium
from bot.store import keys
from bot.store.connection import Command, Connection, Script
from bot.store.failures import full, told
from bot.store.heeding import heeding
from bot.store.lines import Line, line_to
from bot.store.outbox.entries import Entry, entry_of
from bot.store.outbox.queueing import Queueing

#: Stream id, ticket (None: the entry was deleted) and delivery.
_Taken: TypeAlias = Sequence[bytes | None]

_GROUP = "deliver"
#: A blocking question stays shorter than the time-out of its answer.
_LONGEST_BLOCK = 2.0
#: Seconds until it is looked again whether there is a stream at all.
_NO_STREAM = 0.2
#: Pending entries that are read at once.
_PAGE = 100

_TAKE = Script("outbox_take")


class Taking(Queueing):
    """Gives entries to those who send.

    Taking is the one thing that is not asked again when an answer is lost: who asks again would be given others. What
    was on its way then is pending for the consumer, and comes with its next ``read``.
    """

    def __init__(self, connection: Connection, medium: Medium = Medium.SLACK) -> None:
        super().__init__(connection, medium)
        self._line: Line | None = None
        #: Entries that were given and did not end yet: those are not lost.
        self._given: set[tuple[keys.Shard, str]] = set()
        #: Shards and consumers whose last answer was lost.
        self._lost: set[tuple[keys.Shard, str]] = set()

    async def read(self, workspace: str, consumer: str, count: int, block: float) -> list[Entry]:
        """About ``count`` new entries at most, waiting up to ``block`` seconds (2 at most) for the first.

        Raises StoreError at once when the connection breaks. A workspace for which nothing was ever queued has no
        stream, and none is made for it.
        """
        shards = self._shards(workspace)
        found: list[Entry] = []
        for shard in shards:
            if (shard, consumer) in self._lost:
                found += await self._own(shard, consumer)
                self._lost.discard((shard, consumer))
            if len(found) < count:
                found += await self._take(shard, consumer, "new", count - len(found))
        if found or block <= 0:
            return found
        for shard in shards:
            if found := await self._wait_for(shard, consumer, count, min(block, _LONGEST_BLOCK) / len(shards)):
                break
        return found

    async def left(self, workspace: str, consumer: str) -> list[Entry]:
        """What a consumer of this name had taken and not ended when its process ended."""
        return [entry for shard in self._shards(workspace) for entry in await self._own(shard, consumer)]

    async def reclaim(self, workspace: str, consumer: str, idle: float, count: int) -> list[Entry]:
        """Take over at most ``count`` entries that were taken ``idle`` seconds ago, by whomever, and did not end."""
        found: list[Entry] = []
        for shard in self._shards(workspace):
            if len(found) < count:
                milliseconds = max(0, round(idle * 1_000))
                found += await self._take(shard, consumer, "idle", count - len(found), milliseconds)
        return found

    async def close(self) -> None:
        """Let go of its own line to the server."""
        if self._line is not None:
            await self._line.close()

    def _shards(self, workspace: str) -> list[keys.Shard]:
        """Where the queue of this way is."""
        return [shard.by(self.medium) for shard in keys.shards_of(workspace)]

    def _ended(self, entry: Entry) -> None:
        self._given.discard((entry.shard, entry.entry_id))

    async def _own(self, shard: keys.Shard, consumer: str) -> list[Entry]:
        """What is pending for a consumer and was not given by this process."""
        found: list[Entry] = []
        after: bytes | str = "0"
        while page := await self._ask(shard, consumer, "own", _PAGE, after):
            after = page[-1][0] or "+"
            found += self._entries(shard, (one for one in page if (shard, (one[0] or b"").decode()) not in self._given))
        return found

    async def _take(self, shard: keys.Shard, consumer: str, what: str, count: int, *more: int) -> list[Entry]:
        try:
            return self._entries(shard, await self._ask(shard, consumer, what, count, *more))
        except BaseException:
            self._lost.add((shard, consumer))
            raise

    async def _wait_for(self, shard: keys.Shard, consumer: str, count: int, block: float) -> list[Entry]:
        """New entries as soon as there are any."""
        until = time.monotonic() + block
        try:
            while (left := until - time.monotonic()) > 0:
                taken = await self._block(shard, consumer, count, left)
                if taken is not None:
                    return await self._with_deliveries(shard, taken)
                # There is no stream yet.
                await asyncio.sleep(min(left, _NO_STREAM))
                if found := self._entries(shard, await self._ask(shard, consumer, "new", count)):
                    return found
        except BaseException:
            self._lost.add((shard, consumer))
            raise
        return []

    async def _block(
        self, shard: keys.Shard, consumer: str, count: int, seconds: float
    ) -> list[tuple[bytes, bytes]] | None:
        """Stream ids and tickets of new entries; None where there is no stream."""
        words = ("GROUP", _GROUP, consumer, "COUNT", count, "BLOCK", max(1, round(seconds * 1_000)))
        try:
            answer = await self._ask_once(("XREADGROUP", *words, "STREAMS", shard.outbox, ">"))
        except StoreError as error:
            if isinstance(error.__cause__, ResponseError) and "NOGROUP" in str(error.__cause__):
                return None
            raise
        return [(entry_id, next(iter(fields.values()), b"")) for _, page in answer for entry_id, fields in page]

    async def _with_deliveries(self, shard: keys.Shard, taken: Sequence[tuple[bytes, bytes]]) -> list[Entry]:
        if not taken:
            return []
        found = await self._connection.read("HMGET", shard.deliveries, *(ticket for _, ticket in taken))
        raws: list[bytes | None] = found or [None] * len(taken)
        return self._entries(shard, [(*one, raw) for one, raw in zip(taken, raws, strict=True)])

    async def _ask(
        self, shard: keys.Shard, consumer: str, what: str, count: int, *more: bytes | str | int
    ) -> list[_Taken]:
        command = _TAKE([shard.outbox, shard.deliveries], what, consumer, count, *more)
        return await self._ask_once(command) or []

    async def _ask_once(self, command: Command) -> Any:  # noqa: ANN401 - as Redis answers
        # A question that blocks holds up its line: the commands have another one.
        if self._line is None:
            self._line = line_to(self._connection.address)
        with told(self._connection.address):
            [answer] = await heeding(self._line.ask([command]))
            if isinstance(answer, Exception):
                if full(answer) == "READONLY":
                    await self._line.is_replaced()
                raise answer
            return answer

    def _entries(self, shard: keys.Shard, taken: Iterable[_Taken]) -> list[Entry]:
        found: list[Entry] = []
        for raw_id, ticket, raw in taken:
            entry_id = (raw_id or b"").decode()
            if ticket is not None:
                self._given.add((shard, entry_id))
                text = ticket.decode("ascii", "replace")
                found.append(entry_of(shard, entry_id, text, raw, self._connection.skipped))
        return found
