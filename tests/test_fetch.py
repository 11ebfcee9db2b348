"""Live sources are asked politely, what they answer becomes dumps, and what is wrong with it is noticed."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import sources
from bot.dumps import Folder
from bot.errors import PageDrifted, PageRefused, PageUnavailable
from bot.store import Store
from tests import source_answers
from tests.fetching import DAY, NOON, Fetching, papers
from tests.source_server import Fault, SourceServer

YESTERDAY = DAY - timedelta(days=1)
DAYS_PATH = "/api/daily_papers"


def day_path(day: date = DAY) -> str:
    """Where a day's listing stands."""
    return f"{DAYS_PATH}?date={day}"


@pytest.fixture
async def fetching(store: Store, tmp_path: Path) -> AsyncGenerator[Fetching]:
    """Fetching from a server with nothing in it, at noon on Wednesday, 10 December 2025."""
    async with SourceServer() as server:
        yield Fetching(store, server, tmp_path / "data")


async def test_a_look_brings_the_days_that_have_papers(fetching: Fetching) -> None:
    """Fourteen days are asked for; two have papers, and stand in the inbox with the day that they are of."""
    fetching.server.add(DAY, *papers(2))
    fetching.server.add(YESTERDAY, *papers(3, 10))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).look(source)
    assert (report.source, report.pages, report.new, report.entries) == ("daily", 14, 2, 5)
    assert fetching.standing() == ["daily-2025-12-09.json", "daily-2025-12-10.json"]
    reading = sources.read(fetching.dump("daily-2025-12-10.json"), name="x", today=DAY)
    assert {entry.listed for entry in reading.entries} == {DAY}
    published = {entry.published_at.date() for entry in reading.entries if entry.published_at}
    assert published == {YESTERDAY}


async def test_what_stands_in_the_inbox_is_settled_at_once(fetching: Fetching) -> None:
    """The same tick takes it in."""
    fetching.server.add(DAY, *papers(1))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        await fetching.verb(pages).look(source)
    settled, growing = Folder(source.place(fetching.root)).waiting()
    assert ([path.name for path in settled], growing) == (["daily-2025-12-10.json"], [])


async def test_a_second_look_asks_for_two_days_and_writes_nothing(fetching: Fetching) -> None:
    """Today and yesterday are asked for with conditions, and have not changed; the other days wait for tomorrow."""
    fetching.server.add(DAY, *papers(2))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        await fetching.verb(pages).look(source)
        (source.place(fetching.root) / "inbox" / "daily-2025-12-10.json").unlink()
        report = await fetching.verb(pages).look(source)
    assert (report.pages, report.unchanged, report.new) == (2, 2, 0)
    assert [one.status for one in fetching.server.asked(DAYS_PATH)[-2:]] == [304, 304]
    assert fetching.standing() == []


async def test_a_day_that_grows_is_taken_in_again(fetching: Fetching) -> None:
    """Its dump takes the place of the one before."""
    source = fetching.source()
    async with fetching.server.pages() as pages:
        for count in (2, 4):
            fetching.server.add(DAY, *papers(count))
            report = await fetching.verb(pages).look(source)
            assert report.entries == count
    assert fetching.standing() == ["daily-2025-12-10.json"]


async def test_on_the_next_day_all_fourteen_are_asked_for_again(fetching: Fetching) -> None:
    """Counts settle late."""
    source = fetching.source()
    async with fetching.server.pages() as pages:
        await fetching.verb(pages).look(source)
        fetching.at(NOON + timedelta(days=1))
        report = await fetching.verb(pages).look(source)
    assert report.pages == 14


async def test_a_day_of_more_than_a_hundred_papers_is_one_dump(fetching: Fetching) -> None:
    """Its pages are put together, and it is never said to be unchanged by its first page alone."""
    fetching.server.add(DAY, *papers(230))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        first = await fetching.verb(pages).look(source)
        second = await fetching.verb(pages).look(source)
    assert (first.entries, second.unchanged) == (230, 2)
    assert [one.query["p"] for one in fetching.server.asked(DAYS_PATH, date=str(DAY))] == ["0", "1", "2"] * 2


