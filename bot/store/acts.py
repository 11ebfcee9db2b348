"""Acts that were received: each is told from its repetitions, and kept until it is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from bot.models import UserId
from bot.store import keys
from bot.store.connection import Connection, Script

#: Bytes of one act that are kept at most: a button's act with its whole message is a quarter of it.
MOST_BYTES = 65_536
_DIGITS = 20

_KEEP = Script("keep_act")


class Acts:
    """What people did, from the moment it is received until it is done."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def keep(self, workspace: str, act_id: str, payload: bytes, *, patience: float | None = None) -> bool:
        """Keep an act; False, and nothing happens, if it was received within the last 26 hours, done or not.

        The payload is JSON whose ``reader``, as [workspace, user], tells who did it. One that is empty or longer than
        ``MOST_BYTES`` is not kept, its act is only marked as received.
        ``patience``: seconds after which it fails with StoreUnreachable; None: as any other command.
        """
        shard = keys.shard_of(UserId(workspace, act_id))
        kept = payload if len(payload) <= MOST_BYTES else b""
        command = _KEEP(
            [shard.act(act_id), shard.acts], uuid4().hex, keys.SEEN_SECONDS, keys.ACTS_SECONDS, act_id, kept
        )
        return await self._connection.write(*command, patience=patience) == 1

    async def done(self, workspace: str, act_id: str) -> None:
        """An act needs to be kept no longer; it stays marked as received."""
        await self._connection.write("HDEL", keys.shard_of(UserId(workspace, act_id)).acts, act_id)

    async def release(self, workspace: str, act_id: str) -> None:
        """An act counts as never received."""
        shard = keys.shard_of(UserId(workspace, act_id))
        await self._connection.write("HDEL", shard.acts, act_id)
        await self._connection.write("DEL", shard.act(act_id))

    async def left(self, workspace: str) -> list[tuple[str, bytes]]:
        """Acts that are kept and not done, as (id, payload), oldest first."""
        found: list[tuple[int, str, bytes]] = []
        for shard in keys.shards_of(workspace):
            for field, raw in (await self._kept(shard)).items():
                act_id = self._skipped.text(field)
                moment, blank, payload = raw.partition(b" ")
                if act_id and blank and moment.isdigit() and len(moment) <= _DIGITS:
                    found.append((int(moment), act_id, payload))
                elif act_id is not None:
                    self._skipped.add()
        return [(act_id, payload) for _, act_id, payload in sorted(found)]

    async def forget(self, reader: UserId) -> int:
        """Keep nothing that this reader did; gives how many acts that were. They stay marked as received."""
        gone = 0
        for shard in keys.shards_of(reader.workspace):
            kept = (await self._kept(shard)).items()
            names = [field for field, raw in kept if _is_of(raw.partition(b" ")[2], reader)]
            if names:
                await self._connection.write("HDEL", shard.acts, *names)
            gone += len(names)
        return gone

    async def _kept(self, shard: keys.Shard) -> Mapping[bytes, bytes]:
        return await self._connection.read("HGETALL", shard.acts) or {}


def _is_of(payload: bytes, reader: UserId) -> bool:
    try:
        told: Any = json.loads(payload)
        return bool(told["reader"] == [reader.workspace, reader.user])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
