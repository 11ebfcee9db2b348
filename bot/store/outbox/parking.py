"""What is neither taken nor in the stream, and consumers that are gone."""

from __future__ import annotations

import logging

from bot.store import keys
from bot.store.connection import Script
from bot.store.outbox.entries import Entry
from bot.store.outbox.queueing import queues_of
from bot.store.outbox.scripts import OutboxScript
from bot.store.outbox.taking import Taking

log = logging.getLogger(__name__)

#: Nothing is parked for longer, in seconds: quiet hours last a day at most.
MOST_PARKED = 26 * 3_600.0
#: Moved or looked through by one command: a millisecond or two.
_PAGE = 500
_RETIRED_SECONDS = 3_600

_MOVE = Script("outbox_move")
_RETIRE = Script("outbox_retire")
_WAIT = OutboxScript("wait")


class Parking(Taking):
    """Deliveries that wait for a moment."""

    async def wait(self, entry: Entry, seconds: float) -> None:
        """Look at it again in so many seconds (a day at most), without touching how far it is."""
        await self._connection.write(*_WAIT.about(entry, milliseconds(seconds)))
        self._ended(entry)

    async def move_due(self, workspace: str) -> int:
        """Queue what was parked until now, by the server's clock; gives how many."""
        moved = 0
        for shard in self._shards(workspace):
            command = _MOVE([shard.parked, shard.outbox, shard.deliveries], _PAGE, milliseconds(MOST_PARKED))
            some = _PAGE
            while some == _PAGE:
                some = int(await self._connection.write(*command))
                moved += some
        return moved

    async def retire(self, workspace: str, consumer: str) -> None:
        """A consumer takes nothing more; one that has something pending stays until that is taken over."""
        for shard in self._shards(workspace):
            await self._connection.write(*_RETIRE([shard.outbox], consumer, 0))

    async def tidy(self, workspace: str) -> None:
        """Remove consumers that were idle for an hour and have nothing pending; park what no sign stands for. In all queues."""
        for shard in queues_of(workspace):
            await self._connection.write(*_RETIRE([shard.outbox], "", _RETIRED_SECONDS * 1_000))
            await self._find_lost(shard)

    async def _find_lost(self, shard: keys.Shard) -> None:
        """Park for now what neither the stream nor the parked ones tell of: somebody trimmed them."""
        tickets: set[bytes] = set(await self._connection.read("HKEYS", shard.deliveries) or ())
        if not tickets:
            return
        tickets.difference_update(await self._connection.read("ZRANGE", shard.parked, 0, -1) or ())
        after = "-"
        while page := await self._connection.read("XRANGE", shard.outbox, after, "+", "COUNT", _PAGE):
            tickets.difference_update(ticket for _, fields in page for ticket in fields.values())
            after = f"({page[-1][0].decode()}"
        # One that was moved meanwhile has two signs now: whoever comes second finds it taken or sent.
        if tickets:
            log.warning("%d deliveries had lost their place in the queue", len(tickets))
            await self._connection.write("ZADD", shard.parked, "NX", *(part for one in tickets for part in (0, one)))


def milliseconds(seconds: float) -> int:
    """A time as the scripts have it, from 0 to the longest for which anything is parked."""
    return max(0, round(min(seconds, MOST_PARKED) * 1_000))
