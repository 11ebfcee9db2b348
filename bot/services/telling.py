"""How each source is doing is kept, for people and for metrics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot import freshness, metrics
from bot.clock import Clock
from bot.models import SourceState
from bot.services.running import Told
from bot.settings import Settings
from bot.store import Store


@dataclass(frozen=True)
class Telling:
    """Keeps the last word on each source."""

    store: Store
    clock: Clock
    settings: Settings

    async def tell(self, name: str, told: Told, next_look: datetime | None = None) -> None:
        """Keep how a source is doing; what it brought last stays until it brings something again. Raises StoreError."""
        now, known = self.clock.now(), {state.name: state for state in await self.store.sources.all()}
        is_live = any(source.name == name and source.is_live for source in self.settings.places())
        state = replace(known.get(name) or SourceState(name), is_live=is_live)
        after = freshness.told(state, told, now, next_look)
        await self.store.sources.tell(after)
        metrics.SOURCE_FAULT.labels(name).set(freshness.faulty(after, now) is not None)
        if after.looked:
            metrics.SOURCE_LOOKED.labels(name).set(after.looked.timestamp())
