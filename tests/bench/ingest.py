"""The whole pipeline, from dump files to queued alerts, against embedding the same papers and nothing else."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from bot import cleaning
from bot.background import Backgrounds
from bot.clock import Clock
from bot.curate import Curate
from bot.embedder import open_embedder
from bot.ingest import Ingest
from bot.models import UserId
from bot.settings import DigestSettings, ModelSettings, StoreSettings, TestingSettings
from bot.store import open_store
from tests.bench import Result
from tests.bench.texts import papers
from tests.pages import Invented, text_page

LIMIT = 1.10
ROUNDS = 3
#: Pages of this many invented papers stand in where no real dumps lie beside the checkout.
PAGES, PAPERS_A_PAGE = 5, 100
READERS = ("diffusion models for video", "efficient inference", "speech synthesis", "graph neural networks")


def run() -> Result:
    """Both in turn, each round on a new store with an empty cache; the figure is the median of the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        real = Path(__file__).resolve().parents[3] / "shared" / "dumps"
        files = sorted(real.glob("*.txt")) if real.is_dir() else _invented(Path(folder))
        return asyncio.run(_run(Path(folder), files))


async def _run(folder: Path, files: list[Path]) -> Result:
    clock, digest = Clock(TestingSettings()), DigestSettings()
    whole: list[float] = []
    alone: list[float] = []
    texts: list[str] = []
    for number in range(ROUNDS + 1):
        store = await open_store(StoreSettings(data_dir=folder / f"round{number}"))
        embedder = await open_embedder(ModelSettings(), store.vectors, data_dir=folder)
        backgrounds = Backgrounds(store, embedder.tag)
        bare = await open_embedder(ModelSettings(), None, data_dir=folder)
        await bare.embed(["a text to warm up"] * 8)
        await embedder.embed(["another text to warm up"] * 8)
        for reader in READERS:
            await Curate(store, embedder, clock, digest, backgrounds).follow(UserId.parse(reader[:8]), reader)
        started = time.perf_counter()
        report = await Ingest(store, embedder, clock, digest, backgrounds).files(files)
        between = time.perf_counter()
        ids = [paper_id for _, paper_id in await store.papers.changed_since(0, limit=100_000)]
        stored = [found.paper for found in await store.papers.get(ids) if found]
        texts = [cleaning.paper_text(paper) for paper in stored]
        resumed = time.perf_counter()
        await bare.embed(texts)
        ended = time.perf_counter()
        for one in (backgrounds, embedder, bare, store):
            await one.close()
        if report.new != len(texts) or not report.alerts:
            raise RuntimeError(f"{report.new} papers and {report.alerts} alerts from {len(texts)} texts")
        # The first round pays for what is loaded once.
        if number:
            whole.append(between - started)
            alone.append(ended - resumed)
    ratios = [one / other for one, other in zip(whole, alone, strict=True)]
    return Result(
        bench="ingest",
        figure=statistics.median(ratios),
        limit=LIMIT,
        reference=f"embedding the same {len(texts)} papers with the same engine, loaded, empty cache",
        runs=tuple(ratios),
        extra={"seconds": {"whole": whole, "alone": alone}, "dumps": [file.name for file in files]},
    )


def _invented(folder: Path) -> list[Path]:
    made = [Invented(one.title, one.abstract) for one in papers(PAGES * PAPERS_A_PAGE)]
    files = [folder / f"{number}.txt" for number in range(PAGES)]
    for number, file in enumerate(files):
        file.write_bytes(text_page(made[number * PAPERS_A_PAGE : (number + 1) * PAPERS_A_PAGE]))
    return files
