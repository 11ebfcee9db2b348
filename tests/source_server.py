"""A stand-in on loopback for the servers that live sources ask: Daily Papers, arXiv, and somebody's feed.

    async with SourceServer() as server:                    # or the fixture ``source_server``
        server.add(date(2025, 12, 10), invented("tides", 1, "2512.01001"))
        server.fail("/api/daily_papers?date=2025-12-10", Fault.limited(42), times=1)
        async with server.pages() as pages:
            await pages.get(Ask(f"{server.base_url}/api/daily_papers?date=2025-12-10"))

    /api/daily_papers ?date= | week= | month=, p=, limit=     days that were added; 400, Link: next, [] past the end
    /api/papers/<id>                                          what it knows; 404
    /papers  /papers/date/<day>  /papers/trending             HTML; a day without papers leads to the latest one
    /rss/<categories>  /atom/<categories>                     what was announced
    /api/query?id_list=                                       what it knows, an entry for each id
    /feed.xml                                                 what was published

Every answer has an ETag, feeds have Last-Modified too, and both are heeded (304).
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from types import TracebackType
from typing import Any, Self

import httpx
import pytest
from aiohttp import web
from yarl import URL

from bot.pages import Pages
from bot.settings import FetchSettings
from tests import source_answers
from tests.pages import Invented
from tests.source_faults import TYPES, Fault, answered, kind_of

__all__ = ["Asked", "Fault", "SourceServer", "source_server"]

#: An address of the public internet, behind which ``SourceServer.public`` puts the server.
PUBLIC_ADDRESS = "93.184.216.34"


@dataclass(frozen=True)
class Asked:
    """One request that came in. ``path``: without the query; ``headers``: in lower case; ``at``: time.monotonic()."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    status: int
    at: float


