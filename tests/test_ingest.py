"""Ingest: dumps in, papers stored once, alerts queued once, files filed away."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot import sources
from bot.background import Backgrounds
from bot.clock import Clock
from bot.curate import Curate
from bot.dumps import Folder
from bot.errors import FolderError, StoreConflict, StoreError
from bot.ingest import Ingest, adopt_model
from bot.ingest.alerting import alert_readers, papers_at_once
from bot.ingest.placing import place_entries
from bot.models import Alert, Entry, Format, Origin, Reading, UserId
from bot.readers import Readers
from bot.settings import DigestSettings, Settings
from bot.settings import TestingSettings as ClockSettings
from bot.store import Shard, Store
from tests.fakes import HashingEngine, hashing_embedder
from tests.pages import Invented, invented, json_page, text_page

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
CLOCK = Clock(ClockSettings(enabled=True, clock=NOW.isoformat()))
DIGEST = DigestSettings(cap=5, bar=0.9)
AMARA = UserId.parse("amara")
SPEECH = [invented("speech recognition", number) for number in range(12)]
ROBOTS = [invented("robot grasping", number) for number in range(12)]
PROTEINS = [invented("protein folding", number) for number in range(12)]
LONG_AGO = 1_700_000_000


class Bot:
    """The verbs on a real store and a model without weights."""

    def __init__(self, store: Store, root: Path, *, dimension: int = 256) -> None:
        self.store = store
        self.embedder = hashing_embedder(store.vectors, dimension=dimension)
        self.backgrounds = Backgrounds(store, self.embedder.tag)
        self.ingest = Ingest(store, self.embedder, CLOCK, DIGEST, self.backgrounds)
        self.curate = Curate(store, self.embedder, CLOCK, DIGEST, self.backgrounds)
        self.readers = Readers(store, CLOCK, Settings())
        self.folder = Folder(root)
        self.folder.prepare()

    async def adopt(self) -> bool:
        return await adopt_model(self.store, self.embedder, DIGEST, self.backgrounds, now=NOW)

    def drop(self, name: str, content: bytes) -> None:
        path = self.folder.inbox / name
        path.write_bytes(content)
        os.utime(path, (LONG_AGO, LONG_AGO))

    def names(self, place: str) -> list[str]:
        return sorted(path.name for path in (self.folder.root / place).iterdir())


@pytest.fixture
async def bot(store: Store, tmp_path: Path) -> AsyncGenerator[Bot]:
    made = Bot(store, tmp_path)
    yield made
    await made.backgrounds.close()


async def test_a_dump_becomes_alerts_with_reasons(bot: Bot) -> None:
    """A page in the inbox ends in done, and who follows its topic has the nearest papers with the reason."""
    await bot.curate.follow(AMARA, "speech recognition")
    bot.drop("monday.txt", text_page([*SPEECH, *ROBOTS, *PROTEINS]))
    report = await bot.ingest.folder(bot.folder)
    assert (report.papers, report.new, report.merged, report.rejected) == (36, 36, 0, 0)
    alerts = await bot.readers.alerts(AMARA)
    assert report.alerts == len(alerts) > 0
    assert {paper.title for _, paper in alerts} <= {paper.title for paper in SPEECH}
    assert "Because you follow “speech recognition”: closest of 36" in {alert.why for alert, _ in alerts}
    assert (bot.names("inbox"), bot.names("done")) == ([], ["monday.txt"])


async def test_the_same_dump_again_is_nothing_new(bot: Bot) -> None:
    """The same file, renamed, reordered or overlapping with another, makes no paper and no alert."""
    await bot.curate.follow(AMARA, "speech recognition")
    bot.drop("a.txt", text_page([*SPEECH, *ROBOTS]))
    await bot.ingest.folder(bot.folder)
    before = [alert for alert, _ in await bot.readers.alerts(AMARA)]
    shuffled = random.Random(1).sample([*SPEECH, *ROBOTS], 24)
    bot.drop("a.txt", text_page([*SPEECH, *ROBOTS]))
    bot.drop("renamed.txt", text_page([*SPEECH, *ROBOTS]))
    bot.drop("reordered.txt", text_page(shuffled))
    bot.drop("part.txt", text_page(SPEECH[3:9]))
    report = await bot.ingest.folder(bot.folder)
    assert (report.papers, report.new, report.merged, report.alerts) == (78, 0, 78, 0)
    assert [alert for alert, _ in await bot.readers.alerts(AMARA)] == before
    assert bot.names("done") == ["a.2.txt", "a.txt", "part.txt", "renamed.txt", "reordered.txt"]


async def test_another_format_adds_what_it_knows(bot: Bot) -> None:
    """A paper first read from text gains its arXiv id and authors from JSON, keeps its id and is not told twice."""
    await bot.curate.follow(AMARA, "speech recognition")
    bot.drop("a.txt", text_page(SPEECH))
    await bot.ingest.folder(bot.folder)
    before = {alert.paper_id for alert, _ in await bot.readers.alerts(AMARA)}
    known = [Invented(p.title, p.abstract, f"2603.{number:05d}") for number, p in enumerate(SPEECH)]
    bot.drop("b.json", json_page(known))
    report = await bot.ingest.folder(bot.folder)
    alerts = await bot.readers.alerts(AMARA)
    assert (report.new, report.merged, report.alerts) == (0, 12, 0)
    assert {alert.paper_id for alert, _ in alerts} == before
    assert all(paper.arxiv_id and paper.author_count == 2 for _, paper in alerts)


async def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(bot: Bot) -> None:
    """A PDF, an empty file and a link go to rejected with their reasons; the page beside them is taken in."""
    bot.drop("paper.txt", b"%PDF-1.7\n" + bytes(range(256)) * 20)
    bot.drop("empty.txt", b"")
    (bot.folder.inbox / "link.txt").symlink_to("/etc/passwd")
    bot.drop("good.txt", text_page(SPEECH))
    report = await bot.ingest.folder(bot.folder)
    assert (report.new, report.rejected) == (12, 3)
    assert {code for _, code, _ in report.refusals} == {"BINARY", "EMPTY", "LINK"}
    assert bot.names("rejected") == [
        "empty.txt",
        "empty.txt.reason",
        "link.txt",
        "link.txt.reason",
        "paper.txt",
        "paper.txt.reason",
    ]
    assert bot.names("done") == ["good.txt"]


async def test_named_files_stay_where_they_are(bot: Bot, tmp_path: Path) -> None:
    """A person's own files are read in place; a missing one is refused and the others are taken in."""
    good = tmp_path / "good.txt"
    good.write_bytes(text_page(SPEECH))
    report = await bot.ingest.files([tmp_path / "missing.txt", good])
    assert (report.new, [code for _, code, _ in report.refusals]) == (12, ["MISSING"])
    assert good.exists()


