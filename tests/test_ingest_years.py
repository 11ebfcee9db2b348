"""Years that pages leave out: found when a paper on them gets a date, in any order, once, whoever is killed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.background import Backgrounds
from bot.clock import Clock
from bot.embedder import Embedder
from bot.errors import StoreConflict, StoreError
from bot.ingest import Ingest
from bot.models import Count, Format, Origin, Paper, YearOrigin
from bot.settings import DigestSettings
from bot.settings import TestingSettings as ClockSettings
from bot.store import PaperChange, Store
from tests.fakes import HashingEngine
from tests.pages import Invented, invented, json_page, text_page

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 25, 9, tzinfo=UTC)
SPEECH = [invented("speech recognition", number) for number in range(12)]
ROBOTS = [invented("robot grasping", number) for number in range(6)]
DATED = [Invented(SPEECH[4].title, SPEECH[4].abstract, "2503.01230")]
MARCH, DECEMBER = "march.txt", "december.txt"


class CountingEngine(HashingEngine):
    """A model that tells how many texts it was given."""

    def __init__(self) -> None:
        super().__init__(256)
        self.embedded = 0

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += len(texts)
        return super().vectors(texts)


class Desk:
    """Named dumps, ingested one run after the other."""

    def __init__(self, store: Store, root: Path) -> None:
        self.store = store
        self.root = root
        self.engine = CountingEngine()

    def write(self, name: str, content: bytes) -> Path:
        path = self.root / name
        path.write_bytes(content)
        return path

    async def take(self, *paths: Path, now: datetime = NOW) -> None:
        clock = Clock(ClockSettings(enabled=True, clock=now.isoformat()))
        embedder = Embedder(self.engine, None)
        backgrounds = Backgrounds(self.store, embedder.tag)
        await Ingest(self.store, embedder, clock, DigestSettings(), backgrounds).files(paths)
        await backgrounds.close()

    async def papers(self) -> list[Paper]:
        ids = [paper_id for _, paper_id in await self.store.papers.changed_since(0, 10_000)]
        return [found.paper for found in await self.store.papers.get(ids) if found]

    async def pages(self, name: str) -> set[tuple[date | None, YearOrigin | None]]:
        """The day of one dump's page as its papers know it, and how its year is known."""
        seen = [one.origin for paper in await self.papers() for one in paper.appearances if one.origin.file == name]
        return {(origin.page_day, origin.page_date and origin.page_date.origin) for origin in seen}


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


@pytest.fixture
def march(desk: Desk) -> Path:
    """A page of 18 March of a year that it does not print."""
    return desk.write(MARCH, text_page([*SPEECH, *ROBOTS]))


@pytest.fixture
def dated(desk: Desk) -> Path:
    """A JSON dump that dates one of its papers 14 March 2025."""
    return desk.write("dated.json", json_page(DATED).replace(b"2026-03", b"2025-03"))


def bare(papers: Iterable[Paper]) -> Counter[Paper]:
    """Papers without what tells which dump came first."""
    return Counter(replace(paper, id="", first_seen=NOW) for paper in papers)


UNKNOWN = {(None, YearOrigin.UNKNOWN)}
FOUND = {(date(2025, 3, 18), YearOrigin.INFERRED)}


async def test_a_page_gets_its_year_when_one_of_its_papers_is_dated(desk: Desk, march: Path, dated: Path) -> None:
    """Every paper of the page has the page's day then, and none is embedded again or new to anybody."""
    await desk.take(march)
    assert await desk.pages(MARCH) == UNKNOWN
    # each text, and each title
    assert desk.engine.embedded == 2 * 18
    await desk.take(dated)
    assert await desk.pages(MARCH) == FOUND
    assert len(await desk.papers()) == 18
    assert desk.engine.embedded == 2 * 18
    assert await desk.store.papers.unmatched() == []


async def test_the_order_of_dumps_does_not_matter(desk: Desk, raw_store: Any, march: Path, dated: Path) -> None:
    """Page first, date first, both in one run, each twice, a week apart: always the same papers."""
    outcomes: list[Counter[Paper]] = []
    for runs in ([[march], [dated]], [[dated], [march]], [[march, dated]], [[march], [dated], [march], [march, dated]]):
        raw_store.execute_command("FLUSHALL")
        for number, run in enumerate(runs):
            await desk.take(*run, now=LATER if number > 1 else NOW)
        assert await desk.pages(MARCH) == FOUND
        outcomes.append(bare(await desk.papers()))
    assert all(outcome == outcomes[0] for outcome in outcomes)


async def test_a_younger_paper_raises_the_year_again(desk: Desk, march: Path, dated: Path) -> None:
    """A year that was found too low is corrected when another dump dates a younger paper of the page."""
    await desk.take(march)
    await desk.take(dated)
    younger = Invented(ROBOTS[0].title, ROBOTS[0].abstract, "2601.04560")
    await desk.take(desk.write("younger.json", json_page([younger])))
    assert await desk.pages(MARCH) == {(date(2026, 3, 18), YearOrigin.INFERRED)}


@pytest.mark.parametrize(
    ("day", "papers"),
    [("Mar 18", ROBOTS), ("Mar 30", SPEECH), ("Feb 29", SPEECH), ("Mar 18, 2024", SPEECH)],
    ids=["no paper of it is dated", "not over yet", "no such day", "it is printed"],
)
async def test_no_year_is_raised_without_evidence(desk: Desk, dated: Path, day: str, papers: list[Invented]) -> None:
    """A page keeps what it says when no paper of it is dated, when no year fits, and when its year is printed."""
    page = desk.write(MARCH, text_page(papers, day))
    other = dated if day != "Mar 30" else desk.write("new.json", json_page(DATED))
    await desk.take(page)
    before = await desk.pages(MARCH)
    await desk.take(other)
    assert await desk.pages(MARCH) == before
    assert {origin for _, origin in before} <= {YearOrigin.UNKNOWN, YearOrigin.PRINTED}


