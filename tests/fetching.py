"""A verb ``Fetch`` over a real store and a real server on loopback, with a clock that a test sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.fetch import Fetch
from bot.pages import Pages
from bot.settings import Settings, SourceSettings, StoreSettings, TestingSettings
from bot.store import Store
from tests.pages import Invented, invented
from tests.source_server import SourceServer

#: A Wednesday.
DAY = date(2025, 12, 10)
NOON = datetime(2025, 12, 10, 12, tzinfo=UTC)


def papers(count: int, start: int = 1, topic: str = "tides") -> list[Invented]:
    """So many invented papers with arXiv ids of December 2025."""
    return [invented(topic, number, f"2512.{number:05d}") for number in range(start, start + count)]


@dataclass
class Fetching:
    """One installation's fetching."""

    store: Store
    server: SourceServer
    root: Path
    sources: list[SourceSettings] = field(default_factory=list[SourceSettings])
    #: Seconds that it would have waited.
    waited: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        self.root.mkdir(exist_ok=True)
        self.at(NOON)

    def at(self, moment: datetime) -> None:
        """It is this moment now."""
        (self.root / "clock").write_text(moment.isoformat())

    def source(self, kind: Any = "huggingface", name: str = "daily", **chosen: Any) -> SourceSettings:
        """Add a source; without an address of its own it asks the server."""
        told: dict[str, Any] = {"base_url": self.server.base_url} if kind in ("huggingface", "arxiv") else {}
        source = SourceSettings(kind=kind, name=name, **told | chosen)
        self.sources.append(source)
        return source

    def verb(self, pages: Pages) -> Fetch:
        """The verb over a door to HTTP."""
        testing = TestingSettings(enabled=True, clock=str(self.root / "clock"))
        settings = Settings(store=StoreSettings(data_dir=self.root), sources=tuple(self.sources), testing=testing)
        return Fetch(self.store, pages, Clock(testing), settings, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)

    def standing(self, folder: str = "inbox", source: str = "daily") -> list[str]:
        """Names of the files in a folder of a source."""
        return sorted(path.name for path in (self.root / "sources" / source / folder).iterdir())

    def dump(self, name: str, source: str = "daily") -> bytes:
        """What stands in an inbox."""
        return (self.root / "sources" / source / "inbox" / name).read_bytes()
