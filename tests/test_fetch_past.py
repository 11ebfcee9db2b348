"""Days of the past are asked for once, and single papers by their ids."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import sources
from bot.errors import PageUnavailable, UserError
from bot.sources.live import KINDS
from bot.store import Store
from tests.fetching import DAY, NOON, Fetching, papers
from tests.pages import invented
from tests.source_server import Fault, SourceServer

DAYS_PATH = "/api/daily_papers"
OCTOBER = date(2025, 10, 1)
FEED_OF_OTHERS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><item><title>We moved</title>'
    b"<link>https://blog.example.org/a</link><description>Hello.</description></item></channel></rss>"
)


@pytest.fixture
async def fetching(store: Store, tmp_path: Path) -> AsyncGenerator[Fetching]:
    """Fetching from a server with nothing in it, at noon on Wednesday, 10 December 2025."""
    async with SourceServer() as server:
        yield Fetching(store, server, tmp_path / "data")


def every_weekday(fetching: Fetching, first: date, last: date, count: int = 1, start: int = 2001) -> int:
    """List so many papers on each weekday; gives how many they are."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    listed = [day for day in days if day.weekday() < 5]
    for number, day in enumerate(listed):
        fetching.server.add(day, *papers(count, start + number * count))
    return count * len(listed)


async def test_whole_months_are_asked_for_at_once_and_the_rest_by_day(fetching: Fetching) -> None:
    """October by its month; November is not settled on 10 December, for fourteen days have not passed."""
    every_weekday(fetching, OCTOBER, date(2025, 10, 31))
    fetching.server.days[date(2025, 10, 7)].clear()
    fetching.server.add(date(2025, 10, 7), *papers(128))
    fetching.server.add(date(2025, 12, 1), *papers(4, 500))
    source = fetching.source()
    told: list[tuple[str, int, int | None]] = []

    def tell(step: str, done: int, of: int | None) -> None:
        told.append((step, done, of))

    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(source, OCTOBER, report=tell)
    assert fetching.standing() == ["daily-2025-10.json", "daily-2025-12-01.json"]
    assert (report.pages, report.entries) == (1 + 30 + 10, 154)
    assert told[-1] == ("Asking daily", report.pages, report.pages)
    reading = sources.read(fetching.dump("daily-2025-10.json"), name="x", today=DAY)
    listed = {entry.listed for entry in reading.entries if entry.listed}
    assert (len(listed), min(listed), max(listed)) == (23, OCTOBER, date(2025, 10, 31))


async def test_a_server_that_knows_no_months_is_asked_day_by_day(fetching: Fetching) -> None:
    """400 as it was before September 2025, or an answer that is not of that month."""
    fetching.server.add(date(2025, 10, 7), *papers(6))
    fetching.server.has_periods = False
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(source, OCTOBER)
    assert fetching.standing() == ["daily-2025-10-07.json"]
    assert (report.failures, report.pages) == ((), 1 + 31 + 30 + 10)


async def test_what_is_settled_is_not_asked_for_again(fetching: Fetching) -> None:
    """What was asked for fourteen days after its day or later; --again asks for all of it."""
    every_weekday(fetching, date(2025, 11, 10), date(2025, 11, 26))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        verb = fetching.verb(pages)
        first = await verb.backfill(source, date(2025, 11, 10))
        again = await verb.backfill(source, date(2025, 11, 10))
        all_of_it = await verb.backfill(source, date(2025, 11, 10), again=True)
    assert (first.pages, again.pages, all_of_it.pages) == (31, 13 + 1, 31)


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"[]", id="nothing-follows"),
        pytest.param(None, id="the-first-page-again"),
    ],
)
async def test_a_month_that_ends_early_is_asked_for_day_by_day(fetching: Fetching, rest: bytes | None) -> None:
    """Whatever is behind its first page, all of its papers come, and the next run has nothing left to ask for."""
    fetching.at(NOON + timedelta(days=21))
    count = every_weekday(fetching, OCTOBER, date(2025, 10, 31), 7)
    items = [item for day in sorted(fetching.server.days) for item in fetching.server.days[day].values()]
    body = json.dumps(items[:100]).encode() if rest is None else rest
    fetching.server.fail(f"{DAYS_PATH}?month=2025-10&p=1", Fault.other(body, "application/json"))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(source, OCTOBER)
        asked = len(fetching.server.asked(DAYS_PATH, date="2025-10-07"))
        await fetching.verb(pages).backfill(source, OCTOBER)
    assert (report.entries, asked) == (count, 1)
    assert report.notices[0] == (
        "2025-10",
        "The server's list of the month ends early: its days are asked for one by one.",
    )
    assert len(fetching.server.asked(DAYS_PATH, date="2025-10-07")) == 1


