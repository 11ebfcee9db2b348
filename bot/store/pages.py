"""How the pages of live sources last came."""

from __future__ import annotations

from collections.abc import Sequence

from bot.models import PageState
from bot.store import keys
from bot.store.connection import Connection
from bot.store.fields import nouns
from bot.store.records import PAGE


class SourcePages:
    """The last word on each page that a source was asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def remember(self, *states: PageState) -> None:
        """How pages came now."""
        if states:
            fields = [part for state in states for part in (_field(state), PAGE.dump(state))]
            await self._connection.write("HSET", keys.PAGES, *fields)

    async def of(self, source: str) -> dict[str, PageState]:
        """Every page that the source was asked for, by its name."""
        found = await nouns(self._connection, keys.PAGES, PAGE, _field)
        return {state.page: state for state in found if state.source == source}

    async def drop(self, source: str, pages: Sequence[str]) -> None:
        """Nothing is known of these any more."""
        if pages:
            await self._connection.write("HDEL", keys.PAGES, *(f"{source}\0{page}" for page in pages))


def _field(state: PageState) -> str:
    return f"{state.source}\0{state.page}"
