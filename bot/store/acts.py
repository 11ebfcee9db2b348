"""Acts that were received: each is told from its repetitions, and kept until it is done."""

from __future__ import annotations

from collections.abc import Mapping
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

        A payload that is empty or longer than ``MOST_BYTES`` is not kept, its act is only marked as received.
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

    async def left(self, workspace: str) -> list[tuple[str, bytes]]:
        """Acts that are kept and not done, as (id, payload), oldest first; none is older than a week of silence."""
        found: list[tuple[int, str, bytes]] = []
        for shard in keys.shards_of(workspace):
            stored: Mapping[bytes, bytes] = await self._connection.read("HGETALL", shard.acts) or {}
            for field, raw in stored.items():
                act_id = self._skipped.text(field)
                moment, blank, payload = raw.partition(b" ")
                if act_id and blank and moment.isdigit() and len(moment) <= _DIGITS:
                    found.append((int(moment), act_id, payload))
                elif act_id is not None:
                    self._skipped.add()
        return [(act_id, payload) for _, act_id, payload in sorted(found)]