async def test_when_nothing_changed_nothing_is_looked_at(
    desk: Desk, march: Path, dated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same dumps again, a week later, write no paper and ask for no dump's papers."""
    await desk.take(march, dated)
    number = await desk.store.papers.change_number()
    asked: list[str] = []

    async def of_dump(digest: str) -> list[str]:
        asked.append(digest)
        return []

    monkeypatch.setattr(desk.store.papers, "of_dump", of_dump)
    await desk.take(march, dated, now=LATER)
    assert (await desk.store.papers.change_number(), asked) == (number, [])


@pytest.mark.parametrize(
    "at",
    [*((step, n) for step in ("remember_dump", "save", "of_dump", "set_years_reached") for n in (0, 1)), ("save", 2)],
)
async def test_a_run_that_fails_at_any_step_is_finished_by_the_next(
    desk: Desk, raw_store: Any, march: Path, dated: Path, at: tuple[str, int]
) -> None:
    """Whichever call the store breaks off at, before or after it was done, the same run again gives what one gives."""
    step, calls = at
    await desk.take(march, dated)
    quiet = bare(await desk.papers())
    for done in (False, True):
        raw_store.execute_command("FLUSHALL")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(desk.store.papers, step, breaking(getattr(desk.store.papers, step), calls, done=done))
            with pytest.raises(StoreError):
                await desk.take(march, dated)
        await desk.take(march, dated)
        assert bare(await desk.papers()) == quiet


def breaking(call: Callable[..., Awaitable[Any]], after: int, *, done: bool) -> Callable[..., Awaitable[Any]]:
    """The same call, but one of them fails, before it was done or after."""
    left = [None] * after

    async def instead(*arguments: object) -> object:
        if left:
            left.pop()
            return await call(*arguments)
        if done:
            await call(*arguments)
        raise StoreError("The store is away.")

    return instead


async def test_what_others_write_meanwhile_stays(
    desk: Desk, march: Path, dated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paper that gets upvotes from elsewhere while its page's year is raised has both in the end."""
    await desk.take(march)
    store, save = desk.store.papers, desk.store.papers.save
    elsewhere = Origin(Format.JSON, "elsewhere.json", "e" * 64, None, NOW.date())
    written: list[bool] = []

    async def save_second(changes: Sequence[PaperChange]) -> list[bool]:
        if not written and len(changes) == 18:
            stored = [found for found in await store.get([change.paper.id for change in changes]) if found]
            liked = [replace(found.paper, upvotes=(Count(7, elsewhere),)) for found in stored]
            written[:] = await save([PaperChange(p, f.version, ()) for p, f in zip(liked, stored, strict=True)])
        return await save(changes)

    monkeypatch.setattr(store, "save", save_second)
    await desk.take(dated)
    assert written == [True] * 18
    assert await desk.pages(MARCH) == FOUND
    assert all(7 in {count.value for count in paper.upvotes} for paper in await desk.papers())


async def test_endless_conflicts_end(desk: Desk, march: Path, dated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the same papers keep changing the run says so, and the next one raises the year."""
    await desk.take(march)
    save = desk.store.papers.save

    async def refuse(changes: Sequence[PaperChange]) -> list[bool]:
        return [False] * len(changes) if not changes or not changes[0].aliases else await save(changes)

    with monkeypatch.context() as patched:
        patched.setattr(desk.store.papers, "save", refuse)
        with pytest.raises(StoreConflict, match="run the ingest again"):
            await desk.take(dated)
    assert await desk.pages(MARCH) == UNKNOWN
    await desk.take()
    assert await desk.pages(MARCH) == FOUND


async def test_dumps_in_any_order_give_equal_papers(desk: Desk, raw_store: Any, shared: Path | None) -> None:
    """One run or a run for each, forwards, backwards or shuffled: equal papers, every page has its year.

    The dumps are the five real ones where they are, else invented pages that share papers.
    """
    files = sorted((shared / "dumps").glob("*.txt")) if shared else own_pages(desk)
    shuffled = random.Random(3).sample(files, len(files))
    outcomes: list[Counter[Paper]] = []
    for runs in ([files], [[file] for file in reversed(files)], [[file] for file in shuffled], [shuffled, files]):
        raw_store.execute_command("FLUSHALL")
        for run in runs:
            await desk.take(*run)
        outcomes.append(bare(await desk.papers()))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    pages = {seen.origin.file: seen.origin.page_date for paper in outcomes[0] for seen in paper.appearances}
    years = {name: page_date.year for name, page_date in pages.items() if page_date}
    assert years == dict.fromkeys(["000.txt", "001.txt", "002.txt", "003.txt"] if shared else [MARCH, DECEMBER], 2025)


def own_pages(desk: Desk) -> list[Path]:
    return [
        desk.write(MARCH, text_page([*SPEECH, *ROBOTS])),
        desk.write(DECEMBER, text_page([*ROBOTS, *reversed(SPEECH[4:7])], "Dec 10")),
        desk.write("dated.json", json_page(DATED).replace(b"2026-03", b"2025-03")),
    ]