async def test_a_paper_that_came_without_its_abstract_is_looked_up(fetching: Fetching) -> None:
    """Only that one is asked for on its own, and at most twenty in a look."""
    whole, bare = papers(2)
    fetching.server.add(DAY, whole, bare)
    del fetching.server.days[DAY][bare.arxiv_id or ""]["paper"]["summary"]
    del fetching.server.days[DAY][bare.arxiv_id or ""]["summary"]
    many = papers(30, 100)
    fetching.server.add(YESTERDAY, *many)
    for item in fetching.server.days[YESTERDAY].values():
        item["paper"].pop("summary")
        item.pop("summary")
    source = fetching.source()
    async with fetching.server.pages() as pages:
        await fetching.verb(pages).look(source)
    reading = sources.read(fetching.dump("daily-2025-12-10.json"), name="x", today=DAY)
    assert [entry.abstract for entry in reading.entries] == [whole.abstract, bare.abstract]
    assert len(fetching.server.asked("/api/papers/")) == 20


async def test_details_are_asked_for_once_while_their_day_stays_as_it_is(fetching: Fetching) -> None:
    """The next look hears that nothing has changed."""
    fetching.server.add(DAY, *papers(2))
    fetching.server.days[DAY]["2512.00001"]["paper"].pop("summary")
    fetching.server.days[DAY]["2512.00001"].pop("summary")
    source = fetching.source()
    async with fetching.server.pages() as pages:
        await fetching.verb(pages).look(source)
        report = await fetching.verb(pages).look(source)
    assert (report.unchanged, len(fetching.server.asked("/api/papers/"))) == (2, 1)


async def test_a_detail_that_fails_costs_itself_only(fetching: Fetching) -> None:
    """The day is taken in without it, and it is told."""
    fetching.server.add(DAY, *papers(2))
    item = fetching.server.days[DAY]["2512.00001"]
    item["paper"].pop("summary")
    item.pop("summary")
    fetching.server.fail("/api/papers/", Fault.other(b"not JSON"))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        verb = fetching.verb(pages)
        assert (await verb.look(source)).entries == 2
        fetching.server.mend()
        fetching.server.fail("/api/papers/", Fault.error(404))
        report = await verb.ask(source, again=True)
    assert report.failures == ()
    assert [paper for paper, _ in report.notices] == ["2512.00001"]


async def test_empty_weekends_and_young_days_are_quiet(fetching: Fetching) -> None:
    """No dump, no failure, no alarm."""
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).look(source)
    assert (report.new, report.failures, report.drift, fetching.standing()) == (0, (), "", [])


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param(Fault.empty(), "2025-12-10 lists no papers any more, where it had 6", id="empty"),
        pytest.param(Fault.drifted(), "2025-12-10 cannot be read any more", id="another-layout"),
    ],
)
async def test_a_day_that_loses_its_papers_is_an_alarm(fetching: Fetching, fault: Fault, says: str) -> None:
    """At each look, until it is what it was; nothing that was taken in is overwritten."""
    fetching.server.add(DAY, *papers(6))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        verb = fetching.verb(pages)
        await verb.look(source)
        fetching.server.fail(day_path(), fault)
        for _ in range(2):
            with pytest.raises(PageDrifted, match=says):
                await verb.look(source)
        assert fetching.standing() == ["daily-2025-12-10.json"]
        fetching.server.mend()
        assert (await verb.look(source)).drift == ""


async def test_an_alarm_of_an_older_day_stays_until_the_day_is_well(fetching: Fetching) -> None:
    """It is asked for at each look, not only once a day."""
    old = DAY - timedelta(days=5)
    fetching.server.add(old, *papers(6))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        verb = fetching.verb(pages)
        await verb.look(source)
        fetching.at(NOON + timedelta(days=1))
        fetching.server.fail(day_path(old), Fault.empty())
        for _ in range(3):
            with pytest.raises(PageDrifted, match=str(old)):
                await verb.look(source)
        fetching.server.mend()
        assert (await verb.look(source)).drift == ""


async def test_half_of_a_day_is_an_alarm_and_is_taken_in(fetching: Fetching) -> None:
    """What is there may be new; with --again the page is taken as it is."""
    fetching.server.add(DAY, *papers(9))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        verb = fetching.verb(pages)
        await verb.look(source)
        for paper in papers(5):
            del fetching.server.days[DAY][paper.arxiv_id or ""]
        for _ in range(2):
            with pytest.raises(PageDrifted, match=r"only 4 papers, where it had 9.*paperbot fetch daily --again"):
                await verb.look(source)
        assert len(json.loads(fetching.dump("daily-2025-12-10.json"))["dailyPapers"]) == 4
        assert (await verb.ask(source, again=True)).drift == ""
        assert (await verb.look(source)).drift == ""


