"""How fast we may talk: turns for posting, and pauses that Slack asked for. Per process; time is monotonic.

Whoever is cancelled while waiting has sent nothing; the cancellation says so (``BrokenOff``).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.errors import SlackUnavailable
from bot.notify.posted import BrokenOff
from bot.notify.sorting import LATER

Monotonic = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]

#: Conversations whose last post is remembered.
_REMEMBERED = 10_000


@dataclass
class _Line:
    """Who waits to post in one conversation, and from when the next one may."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0


@dataclass
class Pace:
    """Turns to post: so many a second in one conversation, so many in the workspace."""

    channel_rate: float
    workspace_rate: float
    now: Monotonic = time.monotonic
    sleep: Sleep = asyncio.sleep
    _channels: dict[str, _Line] = field(default_factory=dict[str, _Line])
    _workspace: _Line = field(default_factory=_Line)

    async def turn(self, channel: str) -> None:
        """Wait until a message may be posted in ``channel``. First come, first served."""
        line = self._channels.get(channel)
        if line is None:
            self._forget_idle()
            line = self._channels[channel] = _Line()
        with _nothing_sent():
            async with line.lock:
                await self._until(line.free_at)
                # Only who may post in its channel waits for the workspace: a busy channel holds up no other.
                async with self._workspace.lock:
                    await self._until(self._workspace.free_at)
                    self._workspace.free_at = self.now() + 1 / self.workspace_rate
                line.free_at = self.now() + 1 / self.channel_rate

    async def _until(self, moment: float) -> None:
        if (wait := moment - self.now()) > 0:
            await self.sleep(wait)

    def _forget_idle(self) -> None:
        if len(self._channels) >= _REMEMBERED:
            now = self.now()
            idle = [name for name, line in self._channels.items() if line.free_at <= now and not line.lock.locked()]
            for name in idle:
                del self._channels[name]


@dataclass
class Pauses:
    """Methods that Slack asked us to leave alone for a while."""

    now: Monotonic = time.monotonic
    sleep: Sleep = asyncio.sleep
    _until: dict[str, float] = field(default_factory=dict[str, float])

    def begin(self, method: str, seconds: float) -> None:
        """Leave ``method`` alone for ``seconds``."""
        self._until[method] = max(self._until.get(method, 0.0), self.now() + seconds)

    async def wait(self, method: str, patience: float) -> None:
        """Wait for the end of the method's pause. Raises SlackUnavailable when that takes more than ``patience`` s."""
        left = self._until.get(method, 0.0) - self.now()
        if left <= 0:
            return
        if left > patience:
            raise SlackUnavailable(LATER, retry_after=left, cause=f"{method}: paused for {left:.1f} s by Slack")
        with _nothing_sent():
            await self.sleep(left)


@contextmanager
def _nothing_sent() -> Generator[None]:
    """Waiting: a cancellation that comes meanwhile tells that nothing was sent."""
    try:
        yield
    except asyncio.CancelledError as stopped:
        raise BrokenOff().cancelled() from stopped
