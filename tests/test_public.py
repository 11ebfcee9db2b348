"""Pages for who has an address of ours: what they open, that looking changes nothing, and that nothing else is told."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from base64 import b64encode
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from bot.clock import Clock
from bot.errors import StoreUnreachable
from bot.letters.leaving import leaving_page
from bot.notify.slack import SlackNotifier
from bot.settings import HttpSettings
from bot.slack import public
from bot.slack.guard import PATH, Guard
from bot.slack.opening import open_slack
from bot.slack.public import LARGEST_FORM, Doorway, PublicPages, open_public
from bot.slack.serving import serving
from tests.slack_fakes import Handlers, MemoryInbox, Voices
from tests.slack_server import SIGNING_SECRET, SlackServer, signed

FEED, MAIL = "f" * 43, "m" * 43
CONTENT = b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"/>'
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Addresses:
    """Stands for the verb: one feed, one way to end letters."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.failure: Exception | None = None

    def _look(self) -> None:
        if self.failure:
            raise self.failure

    async def feed(self, token: str) -> bytes | None:
        self._look()
        return CONTENT if token == FEED else None

    async def recipient(self, token: str) -> str | None:
        self._look()
        return "a<b>@example.org" if token == MAIL else None

    async def is_over(self, token: str) -> bool:
        self._look()
        return token in self.ended

    async def unsubscribe(self, token: str) -> str | None:
        self._look()
        if token != MAIL:
            return None
        self.ended.append(token)
        return "a<b>@example.org"


@pytest.fixture
def addresses() -> Addresses:
    """What is behind the pages."""
    return Addresses()


@pytest.fixture
async def site(addresses: Addresses) -> AsyncGenerator[aiohttp.ClientSession]:
    """A client of the pages, served as in Socket Mode."""
    async with (
        open_public(HttpSettings(host="127.0.0.1", port=0), addresses) as (host, port),
        aiohttp.ClientSession(f"http://{host}:{port}") as client,
    ):
        yield client


async def test_a_feed_is_read_and_not_read_twice(site: aiohttp.ClientSession) -> None:
    """Atom with its type and tag; with the tag only that nothing is new; HEAD tells the same without content."""
    async with site.get(f"/feeds/{FEED}") as answer:
        assert (answer.status, await answer.read()) == (200, CONTENT)
        assert answer.content_type == "application/atom+xml"
        assert answer.headers["Cache-Control"] == "private, max-age=900"
        tag = answer.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        async with site.get(f"/feeds/{FEED}", headers={"If-None-Match": known}) as answer:
            assert (answer.status, await answer.read(), answer.headers["ETag"]) == (304, b"", tag)
    async with site.get(f"/feeds/{FEED}", headers={"If-None-Match": '"other"'}) as answer:
        assert answer.status == 200
    async with site.head(f"/feeds/{FEED}") as answer:
        assert (answer.status, await answer.read()) == (200, b"")


async def test_looking_ends_nothing(site: aiohttp.ClientSession, addresses: Addresses) -> None:
    """A program that opens every link of a mail gets a page with a button; the button ends the letters."""
    for ask in (site.get, site.head, site.get):
        async with ask(f"/mail/{MAIL}") as answer:
            assert answer.status == 200
            page = await answer.text()
    assert addresses.ended == []
    assert "Paperbot sends papers to a&lt;b&gt;@example.org." in page
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', page))
    async with site.post(f"/mail/{MAIL}", data=fields) as answer:
        assert answer.status == 200
        assert "no longer writes to a&lt;b&gt;@example.org" in await answer.text()
    assert addresses.ended == [MAIL]
    # whoever looks later is told that it is over, and offered nothing
    async with site.get(f"/mail/{MAIL}") as answer:
        page = await answer.text()
    assert "no longer writes to" in page
    assert "<button" not in page


async def test_one_click_of_a_mail_program(site: aiohttp.ClientSession, addresses: Addresses) -> None:
    """RFC 8058: a form of either kind, without cookies, answered without a redirect; anything else ends nothing."""
    form = aiohttp.FormData(ONE_CLICK)
    several = aiohttp.FormData(ONE_CLICK, default_to_multipart=True)
    for data in (form, several, b"List-Unsubscribe=One-Click"):
        async with site.post(f"/mail/{MAIL}", data=data, allow_redirects=False) as answer:
            assert answer.status == 200
            assert "Set-Cookie" not in answer.headers
    assert len(addresses.ended) == 3
    for wrong in (b"", b"x=1", b"One-Click", b"List-Unsubscribe=Two"):
        async with site.post(f"/mail/{MAIL}", data=wrong) as answer:
            assert answer.status == 400
    async with site.post(f"/mail/{MAIL}", data=b"List-Unsubscribe=One-Click" + b"x" * LARGEST_FORM) as answer:
        assert answer.status == 413
    assert len(addresses.ended) == 3