async def test_items_in_another_form_are_an_alarm_from_the_first_day(fetching: Fetching) -> None:
    """Most of a day that cannot be read is no day with few papers."""
    fetching.server.add(DAY, *papers(8))
    for item in list(fetching.server.days[DAY].values())[:6]:
        item["title"] = item["paper"]["title"] = {"text": "moved"}
    source = fetching.source()
    async with fetching.server.pages() as pages:
        with pytest.raises(PageDrifted, match="6 of its 8 entries cannot be read"):
            await fetching.verb(pages).look(source)
    assert fetching.standing() == ["daily-2025-12-10.json"]


async def test_what_cannot_be_read_is_filed_away_with_its_reason(fetching: Fetching) -> None:
    """And is a failure; the other days go on."""
    fetching.server.add(YESTERDAY, *papers(3))
    fetching.server.fail(day_path(), Fault.other(b"<html><p>We are moving.</p></html>"))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).look(source)
        await fetching.verb(pages).look(source)
    assert (report.new, [page for page, _ in report.failures]) == (1, ["2025-12-10"])
    assert fetching.standing("rejected") == ["daily-2025-12-10.html", "daily-2025-12-10.html.reason"]


async def test_an_empty_answer_is_no_other_layout(fetching: Fetching) -> None:
    """A server that sends nothing for once is a failure of that look, and no alarm."""
    fetching.server.add(DAY, *papers(6))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        await fetching.verb(pages).look(source)
        fetching.server.fail(day_path(), Fault.other(b""))
        report = await fetching.verb(pages).look(source)
    assert (report.drift, [page for page, _ in report.failures]) == ("", ["2025-12-10"])
    assert fetching.standing("rejected") == []


async def test_a_server_that_wants_rest_is_asked_no_more(fetching: Fetching) -> None:
    """One request got 429: the other days are left for the next look, and what came before stands."""
    fetching.server.add(DAY, *papers(3))
    fetching.server.fail(day_path(YESTERDAY), Fault.limited(42))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).look(source)
    assert (report.pages, report.new, len(report.failures)) == (2, 1, 1)
    assert len(fetching.server.requests) == 2
    assert "12 more pages are left" in report.notices[0][1]


async def test_a_server_that_answers_nothing_is_a_failure(fetching: Fetching) -> None:
    """Nothing could be had at all: the failure is raised, with the seconds that the server asked for."""
    fetching.server.fail(DAYS_PATH, Fault.limited(42))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        with pytest.raises(PageUnavailable) as limited:
            await fetching.verb(pages).look(source)
    assert limited.value.retry_after == pytest.approx(42, abs=1)
    fetching.server.mend()
    fetching.server.fail(DAYS_PATH, Fault.error(500))
    async with fetching.server.pages() as pages:
        with pytest.raises(PageUnavailable):
            await fetching.verb(pages).look(source)
    assert len(fetching.server.requests) == 1 + 2


async def test_a_listing_page_is_read_as_a_saved_one(fetching: Fetching) -> None:
    """Its dump is the page itself; with the same papers in it nothing is written again, whatever is around them."""
    fetching.server.add(DAY, *papers(6))
    source = fetching.source("page", "site", url="http://papers.example.org/papers")
    async with fetching.server.public() as pages:
        verb = fetching.verb(pages)
        assert (await verb.look(source)).entries == 6
        page = fetching.dump("site-listing.html", "site").replace(b"<main>", b"<main><i>Hello again</i>")
        fetching.server.fail("/papers", Fault.other(page), times=1)
        assert (await verb.look(source)).unchanged == 1
        fetching.server.fail("/papers", Fault.drifted())
        with pytest.raises(PageDrifted, match="cannot be read any more"):
            await verb.look(source)
    assert fetching.standing(source="site") == ["site-listing.html"]
    assert fetching.standing("rejected", "site") == ["site-listing.html", "site-listing.html.reason"]


