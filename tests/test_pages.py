"""The door to HTTP, before a real server that answers as the sites do, and as they do on their bad days."""

from __future__ import annotations

import asyncio
import gzip
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from datetime import date
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.errors import PageError, PageRefused, PageUnavailable
from bot.pages import Ask, Pages, asking, connecting
from bot.settings import FetchSettings
from tests.mail_server import AUTHORITY
from tests.pages import invented
from tests.source_server import PUBLIC_ADDRESS, Fault, SourceServer

DAY = date(2025, 12, 10)
LISTING = f"/api/daily_papers?date={DAY}"
PUBLIC = "http://papers.example.org"


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.seconds += seconds
        await asyncio.sleep(0)


@pytest.fixture
async def pages(source_server: SourceServer) -> AsyncGenerator[Pages]:
    """The door, for which the server is a base_url."""
    source_server.add(DAY, *(invented("tides", number, f"2512.{number:05d}") for number in range(1, 4)))
    async with source_server.pages() as opened:
        yield opened


async def failure(pages: Pages, url: str, **more: Any) -> PageError:
    """What asking for it raises."""
    with pytest.raises(PageError) as raised:
        await pages.get(Ask(url, **more))
    return raised.value


# What comes.


async def test_a_page_comes_whole(source_server: SourceServer, pages: Pages) -> None:
    """Content, kind and marks of the page, from where it was asked."""
    answer = await pages.get(Ask(source_server.base_url + LISTING, accept="application/json"))
    assert (answer.status, answer.url) == (200, source_server.base_url + LISTING)
    assert answer.content.count(b"Tides by Method") == 6
    assert answer.content_type.startswith("application/json")
    assert answer.etag.startswith('W/"')
    assert source_server.requests[-1].headers["accept"] == "application/json"


async def test_who_asks_says_so(source_server: SourceServer) -> None:
    """The User-Agent has the version and the contact; no cookie and no key is sent."""
    async with Pages(FetchSettings(contact="ada@example.org"), [source_server.base_url], version="1.2.3") as named:
        await named.get(Ask(source_server.base_url + "/feed.xml"))
    headers = source_server.requests[-1].headers
    assert headers["user-agent"] == "Paperbot/1.2.3 (+ada@example.org)"
    assert headers["host"] == source_server.base_url.removeprefix("http://")
    assert not {"cookie", "authorization", "referer"} & set(headers)


async def test_cookies_are_forgotten(source_server: SourceServer, pages: Pages) -> None:
    """A server that sets one does not get it back."""
    source_server.fail("/papers", Fault.other(b"papers", Set_Cookie="seen=1; Path=/"))
    for _ in range(2):
        await pages.get(Ask(source_server.base_url + "/papers"))
    assert "cookie" not in source_server.requests[-1].headers


@pytest.mark.parametrize("path", [LISTING, "/feed.xml"])
async def test_a_page_that_has_not_changed_is_not_sent_again(
    source_server: SourceServer, pages: Pages, path: str
) -> None:
    """304 by the ETag, and a whole page again once the day has grown."""
    first = await pages.get(Ask(source_server.base_url + path))
    again = Ask(source_server.base_url + path, etag=first.etag, modified=first.modified)
    unchanged = await pages.get(again)
    assert (unchanged.status, unchanged.content, unchanged.etag) == (304, b"", first.etag)
    source_server.add(DAY, invented("kelp", 1, "2512.00009"))
    source_server.publish(invented("kelp", 1, "2512.00009"))
    grown = await pages.get(again)
    assert grown.status == 200
    assert b"Kelp" in grown.content


async def test_a_date_alone_is_condition_enough(source_server: SourceServer, pages: Pages) -> None:
    """304 by Last-Modified, where a server gives no ETag."""
    first = await pages.get(Ask(source_server.base_url + "/feed.xml"))
    assert (await pages.get(Ask(source_server.base_url + "/feed.xml", modified=first.modified))).status == 304