async def test_nothing_is_told_of_what_is_not_there(site: aiohttp.ClientSession) -> None:
    """Unknown tokens, tokens of another purpose, and paths of any form have one and the same answer."""
    paths = [
        f"/feeds/{MAIL}",
        f"/mail/{FEED}",
        f"/feeds/{'x' * 43}",
        "/",
        "/feeds/",
        "/feeds/x",
        f"/feeds/{FEED}/",
        f"/feed/{FEED}",
    ]
    paths += [
        f"/mail/{MAIL}%00",
        f"/mail/{MAIL}x",
        "/favicon.ico",
        "/robots.txt",
        "/feeds/..%2F..%2Fetc%2Fpasswd",
        PATH,
    ]
    told: set[tuple[Any, ...]] = set()

    async def keep(answer: aiohttp.ClientResponse) -> None:
        kept = tuple(sorted((name, value) for name, value in answer.headers.items() if name.lower() != "date"))
        told.add((answer.status, await answer.read(), kept))

    for path in paths:
        async with site.get(path) as answer:
            await keep(answer)
    async with site.post(f"/mail/{'x' * 43}", data=ONE_CLICK) as answer:
        await keep(answer)
    assert len(told) == 1
    assert next(iter(told))[0] == 404


async def test_only_what_is_meant_is_answered(site: aiohttp.ClientSession, addresses: Addresses) -> None:
    """Other methods are refused and told which ones are not."""
    for method, path, allowed in (
        ("POST", f"/feeds/{FEED}", "GET, HEAD"),
        ("DELETE", f"/mail/{MAIL}", "GET, HEAD, POST"),
    ):
        async with site.request(method, path, data=ONE_CLICK) as answer:
            assert (answer.status, answer.headers["Allow"]) == (405, allowed)
    assert addresses.ended == []


async def test_every_answer_is_guarded(site: aiohttp.ClientSession, addresses: Addresses) -> None:
    """No search engine, no frame, no script, no referrer, no guess of its type; the style is allowed by its hash alone."""
    for path in (f"/feeds/{FEED}", f"/mail/{MAIL}", "/nothing"):
        async with site.get(path) as answer:
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            rules = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in rules
            assert "frame-ancestors 'none'" in rules
            assert not {"Set-Cookie", "Server"} & set(answer.headers)
    [style] = re.findall(r"<style>(.*?)</style>", leaving_page("a@b.example"), re.DOTALL)
    assert f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in rules
    assert addresses.ended == []


@pytest.mark.parametrize(
    "failure", [StoreUnreachable("The store is away.", cause="no answer"), RuntimeError("a mistake")]
)
async def test_a_store_that_is_away(
    site: aiohttp.ClientSession, addresses: Addresses, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """It is to be tried again; the log says why, and no token."""
    addresses.failure = failure
    with caplog.at_level(logging.DEBUG):
        for path in (f"/feeds/{FEED}", f"/mail/{MAIL}"):
            async with site.get(path) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "an address of ours was not answered" in caplog.text
    assert FEED not in caplog.text
    assert MAIL not in caplog.text


async def test_a_store_that_is_slow(
    site: aiohttp.ClientSession, addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits longer than some seconds."""

    async def for_ever(_: str) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(public, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(addresses, "feed", for_ever)
    async with site.get(f"/feeds/{FEED}") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "60")


async def test_beside_slacks_requests(addresses: Addresses) -> None:
    """In HTTP mode one port answers both; neither answers for the other."""

    async def answer(_: dict[str, Any], __: dict[str, str]) -> tuple[int, str]:
        return 200, ""

    door = Doorway(Guard(SIGNING_SECRET, answer), PublicPages(addresses))
    async with (
        serving(door, "127.0.0.1", 0, "http.port") as (host, port),
        aiohttp.ClientSession(f"http://{host}:{port}") as client,
    ):
        async with client.get(f"/feeds/{FEED}") as told:
            assert told.status == 200
        body = b'{"type": "event_callback"}'
        async with client.post(PATH, data=body, headers=signed(body)) as told:
            assert told.status == 200
        async with client.post(f"/mail/{MAIL}", data=body, headers=signed(body)) as told:
            assert told.status == 400
        async with client.get("/nothing") as told:
            assert (told.status, await told.text()) == (404, "There is nothing here.")


@pytest.mark.parametrize("mode", ["http", "socket"])
@pytest.mark.parametrize("is_reached", [True, False])
async def test_the_door_opens_them_where_the_host_is_reached(
    addresses: Addresses, mode: str, *, is_reached: bool
) -> None:
    """In both modes, as soon as the host said how; without that nobody listens for them."""
    async with SlackServer() as slack:
        settings = slack.settings(mode)
        http = settings.http.model_copy(
            update={"public_url": "https://papers.example.org" if is_reached else None, "port": 0}
        )
        settings = settings.model_copy(update={"http": http})
        async with (
            SlackNotifier(settings.slack, settings.delivery) as notifier,
            open_slack(
                settings,
                Handlers(),
                MemoryInbox(),
                notifier,
                clock=Clock(settings.testing),
                is_awake=lambda: True,
                remember=Voices().remember,
                addresses=addresses,
            ) as door,
        ):
            host, port = door.public if mode == "socket" else door.address
            if mode == "socket" and not is_reached:
                assert port == 0
                return
            async with aiohttp.ClientSession(f"http://{host}:{port}") as client, client.get(f"/feeds/{FEED}") as told:
                assert told.status == (200 if is_reached else 404)
