"""What is known of a page belongs to the address that it came from."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.pages import Pages
from bot.settings import FetchSettings
from bot.store import Store
from tests import source_answers
from tests.fetching import DAY, Fetching, papers
from tests.source_server import SourceServer

#: When a day's page was last changed: the later day's earlier, as with pages that are made at night.
CHANGED = {"2025-12-09": "Wed, 10 Dec 2025 11:00:00 GMT", "2025-12-10": "Wed, 10 Dec 2025 09:00:00 GMT"}


@pytest.fixture
async def fetching(store: Store, tmp_path: Path) -> AsyncGenerator[Fetching]:
    """Fetching, with a server that only lends its forms."""
    async with SourceServer() as server:
        yield Fetching(store, server, tmp_path / "data")


def dated(request: web.Request, body: bytes, content_type: str, changed: str) -> web.Response:
    """An answer with its Last-Modified, or 304."""
    since = request.headers.get("If-Modified-Since")
    if since and parsedate_to_datetime(changed) <= parsedate_to_datetime(since):
        return web.Response(status=304)
    return web.Response(body=body, content_type=content_type, headers={"Last-Modified": changed})


@asynccontextmanager
async def serving(answer: Callable[[web.Request], web.Response]) -> AsyncGenerator[str]:
    """A server on loopback that answers so; its address."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def at_once(_host: str, _seconds: float) -> None:
    """Everybody's turn is now."""


def allowed(server: str) -> Pages:
    """The door to HTTP for that server."""
    return Pages(FetchSettings(allow_hosts=(server,)), [], version="0", turn=at_once)


async def test_another_address_under_the_same_name_is_a_page_never_seen(fetching: Fetching) -> None:
    """Both feeds were last changed at midnight: the second one is read all the same."""

    def answer(request: web.Request) -> web.Response:
        start, count = (1, 9) if request.path == "/a.xml" else (500, 6)
        body = source_answers.feed(papers(count, start), DAY)
        return dated(request, body, "application/rss+xml", "Wed, 10 Dec 2025 05:00:00 GMT")

    async with serving(answer) as server, allowed(server) as pages:
        first = fetching.source("feed", "club", url=f"http://{server}/a.xml")
        assert (await fetching.verb(pages).look(first)).entries == 9
        assert (await fetching.verb(pages).look(first)).unchanged == 1
        fetching.sources.clear()
        other = fetching.source("feed", "club", url=f"http://{server}/b.xml")
        assert (await fetching.verb(pages).look(other)).entries == 6


async def test_a_search_for_something_else_may_have_fewer_hits(fetching: Fetching) -> None:
    """That is no alarm."""

    def answer(request: web.Request) -> web.Response:
        count = 40 if request.query["q"] == "a" else 6
        items = [source_answers.item(one, DAY, 1, 1) for one in papers(count)]
        return web.Response(body=source_answers.page(items, None, None), content_type="text/html")

    async with serving(answer) as server, allowed(server) as pages:
        for words, count in (("a", 40), ("b", 6)):
            fetching.sources.clear()
            source = fetching.source("page", "site", url=f"http://{server}/papers?q={words}")
            assert (await fetching.verb(pages).look(source)).entries == count


async def test_where_an_address_leads_elsewhere_nothing_is_said_to_be_unchanged(fetching: Fetching) -> None:
    """The listing of the next day was changed earlier than the last one that was read."""
    latest = ["2025-12-09"]

    def answer(request: web.Request) -> web.Response:
        if request.path == "/papers":
            return web.Response(status=302, headers={"Location": f"/papers/date/{latest[0]}"})
        day = request.path.rsplit("/", 1)[1]
        start, count = (1, 12) if day == "2025-12-09" else (50, 7)
        items = [source_answers.item(one, date.fromisoformat(day), 1, 1) for one in papers(count, start)]
        body = source_answers.page(items, date.fromisoformat(day), None)
        return dated(request, body, "text/html", CHANGED[day])

    async with serving(answer) as server:
        port = int(server.rsplit(":", 1)[1])
        behind = SourceServer()
        behind.port = port
        source = fetching.source("page", "site", url="http://papers.example.org/papers")
        async with behind.public() as pages:
            assert (await fetching.verb(pages).look(source)).entries == 12
            assert (await fetching.verb(pages).look(source)).unchanged == 1
            latest[0] = "2025-12-10"
            assert (await fetching.verb(pages).look(source)).entries == 7


async def test_pages_that_are_looked_at_no_more_are_forgotten(fetching: Fetching, store: Store) -> None:
    """What is known of pages does not grow with every day; what a question for the past settled stays."""
    source = fetching.source()
    fetching.server.add(date(2025, 11, 12), *papers(2))
    async with fetching.server.pages() as pages:
        await fetching.verb(pages).backfill(source, date(2025, 11, 12))
        await fetching.verb(pages).look(source)
        fetching.at(datetime(2026, 1, 20, 12, tzinfo=UTC))
        await fetching.verb(pages).look(source)
    known = sorted(await store.pages.of("daily"))
    window = {(date(2026, 1, 20) - timedelta(days=age)).isoformat() for age in range(14)}
    assert window <= set(known)
    assert "2025-11-12" in known
    assert "2025-12-05" not in known
