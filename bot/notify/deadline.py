"""Until when a post may begin: afterwards somebody else may have taken it over, and it would be there twice."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.errors import SlackUnavailable
from bot.notify.sorting import LATER

_ends: ContextVar[float | None] = ContextVar("post_begins_before", default=None)


@contextmanager
def begins_within(seconds: float) -> Generator[None]:
    """What is posted in the block begins within so many seconds, or raises SlackUnavailable: nothing was sent."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def make_sure() -> None:
    """It is not too late; asked with nothing between it and the call.

    A process that stood still meanwhile finds its timers late: what was ready to go on goes on before they are looked at.
    """
    ends = _ends.get()
    if ends is not None and time.monotonic() > ends:
        raise SlackUnavailable(LATER, cause="it was too late to begin")