async def test_marks_that_are_no_header_are_not_sent(source_server: SourceServer, pages: Pages) -> None:
    """What stands in a store as a mark of a page cannot write headers of its own."""
    url = source_server.base_url + "/feed.xml"
    answer = await pages.get(Ask(url, etag='"a"\r\nCookie: a=b', modified="ä" * 600))
    assert answer.status == 200
    assert not {"if-none-match", "if-modified-since", "cookie"} & set(source_server.requests[-1].headers)


async def test_the_next_page_is_named(source_server: SourceServer, pages: Pages) -> None:
    """``Link: next`` as a whole address, until the last page."""
    url: str | None = f"{source_server.base_url}{LISTING}&limit=2"
    came: list[int] = []
    while url:
        answer = await pages.get(Ask(url))
        came.append(answer.content.count(b'"numComments"'))
        url = answer.next_url
    assert came == [2, 1]


@pytest.mark.parametrize(
    "link", ["http://elsewhere.example.org/p2", "//127.0.0.2/p2", "http://[::1", "file:///etc/passwd"]
)
async def test_a_next_page_elsewhere_is_none(source_server: SourceServer, pages: Pages, link: str) -> None:
    """Another server's page, and what is no address, do not follow."""
    source_server.fail("/papers", Fault.other(b"papers", Link=f'<{link}>; rel="next"'))
    assert (await pages.get(Ask(source_server.base_url + "/papers"))).next_url is None


async def test_packed_pages_are_unpacked(source_server: SourceServer, pages: Pages) -> None:
    """gzip, also in several members; what follows them is no part of it."""
    packed = gzip.compress(b"tides, ") + gzip.compress(b"kelp") + b"\0\0junk"
    source_server.fail("/papers", Fault.other(packed, Content_Encoding="gzip"))
    assert (await pages.get(Ask(source_server.base_url + "/papers"))).content == b"tides, kelp"


# What does not come.


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.error(404), "HTTP_404"),
        (Fault.error(410), "HTTP_410"),
        (Fault.error(400), "HTTP_400"),
        (Fault.error(401), "HTTP_401"),
        (Fault.error(403), "HTTP_403"),
        (Fault.error(451), "HTTP_451"),
        (Fault.huge(300_000), "TOO_LARGE"),
        (Fault.bomb(50_000_000), "TOO_LARGE"),
        (Fault.other(bytes(200_001)), "TOO_LARGE"),
    ],
)
async def test_a_final_no_has_a_code(source_server: SourceServer, pages: Pages, fault: Fault, code: str) -> None:
    """Pages that are not there, not for us, or larger than there is room for, packed or not."""
    source_server.fail("/papers", fault)
    refused = await failure(pages, source_server.base_url + "/papers", most_bytes=200_000)
    assert isinstance(refused, PageRefused)
    assert refused.code == code
    assert "127.0.0.1" in refused.sentence or code == "TOO_LARGE"


@pytest.mark.parametrize(
    "fault",
    [
        Fault.error(500),
        Fault.error(502),
        Fault.error(408),
        Fault(204),
        Fault(206, b"pap"),
        Fault(304),
        Fault(302),
        Fault.truncated(),
        Fault.dropped(),
        Fault.other(b"\x1f\x8b\x08\0 this is no gzip", Content_Encoding="gzip"),
        Fault.other(b"\x1f\x8b\x08\0\0\0\0\0\0\x03", Content_Encoding="gzip"),
        Fault.other(b"papers", Content_Encoding="br"),
    ],
    ids=lambda fault: f"{fault.status}-{fault.way or fault.headers.get('Content-Encoding', '')}-{fault.body[-3:]!r}",
)
async def test_what_may_come_later_says_so(source_server: SourceServer, pages: Pages, fault: Fault) -> None:
    """Trouble of the server's, answers that break off, and ones that nobody can read, are no final no."""
    source_server.fail("/papers", fault, times=1)
    later = await failure(pages, source_server.base_url + "/papers")
    assert isinstance(later, PageUnavailable)
    assert later.retry_after is None
    assert (await pages.get(Ask(source_server.base_url + "/papers"))).status == 200


