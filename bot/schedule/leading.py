"""Who does what is due: one process holds a lease and renews it.

An optimisation, never the guard: what two leaders queue has the same names, so it is queued once. A process counts
itself as the leader for as long as its own steady clock says that the lease surely lasts, so one that was held up
stops by itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot import metrics
from bot.errors import StoreError

NAME = "scheduler"
#: Seconds for which the lease lasts, between two renewals, and until it is asked for again where it is not ours.
LEASE_SECONDS = 15
RENEW_SECONDS = 5.0
AGAIN_SECONDS = 1.0
#: Seconds before its end from which the lease is not relied on.
MARGIN = 1.0

log = logging.getLogger(__name__)


class Leases(Protocol):
    """Where leases are kept; each raises StoreError."""

    async def hold(self, name: str, token: str, seconds: int = LEASE_SECONDS) -> int | None:
        """Take or renew it; None if somebody else has it."""
        ...

    async def release(self, name: str, token: str) -> None:
        """Let go of it, if it is ours."""
        ...


@dataclass
class Leader:
    """This process as one that may lead."""

    leases: Leases
    token: str
    now: Callable[[], float] = time.monotonic
    #: Set whenever this process begins to lead.
    gained: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    #: The store said whose the lease is when it was last asked.
    is_sure: bool = field(default=True, init=False)
    _until: float = field(default=0.0, init=False)

    @property
    def leads(self) -> bool:
        """The lease is ours for now."""
        return self.now() < self._until

    async def keep(self) -> None:
        """Take the lease as soon as it is free and renew it, until cancelled."""
        while True:
            await self.renew()
            await asyncio.sleep(RENEW_SECONDS if self.leads and self.is_sure else AGAIN_SECONDS)

    async def renew(self) -> None:
        """Ask for the lease once."""
        led, asked = self.leads, self.now()
        try:
            async with asyncio.timeout(RENEW_SECONDS):
                fence = await self.leases.hold(NAME, self.token, LEASE_SECONDS)
        except (StoreError, TimeoutError) as failure:
            if self.is_sure:
                why = failure.cause if isinstance(failure, StoreError) else "no answer"
                log.warning("the lease was not renewed, and is asked for again until it is: %s", why)
            self.is_sure = False
        else:
            self.is_sure = True
            # It lasts from the moment the store was asked, at the latest.
            self._until = asked + LEASE_SECONDS - MARGIN if fence is not None else 0.0
        if led != self.leads:
            log.info("this process leads" if self.leads else "this process leads no more")
            if self.leads:
                self.gained.set()
        metrics.LEADS.set(self.leads)

    async def release(self) -> None:
        """Let somebody else lead at once. Raises StoreError."""
        self._until = 0.0
        metrics.LEADS.set(0)
        await self.leases.release(NAME, self.token)
