"""The verb ``Restore``: a backup into an empty store that nobody works on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from bot.backup import whole
from bot.backup.lines import part_of
from bot.backup.whole import Checked
from bot.errors import BackupDamaged, StoreInUse, StoreUnsupported
from bot.progress import Report, silent
from bot.store import VERSION, Store, StoredPart

#: Lines that are read in one go, off the event loop.
_TOGETHER = 50
_LABEL = "Filling the store"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    keys: int
    lines: int
    #: Lines whose time was over.
    over: int
    #: The server did not say whether others work on the store.
    unsure: bool
    seconds: float


def checked(file: Path) -> Checked:
    """A backup that is whole, every line of it. Raises BackupDamaged, OSError."""
    return whole.checked(file, "backup", part_of)


@dataclass(frozen=True)
class Restore:
    """Fills a store that was opened with ``restoring``."""

    store: Store
    now: Callable[[], datetime]

    async def refusal(self, *, replace: bool) -> str | None:
        """Why this store is not filled as it is, in a sentence; None where it may be."""
        if replace or await self.store.refilling.is_unfinished():
            return None
        if keys := await self.store.refilling.holds():
            return (
                f"There are {keys} keys in {self.store.address} already: name an empty store in store.url or "
                "store.data_dir, or say --replace to delete them first."
            )
        return None

    async def into(self, backup: Checked, *, replace: bool = False, report: Report = silent) -> Restored:
        """Make the store what the backup is.

        Raises StoreInUse for a store that holds something, unless it shall be replaced or an earlier restore was left
        in the middle, and for one that somebody works on; StoreUnsupported for a backup of a later form; all of them
        before anything is changed. BackupDamaged, StoreError and OSError in the middle leave a store that nobody opens
        until this is repeated.
        """
        began, refilling = time.monotonic(), self.store.refilling
        schema = backup.heading.get("schema")
        if type(schema) is not int or not 1 <= schema <= VERSION:
            raise StoreUnsupported(f"{backup.file.name} was made by a later Paperbot: update this one.")
        if refusal := await self.refusal(replace=replace):
            raise StoreInUse(refusal)
        # First others are kept away: who opens the store from here on finds that, and who opened it before is seen.
        if not await refilling.ask():
            raise StoreInUse(f"Another restore into {self.store.address} begins: try again in a minute.")
        try:
            others = await refilling.others()
            if others:
                raise StoreInUse(
                    f"Somebody works on {self.store.address} ({others} connections of Paperbot): stop every "
                    "`paperbot run` and other command on it, then try again."
                )
            await refilling.begin()
        finally:
            await refilling.leave()
        await refilling.empty(report=report)
        keys: set[bytes] = set()
        over = done = 0
        lines = whole.rows(backup, "backup")
        while some := await asyncio.to_thread(_next, backup, lines):
            for part in some:
                if await refilling.put(part, self.now()):
                    keys.add(part.key)
                else:
                    over += 1
            done += len(some)
            report(_LABEL, done, max(done, backup.lines))
        await refilling.finish(schema)
        return Restored(len(keys), done, over, others is None, time.monotonic() - began)


def _next(backup: Checked, lines: Iterator[Mapping[str, Any]]) -> list[StoredPart]:
    try:
        return [part_of(row) for row in islice(lines, _TOGETHER)]
    except ValueError as error:
        raise BackupDamaged(f"{backup.file.name} was changed while it was read: run the command again.") from error