async def test_nobody_is_there(source_server: SourceServer, pages: Pages) -> None:
    """A server that is down is asked later, and answers when it is back."""
    await source_server.refuse()
    gone = await failure(pages, source_server.base_url + LISTING)
    assert isinstance(gone, PageUnavailable)
    assert gone.sentence == "127.0.0.1 could not be reached. It may work later."
    await source_server.accept()
    assert (await pages.get(Ask(source_server.base_url + LISTING))).status == 200


@pytest.mark.parametrize("fault", [Fault.slow(60), Fault.dripping(0.02)])
async def test_a_slow_server_is_given_up(
    source_server: SourceServer, pages: Pages, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page has its time as a whole: one that comes byte by byte does not hold anything up."""
    monkeypatch.setattr(asking, "WHOLE_SECONDS", 0.2)
    source_server.fail("/papers", fault)
    late = await failure(pages, source_server.base_url + "/papers")
    assert isinstance(late, PageUnavailable)
    assert "did not answer in time" in late.sentence


async def test_a_server_that_falls_silent_is_given_up(
    source_server: SourceServer, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing for a while, and it is over, long before the page's whole time is."""
    monkeypatch.setattr(connecting, "READ_SECONDS", 0.2)
    source_server.fail("/papers", Fault.slow(60))
    assert "did not answer in time" in (await failure(pages, source_server.base_url + "/papers")).sentence


async def test_a_resolver_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for a name's address is limited too."""

    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return [f"{host}:{port}"]

    monkeypatch.setattr(asking, "RESOLVE_SECONDS", 0.05)
    async with Pages(FetchSettings(), [], version="1", resolve=never) as lost:
        assert isinstance(await failure(lost, PUBLIC), PageUnavailable)


# Being asked to wait.


@pytest.mark.parametrize("by", ["RateLimit", "Retry-After", "date"])
async def test_a_server_is_left_alone_as_long_as_it_says(source_server: SourceServer, by: Any) -> None:
    """After a 429 nothing is asked until its time has passed, whatever page it is for."""
    clock = Clock()
    source_server.fail("/papers", Fault.limited(42, by), times=1)
    async with source_server.pages(now=clock.now) as pages:
        limited = await failure(pages, source_server.base_url + "/papers")
        assert isinstance(limited, PageUnavailable)
        assert limited.retry_after == 42
        clock.seconds += 30
        still = await failure(pages, source_server.base_url + "/feed.xml")
        assert isinstance(still, PageUnavailable)
        assert still.retry_after == pytest.approx(12)
        assert len(source_server.requests) == 1
        clock.seconds += 12
        assert (await pages.get(Ask(source_server.base_url + "/papers"))).status == 200


@pytest.mark.parametrize("fault", [Fault.limited(by=""), Fault.error(503)])
async def test_a_server_that_does_not_say_how_long_is_left_alone_a_minute(
    source_server: SourceServer, fault: Fault
) -> None:
    """Too many requests, or out of service, without a time."""
    clock = Clock()
    source_server.fail("/papers", fault, times=1)
    async with source_server.pages(now=clock.now) as pages:
        assert vars_of(await failure(pages, source_server.base_url + "/papers")) == (PageUnavailable, None)
        assert vars_of(await failure(pages, source_server.base_url + "/papers")) == (PageUnavailable, 60)
    assert len(source_server.requests) == 1


def vars_of(error: PageError) -> tuple[type[PageError], float | None]:
    return type(error), error.retry_after if isinstance(error, PageUnavailable) else None


async def test_the_last_page_of_a_budget_is_heeded(source_server: SourceServer) -> None:
    """A page that came with ``r=0`` is the last one until ``t`` seconds are over."""
    source_server.fail("/papers", Fault.other(b"papers", RateLimit='"pages";r=0;t=17'))
    async with source_server.pages() as pages:
        assert (await pages.get(Ask(source_server.base_url + "/papers"))).content == b"papers"
        assert isinstance(await failure(pages, source_server.base_url + "/papers"), PageUnavailable)


async def test_a_server_is_asked_once_a_second(source_server: SourceServer) -> None:
    """One request at a time, a second after the one before, also when many are wanted at once."""
    clock = Clock()
    async with Pages(FetchSettings(), [source_server.base_url], version="1", now=clock.now, sleep=clock.sleep) as pages:
        await asyncio.gather(*(pages.get(Ask(source_server.base_url + "/feed.xml")) for _ in range(4)))
        await pages.get(Ask(source_server.base_url + "/feed.xml", pace=3))
    assert clock.slept == [1, 1, 1, 1]
    assert clock.seconds == 1_004


# Redirects.


async def test_a_redirect_on_the_same_server_is_followed(source_server: SourceServer) -> None:
    """A day without papers leads to the latest one, and the answer says where it was found."""
    source_server.add(DAY, invented("tides", 1, "2512.00001"))
    async with source_server.public() as pages:
        answer = await pages.get(Ask(f"{PUBLIC}/papers/date/2025-12-13"))
    assert answer.url == f"{PUBLIC}/papers/date/{DAY}"
    assert [one.headers["host"] for one in source_server.requests] == ["papers.example.org"] * 2


async def test_a_leading_www_is_the_same_server(source_server: SourceServer) -> None:
    """With it and without it."""
    source_server.fail("/papers", Fault.redirect("http://www.papers.example.org/feed.xml", 301))
    async with source_server.public() as pages:
        assert (await pages.get(Ask(f"{PUBLIC}/papers"))).url == "http://www.papers.example.org/feed.xml"


async def test_redirects_end(source_server: SourceServer) -> None:
    """Five are followed, and no more."""
    source_server.fail("/papers", Fault.loop())
    async with source_server.public() as pages:
        refused = await failure(pages, f"{PUBLIC}/papers")
    assert isinstance(refused, PageRefused)
    assert refused.code == "REDIRECT"
    assert len(source_server.requests) == 6


@pytest.mark.parametrize(
    "there",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:{port}/feed.xml",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://localhost:{port}/feed.xml",
        "http://wiki.lan/",
        "http://elsewhere.example.org/",
        "http://papers.example.org.elsewhere.example/",
        "http://papers.example.org:8080/",
        "http://user@papers.example.org/",
        "file:///etc/passwd",
        "gopher://papers.example.org/",
        "http://[::1",
        "//169.254.169.254/",
    ],
)
async def test_a_redirect_leads_nowhere_else(source_server: SourceServer, there: str) -> None:
    """Other servers, this machine, metadata, other ports and schemes: nothing is asked there."""
    source_server.fail("/papers", Fault.redirect(there.format(port=source_server.port)))
    async with source_server.public() as pages:
        refused = await failure(pages, f"{PUBLIC}/papers")
    assert isinstance(refused, PageRefused)
    assert refused.code == "REDIRECT"
    assert len(source_server.requests) == 1