async def test_another_day_may_have_fewer_papers(fetching: Fetching) -> None:
    """The listing of today is young: that is no alarm."""
    fetching.server.add(YESTERDAY, *papers(20))
    source = fetching.source("page", "site", url="http://papers.example.org/papers")
    async with fetching.server.public() as pages:
        await fetching.verb(pages).look(source)
        fetching.server.add(DAY, *papers(2, 50))
        assert (await fetching.verb(pages).look(source)).entries == 2


async def test_a_day_that_leads_to_the_latest_one_is_not_that_day(fetching: Fetching) -> None:
    """The site shows its latest day in place of an empty one: it is told, and not taken in."""
    fetching.server.add(DAY, *papers(6))
    source = fetching.source("page", "site", url="http://papers.example.org/papers/date/2025-12-07")
    async with fetching.server.public() as pages:
        report = await fetching.verb(pages).look(source)
    assert report.notices == (
        ("listing", "The server shows 2025-12-10 in place of 2025-12-07: it has no papers of that day."),
    )
    assert (report.new, fetching.standing(source="site")) == (0, [])


async def test_arxiv_announces_by_rss_else_by_atom(fetching: Fetching) -> None:
    """All categories at once; an empty feed is a quiet day, whatever it had."""
    fetching.server.announce(*papers(7), category="cs.CL")
    fetching.server.announce(*papers(2, 20), category="cs.LG")
    source = fetching.source("arxiv", "preprints", categories=("cs.CL", "cs.LG"))
    async with fetching.server.pages() as pages:
        verb = fetching.verb(pages)
        assert (await verb.look(source)).entries == 9
        assert (await verb.look(source)).unchanged == 1
        fetching.server.fail("/rss/", Fault.error(404))
        fetching.server.announce(*papers(1, 40), category="cs.LG")
        assert (await verb.look(source)).entries == 10
        fetching.server.announced.clear()
        assert (await verb.look(source)).drift == ""
    paths = [one.path for one in fetching.server.requests]
    assert paths[:3] == ["/rss/cs.CL+cs.LG", "/rss/cs.CL+cs.LG", "/rss/cs.CL+cs.LG"]
    assert paths[3] == "/atom/cs.CL+cs.LG"
    assert fetching.standing(source="preprints") == ["preprints-announced.xml"]


async def test_arxiv_without_categories_is_asked_for_no_news(fetching: Fetching) -> None:
    """It is only there for the papers that people paste."""
    async with fetching.server.pages() as pages:
        source = fetching.source("arxiv", "preprints")
        assert (await fetching.verb(pages).look(source)).pages == 0
    assert fetching.server.requests == []


async def test_a_feed_that_has_nothing_any_more_is_an_alarm(fetching: Fetching) -> None:
    """On a weekday; the next look asks without conditions."""
    fetching.server.publish(*papers(6))
    source = fetching.source("feed", "club", url="http://papers.example.org/feed.xml")
    async with fetching.server.public() as pages:
        verb = fetching.verb(pages)
        assert (await verb.look(source)).entries == 6
        fetching.server.fail("/feed.xml", Fault.empty())
        with pytest.raises(PageDrifted, match="where it had 6"):
            await verb.look(source)
        fetching.at(NOON + timedelta(days=3))  # Saturday
        assert (await verb.look(source)).drift == ""


async def test_an_address_of_this_machine_is_not_asked(fetching: Fetching) -> None:
    """A page's or a feed's own address is not trusted by being set."""
    source = fetching.source("feed", "club", url=f"{fetching.server.base_url}/feed.xml")
    async with fetching.server.public() as pages:
        with pytest.raises(PageRefused):
            await fetching.verb(pages).look(source)
    assert fetching.server.requests == []


async def test_an_alarm_stays_while_its_page_is_not_heard_of(fetching: Fetching) -> None:
    """A look that the page is missing from does not say that it is well; one without anything is an outage."""
    old = DAY - timedelta(days=5)
    fetching.server.add(old, *papers(12))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        await fetching.verb(pages).look(source)
    fetching.at(NOON + timedelta(days=1))
    for paper in papers(10):
        del fetching.server.days[old][paper.arxiv_id or ""]
    for number in range(4):
        fetching.server.mend()
        if number % 2:
            fetching.server.fail(day_path(old), Fault.limited(42))
        async with fetching.server.pages() as pages:
            with pytest.raises(PageDrifted, match=f"{old} lists only 2 papers"):
                await fetching.verb(pages).look(source)
    fetching.server.fail(DAYS_PATH, Fault.error(500))
    async with fetching.server.pages() as pages:
        with pytest.raises(PageUnavailable):
            await fetching.verb(pages).look(source)