async def test_the_cap_and_the_bar_hold_for_one_run(bot: Bot) -> None:
    """No run gives a reader more alerts than the cap, and small interests are among them."""
    await bot.curate.follow(AMARA, "speech recognition", weight=10)
    await bot.curate.follow(AMARA, "protein folding", weight=0.5)
    bot.drop("a.txt", text_page([invented("speech recognition", n) for n in range(150)] + PROTEINS + ROBOTS))
    report = await bot.ingest.folder(bot.folder)
    told = [alert.interest_name for alert, _ in await bot.readers.alerts(AMARA)]
    assert report.alerts == len(told) == 5
    assert "protein folding" in told


async def test_less_of_something_takes_it_out(bot: Bot) -> None:
    """A paper nearer to a negative interest than to a positive one is not sent."""
    await bot.curate.follow(AMARA, "method for robot grasping and protein folding")
    await bot.curate.follow(AMARA, "protein folding", weight=-1)
    bot.drop("a.txt", text_page([*SPEECH, *ROBOTS, *PROTEINS]))
    await bot.ingest.folder(bot.folder)
    told = {paper.title for _, paper in await bot.readers.alerts(AMARA)}
    assert told
    assert told.isdisjoint(paper.title for paper in PROTEINS)


async def test_a_run_that_fails_midway_is_finished_by_the_next(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store fails as alerts are written, the dump stays, and the next run queues every alert once."""
    await bot.curate.follow(AMARA, "speech recognition")
    bot.drop("a.txt", text_page([*SPEECH, *ROBOTS]))

    async def fail(*_: object) -> int:
        raise StoreError("The store is away.")

    with monkeypatch.context() as patched:
        patched.setattr(bot.store.alerts, "add", fail)
        with pytest.raises(StoreError):
            await bot.ingest.folder(bot.folder)
    assert bot.names("inbox") == ["a.txt"]
    report = await bot.ingest.folder(bot.folder)
    assert (report.new, report.merged) == (0, 24)
    assert report.alerts == len(await bot.readers.alerts(AMARA)) > 0
    assert bot.names("done") == ["a.txt"]


async def test_who_is_forgotten_during_an_ingest_stays_forgotten(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Matches that were found before are not stored any more; everybody else's are."""
    ben = UserId.parse("ben")
    for reader in (AMARA, ben):
        await bot.curate.follow(reader, "speech recognition")
    bot.drop("a.txt", text_page([*SPEECH, *ROBOTS]))
    add = bot.store.alerts.add

    async def forget_first(shard: Shard, alerts: Sequence[Alert]) -> int:
        assert {alert.reader for alert in alerts} == {AMARA, ben}
        await bot.readers.forget(AMARA)
        return await add(shard, alerts)

    monkeypatch.setattr(bot.store.alerts, "add", forget_first)
    report = await bot.ingest.folder(bot.folder)
    assert await bot.store.alerts.of(AMARA) == []
    assert report.alerts == len(await bot.store.alerts.of(ben)) > 0


async def test_order_of_files_does_not_matter(bot: Bot, shared: Path | None, tmp_path: Path) -> None:
    """Any order of overlapping pages gives the same papers; the five real dumps, where they are, give 507."""
    pages = [text_page([*SPEECH, *ROBOTS[:6]]), text_page([*ROBOTS, *SPEECH[:4]]), json_page_of(PROTEINS)]
    files = sorted((shared / "dumps").glob("*.txt")) if shared else []
    for number, page in enumerate(pages):
        files.append(tmp_path / f"{number}.page")
        files[-1].write_bytes(page)
    random.Random(7).shuffle(files)
    report = await bot.ingest.files(files)
    assert report.new == 36 + (507 if shared else 0)
    assert report.papers == 46 + (534 if shared else 0)


def json_page_of(papers: list[Invented]) -> bytes:
    return json_page([Invented(p.title, p.abstract, f"2602.{n:05d}") for n, p in enumerate(papers)])


async def test_another_model_embeds_everything_again(bot: Bot, store: Store, tmp_path: Path) -> None:
    """After a change of model old vectors are gone, and interests still find new papers."""
    await bot.adopt()
    await bot.curate.follow(AMARA, "protein folding")
    bot.drop("a.txt", text_page([*SPEECH, *ROBOTS]))
    await bot.ingest.folder(bot.folder)
    before = {paper.title for _, paper in await bot.readers.alerts(AMARA)}
    other = Bot(store, tmp_path, dimension=128)
    assert await other.adopt()
    assert await store.vectors.current_model() == other.embedder.tag
    assert await store.vectors.count(bot.embedder.tag) == 0
    assert await store.vectors.count(other.embedder.tag) == 24
    other.drop("b.txt", text_page(PROTEINS))
    await other.ingest.folder(other.folder)
    told = {paper.title for _, paper in await other.readers.alerts(AMARA)} - before
    assert told
    assert told <= {paper.title for paper in PROTEINS}


async def test_a_file_that_cannot_be_moved_holds_nobody_up(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused file that cannot be set aside is told and stays; the page beside it is taken in and filed away."""

    def full(*_: object, **__: object) -> None:
        raise FolderError("The disk is full.")

    monkeypatch.setattr(Folder, "reject", full)
    bot.drop("a.txt", b"")
    bot.drop("b.txt", text_page(SPEECH))
    report = await bot.ingest.folder(bot.folder)
    assert (report.new, report.rejected) == (12, 1)
    assert [code for _, code, _ in report.refusals] == ["EMPTY", "NOT_MOVED"]
    assert (bot.names("inbox"), bot.names("done")) == (["a.txt"], ["b.txt"])


async def test_a_page_that_breaks_its_reader_is_refused(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in a reader refuses that page with a sentence, and the rest of the inbox goes on."""
    real = sources.text.read

    def breaking(text: str, **chosen: Any) -> Reading:
        if "robot grasping" in text:
            raise RecursionError("a mistake of ours")
        return real(text, **chosen)

    monkeypatch.setattr(logging.getLogger("bot.sources"), "handlers", [])
    monkeypatch.setattr(sources, "FORMATS", (sources.FORMATS[-1]._replace(read=breaking),))
    bot.drop("a.txt", text_page(ROBOTS))
    bot.drop("b.txt", text_page(SPEECH))
    report = await bot.ingest.folder(bot.folder)
    assert (report.new, [code for _, code, _ in report.refusals]) == (12, ["READER_FAILED"])
    assert "a.txt.reason" in bot.names("rejected")


async def test_a_paper_that_the_model_cannot_embed_holds_nobody_up(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """One text with an unusable vector stays without alerts; every other paper is embedded, matched and filed."""
    await bot.curate.follow(AMARA, "speech recognition")
    real = HashingEngine.vectors

    def vectors(engine: HashingEngine, texts: Sequence[str]) -> NDArray[np.float32]:
        made = real(engine, texts)
        made[["Speech recognition by Method 003" in text for text in texts]] = np.nan
        return made

    monkeypatch.setattr(HashingEngine, "vectors", vectors)
    bot.drop("a.txt", text_page([*SPEECH, *ROBOTS]))
    report = await bot.ingest.folder(bot.folder)
    assert (report.new, bot.names("done")) == (24, ["a.txt"])
    assert report.alerts > 0
    assert await bot.store.vectors.count(bot.embedder.tag) == 23
    assert len(await bot.store.papers.unmatched()) == 1


async def test_another_bar_of_the_host_holds_for_old_interests(bot: Bot) -> None:
    """After the host lowers the bar, whoever followed before hears as much as whoever follows now."""
    await bot.curate.follow(AMARA, "method costs")
    bot.drop("a.txt", text_page(SPEECH))
    await bot.ingest.folder(bot.folder)
    lower = DigestSettings(cap=50, bar=0.5)
    other = UserId.parse("bo")
    await Curate(bot.store, bot.embedder, CLOCK, lower, bot.backgrounds).follow(other, "method costs")
    before = len(await bot.readers.alerts(AMARA))
    bot.drop("b.txt", text_page([*ROBOTS, *PROTEINS]))
    await Ingest(bot.store, bot.embedder, CLOCK, lower, bot.backgrounds).folder(bot.folder)
    assert len(await bot.readers.alerts(AMARA)) - before == len(await bot.readers.alerts(other)) > 5


async def test_an_ingest_with_a_model_that_was_replaced_loses_nothing(bot: Bot, store: Store, tmp_path: Path) -> None:
    """A process that still holds the old model is refused, and the new one finishes its papers."""
    await bot.adopt()
    await bot.curate.follow(AMARA, "protein folding")
    other = Bot(store, tmp_path, dimension=128)
    await other.adopt()
    bot.drop("a.txt", text_page([*PROTEINS, *ROBOTS]))
    with pytest.raises(StoreConflict, match="restart"):
        await bot.ingest.folder(bot.folder)
    with pytest.raises(StoreConflict, match="restart"):
        await bot.curate.follow(AMARA, "robots")
    report = await other.ingest.folder(other.folder)
    assert report.alerts == len(await other.readers.alerts(AMARA)) > 0


async def test_papers_without_vectors_are_no_yardstick(bot: Bot) -> None:
    """Alerts asked for while another process has stored papers but not embedded them yet are not lost."""
    await bot.curate.follow(AMARA, "speech recognition")
    origin = Origin(Format.TEXT, "a.txt", "0" * 64, None, NOW.date())
    entries = [Entry(number, number, one.title, one.abstract) for number, one in enumerate([*SPEECH, *ROBOTS], 1)]
    await place_entries(bot.store.papers, entries, origin, query=None, now=NOW)
    assert await alert_readers(bot.store, bot.embedder, bot.backgrounds, DIGEST, NOW) == 0
    report = await bot.ingest.folder(bot.folder)
    assert report.alerts == len(await bot.readers.alerts(AMARA)) > 0


async def test_papers_that_turn_out_to_be_one_are_told_once(bot: Bot) -> None:
    """Two alerts whose papers are joined later are one alert, as it was told first."""
    await bot.curate.follow(AMARA, "speech recognition")
    one, renamed = SPEECH[0], Invented("An Earlier Name for Speech Recognition", SPEECH[1].abstract)
    bot.drop("a.txt", text_page([one, renamed, *ROBOTS, *PROTEINS]))
    await bot.ingest.folder(bot.folder)
    assert len(await bot.readers.alerts(AMARA)) == 2
    bot.drop("b.txt", text_page([Invented(one.title, renamed.abstract), *PROTEINS[:4]]))
    await bot.ingest.folder(bot.folder)
    alerts = await bot.readers.alerts(AMARA)
    assert len({alert.paper_id for alert, _ in alerts}) == len(alerts)


def test_the_more_speaks_through_words_the_fewer_papers_are_matched_at_once() -> None:
    """Papers and terms alike, as many as are known or as the interests can name; never fewer than a block's worth."""
    assert papers_at_once(500, 1) == papers_at_once(0, 0) == 10_000
    assert papers_at_once(30_000, 50_000) == 16_000_000 // 30_000
    assert papers_at_once(1_000_000, 1_000) == 2_000
    assert papers_at_once(1_000_000, 1_000_000) == 256