@pytest.mark.parametrize(("asked", "there", "is_followed"), [("https", "http", False), ("http", "https", True)])
async def test_a_redirect_never_leaves_encryption(asked: str, there: str, is_followed: bool) -> None:
    """From http to https it is followed, and not the other way round."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.scheme == there:
            return httpx.Response(200, stream=httpx.ByteStream(request.url.path.encode()))
        return httpx.Response(302, headers={"Location": f"{there}://papers.example.org/feed.xml"})

    async def resolve(host: str, port: int) -> Sequence[str]:
        assert (host, port) in {("papers.example.org", 80), ("papers.example.org", 443)}
        return [PUBLIC_ADDRESS]

    told: dict[str, Any] = {"resolve": resolve, "transport": httpx.MockTransport(answer), "version": "1"}
    clock = Clock()
    async with Pages(FetchSettings(), [], now=clock.now, sleep=clock.sleep, **told) as pages:
        if is_followed:
            assert (await pages.get(Ask(f"{asked}://papers.example.org/"))).content == b"/feed.xml"
            assert clock.slept == [1]
        else:
            assert "not encrypted" in (await failure(pages, f"{asked}://papers.example.org/")).sentence


async def test_a_redirect_is_never_trusted(source_server: SourceServer, pages: Pages) -> None:
    """Trust in a server is for the address that was written down, not for where that server sends to."""
    source_server.fail("/papers", Fault.redirect("/feed.xml"))
    refused = await failure(pages, source_server.base_url + "/papers")
    assert isinstance(refused, PageRefused)
    assert refused.code == "REDIRECT"
    assert [one.path for one in source_server.requests] == ["/papers"]


# Where it connects.


async def test_what_was_judged_is_connected_to(source_server: SourceServer) -> None:
    """A name that resolves to this machine a moment later (DNS rebinding) is still asked at the address it had."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(f"{host}:{port}")
        return [PUBLIC_ADDRESS if len(asked) == 1 else "127.0.0.1"]

    async with source_server.public(resolve=rebinding) as pages:
        # The transport of these tests takes requests to the public address only.
        assert (await pages.get(Ask(f"{PUBLIC}/feed.xml"))).status == 200
        assert asked == ["papers.example.org:80"]
        refused = await failure(pages, f"{PUBLIC}/feed.xml")
    assert isinstance(refused, PageRefused)
    assert refused.code == "ADDRESS"
    assert len(source_server.requests) == 1


