"""To version 2: vectors of texts that were cached for a model which is no longer the store's take no room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.store import keys
from bot.store.connection import Connection
from bot.store.records import TAG

#: Keys that go at once.
_TOGETHER = 1_000


async def drop(connection: Connection, still_here: Callable[[], Awaitable[None]]) -> None:
    """Remove what is cached for other models than the current one; nothing, where the store has none yet."""
    tag = TAG.load(await connection.read("GET", keys.MODEL), connection.skipped)
    if tag is None:
        return
    current = keys.embedding(tag, b"").encode()
    stale = [key for key in await connection.keys(keys.EMBEDDINGS) if not key.startswith(current)]
    for start in range(0, len(stale), _TOGETHER):
        await still_here()
        await connection.write_all([("UNLINK", key) for key in stale[start : start + _TOGETHER]])
