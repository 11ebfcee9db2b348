"""Rows: the vectors that papers are matched with, streamed and measured shard by shard."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from bot.models import ROW_EXTRA, ModelTag
from bot.store import keys
from bot.store.blocks import InterestBlock, parsed, read_blocks
from bot.store.connection import Connection, Script
from bot.store.vectors import Floats, packed

_REPLACE = Script("replace_rows")
_SET_CALIBRATED = Script("set_calibrated")
_SET_MEASURED = Script("set_measured")
_LEARNS = b"learns"


@dataclass(frozen=True, slots=True)
class Measured:
    """What rows were measured on and for."""

    #: 0 for never.
    papers: int
    #: The host's bar, for readers who chose none; None for never.
    bar: float | None
    #: The bars that votes ask for were heeded.
    learns: bool


class Rows:
    """The rows of all readers' interests."""

    def __init__(self, connection: Connection, patience: float) -> None:
        self._connection = connection
        self._skipped = connection.skipped
        self._patience = patience

    async def calibrated(self, shard: keys.Shard, tag: ModelTag) -> Measured:
        """What the shard's rows of this model were measured on last."""
        raw = await self._connection.read("GET", shard.calibrated(tag.key()))
        papers, bar, learns = (*raw.split(b" "), None, None)[:3] if isinstance(raw, bytes) else (None, None, None)
        return Measured(self._skipped.number(papers) or 0, self._skipped.fraction(bar, 0, 1), learns=learns == _LEARNS)

    async def set_calibrated(self, shard: keys.Shard, tag: ModelTag, measured: Measured) -> None:
        """All rows of the shard are measured so.

        Nothing is stored of a shard that has no readers (any more).
        """
        told = f"{measured.papers} {measured.bar!r} {(_LEARNS if measured.learns else b'-').decode()}"
        await self._connection.write(*_SET_CALIBRATED([shard.calibrated(tag.key()), shard.readers], told))

    async def unmeasured(self, shard: keys.Shard) -> dict[str, int]:
        """Readers whose learnt bar moved since their rows were measured, each with how often: for ``set_measured``."""
        stored: Mapping[bytes, bytes] = await self._connection.read("HGETALL", shard.learnt) or {}
        return {
            user: number
            for raw, value in stored.items()
            if (user := self._skipped.text(raw)) and (number := self._skipped.number(value)) is not None
        }

    async def set_measured(self, shard: keys.Shard, told: Mapping[str, int]) -> None:
        """The rows of these readers are measured for the bars that they had when ``unmeasured`` told of them."""
        if told:
            arguments = [part for user, number in told.items() for part in (user, number)]
            await self._connection.write(*_SET_MEASURED([shard.learnt], *arguments))

    async def interests(self, shard: keys.Shard) -> int:
        """How many interests of the shard have rows."""
        return int(await self._connection.read("HLEN", shard.places) or 0)

    def interest_blocks(self, shard: keys.Shard, tag: ModelTag) -> Generator[InterestBlock]:
        """Every interest of the shard that has a row of this model, in blocks; see ``blocks.read_blocks``.

        Not for the event loop: the thread that asks waits for the store. Close the iterator to stop early.
        """
        return read_blocks(self._connection.address, shard, tag, self._skipped, self._patience)

    async def interest_block(self, shard: keys.Shard, tag: ModelTag, number: int) -> InterestBlock:
        """One of the blocks as it is now; without fields where there is none."""
        stored: Mapping[bytes, bytes] = await self._connection.read("HGETALL", shard.vectors(tag.key(), number)) or {}
        return parsed(number, dict(stored), tag.dimension + ROW_EXTRA, self._skipped)

    async def replace_rows(self, shard: keys.Shard, tag: ModelTag, block: InterestBlock, rows: Floats) -> int:
        """Write ``rows`` float32[n, d + ROW_EXTRA] over those of a block that was read, where they still are as they were read.

        Interests that were changed or removed since stay so. Gives the number of rows written; raises BadVector,
        before anything is written, unless all are sound.
        """
        arguments = [
            part
            for field, old, new in zip(block.fields, block.rows, rows, strict=True)
            for part in (field, old.astype("<f4", copy=False).tobytes(), packed(new, tag.dimension + ROW_EXTRA))
        ]
        return int(await self._connection.write(*_REPLACE([shard.vectors(tag.key(), block.number)], *arguments)))
