"""Steps that the tests of the outbox take."""

from __future__ import annotations

from store_values import ADA

from bot.models import Delivery
from bot.store import Begun, Entry, Store

#: Longer than any test; a try that began within it is nobody else's.
HOUR = 3_600.0


async def queue(store: Store, *deliveries: Delivery) -> None:
    """Queue them all."""
    for one in deliveries:
        assert await store.outbox.enqueue(one) is not None


async def take(store: Store, workspace: str = ADA.workspace, consumer: str = "c") -> list[Entry]:
    """What is there now, of what was parked until now too."""
    await store.outbox.move_due(workspace)
    return await store.outbox.read(workspace, consumer, 100, 0)


async def take_one(store: Store, consumer: str = "c") -> Entry:
    """The one that is there."""
    [entry] = await take(store, consumer=consumer)
    return entry


async def killed(store: Store, *deliveries: Delivery) -> Entry:
    """A process took the one delivery, began to send it, and is no more."""
    await queue(store, *deliveries)
    entry = await take_one(store, "killed")
    assert (await store.outbox.begin(entry, "killed", HOUR)).begun is Begun.SEND
    return entry


async def reclaimed(store: Store) -> Entry:
    """What another process takes over."""
    [entry] = await store.outbox.reclaim(ADA.workspace, "other", 0, 10)
    return entry


async def figures(store: Store) -> tuple[int, int, int, int]:
    """Queued, parked, taken, dead."""
    depth = await store.outbox.depth(ADA.workspace)
    return depth.queued, depth.parked, depth.taken, depth.dead
