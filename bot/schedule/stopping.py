"""What a signal asks for, and the order in which a process ends.

Ready no more, then nothing more is taken in and nothing more falls due, then what is being sent ends; the doors close
after that, Slack's before the store's.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Sequence
from types import TracebackType
from typing import Protocol, Self, TypeVar

from bot.errors import StoreError
from bot.schedule.leading import Leader
from bot.schedule.sending import Sending
from bot.services import Door

#: Seconds from the signal to the moment when everything at work has ended, or is broken off.
DRAIN_SECONDS = 23.0
#: Seconds of these for acts and ticks; what they leave undone, the next run repeats.
GRACE_SECONDS = 5.0
#: Seconds for the store to be told that somebody else may lead.
RELEASE_SECONDS = 1.0

_T = TypeVar("_T")

log = logging.getLogger(__name__)


class Stop:
    """Whether a stop was asked for: by the first SIGTERM or SIGINT; by the second one, at once."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.at_once = asyncio.Event()

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)

    def ask(self) -> None:
        """A signal has come."""
        (self.at_once if self.asked.is_set() else self.asked).set()

    async def unless_asked(self, work: Awaitable[_T]) -> _T | None:
        """What ``work`` gives; None if a stop was asked for first, and then it is broken off."""
        return await unless(self.asked, work)

    async def unless_at_once(self, work: Awaitable[_T]) -> _T | None:
        """What ``work`` gives; None if it has to end at once, and then it is broken off."""
        return await unless(self.at_once, work)


async def unless(event: asyncio.Event, work: Awaitable[_T]) -> _T | None:
    """What ``work`` gives; None if the event came first, and then it is broken off, and has ended."""
    working = asyncio.ensure_future(work)
    happened = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({working, happened}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
            await asyncio.wait({working})
        return None if working.cancelled() else working.result()
    finally:
        working.cancel()
        happened.cancel()


class Part(Protocol):
    """Something that is at work."""

    async def stop(self, grace: float) -> None:
        """Begin nothing more, wait up to so many seconds for what is at work, then break it off."""
        ...


async def drain(
    door: Door | None, ticking: Part | None, leader: Leader | None, sending: Sequence[Sending], stop: Stop
) -> None:
    """End everything in order, within ``DRAIN_SECONDS``; a second signal breaks off what is at work."""
    clock = asyncio.get_running_loop().time
    end = clock() + DRAIN_SECONDS
    await asyncio.gather(*(_stop(part, GRACE_SECONDS, stop) for part in (door, ticking) if part))
    if leader:
        try:
            await asyncio.wait_for(stop.unless_at_once(leader.release()), RELEASE_SECONDS)
        except (StoreError, TimeoutError) as failure:
            log.info("the lease ends by itself: %r", failure)
    await asyncio.gather(*(_stop(lane, max(0.0, end - clock()), stop) for lane in sending))


async def _stop(part: Part, grace: float, stop: Stop) -> None:
    """A part that fails to stop must not keep the others from it."""
    try:
        await stop.unless_at_once(part.stop(grace))
        if stop.at_once.is_set():
            await part.stop(0)
    except Exception:
        log.exception("%s did not stop in order", type(part).__name__)