async def test_a_month_that_lacks_days_is_asked_for_day_by_day(fetching: Fetching) -> None:
    """A weekday without a paper may be a holiday, or lost."""
    fetching.at(NOON + timedelta(days=21))
    count = every_weekday(fetching, OCTOBER, date(2025, 10, 30))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(source, OCTOBER)
    assert (report.entries, len(fetching.server.asked(DAYS_PATH, date="2025-10-31"))) == (count, 1)


async def test_a_weekday_long_past_without_papers_is_no_quiet_day(fetching: Fetching) -> None:
    """It is told, and the same command asks for it again; for what came it asks no more."""
    every_weekday(fetching, date(2025, 11, 20), date(2025, 11, 26))
    fetching.server.fail(f"{DAYS_PATH}?date=2025-11-20", Fault.empty(), times=1)
    source = fetching.source()
    async with fetching.server.pages() as pages:
        first = await fetching.verb(pages).backfill(source, date(2025, 11, 20))
        again = await fetching.verb(pages).backfill(source, date(2025, 11, 20))
    told = "A page seems to lack papers (2025-11-20): the same command asks for them again."
    assert first.notices == (("2025-11-20", told),)
    assert (again.entries, again.notices) == (1, ())


async def test_a_month_too_large_for_one_dump_is_asked_for_day_by_day(fetching: Fetching) -> None:
    """Each of its days is small enough."""
    fetching.at(NOON + timedelta(days=21))
    count = every_weekday(fetching, OCTOBER, date(2025, 10, 31), 30)
    for items in fetching.server.days.values():
        for item in items.values():
            item["summary"] = item["paper"]["summary"] = "word and more " * 1_200
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(source, OCTOBER)
    assert (report.failures, report.entries) == ((), count)


async def test_a_server_that_wants_rest_gets_it(fetching: Fetching) -> None:
    """The run waits for as long as the server says, and goes on where it stopped."""
    fetching.server.fail(f"{DAYS_PATH}?date=2025-12-05", Fault.limited(0, "Retry-After"), times=1)
    fetching.server.add(date(2025, 12, 5), *papers(6))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(source, date(2025, 12, 4))
    assert (report.entries, report.failures) == (6, ())
    assert len(fetching.waited) >= 1


async def test_a_long_rest_is_left_for_the_next_run(fetching: Fetching) -> None:
    """An hour is not waited for; the same command goes on where this one stopped."""
    every_weekday(fetching, date(2025, 11, 10), date(2025, 11, 12))
    fetching.server.fail(f"{DAYS_PATH}?date=2025-11-12", Fault.limited(3600), times=1)
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(source, date(2025, 11, 10))
    assert (report.pages, fetching.waited) == (3, [])
    assert "28 more pages are left" in report.notices[0][1]
    async with fetching.server.pages() as pages:
        assert (await fetching.verb(pages).backfill(source, date(2025, 11, 10))).pages == 29


async def test_a_day_that_never_answers_is_left_out(fetching: Fetching) -> None:
    """It is waited for three times, told, and the days after it come."""
    fetching.server.add(date(2025, 12, 9), *papers(6))
    fetching.server.fail(f"{DAYS_PATH}?date=2025-12-08", Fault.error(500))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(source, date(2025, 12, 7))
    assert ([page for page, _ in report.failures], report.entries) == (["2025-12-08"], 6)
    assert fetching.waited == [5, 30, 120]


