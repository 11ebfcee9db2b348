"""How fast we may talk: turns for posting, and pauses that Slack asked for.

    Pace         what the notifier needs of it
    LocalPace    of this process alone; time is monotonic
    SharedPace   of all processes, and of this one alone while the others cannot be asked

Whoever is cancelled while waiting has sent nothing; the cancellation says so (``BrokenOff``).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from bot.errors import NotifierUnavailable, StoreError
from bot.notify.posted import BrokenOff
from bot.notify.sorting import LATER

Monotonic = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]

#: The method that has turns.
POSTING: Final = "chat.postMessage"
#: Nobody waits longer for a turn, in seconds.
LONGEST_TURN = 15.0
#: Seconds for which the others are not asked again after they could not be.
ALONE_SECONDS = 2.0
#: Conversations whose last post is remembered.
_REMEMBERED = 10_000

log = logging.getLogger(__name__)


class Pace(Protocol):
    """When what may be called."""

    async def turn(self, channel: str) -> None:
        """Wait until a message may be posted in ``channel``; no pause of posting is running then.

        Raises NotifierUnavailable, with the seconds until then, where that takes too long.
        """
        ...

    async def pause(self, method: str, seconds: float) -> None:
        """Leave ``method`` alone for ``seconds``; a shorter pause does not end a longer one."""
        ...

    async def paused(self, method: str) -> float:
        """Seconds until ``method`` may be called; 0: now."""
        ...


@dataclass
class LocalPace:
    """So many messages a second in one conversation and in the workspace, 0 for any number; in this process."""

    channel_rate: float
    workspace_rate: float
    now: Monotonic = time.monotonic
    sleep: Sleep = asyncio.sleep
    #: When the next message may be posted in a conversation, and in the workspace.
    _channels: dict[str, float] = field(default_factory=dict[str, float])
    _workspace: float = 0.0
    _until: dict[str, float] = field(default_factory=dict[str, float])

    async def turn(self, channel: str) -> None:
        """As Pace."""
        given_up = self.now() + LONGEST_TURN
        while True:
            now = self.now()
            at = max(now, self._workspace, self._until.get(POSTING, 0.0))
            ready = self._channels.get(channel, 0.0)
            # Only who may post in its channel takes the workspace's turn: a busy channel holds up no other.
            is_taken = ready <= at
            moment = at if is_taken else ready
            if moment > given_up:
                raise NotifierUnavailable(LATER, retry_after=moment - now, cause=f"a turn in {moment - now:.1f} s")
            if is_taken:
                self._take(channel, at)
            if moment > now:
                await self.sleep(moment - now)
            # Slack may have asked for a pause since the turn was taken; the turn is taken anew after it.
            if is_taken and (moment <= now or not await self.paused(POSTING)):
                return

    def _take(self, channel: str, at: float) -> None:
        if self.workspace_rate:
            self._workspace = at + 1 / self.workspace_rate
        if self.channel_rate:
            if len(self._channels) >= _REMEMBERED:
                now = self.now()
                self._channels = {name: free_at for name, free_at in self._channels.items() if free_at > now}
            self._channels[channel] = at + 1 / self.channel_rate

    async def pause(self, method: str, seconds: float) -> None:
        """As Pace."""
        self._until[method] = max(self._until.get(method, 0.0), self.now() + seconds)

    async def paused(self, method: str) -> float:
        """As Pace."""
        return max(0.0, self._until.get(method, 0.0) - self.now())


@dataclass
class SharedPace:
    """The pace that all processes keep; this one goes on by its own while the store is away."""

    shared: Pace
    own: LocalPace
    _alone_until: float = 0.0
    #: The others could not be asked when they last were.
    _is_alone: bool = False

    async def turn(self, channel: str) -> None:
        """As Pace."""
        if not self._leaves_others():
            try:
                await self.shared.turn(channel)
            except StoreError as failure:
                self._go_alone(failure)
            else:
                self._join()
                # What this process knows of a pause holds, also where the store has lost it.
                if not await self.own.paused(POSTING):
                    return
        await self.own.turn(channel)

    async def pause(self, method: str, seconds: float) -> None:
        """As Pace."""
        await self.own.pause(method, seconds)
        if not self._leaves_others():
            try:
                await self.shared.pause(method, seconds)
            except StoreError as failure:
                self._go_alone(failure)
            else:
                self._join()

    async def paused(self, method: str) -> float:
        """As Pace."""
        left = await self.own.paused(method)
        if left or self._leaves_others():
            return left
        try:
            left = await self.shared.paused(method)
        except StoreError as failure:
            self._go_alone(failure)
        else:
            self._join()
        return left

    def _leaves_others(self) -> bool:
        return self.own.now() < self._alone_until

    def _go_alone(self, failure: StoreError) -> None:
        if not self._is_alone:
            # Once for the whole outage, however many wait and however long it lasts.
            log.warning("pace is kept by this process alone until the store is there again: %s", failure.cause)
        self._is_alone = True
        self._alone_until = self.own.now() + ALONE_SECONDS

    def _join(self) -> None:
        if self._is_alone:
            log.info("pace is kept together with the other processes again")
        self._is_alone = False


@contextmanager
def nothing_sent() -> Generator[None]:
    """Waiting: a cancellation that comes meanwhile tells that nothing was sent."""
    try:
        yield
    except asyncio.CancelledError as stopped:
        raise BrokenOff().cancelled() from stopped
