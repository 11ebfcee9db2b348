"""Steps from one form of the store to the next: the table, and one module a step.

A step may be killed anywhere and is repeated from its beginning, so it is idempotent. It runs under a lease, and says
now and then that it is still at work. Others may be reading meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, TypeAlias

from bot.store.connection import Connection
from bot.store.migrations import stale_embeddings

#: Says that the step is still at work.
StillHere: TypeAlias = Callable[[], Awaitable[None]]


class Migration(NamedTuple):
    """One step."""

    #: What it does, for the log.
    what: str
    run: Callable[[Connection, StillHere], Awaitable[None]]


#: The version that a step leads to -> the step.
MIGRATIONS: Mapping[int, Migration] = {
    2: Migration("cached vectors of former models go", stale_embeddings.drop),
}