async def test_one_bad_day_stops_nothing(fetching: Fetching) -> None:
    """It is told, and the others come."""
    fetching.server.add(date(2025, 12, 9), *papers(6))
    fetching.server.fail(f"{DAYS_PATH}?date=2025-12-08", Fault.other(b"[[[", "application/json"))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(source, date(2025, 12, 7))
    assert ([page for page, _ in report.failures], report.entries) == (["2025-12-08"], 6)


@pytest.mark.parametrize("kind", ["page", "arxiv", "feed"])
async def test_only_daily_papers_have_a_past(fetching: Fetching, kind: str) -> None:
    """The others say what they can do, before anything is asked for."""
    source = fetching.source(kind, **({} if kind == "arxiv" else {"url": "https://papers.example.org/"}))
    async with fetching.server.pages() as pages:
        with pytest.raises(UserError, match="kind huggingface"):
            await fetching.verb(pages).backfill(source, OCTOBER)
    assert fetching.server.requests == []


async def test_a_day_to_come_has_no_past(fetching: Fetching) -> None:
    """It is said, and nothing is asked for."""
    source = fetching.source()
    async with fetching.server.pages() as pages:
        with pytest.raises(UserError, match="choose a day of the past"):
            await fetching.verb(pages).backfill(source, DAY + timedelta(days=1))


def test_nothing_is_asked_for_before_the_first_listing(fetching: Fetching) -> None:
    """Daily Papers list since 4 May 2023."""
    past = KINDS["huggingface"].past
    assert past is not None
    wanted = past(fetching.source(), date(1999, 1, 1), DAY, {})
    assert (wanted[0].day, len(wanted)) == (date(2023, 5, 4), 28 + 29 + 30 + 10)


async def test_pasted_papers_come_from_arxiv(fetching: Fetching) -> None:
    """All in one request; who nobody knows is told, and not asked for again for a day."""
    fetching.server.know(*papers(2))
    fetching.source("huggingface")
    fetching.source("arxiv", "preprints")
    ids = ["2512.00001", "2512.00002", "2512.00009"]
    async with fetching.server.pages() as pages:
        verb = fetching.verb(pages)
        report = await verb.papers(ids)
        assert (report.source, report.pages, report.entries) == ("preprints", 1, 2)
        assert report.notices == (("2512.00009", "arXiv knows no paper 2512.00009."),)
        again = await verb.papers(ids)
        assert (again.pages, again.notices) == (0, report.notices)
        fetching.at(NOON + timedelta(days=1))
        assert (await verb.papers(["2512.00009"])).pages == 1
    [dump] = fetching.standing(source="preprints")
    reading = sources.read(fetching.dump(dump, "preprints"), name="x", today=DAY)
    assert [entry.arxiv_id for entry in reading.entries] == ids[:2]


async def test_one_id_that_arxiv_refuses_costs_itself_only(fetching: Fetching) -> None:
    """It answers 400 for all ids of a question with a misspelt one: they are asked for in halves."""
    fetching.server.know(*papers(5))
    fetching.source("arxiv", "preprints")
    ids = [f"2512.{number:05d}" for number in range(1, 6)]
    for some in ("1,2,3,4,5", "3,4,5", "4,5", "4"):
        listed = ",".join(f"2512.{int(number):05d}" for number in some.split(","))
        fetching.server.fail(f"/api/query?id_list={listed}", Fault.error(400))
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).papers(ids)
    assert (report.entries, [paper for paper, _ in report.notices]) == (4, ["2512.00004"])


async def test_without_arxiv_papers_come_from_daily_papers(fetching: Fetching) -> None:
    """One request each; 404 is a paper that nobody knows."""
    fetching.server.know(invented("tides", 1, "2512.00001"))
    fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).papers(["2512.00001", "2512.00002", "math.GT/0309136"])
    assert (report.source, report.pages, report.entries) == ("daily", 3, 1)
    assert [paper for paper, _ in report.notices] == ["2512.00002", "math.GT/0309136"]
    assert fetching.standing() == ["daily-paper-2512.00001.json"]
    assert [one.path for one in fetching.server.requests][-1] == "/api/papers/math/0309136"