async def test_a_redirect_is_resolved_and_judged_anew(source_server: SourceServer) -> None:
    """A name that turns to this machine between a page and its redirect is not followed."""
    said = iter([PUBLIC_ADDRESS, "127.0.0.1"])

    async def rebinding(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("papers.example.org", 80)
        return [next(said)]

    source_server.fail("/papers", Fault.redirect("/feed.xml"))
    async with source_server.public(resolve=rebinding) as pages:
        refused = await failure(pages, f"{PUBLIC}/papers")
    assert isinstance(refused, PageRefused)
    assert refused.code == "REDIRECT"


async def test_another_address_of_the_host_is_tried(source_server: SourceServer) -> None:
    """Where the first does not take the connection, the next one is asked."""

    async def two(host: str, port: int) -> Sequence[str]:
        assert host == "wiki.lan"
        return ["127.0.0.2" if port else "", "127.0.0.1"]

    allowed = f"wiki.lan:{source_server.port}"
    async with Pages(FetchSettings(allow_hosts=(allowed,)), [], version="1", resolve=two) as pages:
        assert (await pages.get(Ask(f"http://{allowed}/feed.xml"))).status == 200


@pytest.mark.parametrize(("host", "is_believed"), [("localhost", True), ("papers.example.org", False)])
async def test_a_certificate_is_checked_against_the_name(host: str, is_believed: bool, trusted: None) -> None:
    """The connection goes to an address, and the certificate must be the host's."""
    del trusted

    async def here(name: str, port: int) -> Sequence[str]:
        assert name == host
        assert port
        return ["127.0.0.1"]

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=str(request.host))

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(AUTHORITY.with_name("server.pem"))
    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    netloc = f"{host}:{runner.addresses[0][1]}"
    try:
        async with Pages(FetchSettings(), [f"https://{netloc}"], version="1", resolve=here) as pages:
            if is_believed:
                assert (await pages.get(Ask(f"https://{netloc}/"))).content == netloc.encode()
            else:
                unbelieved = await failure(pages, f"https://{netloc}/")
                assert isinstance(unbelieved, PageUnavailable)
                assert "SSL_CERT_FILE" in unbelieved.sentence
    finally:
        await runner.cleanup()


async def test_the_environments_proxy_is_not_used(source_server: SourceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would connect to what it resolves itself."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with source_server.pages() as pages:
        assert (await pages.get(Ask(source_server.base_url + "/feed.xml"))).status == 200


async def test_no_query_is_logged(source_server: SourceServer, pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    """A key in a query stays out of the log, and out of what is raised."""
    caplog.set_level(logging.DEBUG)
    url = f"{source_server.base_url}/feed.xml?key=hush-hush"
    await pages.get(Ask(url))
    source_server.fail("/feed.xml", Fault.redirect("/papers?token=hush-hush"), times=1)
    said = [await failure(pages, url)]
    for fault in (Fault.error(404), Fault.truncated(), Fault.error(500)):
        source_server.fail("/feed.xml", fault, times=1)
        said.append(await failure(pages, url))
    assert "hush" not in caplog.text + "".join(one.sentence + one.cause for one in said)
    assert "asked 127.0.0.1" in caplog.text
