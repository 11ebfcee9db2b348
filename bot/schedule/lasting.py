"""Work that lasts as long as the process: a mistake of ours ends none of it, and is never unseen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

#: Seconds after a mistake until the work begins again.
AGAIN_SECONDS = 1.0

log = logging.getLogger(__name__)


async def lasting(what: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do it until it ends in order or is cancelled; ``what`` names it in the log, where a mistake stands."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s failed unexpectedly; it begins again in %.0f s", what, AGAIN_SECONDS)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return