async def test_papers_that_cannot_be_had_are_a_failure(fetching: Fetching) -> None:
    """Nobody is told that a paper is unknown because arXiv was busy."""
    fetching.server.fail("/api/query", Fault.limited(9))
    fetching.source("arxiv", "preprints")
    async with fetching.server.pages() as pages:
        with pytest.raises(PageUnavailable):
            await fetching.verb(pages).papers(["2512.00001"])
    fetching.server.mend()
    async with fetching.server.pages() as pages:
        assert (await fetching.verb(pages).papers(["2512.00001"])).pages == 1


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("arxiv", b"<html><body><h1>arXiv is down for maintenance</h1></body></html>"),
        ("arxiv", FEED_OF_OTHERS),
        ("huggingface", b'{"dailyPapers":{"a":1}}'),
        ("huggingface", b"<html><p>Sign in</p></html>"),
    ],
)
async def test_an_answer_about_something_else_says_of_no_paper_that_it_is_unknown(
    kind: str, body: bytes, fetching: Fetching, store: Store
) -> None:
    """It is a failure for now, and nothing is remembered of the paper."""
    for path in ("/api/query", "/api/papers/"):
        fetching.server.fail(path, Fault.other(body))
    fetching.source(kind, "teller")
    async with fetching.server.pages() as pages:
        with pytest.raises(PageUnavailable, match="answered something else for now"):
            await fetching.verb(pages).papers(["2512.00001"])
    assert await store.pages.of("teller") == {}


async def test_papers_need_a_source_that_tells_them(fetching: Fetching) -> None:
    """Pages and feeds cannot be asked for one paper."""
    fetching.source("feed", url="https://papers.example.org/feed.xml")
    async with fetching.server.pages() as pages:
        with pytest.raises(UserError, match="kind arxiv"):
            await fetching.verb(pages).papers(["2512.00001"])


async def test_papers_asked_for_long_ago_are_forgotten(fetching: Fetching, store: Store) -> None:
    """What is known of pages does not grow with everything that anybody ever pasted."""
    fetching.source("arxiv", "preprints")
    async with fetching.server.pages() as pages:
        await fetching.verb(pages).papers(["2512.00001"])
        fetching.at(NOON + timedelta(days=8))
        await fetching.verb(pages).papers(["2512.00002"])
    assert list(await store.pages.of("preprints")) == ["paper/2512.00002"]


async def test_a_day_of_the_past_that_breaks_off_is_not_settled(fetching: Fetching) -> None:
    """The same command brings it once the server is well, though it told an ETag."""
    every_weekday(fetching, date(2025, 11, 20), date(2025, 11, 21), 6)
    body = json.dumps(list(fetching.server.days[date(2025, 11, 20)].values())).encode()
    cut = Fault.other(body[: len(body) // 2], "application/json", ETag='W/"all"')
    fetching.server.fail(f"{DAYS_PATH}?date=2025-11-20", cut)
    source = fetching.source()
    async with fetching.server.pages() as pages:
        first = await fetching.verb(pages).backfill(source, date(2025, 11, 20))
        fetching.server.mend()
        again = await fetching.verb(pages).backfill(source, date(2025, 11, 20))
    assert ([page for page, _ in first.failures], first.entries, first.pages) == (["2025-11-20"], 6, 21)
    assert (again.failures, again.entries) == ((), 6)


async def test_a_server_that_is_not_there_is_waited_for_once(fetching: Fetching) -> None:
    """It says why it waits, and the next page that does not answer ends it."""
    fetching.server.fail(DAYS_PATH, Fault.error(500))
    source, told = fetching.source(), list[str]()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).backfill(
            source, date(2025, 12, 1), report=lambda step, _done, _of: told.append(step)
        )
    assert (fetching.waited, report.pages, len(report.failures)) == ([5, 30, 120], 2, 2)
    assert "trouble of its own (HTTP 500)" in told[0]
    assert told[0].endswith("Waiting 5 s")
