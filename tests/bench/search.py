"""Searches among 100,000 papers while papers are being added, everything on one core: the store's server, the model too.

The papers are those of ``texts`` with their sentences shuffled between them, the vectors those of a few real texts
with noise. A fifth of the searches has a filter. Each round is as long as ``QUERIES`` searches one after the other,
while another task stores 100 papers with their vectors every ``EVERY`` seconds. ``floor`` is measured beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.cleaning import plain
from bot.embedder import Embedder, open_embedder
from bot.identity import aliases, text_hash
from bot.index import open_index
from bot.models import Paper
from bot.queries import parse
from bot.schedule import SWITCH_SECONDS
from bot.search import Search
from bot.settings import ModelSettings, StoreSettings
from bot.store import PaperChange, PaperVector, Store, open_store
from tests.bench import Result
from tests.bench.texts import papers, queries, texts

LIMIT = 50.0
FRESH_LIMIT = 200.0
PAPERS = 100_000
BATCH = 100
QUERIES = 400
ROUNDS = 3
FRESH_BATCHES = 10
SIMILAR = 10
#: Seconds; 100 papers a second are four times what one core can embed.
EVERY = 1.0
#: Of each number of a vector.
NOISE = 0.04
FILTERS = ("since:2024", "authors:>4", "until:2023-06 authors:2..6", "org:halyard since:2023")
_FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def run() -> Result:
    """Measure in a process of its own that is given one core before it loads anything."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        child = subprocess.run([sys.executable, "-m", "tests.bench.search"], check=True, stdout=subprocess.PIPE)
    finally:
        os.sched_setaffinity(0, cores)
    measured = json.loads(child.stdout)
    fresh = Result(
        "search-fresh",
        max(measured["fresh"]),
        FRESH_LIMIT,
        f"milliseconds until the last of {BATCH} stored papers is found by words and by meaning, the slowest batch",
        tuple(measured["fresh"]),
    )
    return Result(
        "search",
        sorted(measured["p99"])[len(measured["p99"]) // 2],
        LIMIT,
        f"milliseconds, 99th percentile of {QUERIES} searches with their embedding; the median of the rounds",
        tuple(measured["p99"]),
        extra={
            name: measured[name]
            for name in ("papers", "p50", "floor_p50", "floor_p99", "similar_ms", "fill_s", "build_s", "added")
        },
        also=(fresh,),
    )


class _Library:
    """Invented papers with vectors, as many as are asked for."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._draw = random.Random(0)
        self._noise = np.random.default_rng(0)
        self._invented = papers(2_000)
        self._sentences = [sentence for one in self._invented for sentence in one.abstract.split(". ")]
        self._vectors = vectors
        self.count = 0

    def more(self, count: int, word: str = "") -> list[tuple[Paper, NDArray[np.float32]]]:
        """New papers, each with ``word`` in its abstract."""
        noise = self._noise.normal(0, NOISE, (count, self._vectors.shape[1])).astype(np.float32)
        rows = self._vectors[self._noise.integers(0, len(self._vectors), count)] + noise
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return [(self._paper(word), row) for row in rows]

    def _paper(self, word: str) -> Paper:
        self.count += 1
        draw = self._draw
        return Paper(
            f"p{self.count:015x}",
            f"{draw.choice(self._invented).title} {self.count}",
            ". ".join([*draw.sample(self._sentences, 10), word]),
            _FIRST,
            authors=tuple(f"Author {draw.randrange(5_000)}" for _ in range(draw.randint(1, 9))),
            organisations=(f"Halyard {draw.randrange(40)}",) if draw.random() < 0.5 else (),
            listed=(date(2023, 1, 1) + timedelta(days=draw.randrange(900)),),
        )


async def _keep(store: Store, embedder: Embedder, some: Sequence[tuple[Paper, NDArray[np.float32]]]) -> None:
    await store.papers.save([PaperChange(paper, None, aliases(paper)) for paper, _ in some])
    held = await store.papers.get([paper.id for paper, _ in some])
    rows = zip(held, some, strict=True)
    await store.vectors.put(
        embedder.tag,
        [
            PaperVector(paper.id, one.ordinal, text_hash(plain(paper.title, paper.abstract)), row)
            for one, (paper, row) in rows
            if one
        ],
    )


async def _measure() -> dict[str, object]:
    # As in a running bot.
    sys.setswitchinterval(SWITCH_SECONDS)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = await open_store(StoreSettings(data_dir=folder))
        stack.push_async_callback(store.close)
        embedder = await open_embedder(ModelSettings(device="cpu"), None, data_dir=folder)
        stack.push_async_callback(embedder.close)
        library = _Library(await embedder.embed(texts(100)))
        started = time.perf_counter()
        for _ in range(PAPERS // 1_000):
            await _keep(store, embedder, library.more(1_000))
        filled = time.perf_counter()
        index = await open_index(store, embedder.tag, folder / "index")
        stack.push_async_callback(index.close)
        await index.refresh()
        built = time.perf_counter()
        search = Search(index=index, embedder=embedder, store=store)
        rounds = [await _round(search, library, seed) for seed in range(ROUNDS)]
        floor = await _floor(embedder)
        similar = [await _similar(search, number) for number in range(SIMILAR)]
        fresh = [await _fresh(search, library, number) for number in range(FRESH_BATCHES)]
        return {
            "papers": PAPERS,
            "p50": [float(np.percentile(one, 50)) for one in rounds],
            "p99": [float(np.percentile(one, 99)) for one in rounds],
            "floor_p50": float(np.percentile(floor, 50)),
            "floor_p99": float(np.percentile(floor, 99)),
            "fresh": fresh,
            "similar_ms": [round(one) for one in similar],
            "fill_s": round(filled - started, 1),
            "build_s": round(built - filled, 1),
            "added": await store.papers.count() - PAPERS,
        }


async def _round(search: Search, library: _Library, seed: int) -> list[float]:
    """Milliseconds of each search."""
    ready = [library.more(BATCH) for _ in range(60)]
    typed = queries(QUERIES + 20, seed=seed)
    typed = [f"{text} {FILTERS[n % len(FILTERS)]}" if n % 5 == 0 else text for n, text in enumerate(typed)]
    for text in typed[QUERIES:]:
        await search.papers(text)

    async def write() -> None:
        for batch in ready:
            await _keep(search.store, search.embedder, batch)
            await asyncio.sleep(EVERY)

    writer = asyncio.create_task(write())
    taken: list[float] = []
    for text in typed[:QUERIES]:
        started = time.perf_counter()
        answer = await search.papers(text)
        taken.append((time.perf_counter() - started) * 1_000)
        if not answer.hits:
            raise RuntimeError(f"nothing was found for {text!r}")
    writer.cancel()
    await asyncio.wait({writer})
    await search.index.refresh()
    return taken


async def _similar(search: Search, number: int) -> float:
    """Milliseconds until the papers like one are there; the first ones also find who is whose neighbour."""
    started = time.perf_counter()
    answer = await search.similar(f"p{PAPERS * (number + 1) // (SIMILAR + 1):015x}")
    taken = (time.perf_counter() - started) * 1_000
    if not answer.hits:
        raise RuntimeError("no paper is like one of a hundred thousand")
    return taken


async def _floor(embedder: Embedder) -> list[float]:
    """Milliseconds of what no search can do without, with nothing beside it: the embedding and one matrix product."""
    matrix = np.ones((PAPERS, embedder.tag.dimension), np.float32)
    taken: list[float] = []
    for text in queries(QUERIES, seed=ROUNDS):
        started = time.perf_counter()
        np.argpartition(matrix @ await embedder.embed_query(text), PAPERS - 100)
        taken.append((time.perf_counter() - started) * 1_000)
    return taken


async def _fresh(search: Search, library: _Library, number: int) -> float:
    """Milliseconds from the moment 100 papers are stored until all of them are found."""
    word = f"quixotry{number}x"
    batch = library.more(BATCH, word)
    await _keep(search.store, search.embedder, batch)
    started = time.perf_counter()
    await search.index.refresh()
    found = await search.index.search(parse(word), batch[-1][1], limit=BATCH)
    taken = (time.perf_counter() - started) * 1_000
    if len(found.by_words) != BATCH or found.by_meaning[0][0] != batch[-1][0].id:
        raise RuntimeError(f"{len(found.by_words)} of {BATCH} new papers were found")
    return taken


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure())))  # noqa: T201 - read by run()
