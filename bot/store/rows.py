"""Rows: the vectors that papers are matched with, streamed and measured shard by shard."""

from __future__ import annotations

from collections.abc import Generator

from bot.models import ROW_EXTRA, ModelTag
from bot.store import keys
from bot.store.blocks import InterestBlock, read_blocks
from bot.store.connection import Connection, Script
from bot.store.vectors import Floats, packed

_REPLACE = Script("replace_rows")
_SET_CALIBRATED = Script("set_calibrated")


class Rows:
    """The rows of all readers' interests."""

    def __init__(self, connection: Connection, patience: float) -> None:
        self._connection = connection
        self._skipped = connection.skipped
        self._patience = patience

    async def calibrated(self, shard: keys.Shard, tag: ModelTag) -> tuple[int, float | None]:
        """Against how many papers, and for which host's bar, the shard's rows of this model were measured last.

        0 and None for never.
        """
        raw = await self._connection.read("GET", shard.calibrated(tag.key()))
        papers, _, bar = raw.partition(b" ") if isinstance(raw, bytes) else (None, b"", None)
        number = self._skipped.number(papers) if papers is not None else None
        return number or 0, self._skipped.fraction(bar, 0, 1) if bar is not None else None

    async def set_calibrated(self, shard: keys.Shard, tag: ModelTag, papers: int, bar: float) -> None:
        """All rows of the shard are measured against this many papers, and for this bar where readers chose none.

        Nothing is stored of a shard that has no readers (any more).
        """
        command = _SET_CALIBRATED([shard.calibrated(tag.key()), shard.readers], f"{papers} {bar!r}")
        await self._connection.write(*command)

    def interest_blocks(self, shard: keys.Shard, tag: ModelTag) -> Generator[InterestBlock]:
        """Every interest of the shard that has a row of this model, in blocks; see ``blocks.read_blocks``.

        Not for the event loop: the thread that asks waits for the store. Close the iterator to stop early.
        """
        return read_blocks(self._connection.address, shard, tag, self._skipped, self._patience)

    async def replace_rows(self, shard: keys.Shard, tag: ModelTag, block: InterestBlock, rows: Floats) -> int:
        """Write ``rows`` float32[n, d + 4] over those of a block that was read, where they still are as they were read.

        Interests that were changed or removed since stay so. Gives the number of rows written; raises BadVector,
        before anything is written, unless all are sound.
        """
        arguments = [
            part
            for field, old, new in zip(block.fields, block.rows, rows, strict=True)
            for part in (field, old.astype("<f4", copy=False).tobytes(), packed(new, tag.dimension + ROW_EXTRA))
        ]
        return int(await self._connection.write(*_REPLACE([shard.vectors(tag.key(), block.number)], *arguments)))
