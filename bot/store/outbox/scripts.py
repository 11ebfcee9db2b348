"""The scripts of the outbox: which keys they touch, and what they all begin with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bot.store import keys
from bot.store.connection import Command, Script
from bot.store.outbox.entries import Entry


class OutboxScript(Script):
    """A script about one delivery."""

    def __init__(self, name: str) -> None:
        super().__init__(f"outbox_{name}")
        self.text = f"{Script('outbox_rows').text}\n{self.text}"

    def about(self, entry: Entry, *arguments: bytes | str | int) -> Command:
        """The command that does it to what the entry stands for."""
        user = entry.reader.user if entry.reader else ""
        told = (entry.delivery_id, entry.ticket, *arguments)
        return self.told(entry.shard, user, *told, entry_id=entry.entry_id, attempt=entry.attempt)

    def told(
        self,
        shard: keys.Shard,
        user: str,
        delivery_id: str,
        ticket: str,
        *arguments: bytes | str | int,
        entry_id: str = "",
        attempt: str = "0",
        beside: Sequence[str] = (),
    ) -> Command:
        """The command that does it to a delivery of a reader. ``beside``: more keys of the same shard that it touches."""
        touched = (*_touched(shard, user), *beside)
        return self(touched, keys.LEDGER_SECONDS, user, delivery_id, ticket, entry_id, attempt, *arguments)


@lru_cache(1_024)
def _touched(shard: keys.Shard, user: str) -> tuple[str, ...]:
    """The keys of the scripts; each delivery asks for them several times."""
    return (
        shard.ledger(user),
        shard.deliveries,
        shard.outbox,
        shard.parked,
        shard.sent(user),
        shard.dead,
        shard.slots,
        shard.readers,
        shard.subscriptions,
        shard.pending,
    )
