"""Vectors of papers in blocks of 1,000, the cache of embedded texts, and which model they are of.

Vectors of different models stand under different keys (``ModelTag.key()``) and never meet. A stored vector is the
first 16 bytes of its text's SHA-256, then little-endian float32, then the paper's id. What has another length or is
not finite is counted and left out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.errors import BadVector
from bot.models import ModelTag
from bot.store import keys
from bot.store.connection import Command, Connection
from bot.store.papers import StoredPaper
from bot.store.records import TAG

Floats: TypeAlias = NDArray[np.float32]

HASH_BYTES = 16
_FLOAT = np.dtype("<f4")


@dataclass(frozen=True, slots=True, eq=False)
class PaperVector:
    """One paper's vector: unit, float32[d], of the text with this hash (``identity.text_hash``, 16 bytes)."""

    paper_id: str
    ordinal: int
    text_hash: bytes
    vector: Floats


@dataclass(frozen=True, slots=True, eq=False)
class VectorBlock:
    """Vectors of many papers, of one block in the order of their ordinals; ``rows`` is float32[n, d]."""

    ids: list[str]
    ordinals: list[int]
    text_hashes: list[bytes]
    rows: Floats


class Sample(NamedTuple):
    """Some stored papers in the order in which they came: ids, ordinals int64[n], vectors float32[n, d]."""

    ids: list[str]
    ordinals: NDArray[np.int64]
    rows: Floats


