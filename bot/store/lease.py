"""Leases: what one process does alone for a while. They save work and guard nothing.

They end by the server's time, so whoever holds one measures by its own monotonic clock how long it still has it.
"""

from __future__ import annotations

from bot.store import keys
from bot.store.connection import Connection, Script

_TAKE, _GIVE_BACK = Script("take_lease"), Script("give_back_lease")
#: Tries to take or renew a lease end within this share of it.
_SHARE = 1 / 3


class Leases:
    """Who does what alone, in the whole installation."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold(
        self, name: str, token: str, seconds: float = keys.LEASE_SECONDS, *, patience: float | None = None
    ) -> int | None:
        """Take the lease, or renew it, for so many seconds from now.

        Gives its number: a lease that is taken later has a greater one, a renewed one keeps it. None: somebody else
        holds it. ``token`` names the holder. Raises StoreError, after ``patience`` seconds, else a third of the lease,
        at most.
        """
        command = _TAKE([keys.lease(name), keys.FENCE], token, max(1, round(seconds * 1_000)))
        return int(await self._connection.write(*command, patience=patience or seconds * _SHARE)) or None

    async def release(self, name: str, token: str) -> None:
        """Give the lease back at once, if ``token`` holds it. Raises StoreError."""
        await self._connection.write(*_GIVE_BACK([keys.lease(name)], token), patience=keys.LEASE_SECONDS * _SHARE)

    async def holder(self, name: str) -> str | None:
        """The token of whoever holds it. Raises StoreError."""
        held = self._connection.skipped.text(await self._connection.read("GET", keys.lease(name)))
        return held.partition(" ")[2] or None if held else None
