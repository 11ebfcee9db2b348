"""How each reader's last day ended."""

from __future__ import annotations

from bot.models import SlotEnd, UserId
from bot.store import keys
from bot.store.connection import Connection, Script
from bot.store.fields import named
from bot.store.records import SLOT_END

_TELL = Script("tell_end")


class SlotEnds:
    """The last expected day of each reader: what came of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tell(self, end: SlotEnd) -> None:
        """A day ended so; nothing is kept of a reader who is forgotten."""
        shard, user = keys.shard_of(end.reader), end.reader.user
        keys_of = [shard.ends, shard.readers, shard.subscriptions]
        await self._connection.write(*_TELL(keys_of, user, SLOT_END.dump(end)))

    async def of(self, reader: UserId) -> SlotEnd | None:
        """How the reader's last day ended; None before the first."""
        shard = keys.shard_of(reader)
        raw = await self._connection.read("HGET", shard.ends, reader.user)
        return named(
            self._connection,
            reader.user.encode(),
            raw,
            SLOT_END,
            lambda end: end.reader.user if end.reader.workspace == shard.workspace else None,
        )
