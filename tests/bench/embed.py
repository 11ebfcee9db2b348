"""Bulk embedding: the product's own embedder against ``SentenceTransformer.encode``, on texts of real length."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from bot.embedder import Vectors, open_embedder
from bot.embedder.locating import BUNDLED, find_model
from bot.embedder.sentence_engine import load_model
from bot.settings import ModelSettings
from tests.bench import Result
from tests.bench.texts import texts

LIMIT = 0.50
TEXTS = 500
ROUNDS = 3
#: Faster counts only with the same vectors.
SAME = 0.99999


def run() -> Result:
    """Both in turn, ``ROUNDS`` times in one process; the figure is the median of the rounds' ratios."""
    return asyncio.run(_run())


async def _run() -> Result:
    work = texts(TEXTS)
    model = load_model(find_model(BUNDLED, download=False), "cpu")
    with tempfile.TemporaryDirectory() as folder:
        embedder = await open_embedder(ModelSettings(device="cpu"), None, data_dir=Path(folder))

        async def ours(some: list[str]) -> Vectors:
            return await embedder.embed(some)

        async def plain(some: list[str]) -> Vectors:
            return np.asarray(model.encode(some, batch_size=32, normalize_embeddings=True, show_progress_bar=False))

        for way in (ours, plain):
            await way(work[:32])
        seconds: dict[str, list[float]] = {"ours": [], "plain": []}
        lowest = 1.0
        for _ in range(ROUNDS):
            started = time.perf_counter()
            given = await ours(work)
            between = time.perf_counter()
            expected = await plain(work)
            ended = time.perf_counter()
            seconds["ours"].append(between - started)
            seconds["plain"].append(ended - between)
            lowest = min(lowest, float((given.astype(np.float64) * expected).sum(axis=1).min()))
        await embedder.close()
    if not lowest >= SAME:
        raise RuntimeError(f"the embedder's vectors are others than SentenceTransformer's: cosine {lowest}")
    ratios = [one / other for one, other in zip(seconds["ours"], seconds["plain"], strict=True)]
    return Result(
        bench="embed",
        figure=statistics.median(ratios),
        limit=LIMIT,
        reference=f"SentenceTransformer.encode, batch 32, the same {TEXTS} texts",
        runs=tuple(ratios),
        extra={"lowest_cosine": lowest, "seconds": seconds, "texts_per_second": TEXTS / min(seconds["ours"])},
    )
