"""What is under way at the same time: a delivery that may end the process goes alone.

Each attempt counts before it begins, so those that are under way beside one that ends the process are counted with it.
Who has not ended two attempts may be that one: it goes when nothing else is under way, and nothing begins meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

#: From this try on a delivery goes alone.
SUSPECT_FROM = 3
#: Seconds until one that cannot go alone now is taken up again.
APART_SECONDS = 0.5


@dataclass
class Company:
    """Counts what is under way in one process."""

    is_closed: bool = False
    _number: int = 0
    _fewer: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def joined(self) -> Generator[None]:
        """One more is under way."""
        self._number += 1
        try:
            yield
        finally:
            self._number -= 1
            self._fewer.set()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[bool]:
        """Of those that are under way this one goes alone, once the others have ended; False: another one does."""
        if self.is_closed:
            yield False
            return
        self.is_closed = True
        try:
            while self._number > 1:
                self._fewer.clear()
                await self._fewer.wait()
            yield True
        finally:
            self.is_closed = False
