"""What the tests of backups share: two stores, a file between them, and all that a store holds."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.backup import Backup, Kept, Restore, Restored, checked
from bot.settings import StoreSettings
from bot.store import Store, open_store

#: What a backup leaves out, or makes anew.
NOT_KEPT = (b":lease:", b":receipt:", b":schema", b":history", b":outbox", b":parked")


def now() -> datetime:
    """The real time: lifetimes of keys go by it."""
    return datetime.now(UTC)


async def backed_up(store: Store, file: Path) -> Kept:
    """The store as a file."""
    return await Backup(store, now, "0.0").write(file)


@asynccontextmanager
async def alone(settings: StoreSettings) -> AsyncGenerator[Store]:
    """A store as `restore` opens it."""
    store = await open_store(settings, owner=True, restoring=True)
    try:
        yield store
    finally:
        await store.close()


async def restored(file: Path, settings: StoreSettings, *, replace: bool = False) -> Restored:
    """The file as a store."""
    async with alone(settings) as store:
        return await Restore(store, now).into(checked(file), replace=replace)


def held(client: Any) -> dict[bytes, object]:
    """Every key that a backup takes, with what it holds and whether it ends."""
    found: dict[bytes, object] = {}
    for key in client.keys("*"):
        if any(part in key for part in NOT_KEPT):
            continue
        match client.type(key):
            case b"hash":
                value: object = _asked_first(key, client.hgetall(key))
            case b"set":
                value = client.smembers(key)
            case b"zset":
                value = client.zrange(key, 0, -1, withscores=True)
            case b"list":
                value = client.lrange(key, 0, -1)
            case _:
                value = client.get(key)
        found[key] = (value, client.ttl(key) >= 0)
    return found


def _asked_first(key: bytes, fields: Mapping[bytes, bytes]) -> Mapping[bytes, bytes]:
    """A ledger without the state and the moments, which are others after a restore."""
    if b":ledger:" not in key:
        return fields
    rows = {name: raw.split(b" ") for name, raw in fields.items()}
    waits = {b"queued", b"claimed", b"ambiguous", b"sending", b"looking"}
    return {
        name: b" ".join([b"waits", row[1], *row[4:6], *row[7:]]) if row[0] in waits else fields[name]
        for name, row in rows.items()
    }