class SourceServer:
    """Start it with ``async with``, or take the fixture ``source_server``. ``today``: what feeds are dated with."""

    def __init__(self, today: Callable[[], date] = lambda: date(2025, 12, 10)) -> None:
        self._today = today
        self.base_url = ""
        self.port = 0
        #: Daily Papers: each day's items by their arXiv id, in the order in which they came.
        self.days: defaultdict[date, dict[str, dict[str, Any]]] = defaultdict(dict)
        #: What ``/api/papers/<id>`` and arXiv know.
        self.known: dict[str, Invented] = {}
        self.announced: defaultdict[str, dict[str, Invented]] = defaultdict(dict)
        self.published: dict[str, Invented] = {}
        #: Every request, oldest first.
        self.requests: list[Asked] = []
        #: Whether ``week=`` and ``month=`` are answered; else 400, as the site did before September 2025.
        self.has_periods = True
        self._changed: dict[str, tuple[str, datetime]] = {}
        self._faults: list[tuple[URL, Fault, list[None] | None]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.accept()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def accept(self) -> None:
        """Take connections, again after ``refuse``, at the same port."""
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await self._site.start()
        self.port = int(self._runner.addresses[0][1])
        self.base_url = f"http://127.0.0.1:{self.port}"

    async def refuse(self) -> None:
        """Nobody is there: new connections are refused."""
        await self._site.stop()

    # What a test puts in, and orders.

    def add(self, day: date, *papers: Invented, upvotes: int = 3, comments: int = 1) -> None:
        """List papers on a day of Daily Papers, after those that are listed; the same again changes its counts."""
        for paper in papers:
            assert paper.arxiv_id
            self.days[day][paper.arxiv_id] = source_answers.item(paper, day, upvotes, comments)
            self.known.setdefault(paper.arxiv_id, paper)

    def know(self, *papers: Invented) -> None:
        """Papers that ``/api/papers/<id>`` and arXiv's ``/api/query`` have, and no listing."""
        self.known |= {paper.arxiv_id: paper for paper in papers if paper.arxiv_id}

    def announce(self, *papers: Invented, category: str = "cs.CL") -> None:
        """News of arXiv: ``/rss/<categories>`` and ``/atom/<categories>``."""
        self.announced[category] |= {paper.arxiv_id: paper for paper in papers if paper.arxiv_id}
        self.know(*papers)

    def publish(self, *papers: Invented) -> None:
        """Entries of ``/feed.xml``."""
        self.published |= {paper.arxiv_id or paper.title: paper for paper in papers}

    def fail(self, path: str, fault: Fault, times: int | None = None) -> None:
        """Answer so, ``times`` times or until ``mend``, where the path begins so and has the same query parameters.

        Of several that fit, the one that was given last.
        """
        self._faults.append((URL(path), fault, None if times is None else [None] * times))

    def mend(self) -> None:
        """Every answer is the usual one again."""
        self._faults.clear()

    def asked(self, path: str = "/", **query: str) -> list[Asked]:
        """The requests for paths that begin so, with these query parameters, oldest first."""
        return [
            one
            for one in self.requests
            if one.path.startswith(path) and all(one.query.get(name) == value for name, value in query.items())
        ]

    def pages(self, **more: Any) -> Pages:
        """The door to HTTP, which trusts this server and waits for no turns."""
        told: dict[str, Any] = {"version": "0.0.1", "turn": _at_once}
        return Pages(FetchSettings(), [self.base_url], **told | more)

    def public(self, host: str = "papers.example.org", **more: Any) -> Pages:
        """The door to HTTP in a world in which ``http://<host>/`` is this server, and public; nothing is trusted."""

        async def resolve(name: str, port: int) -> Sequence[str]:
            if name.removeprefix("www.") != host.removeprefix("www."):
                raise OSError(f"{name}:{port} is not known here")
            return [PUBLIC_ADDRESS]

        told: dict[str, Any] = {
            "version": "0.0.1", "turn": _at_once, "resolve": resolve, "transport": _Rerouted(self.port),
        }  # fmt: skip
        return Pages(FetchSettings(), [], **told | more)

    # What it answers.

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        usual = self._usual(request)
        fault = self._fault(request)
        status = fault.status if fault and fault.way in ("", "loop") else 200 if fault else usual.status
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Asked(request.path, dict(request.query), headers, status, time.monotonic()))
        return await answered(request, fault, usual) if fault else usual

    def _fault(self, request: web.Request) -> Fault | None:
        for where, fault, left in reversed(self._faults):
            is_meant = request.path.startswith(where.path) and where.query.items() <= request.query.items()
            if is_meant and left != []:
                if left is not None:
                    left.pop()
                return fault
        return None

    def _usual(self, request: web.Request) -> web.Response:
        path, headers = request.path, {"RateLimit": '"api";r=499;t=300'}
        body = self._body(request, headers)
        if isinstance(body, web.Response):
            return body
        headers["ETag"] = f'W/"{sha256(body).hexdigest()[:24]}"'
        if kind_of(path) == "xml":
            headers["Last-Modified"] = self._last_modified(str(request.rel_url), headers["ETag"])
        condition = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
        is_known = (
            condition[0] == headers["ETag"] if condition[0] else condition[1] == headers.get("Last-Modified", "-")
        )
        if is_known:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=TYPES[kind_of(path)], charset="utf-8", headers=headers)

    def _last_modified(self, page: str, etag: str) -> str:
        """When the page first had this content; never twice the same second for two contents."""
        before, since = self._changed.get(page, ("", datetime(2025, 1, 1, tzinfo=UTC)))
        if before != etag:
            since = max(datetime.now(UTC).replace(microsecond=0), since + timedelta(seconds=1))
            self._changed[page] = etag, since
        return format_datetime(since, usegmt=True)

    def _body(self, request: web.Request, headers: dict[str, str]) -> bytes | web.Response:
        path = request.path
        if path == "/api/daily_papers":
            return self._listing(request, headers)
        if path.startswith("/api/papers/"):
            found = self.known.get(path.removeprefix("/api/papers/"))
            return (
                json.dumps(source_answers.flat(found, self._today())).encode() if found else _no(404, "Paper not found")
            )
        if path.startswith("/papers"):
            return self._page(path)
        return self._feed(path, request.query) or _no(404, "Not Found")

    def _feed(self, path: str, query: Mapping[str, str]) -> bytes | None:
        today = self._today()
        if path.startswith(("/rss/", "/atom/")):
            _, form, categories = path.split("/", 2)
            papers = {key: one for name in categories.split("+") for key, one in self.announced[name].items()}
            return (source_answers.rss if form == "rss" else source_answers.atom)(papers.values(), categories, today)
        if path == "/api/query":
            wanted = query.get("id_list", "")
            ids = [re.sub(r"v\d+$", "", one) for one in wanted.split(",")]
            most = int(query.get("max_results", "10"))
            return source_answers.query([self.known[one] for one in ids if one in self.known][:most], wanted, today)
        return source_answers.feed(self.published.values(), today) if path == "/feed.xml" else None

    def _listing(self, request: web.Request, headers: dict[str, str]) -> bytes | web.Response:
        try:
            days = self._period(request.query)
            number, limit = int(request.query.get("p", "0")), int(request.query.get("limit", "50"))
        except ValueError:
            return _no(400, "Invalid query")
        if not 1 <= limit <= 100 or number < 0:
            return _no(400, "Invalid query")
        items = [item for day in days if day in self.days for item in self.days[day].values()]
        if len(items) > (number + 1) * limit:
            headers["Link"] = f'<{request.url.update_query(p=str(number + 1))}>; rel="next"'
        return json.dumps(items[number * limit : (number + 1) * limit]).encode()

    def _period(self, asked: Mapping[str, str]) -> Iterable[date]:
        """The days that are asked for; raises ValueError."""
        if "date" in asked:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", asked["date"]):
                raise ValueError(asked["date"])
            return [date.fromisoformat(asked["date"])]
        if not {"week", "month"} & set(asked):
            return [self._latest()]
        if not self.has_periods:
            raise ValueError("period")
        if "week" in asked:
            first = datetime.strptime(f"{asked['week']}-1", "%G-W%V-%u").replace(tzinfo=UTC).date()
            return [first + timedelta(days=number) for number in range(7)]
        month = datetime.strptime(asked["month"], "%Y-%m").replace(tzinfo=UTC).date()
        return [day for day in sorted(self.days) if (day.year, day.month) == (month.year, month.month)]

    def _latest(self) -> date:
        return max((day for day, items in self.days.items() if items), default=self._today())

    def _page(self, path: str) -> bytes | web.Response:
        if path == "/papers/trending":
            items = [item for day in sorted(self.days, reverse=True) for item in self.days[day].values()]
            return source_answers.page(sorted(items, key=lambda one: -one["paper"]["upvotes"]), None, None)
        if path in ("/papers", "/papers/"):
            day = self._latest()
        elif found := re.fullmatch(r"/papers/date/(\d{4}-\d\d-\d\d)", path):
            day = date.fromisoformat(found[1])
            if not self.days.get(day):
                return web.Response(status=302, headers={"Location": f"/papers/date/{self._latest()}"})
        else:
            return _no(404, "Not Found")
        items = self.days.get(day, {})
        return source_answers.page(items.values(), day, max((one for one in self.days if one < day), default=None))


def _no(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)


async def _at_once(host: str, seconds: float) -> None:
    """Everybody's turn is now."""


class _Rerouted(httpx.AsyncBaseTransport):
    """What goes to the one public address comes to a port of loopback."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport = httpx.AsyncHTTPTransport(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == PUBLIC_ADDRESS, request.url
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


@pytest.fixture
async def source_server() -> AsyncGenerator[SourceServer]:
    """A server of live sources."""
    async with SourceServer() as server:
        yield server
