"""How fast all processes of an installation talk to one workspace: turns to post, and pauses that Slack asked for.

Everything goes by the server's time. A turn that is taken and not used is no harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from bot.errors import NotifierUnavailable
from bot.store import keys
from bot.store.connection import Connection, Script

#: Nobody waits longer for a turn, in seconds: a delivery that waits is not taken over by others meanwhile.
LONGEST_TURN = 15.0
#: No pause is longer, in seconds.
LONGEST_PAUSE = 900.0
#: Seconds that the server has for an answer. Somebody may be looking at a button meanwhile.
PATIENCE = 0.5

_POSTING: Final = "chat.postMessage"
_LATER = "Slack takes only so many messages at a time: this one has to wait. Try again in a minute."
_TAKE, _PAUSE = Script("take_turn"), Script("pause_method")


class Turns:
    """The pace of one workspace, kept in the store. Everything raises StoreError within a second."""

    def __init__(
        self,
        connection: Connection,
        workspace: Callable[[], str],
        channel_rate: float,
        workspace_rate: float,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``workspace``: its id, "" while nobody knows it; then nothing waits.

        The rates are messages a second in one conversation and in the workspace; 0 sets no limit.
        """
        self._connection = connection
        self._workspace = workspace
        self._between = [round(1e6 / rate) if rate else 0 for rate in (channel_rate, workspace_rate)]
        self._sleep = sleep
        #: Questions under way: whoever has the same one meanwhile waits for the same answer.
        self._asked: dict[str, asyncio.Task[int]] = {}

    async def turn(self, channel: str) -> None:
        """Wait until a message may be posted in ``channel``; no pause of posting is running then.

        Raises NotifierUnavailable, with the seconds until then, where that is more than ``LONGEST_TURN``.
        """
        if not self._workspace():
            return
        waited = 0.0
        while True:
            left = max(0.0, LONGEST_TURN - waited)
            is_taken, seconds = await self._take(channel, left)
            if not is_taken and seconds > left:
                raise NotifierUnavailable(_LATER, retry_after=seconds, cause=f"{_POSTING}: a turn in {seconds:.1f} s")
            if seconds:
                await self._sleep(seconds)
                waited += seconds
            # Slack may have asked for a pause since the turn was taken; the turn is taken anew after it.
            if is_taken and (not seconds or not await self.paused(_POSTING)):
                return

    async def _take(self, channel: str, most: float) -> tuple[bool, float]:
        """Whether a turn is taken, and seconds until then, or until it is worth while to ask again."""
        if not any(self._between):
            left = await self.paused(_POSTING)
            return not left, left
        shard = self._shard()
        found = [shard.turn(channel), shard.turn(""), shard.pause(_POSTING)]
        is_taken, wait = await self._ask(_TAKE(found, *self._between, round(most * 1e6)))
        return bool(is_taken), wait / 1e6

    async def pause(self, method: str, seconds: float) -> None:
        """Leave ``method`` alone for ``seconds``, 15 minutes at most; a shorter pause does not end a longer one."""
        milliseconds = round(min(seconds, LONGEST_PAUSE) * 1_000)
        if milliseconds > 0 and self._workspace():
            await self._ask(_PAUSE([self._shard().pause(method)], milliseconds))

    async def paused(self, method: str) -> float:
        """Seconds until ``method`` may be called."""
        if not self._workspace():
            return 0.0
        key = self._shard().pause(method)
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = asyncio.create_task(self._ask(("PTTL", key)))
            asked.add_done_callback(lambda done: self._answered(key, done))
        # Whoever asked first may be cancelled while others wait.
        return max(0, await asyncio.shield(asked)) / 1_000

    def _answered(self, key: str, asked: asyncio.Task[int]) -> None:
        del self._asked[key]
        if not asked.cancelled():
            asked.exception()

    def _shard(self) -> keys.Shard:
        return keys.shards_of(self._workspace())[0]

    async def _ask(self, command: tuple[bytes | str | float, ...]) -> Any:  # noqa: ANN401 - as the script answers
        return await self._connection.write(*command, patience=PATIENCE)
