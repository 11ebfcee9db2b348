"""The version of the form that everything in the store has: written, read, and brought up to date.

    no version, no keys       a new store: the version of today is written
    no version, but keys      version 1, which knew of none
    an earlier version        each step of ``migrations`` in turn, by one process under a lease; killed, it is repeated
    a later version           refused: this Paperbot does not know what it means
    "restoring …"             a restore is not finished, so nothing in here can be relied on

A restore first takes a lease, which keeps others from opening the store and ends by itself, and says that it is at work
only when it is about to change something. Beside the version stands the store's history: bytes of chance, others in a
store that was restored, by which whoever keeps something made from the store knows whether it still is.

It costs one round trip where there is nothing to do.
"""

from __future__ import annotations

import asyncio
import logging
import time
from secrets import token_hex
from uuid import uuid4

from bot.errors import StoreFull, StoreInUse, StoreUnsupported
from bot.store import keys
from bot.store.connection import Connection, Script
from bot.store.lease import Leases
from bot.store.migrations import MIGRATIONS

#: What this Paperbot writes and reads.
VERSION = 2
#: Seconds for which somebody else's migration is waited for.
PATIENCE = 30.0

_RESTORING = b"restoring "
_LEASE = "migration"
_RESTORE = "restore"
#: Milliseconds for which nobody opens a store that may be restored: longer than the question who works on it takes.
_ASKED_MS = 60_000
_HISTORY_BYTES = 16
_MARK = Script("mark_version")
#: Seconds that a step may take between two signs of life; a lease is held for as long.
_STEP_SECONDS = 60.0
_LOOK_SECONDS = 0.2
_LONGEST_VERSION = 6
#: One of them is there as soon as anything is stored.
_SIGNS = (keys.CHANGE, keys.SHARD_NAMES, keys.MODEL, keys.SOURCES, keys.UNMATCHED)

log = logging.getLogger(__name__)


async def bring_up_to_date(connection: Connection) -> None:
    """Return when the store has the form of ``VERSION``.

    Raises StoreUnsupported for a store of a later version, StoreInUse where a restore begins or is not finished, or
    another process migrates for longer than ``PATIENCE``, StoreError. A store that takes nothing in stays as it is:
    what this Paperbot reads, it reads in the form of the version before too.
    """
    (raw, history, asked), signs = await connection.read_all(
        [("MGET", keys.SCHEMA, keys.HISTORY, keys.lease(_RESTORE)), ("EXISTS", *_SIGNS)]
    )
    if asked is not None:
        raise StoreInUse(f"A restore into {connection.address} begins: try again in a minute.")
    is_of_today = raw is not None and _version(connection, raw) == VERSION
    try:
        if history is None:
            await connection.write("SET", keys.HISTORY, token_hex(_HISTORY_BYTES), "NX")
        if is_of_today:
            return
        if raw is None and not signs:
            await connection.write("SET", keys.SCHEMA, VERSION, "NX")
        else:
            await _migrate(connection)
    except StoreFull as failure:
        log.warning("the store is not brought up to date until it takes something in again: %s", failure.cause)


async def stored_version(connection: Connection) -> int:
    """The version that the store has: an earlier one where it could not be brought up to date.

    Raises StoreUnsupported, StoreInUse, StoreError.
    """
    return _version(connection, await connection.read("GET", keys.SCHEMA))


async def ask_restore(connection: Connection, token: str) -> bool:
    """Nobody opens the store for a minute, or until ``end_asking``; False where another restore has it. Nothing changes."""
    # Of the form that leases have, without their counter: the store stays as it is.
    own = f"0 {token}".encode()
    await connection.write("SET", keys.lease(_RESTORE), own, "NX", "PX", _ASKED_MS)
    return bool(await connection.read("GET", keys.lease(_RESTORE)) == own)


async def end_asking(connection: Connection, token: str) -> None:
    """Let others open the store again, unless it is marked by now. Raises StoreError."""
    await Leases(connection).release(_RESTORE, token)


async def mark_restoring(connection: Connection, token: str) -> None:
    """Nobody opens the store from now on, until ``finish_restore``. Raises StoreInUse where the minute is over."""
    if not await _mark(connection, _RESTORE, token, _RESTORING.decode() + token):
        raise StoreInUse(f"It took too long to ask who works on {connection.address}: run the command again.")


async def finish_restore(connection: Connection, version: int) -> None:
    """Everything in the store has the form of this version, and its history begins: it is open."""
    history = token_hex(_HISTORY_BYTES)
    await connection.write_all([("SET", keys.HISTORY, history), ("SET", keys.SCHEMA, version)], at_once=True)


async def is_restoring(connection: Connection) -> bool:
    """Whether a restore was begun and is not finished."""
    raw: bytes | None = await connection.read("GET", keys.SCHEMA)
    return raw is not None and raw.startswith(_RESTORING)


async def _migrate(connection: Connection) -> None:
    """Take every step that is missing, or wait until somebody else has."""
    leases, token, until = Leases(connection), uuid4().hex, time.monotonic() + PATIENCE
    while (number := await leases.hold(_LEASE, token, _STEP_SECONDS)) is None:
        if _version(connection, await connection.read("GET", keys.SCHEMA)) == VERSION:
            return
        if time.monotonic() > until:
            raise _taken(connection)
        await asyncio.sleep(_LOOK_SECONDS)
    try:
        version = _version(connection, await connection.read("GET", keys.SCHEMA))
        for step in range(version + 1, VERSION + 1):
            what, migrate = MIGRATIONS[step]
            log.info("the store is brought to version %d: %s", step, what)

            async def still_here() -> None:
                # Another number: it was lost meanwhile, and somebody else may have been at work.
                if await leases.hold(_LEASE, token, _STEP_SECONDS) != number:
                    raise _taken(connection)

            await migrate(connection, still_here)
            if not await _mark(connection, _LEASE, token, str(step)):
                raise _taken(connection)
    finally:
        await leases.release(_LEASE, token)


async def _mark(connection: Connection, lease: str, token: str, written: str) -> bool:
    """Write down the form of the store; False, and nothing is written, where the lease is not this token's any more."""
    return await connection.write(*_MARK([keys.lease(lease), keys.SCHEMA], token, written)) == 1


def _taken(connection: Connection) -> StoreInUse:
    return StoreInUse(f"Another process brings {connection.address} up to date: try again in a minute.")


def _version(connection: Connection, raw: bytes | None) -> int:
    """The stored version, 1 where there is none. Raises StoreUnsupported, StoreInUse."""
    if raw is None:
        return 1
    if raw.startswith(_RESTORING):
        raise StoreInUse(
            f"A restore into {connection.address} is not finished, so only a part is there: wait until it is, or run "
            "`paperbot restore FILE` again, which begins anew."
        )
    if raw.isdigit() and len(raw) <= _LONGEST_VERSION and 1 <= (version := int(raw)) <= VERSION:
        return version
    raise StoreUnsupported(
        f"What {connection.address} holds was made by a later Paperbot: update this one.",
        cause=f"schema {raw[:40]!r}, known up to {VERSION}",
    )