class Vectors:
    """What the model made of papers and of other texts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def put(self, tag: ModelTag, rows: Iterable[PaperVector]) -> None:
        """Store these vectors, over any older ones. Raises BadVector, before anything is written."""
        blocks: dict[int, list[bytes | str | int]] = {}
        for row in rows:
            value = _checked_hash(row.text_hash) + packed(row.vector, tag.dimension) + row.paper_id.encode()
            blocks.setdefault(row.ordinal // keys.BLOCK, []).extend((row.ordinal, value))
        await self._connection.write_all(
            [("HSET", keys.paper_vectors(tag, block), *fields) for block, fields in blocks.items()]
        )

    async def get(self, tag: ModelTag, papers: Iterable[StoredPaper]) -> dict[str, PaperVector]:
        """The vectors of these papers by id; those without one are left out."""
        wanted = {stored.ordinal: stored.paper.id for stored in papers}
        found = await self._at(tag, list(wanted))
        return {row.paper_id: row for row in found if wanted[row.ordinal] == row.paper_id}

    async def of(self, tag: ModelTag, ids: Sequence[str]) -> tuple[list[str], Floats]:
        """The vectors of the papers of these ids, as ids and float32[n, d]; those without one are left out."""
        block = await self.block(tag, ids)
        return block.ids, block.rows

    async def block(self, tag: ModelTag, ids: Sequence[str]) -> VectorBlock:
        """The vectors of the papers of these ids with all that is known of them; those without one are left out."""
        ordinals = await self._connection.read_all([("HGET", keys.paper(paper_id), "ordinal") for paper_id in ids])
        wanted = {
            number: paper_id
            for paper_id, raw in zip(ids, ordinals, strict=True)
            if raw is not None and (number := self._skipped.number(raw)) is not None
        }
        found = await self._at(tag, list(wanted))
        return await self._block(tag, [row for row in found if wanted[row.ordinal] == row.paper_id])

    async def reached(self, tag: ModelTag) -> int:
        """The number of the change up to which all papers have vectors of this model; 0 for none."""
        return self._skipped.number(await self._connection.read("GET", keys.reached(tag))) or 0

    async def set_reached(self, tag: ModelTag, number: int) -> None:
        """All papers changed up to this change have their vectors."""
        await self._connection.write("SET", keys.reached(tag), number)

    async def settled(self, tag: ModelTag) -> int:
        """Among how many papers all of them were settled last (see ``ModelTag.among``); 0 for never."""
        return self._skipped.number(await self._connection.read("GET", keys.settled(tag))) or 0

    async def set_settled(self, tag: ModelTag, papers: int) -> None:
        """All papers were settled among so many."""
        await self._connection.write("SET", keys.settled(tag), papers)

    async def count(self, tag: ModelTag) -> int:
        """How many papers have a vector of this model."""
        lengths = await self._connection.read_all([("HLEN", key) for key in await self._blocks(tag)])
        return sum(length or 0 for length in lengths)

    async def sample(self, tag: ModelTag, limit: int, *, of: int | None = None) -> Sample:
        """At most ``limit`` papers, evenly spread over the order in which they came; all when there are no more.

        ``of``: among the first so many papers alone, so that it stays the same while others come.
        """
        listings = await self._connection.read_all([("HKEYS", key) for key in await self._blocks(tag)])
        numbers = (self._skipped.number(raw) for listing in listings for raw in listing or ())
        ordinals = np.sort(np.array([number for number in numbers if number is not None], np.int64))[:of]
        if limit < len(ordinals):
            ordinals = ordinals[np.arange(limit) * len(ordinals) // max(1, limit)]
        found = await self._at(tag, [int(ordinal) for ordinal in ordinals])
        block = await self._block(tag, found)
        return Sample(block.ids, np.array(block.ordinals, np.int64), block.rows)

    async def iterate(self, tag: ModelTag) -> AsyncIterator[VectorBlock]:
        """All vectors of this model, a block at a time; papers that were joined into another are left out."""
        for key in await self._blocks(tag):
            stored: Mapping[bytes, bytes] = await self._connection.read("HGETALL", key) or {}
            numbered = sorted((number, raw) for field, raw in stored.items() if (number := self._skipped.number(field)))
            block = await self._block(tag, self._read(tag, numbered))
            if block.ids:
                yield block

    async def cached(self, tag: ModelTag, hashes: Sequence[bytes]) -> dict[bytes, Floats]:
        """The vectors, float32[d], of those texts that were embedded within the last 30 days; they stay 30 more."""
        commands: list[Command] = [
            ("GETEX", keys.embedding(tag, text_hash), "EX", keys.EMBEDDING_SECONDS) for text_hash in hashes
        ]
        answers = await self._connection.read_all(commands)
        found = {
            text_hash: self._vector(raw, tag.dimension)
            for text_hash, raw in zip(hashes, answers, strict=True)
            if raw is not None
        }
        return {text_hash: vector for text_hash, vector in found.items() if vector is not None}

    async def cache(self, tag: ModelTag, rows: Mapping[bytes, Floats]) -> None:
        """Keep the vectors, float32[d], of texts by their hash. Raises BadVector, before anything is written."""
        await self._connection.write_all(
            [
                ("SET", keys.embedding(tag, text_hash), packed(vector, tag.dimension), "EX", keys.EMBEDDING_SECONDS)
                for text_hash, vector in rows.items()
            ]
        )

    async def current_model(self) -> ModelTag | None:
        """The model that the stored vectors are of."""
        return TAG.load(await self._connection.read("GET", keys.MODEL), self._skipped)

    async def set_current_model(self, tag: ModelTag) -> None:
        """From here on vectors are of this model; those of another stay until ``drop_model``."""
        await self._connection.write("SET", keys.MODEL, TAG.dump(tag))

    async def drop_model(self, tag: ModelTag) -> None:
        """Remove a model's vectors of papers, settled ones too, and of interests; its cache ends by itself."""
        doomed = [
            key
            for one in (tag, tag.among())
            for key in (*await self._blocks(one), keys.reached(one), keys.settled(one))
        ]
        unshared: list[Command] = []
        for shard in await self.shards():
            places = self._skipped.number(await self._connection.read("GET", shard.place)) or 0
            doomed += [shard.vectors(tag.key(), block) for block in keys.blocks(places)]
            doomed.append(shard.calibrated(tag.key()))
            unshared.append(("SREM", shard.models, tag.key()))
        await self._connection.write_all([*(("UNLINK", key) for key in doomed), *unshared])
        if await self.current_model() == tag:
            await self._connection.write("UNLINK", keys.MODEL)

    async def shards(self) -> list[keys.Shard]:
        """Every shard that has or had readers."""
        return await read_shards(self._connection)

    async def _blocks(self, tag: ModelTag) -> list[str]:
        ordinals = self._skipped.number(await self._connection.read("GET", keys.ORDINAL)) or 0
        return [keys.paper_vectors(tag, block) for block in keys.blocks(ordinals)]

    async def _at(self, tag: ModelTag, ordinals: Sequence[int]) -> list[PaperVector]:
        """The vectors at these ordinals."""
        blocks: dict[int, list[int]] = {}
        for ordinal in ordinals:
            blocks.setdefault(ordinal // keys.BLOCK, []).append(ordinal)
        commands: list[Command] = [("HMGET", keys.paper_vectors(tag, block), *part) for block, part in blocks.items()]
        answers = await self._connection.read_all(commands)
        pairs = [
            (ordinal, raw)
            for part, answer in zip(blocks.values(), answers, strict=True)
            for ordinal, raw in zip(part, answer or (), strict=False)
            if raw is not None
        ]
        return self._read(tag, pairs)

    def _read(self, tag: ModelTag, pairs: Iterable[tuple[int, bytes]]) -> list[PaperVector]:
        start, end = HASH_BYTES, HASH_BYTES + tag.dimension * _FLOAT.itemsize
        rows: list[PaperVector] = []
        for ordinal, raw in pairs:
            paper_id = self._skipped.text(raw[end:])
            vector = self._vector(raw[start:end], tag.dimension)
            if vector is not None and paper_id:
                rows.append(PaperVector(paper_id, ordinal, raw[:start], vector))
        return rows

    async def _block(self, tag: ModelTag, rows: Sequence[PaperVector]) -> VectorBlock:
        """These rows as one matrix, without papers that were joined into another."""
        ids = [row.paper_id for row in rows]
        command: Command = ("HMGET", keys.FORWARDS, *ids)
        forwards = (await self._connection.read(*command) if ids else None) or [None] * len(ids)
        kept = [row for row, forward in zip(rows, forwards, strict=True) if forward is None]
        matrix = np.array([row.vector for row in kept], np.float32).reshape(len(kept), tag.dimension)
        return VectorBlock(
            [row.paper_id for row in kept], [row.ordinal for row in kept], [row.text_hash for row in kept], matrix
        )

    def _vector(self, raw: object, dimension: int) -> Floats | None:
        if isinstance(raw, bytes) and len(raw) == dimension * _FLOAT.itemsize:
            vector = np.frombuffer(raw, _FLOAT)
            if np.isfinite(vector).all():
                return vector
        self._skipped.add()
        return None


async def read_shards(connection: Connection) -> list[keys.Shard]:
    """The shards that have readers, sorted."""
    shards: list[keys.Shard] = []
    for raw in await connection.read("SMEMBERS", keys.SHARD_NAMES) or ():
        if name := connection.skipped.text(raw):
            try:
                shards.append(keys.Shard.parse(name))
            except ValueError:
                connection.skipped.add()
    return sorted(shards)


def packed(vector: Floats, width: int) -> bytes:
    """Little-endian float32. Raises BadVector unless it is ``width`` finite numbers."""
    if vector.shape != (width,) or not np.isfinite(vector).all():
        raise BadVector(
            f"A vector of {width} finite numbers was expected and not given: nothing of it was stored.",
            cause=f"{vector.dtype}{list(vector.shape)}",
        )
    return vector.astype(_FLOAT, copy=False).tobytes()


def _checked_hash(text_hash: bytes) -> bytes:
    if len(text_hash) != HASH_BYTES:
        raise ValueError(text_hash)
    return text_hash
