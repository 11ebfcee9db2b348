"""Makes the embedded server write its log of writes anew, so that what was deleted is in no file any more."""

from __future__ import annotations

import asyncio
import logging

from bot.errors import StoreError
from bot.store.connection import Connection

#: Seconds between two rewritings, each of which writes everything there is.
APART_SECONDS = 60.0
#: Seconds for one that is at work, or still due, when the store is closed.
CLOSE_SECONDS = 5.0
_LOOK_SECONDS = 0.05

log = logging.getLogger(__name__)


class Rewriting:
    """Rewrites when asked to, in the background; requests that come soon after one another are met together."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._begun: float | None = None
        self._due: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Something was deleted."""
        if self._due is None or self._due.done():
            self._due = asyncio.create_task(self._rewrite(), name="rewriting the log of writes")

    async def close(self) -> None:
        """Begin what is still due, and wait a little while: a server that stops breaks a rewriting off."""
        if self._due is None:
            return
        is_due = not self._due.done()
        self._due.cancel()
        await asyncio.wait({self._due})
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                if is_due:
                    await self._connection.write("BGREWRITEAOF")
                while await self._connection.is_rewriting():  # noqa: ASYNC110 - the server tells nobody when it is done
                    await asyncio.sleep(_LOOK_SECONDS)
        except (StoreError, TimeoutError) as failure:
            log.warning("what was deleted may stay in the store's files until the next rewriting: %r", failure)

    async def _rewrite(self) -> None:
        """Once the last one is a minute old; one that was begun before the deletion does not count."""
        now = asyncio.get_running_loop().time
        while True:
            if self._begun is not None:
                await asyncio.sleep(self._begun + APART_SECONDS - now())
            self._begun = now()
            try:
                await self._connection.write("BGREWRITEAOF")
            except StoreError as failure:
                log.info("the store's files are rewritten later: %s", failure.cause)
            else:
                return
