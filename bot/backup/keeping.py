"""The verb ``Backup``: the whole store in one file, while the bot may be at work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.backup import whole
from bot.backup.lines import line_of
from bot.progress import Report, silent
from bot.store import Store, StoredPart

#: Parts that are written in one go, off the event loop.
_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup has."""

    file: Path
    keys: int
    lines: int
    size: int
    sha256: str
    seconds: float


@dataclass(frozen=True)
class Backup:
    """Writes everything that is stored; the order is told in ``bot.store.dumping``."""

    store: Store
    now: Callable[[], datetime]
    #: Of Paperbot.
    version: str

    async def write(self, file: Path, *, report: Report = silent) -> Kept:
        """Make ``file``, over any earlier one, when everything is read and not before. Raises StoreError, OSError."""
        began, moment = time.monotonic(), self.now()
        tag = await self.store.vectors.current_model()
        schema = await self.store.schema_version()
        names: set[bytes] = set()
        with whole.writing(file) as written:
            written.open(
                {
                    "paperbot": "backup",
                    "version": self.version,
                    "schema": schema,
                    "made": moment.isoformat(),
                    "server": self.store.version,
                    "model": tag and {"name": tag.name, "revision": tag.revision, "dimension": tag.dimension},
                }
            )
            some: list[StoredPart] = []
            async for part in self.store.dumping.parts(moment, report=report):
                names.add(part.key)
                some.append(part)
                if len(some) == _TOGETHER:
                    await asyncio.to_thread(_add, written, some)
                    some = []
            await asyncio.to_thread(_add, written, some)
            told = written.close()
        return Kept(file, len(names), written.lines, written.size, told, time.monotonic() - began)


def _add(written: whole.Written, parts: list[StoredPart]) -> None:
    for part in parts:
        written.add(line_of(part))
