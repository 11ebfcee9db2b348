"""What the verb needs of the door to HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Its library is loaded only where something is asked for.
    from bot.pages import Answer, Ask


class Asks(Protocol):
    """Asks servers for pages, politely."""

    async def get(self, ask: Ask) -> Answer:
        """One page, whole, or 304. Raises PageRefused, PageUnavailable."""
        ...