async def test_a_report_says_whether_the_newest_page_is_missing(fetching: Fetching) -> None:
    """Today's is, yesterday's is not."""
    source = fetching.source()
    for day, is_behind in ((DAY, True), (YESTERDAY, False)):
        fetching.server.mend()
        fetching.server.fail(day_path(day), Fault.error(500))
        async with fetching.server.pages() as pages:
            assert (await fetching.verb(pages).look(source)).is_behind is is_behind


async def test_a_feed_that_is_empty_on_a_monday_is_no_alarm(fetching: Fetching) -> None:
    """Where it is made it may still be Sunday."""
    fetching.server.publish(*papers(6))
    source = fetching.source("feed", "club", url="http://papers.example.org/feed.xml")
    async with fetching.server.public() as pages:
        await fetching.verb(pages).look(source)
        fetching.server.fail("/feed.xml", Fault.empty())
        fetching.at(NOON + timedelta(days=5, hours=-10))
        assert (await fetching.verb(pages).look(source)).drift == ""


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
async def test_an_answer_that_breaks_off_is_had_whole_later(share: float, fetching: Fetching, store: Store) -> None:
    """With status 200 and its ETag: a failure of that look, nothing is kept of it, and the next one brings all of it."""
    fetching.server.add(DAY, *papers(12))
    body = json.dumps(list(fetching.server.days[DAY].values())).encode()
    fetching.server.fail(day_path(), Fault.other(body[: int(len(body) * share)], "application/json", ETag='W/"all"'))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).look(source)
        assert [page for page, _ in report.failures] == [str(DAY)]
        assert "breaks off" in report.failures[0][1]
        assert (report.new, report.is_behind, fetching.standing()) == (0, True, [])
        assert str(DAY) not in await store.pages.of("daily")
        fetching.server.mend()
        assert (await fetching.verb(pages).look(source)).entries == 12
    assert "if-none-match" not in fetching.server.asked(DAYS_PATH, date=str(DAY))[-1].headers


async def test_a_second_page_that_breaks_off_costs_its_day_until_later(fetching: Fetching) -> None:
    """Its first page alone is not the day."""
    fetching.server.add(DAY, *papers(130))
    fetching.server.fail(f"{DAYS_PATH}?date={DAY}&p=1", Fault.other(b'[{"title":"Ti', "application/json"))
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).look(source)
        assert ([page for page, _ in report.failures], report.new) == ([str(DAY)], 0)
        fetching.server.mend()
        assert (await fetching.verb(pages).look(source)).entries == 130


@pytest.mark.parametrize(("kind", "path"), [("arxiv", "/rss/cs.CL"), ("feed", "/feed.xml")])
async def test_a_feed_that_breaks_off_is_had_whole_later(kind: str, path: str, fetching: Fetching) -> None:
    """Its whole entries alone would hide the others behind an ETag."""
    fetching.server.announce(*papers(7), category="cs.CL")
    fetching.server.publish(*papers(7))
    chosen = {"categories": ("cs.CL",)} if kind == "arxiv" else {"url": f"http://papers.example.org{path}"}
    source = fetching.source(kind, "club", **chosen)
    make = source_answers.feed(papers(7), DAY) if kind == "feed" else source_answers.rss(papers(7), "cs.CL", DAY)
    fetching.server.fail(path, Fault.other(make[: len(make) // 2], "application/xml", ETag='W/"all"'))
    async with fetching.server.pages() if kind == "arxiv" else fetching.server.public() as pages:
        verb = fetching.verb(pages)
        with pytest.raises(PageUnavailable, match="breaks off"):
            await verb.look(source)
        fetching.server.mend()
        assert (await verb.look(source)).entries == 7


async def test_entries_that_cannot_be_read_are_counted(fetching: Fetching) -> None:
    """The others of the day come."""
    fetching.server.add(DAY, *papers(8))
    for item in list(fetching.server.days[DAY].values())[:2]:
        item["title"] = item["paper"]["title"] = {"text": "moved"}
    source = fetching.source()
    async with fetching.server.pages() as pages:
        report = await fetching.verb(pages).look(source)
    assert (report.entries, report.rejected) == (6, 2)
