"""Pages for everybody who has an address of ours: Atom feeds, and the end of e-mails.

GET /feeds/<token>    what a reader was sent, as Atom
GET /mail/<token>     a page with one button; programs that look through mails open links, so it changes nothing
POST /mail/<token>    the button, and the one click of mail programs (RFC 8058)

Who asks is not asked who it is: the token is all there is. Whatever opens nothing is answered in one way, so that an
answer tells nobody whether an address was ever right. No token and no address stands in the log.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from bot.errors import PaperbotError
from bot.letters.leaving import STYLE_HASH, failed_page, leaving_page, left_page, lost_page
from bot.settings import HttpSettings
from bot.slack.guard import Receive, Scope, Send, Unacceptable, body_of
from bot.slack.serving import serving

FEEDS, MAIL = "/feeds/", "/mail/"
#: Bytes of what the button or a mail program sends: a field and its value, in a form of either kind.
LARGEST_FORM = 4_096
#: Seconds for one answer.
ANSWER_SECONDS = 10.0
#: Seconds for which a feed reader may keep what it got, and after which a failure may have passed.
_FRESH, _AGAIN = 900, 60
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_CLICK = re.compile(rb"List-Unsubscribe(=|\"\r?\n(?:[^\r\n]+\r?\n)*\r?\n)One-Click")
_READ = ("GET", "HEAD")
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'".encode(),
    ),
)
_Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
_App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)


class Addresses(Protocol):
    """What an address of ours opens. Each method gives None for a token that opens nothing, and raises StoreError."""

    async def feed(self, token: str) -> bytes | None:
        """An Atom feed."""
        ...

    async def recipient(self, token: str) -> str | None:
        """The e-mail address whose letters it ends."""
        ...

    async def is_over(self, token: str) -> bool:
        """Whether it ended them before."""
        ...

    async def unsubscribe(self, token: str) -> str | None:
        """The same, and they are ended."""
        ...


@dataclass(frozen=True, slots=True)
class _Page:
    status: int
    body: bytes
    headers: _Headers = field(default=((b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")))


class PublicPages:
    """An ASGI application."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                page = await self._page(scope, receive)
        except Unacceptable as refused:
            page = _Page(refused.status, refused.reason.encode(), _plain(close=True))
        except PaperbotError as failure:
            log.warning("an address of ours was not answered: %s", failure.cause)
            page = _failed()
        except TimeoutError:
            log.warning("an address of ours was not answered: the store took too long")
            page = _failed()
        except Exception:
            log.exception("an address of ours was not answered")
            page = _failed()
        size = str(len(page.body)).encode()
        headers = [*_ALWAYS, *page.headers, *([] if page.status == 304 else [(b"content-length", size)])]  # noqa: PLR2004
        await send({"type": "http.response.start", "status": page.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else page.body})

    async def _page(self, scope: Scope, receive: Receive) -> _Page:
        path, method = str(scope["path"]), str(scope["method"])
        headers: dict[bytes, bytes] = dict(scope["headers"])
        for beginning, answer in ((FEEDS, self._feed), (MAIL, self._mail)):
            token = path.removeprefix(beginning)
            if path.startswith(beginning) and _TOKEN.fullmatch(token):
                return await answer(token, method, headers, receive) or _lost()
        return _lost()

    async def _feed(self, token: str, method: str, headers: dict[bytes, bytes], _: Receive) -> _Page | None:
        if method not in _READ:
            return _wrong(b"GET, HEAD")
        if (content := await self._addresses.feed(token)) is None:
            return None
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'.encode()
        kept: _Headers = ((b"etag", tag), (b"cache-control", f"private, max-age={_FRESH}".encode()))
        known = [one.strip().removeprefix(b"W/") for one in headers.get(b"if-none-match", b"").split(b",")]
        if tag in known or known == [b"*"]:
            return _Page(304, b"", kept)
        return _Page(200, content, ((b"content-type", b"application/atom+xml; charset=utf-8"), *kept))

    async def _mail(self, token: str, method: str, headers: dict[bytes, bytes], receive: Receive) -> _Page | None:
        if method in _READ:
            address = await self._addresses.recipient(token)
            if address is None:
                return None
            page = left_page if await self._addresses.is_over(token) else leaving_page
            return _Page(200, page(address).encode())
        if method != "POST":
            return _wrong(b"GET, HEAD, POST")
        if not _CLICK.search(await body_of(headers, receive, LARGEST_FORM)):
            raise Unacceptable(400, "Nothing was asked for.")
        address = await self._addresses.unsubscribe(token)
        return _Page(200, left_page(address).encode()) if address is not None else None


class Doorway:
    """An ASGI application: these pages beside another one that answers everything else."""

    def __init__(self, others: _App, pages: PublicPages) -> None:
        self._others = others
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        is_ours = scope["type"] == "http" and str(scope["path"]).startswith((FEEDS, MAIL))
        await (self._pages if is_ours else self._others)(scope, receive, send)


@asynccontextmanager
async def open_public(http: HttpSettings, addresses: Addresses) -> AsyncGenerator[tuple[str, int]]:
    """Serve them alone, where Slack's requests come another way; gives host and port. Raises SettingsError."""
    async with serving(PublicPages(addresses), http.host, http.port, "http.port") as address:
        log.info("answering addresses of ours at %s:%d", *address)
        yield address


def _lost() -> _Page:
    return _Page(404, lost_page().encode())


def _failed() -> _Page:
    page = _Page(503, failed_page().encode())
    return _Page(page.status, page.body, (*page.headers, (b"retry-after", str(_AGAIN).encode())))


def _wrong(allowed: bytes) -> _Page:
    return _Page(405, b"This is not answered here.", (*_plain(), (b"allow", allowed)))


def _plain(*, close: bool = False) -> _Headers:
    # What is left of the body is not read.
    ending = ((b"connection", b"close"),) if close else ()
    return ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *ending)
