"""Whose turn it is to ask a server, and which ones want to be left alone, for all processes of an installation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from bot.store.lease import Leases

#: Between two looks whether it is our turn, as a share of what lies between two turns.
_SHARE = 0.1
#: Seconds that the store has for an answer: nobody who waits here is a person.
_PATIENCE = 5.0


@dataclass(frozen=True)
class HostTurns:
    """Each turn is a lease of its own that nobody gives back: it ends when the next one may ask. Raises StoreError."""

    leases: Leases
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    #: Seconds since 1970: machines' clocks agree well enough for a rest.
    now: Callable[[], float] = time.time

    async def turn(self, host: str, pace: float) -> None:
        """Wait until the host may be asked, ``pace`` seconds after anybody asked it last."""
        token = uuid4().hex
        while await self.leases.hold(f"fetch:{host}", token, pace, patience=_PATIENCE) is None:
            await self.sleep(max(pace * _SHARE, 0.01))

    async def leave(self, host: str, seconds: float) -> None:
        """Nobody asks the host for so many seconds; a rest that began goes on."""
        if seconds > 0:
            token = f"{self.now() + seconds:.0f}"
            await self.leases.hold(f"rest:{host}", token, seconds, patience=_PATIENCE)

    async def left(self, host: str) -> float:
        """Seconds for which the host is still to be left alone."""
        token = await self.leases.holder(f"rest:{host}")
        return max(float(token) - self.now(), 0.0) if token and token.isascii() and token.isdigit() else 0.0
