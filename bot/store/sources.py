"""How the sources of papers are doing."""

from __future__ import annotations

from bot.models import SourceState
from bot.store import keys
from bot.store.connection import Connection
from bot.store.fields import nouns
from bot.store.records import SOURCE


class Sources:
    """The last word on each source."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tell(self, state: SourceState) -> None:
        """How a source is doing now."""
        await self._connection.write("HSET", keys.SOURCES, state.name, SOURCE.dump(state))

    async def all(self) -> list[SourceState]:
        """Every source that was told of, sorted by name."""
        found = await nouns(self._connection, keys.SOURCES, SOURCE, lambda state: state.name)
        return sorted(found, key=lambda state: state.name)
