"""The door to the model: texts in, unit vectors out, off the event loop, and no text twice.

    texts ─► cache by hash ─► the rest, longest first ─► chunks of 64 in one thread ─► checked ─► cache ─► vectors
    query ─► the last 1,000 queries ─► a thread of its own ─► checked ─► vector

``open_embedder`` chooses the engine (``choosing``); importing this package loads neither torch nor ONNX Runtime.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from bot.embedder.choosing import open_engine
from bot.embedder.engine import Engine, Vectors, checked, is_sound
from bot.identity import text_hash
from bot.models import ModelTag
from bot.priority import ANSWERS, BULK, stand_back
from bot.settings import ModelSettings

__all__ = ["Embedder", "EmbeddingCache", "Engine", "Vectors", "open_embedder"]

#: So many texts go to the thread at once: what a cancelled call still has to finish, about a second of work.
CHUNK = 64
#: Ends the revision of a tag under which papers' vectors are mixed from text and title.
TITLED = "+title"
#: So many queries are remembered.
QUERIES = 1_000


class EmbeddingCache(Protocol):
    """Where vectors are kept by their text's hash (``bot.identity.text_hash``), apart for every model."""

    async def cached(self, tag: ModelTag, hashes: Sequence[bytes]) -> Mapping[bytes, Vectors]:
        """The vectors, float32 (d,), of those hashes that are known."""
        ...

    async def cache(self, tag: ModelTag, rows: Mapping[bytes, Vectors]) -> None:
        """Keep these vectors, float32 (d,)."""
        ...


class Embedder:
    """One model, for one event loop. Close it when done."""

    def __init__(self, engine: Engine, cache: EmbeddingCache | None) -> None:
        self._engine = engine
        self._cache = cache
        self._bulk = ThreadPoolExecutor(1, "embed", stand_back, (BULK,))
        self._ask = ThreadPoolExecutor(1, "embed-query", stand_back, (ANSWERS,))
        self._bulk_turn = asyncio.Lock()
        self._ask_turn = asyncio.Lock()
        self._queries: OrderedDict[bytes, Vectors] = OrderedDict()

    @property
    def tag(self) -> ModelTag:
        """Which model makes the vectors, and that those of papers tell their titles twice.

        Vectors of texts are of the engine's own tag and are cached under that, so they outlast a change of the mixture.
        """
        plain = self._engine.tag
        return replace(plain, revision=f"{plain.revision}{TITLED}")

    async def embed(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None, keep: bool = True
    ) -> Vectors:
        """The unit vectors of ``texts`` in their order, float32 (n, d); ``(0, d)`` for none.

        ``keep=False`` leaves the cache alone: for short texts that nobody will ask for again. ``progress`` is told
        (texts done, texts in all) on the event loop after every chunk. Raises BadVector if the model gives one that
        cannot be used; the chunks before are cached, nothing of that chunk is. A cancelled call leaves its current
        chunk to finish unseen.
        """
        hashes = [text_hash(text) for text in texts]
        waiting = dict(zip(hashes, texts, strict=True))
        times = Counter(hashes)
        rows: dict[bytes, Vectors] = {}
        done = 0

        def learn(found: Mapping[bytes, Vectors]) -> None:
            nonlocal done
            rows.update(found)
            for known in found:
                del waiting[known]
                done += times[known]

        learn(await self._known(list(waiting)) if keep else {})
        if progress and done:
            progress(done, len(texts))
        # Texts of like length share a batch, so that little of it is padding.
        order = sorted(waiting, key=lambda text: len(waiting[text]), reverse=True)
        for start in range(0, len(order), CHUNK):
            async with self._bulk_turn:
                # While this call waited for its turn, another one may have embedded some of the same texts.
                chunk = order[start : start + CHUNK]
                learn(await self._known(chunk) if keep else {})
                if fresh := [text for text in chunk if text in waiting]:
                    made = await self._run(self._bulk, [waiting[text] for text in fresh])
                    found = dict(zip(fresh, made, strict=True))
                    if self._cache and keep:
                        await self._cache.cache(self._engine.tag, found)
                    learn(found)
            if progress:
                progress(done, len(texts))
        return (
            np.stack([rows[text] for text in hashes])
            if hashes
            else np.empty((0, self._engine.tag.dimension), np.float32)
        )

    async def embed_query(self, text: str) -> Vectors:
        """The unit vector of one text, float32 (d,), read-only; does not wait for ``embed``. Raises BadVector."""
        key = text_hash(text)
        async with self._ask_turn:
            if key not in self._queries:
                (vector,) = await self._run(self._ask, [text])
                vector.flags.writeable = False
                self._queries[key] = vector
                if len(self._queries) > QUERIES:
                    self._queries.popitem(last=False)
            self._queries.move_to_end(key)
            return self._queries[key]

    async def close(self) -> None:
        """End both threads, after what they are computing; whoever still waits for a turn is refused."""

        def end() -> None:
            self._bulk.shutdown(cancel_futures=True)
            self._ask.shutdown(cancel_futures=True)

        await asyncio.to_thread(end)

    async def _known(self, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        """What the cache has of these and can be used: a damaged vector is computed again."""
        if not self._cache or not hashes:
            return {}
        found = await self._cache.cached(self._engine.tag, hashes)
        whole = (self._engine.tag.dimension,)
        return {text: row for text, row in found.items() if row.shape == whole and is_sound(row[None])[0]}

    async def _run(self, thread: ThreadPoolExecutor, texts: Sequence[str]) -> Vectors:
        return await asyncio.get_running_loop().run_in_executor(thread, checked, self._engine, texts)


async def open_embedder(
    settings: ModelSettings,
    cache: EmbeddingCache | None,
    *,
    data_dir: Path,
    say: Callable[[str], None] = lambda _text: None,
) -> Embedder:
    """Load the model that the settings name, off the event loop; seconds where its export is there already.

    On first use without an export one is made in ``<data_dir>/models`` (or ``cache_dir``), about ten seconds, with
    lines of progress for ``say``. Raises ModelMissing if the model is not on this machine or cannot be loaded,
    and SettingsError for a device that is not there.
    """
    return Embedder(await open_engine(settings, data_dir, say), cache)
