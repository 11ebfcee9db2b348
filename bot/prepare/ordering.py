"""Who is served before whom: channels, then people's papers, then days without any, then weeks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TypeAlias

from bot.errors import StoreFull, StoreUnreachable
from bot.models import UserId
from bot.prepare.looking import Look
from bot.prepare.memory import Memory
from bot.prepare.serving import Found, Serving

log = logging.getLogger(__name__)

#: Readers who are served at the same time; of those whose day brought nothing, for whom all new papers are looked at.
_AT_ONCE, _FEW = 16, 4
#: Seconds after which days without papers and weeks are left to the next look: papers go first.
_PATIENCE = 5.0

#: Something to be done for one reader.
Job: TypeAlias = tuple[UserId, Callable[[], Awaitable[None]]]


@dataclass
class Round:
    """One look for what is due."""

    serving: Serving
    memory: Memory
    #: The store is away or full: nothing could be done for anybody.
    failures: list[BaseException] = field(default_factory=list[BaseException], init=False)
    #: Whose day brought no papers; whose day has ended, so that a look back can say how.
    open_days: list[Look] = field(default_factory=list[Look], init=False)
    over: set[UserId] = field(default_factory=set[UserId], init=False)

    async def serve(self, looks: Sequence[Look], away: Sequence[tuple[UserId, date]]) -> None:
        """Serve them all; ``away`` are readers who are away, and the days that passed meanwhile.

        What goes wrong for one of them is logged. Raises StoreUnreachable and StoreFull, which end the look.
        """
        until = time.monotonic() + _PATIENCE
        takes = [look for look in looks if look.slot is not None or look.at_once]
        self.over |= {look.reader for look in looks if look.slot is None}
        for of_channels in (True, False):
            # What people see in channels is known then.
            await self._do(_jobs(self._papers, (one for one in takes if one.is_channel is of_channels)), _AT_ONCE)
        await self._do(_jobs(self._day, self.open_days), _FEW, until)
        await self._do(_jobs(self._week, (one for one in looks if one.week and one.reader in self.over)), _FEW, until)
        await self._do([(reader, partial(self._missed, reader, day)) for reader, day in away], _AT_ONCE)
        if self.failures:
            raise self.failures[0]

    async def _papers(self, look: Look) -> None:
        found = await self.serving.papers(look)
        if found is Found.OPEN:
            self.open_days.append(look)
        elif found is Found.DONE:
            self.over.add(look.reader)
        elif found is Found.NOTHING:
            self.memory.settle(look)

    async def _day(self, look: Look) -> None:
        if await self.serving.days.end(look):
            self.memory.settle(look)
        self.over.add(look.reader)

    async def _week(self, look: Look) -> None:
        if look.week is not None and await self.serving.week(look):
            self.memory.weeks[look.reader] = look.week

    async def _missed(self, reader: UserId, day: date) -> None:
        await self.serving.days.note_away(reader, day)
        self.memory.away[reader] = day

    async def _do(self, jobs: Sequence[Job], at_once: int, until: float | None = None) -> None:
        """Serve readers, some at the same time, until the time (monotonic) is up or the store is away or full."""
        for start in range(0, len(jobs), at_once):
            if self.failures or (until is not None and start and time.monotonic() > until):
                return
            some = jobs[start : start + at_once]
            outcomes = await asyncio.gather(*(serve() for _, serve in some), return_exceptions=True)
            for (reader, _), outcome in zip(some, outcomes, strict=True):
                if isinstance(outcome, Exception) and not isinstance(outcome, StoreUnreachable | StoreFull):
                    if self.memory.is_worth_logging(reader):
                        log.error("what is due for reader=%s is not queued, the others go on", reader, exc_info=outcome)
                elif isinstance(outcome, BaseException):
                    self.failures.append(outcome)


def _jobs(serve: Callable[[Look], Awaitable[None]], looks: Iterable[Look]) -> list[Job]:
    return [(look.reader, partial(serve, look)) for look in looks]
