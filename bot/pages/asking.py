"""One page and its redirects. No call is repeated: whoever asks knows when to ask again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

from bot.errors import PageRefused, PageUnavailable
from bot.models import mark_of
from bot.pages.answering import TOO_MUCH, Answer, answer, astray, kept, late, named, no
from bot.pages.connecting import new_transport, sent
from bot.pages.guard import Checked, Resolve, Trusted, checked, resolved
from bot.pages.reading import ENCODINGS, content
from bot.pages.waiting import USUAL_WAIT, Rests, Turn, Waiting, asked_to_wait
from bot.settings import FetchSettings

log = logging.getLogger(__name__)

#: Seconds for one page with its redirects, and to find out where a host is.
WHOLE_SECONDS, RESOLVE_SECONDS = 60.0, 10.0
MOST_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for.

    ``etag`` and ``modified``: as the last answer gave them, so that a page that has not changed is not sent again.
    ``found``: the mark of the address at which that answer was found; another one is asked without them.
    ``most_bytes``: unpacked. ``pace``: seconds between two requests to the host.
    """

    url: str
    accept: str = "*/*"
    etag: str = ""
    modified: str = ""
    most_bytes: int = 20_000_000
    pace: float = 1.0
    found: str = ""


class Pages:
    """The only one who asks other people's servers for pages. Close it, or use it with ``async with``.

    No cookie, no proxy of the environment, no connection that is used for two hosts.
    """

    def __init__(
        self,
        fetch: FetchSettings,
        base_urls: Sequence[str],
        *,
        version: str,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        turn: Turn | None = None,
        rests: Rests | None = None,
        resolve: Resolve = resolved,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``base_urls``: of the sources, trusted as ``fetch.allow_hosts`` are. ``now``: seconds, never going back.

        ``turn``: instead of this process's own turns; ``rests``: those that other processes heard of. Raises SettingsError for hosts and URLs that are none.
        """
        self._trusted = Trusted.of(fetch.allow_hosts, base_urls)
        self._agent = f"Paperbot/{version}" + (f" (+{fetch.contact})" if fetch.contact else "")
        self._resolve = resolve
        self._waiting = Waiting(now, sleep, turn, rests)
        self._transport = transport or new_transport()

    async def get(self, ask: Ask) -> Answer:
        """Ask for a page, when it is its server's turn.

        Follows at most five redirects, to the same host only (a leading ``www.`` aside), each judged anew and trusted
        never, and none from https to http. Raises PageRefused for what is not asked, or was refused for good; and
        PageUnavailable for all that may be there later, with ``retry_after`` where the server said when: until then
        it is asked for nothing.
        """
        page = await self._checked(ask.url, self._trusted)
        async with self._waiting.alone_with(page.netloc):
            await self._waiting.turn(page.netloc, ask.pace)
            try:
                async with asyncio.timeout(WHOLE_SECONDS):
                    return await self._followed(ask, page)
            except TimeoutError as error:
                raise late(page) from error

    async def close(self) -> None:
        """Give the connections back."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _checked(self, url: str, trusted: Trusted) -> Checked:
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                return await checked(url, trusted, self._resolve)
        except TimeoutError as error:
            raise PageUnavailable(
                "Nobody knows for now where this page is. It is asked for again later.", cause="the resolver is late"
            ) from error

    async def _followed(self, ask: Ask, page: Checked) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            found = await self._once(ask, page)
            if isinstance(found, Answer):
                return found
            page = await self._redirected(page, found)
            await self._waiting.turn(page.netloc, ask.pace)
        raise PageRefused(
            f"{page.host} sends from one address to the next and never to a page. Check the source's address.",
            code="REDIRECT",
            cause=f"REDIRECT {named(page)}: more than {MOST_REDIRECTS}",
        )

    async def _redirected(self, page: Checked, location: str) -> Checked:
        """Where a redirect leads; raises PageRefused for one that is not followed, and PageUnavailable."""
        try:
            url = urljoin(page.url, location)
            there = httpx.URL(url)
        except (httpx.InvalidURL, ValueError) as error:
            raise astray(page, "what is no address") from error
        # Compared before it is resolved: a name alone can be a message to whoever answers for it.
        if there.host.removesuffix(".").removeprefix("www.") != page.host.removeprefix("www."):
            raise astray(page, "another server")
        if page.scheme == "https" and there.scheme != "https":
            raise astray(page, "a page that is not encrypted")
        try:
            return await self._checked(url, Trusted())
        except PageRefused as refusal:
            raise astray(page, f"where nothing is asked ({refusal.code})") from refusal

    async def _once(self, ask: Ask, page: Checked) -> Answer | str:
        """What one request brought: an answer, or where it is redirected to."""
        began = time.monotonic()
        headers = {"User-Agent": self._agent, "Accept": ask.accept, "Accept-Encoding": ENCODINGS}
        is_known = not ask.found or ask.found == mark_of(page.url)
        conditions = {"If-None-Match": kept(ask.etag), "If-Modified-Since": kept(ask.modified)} if is_known else {}
        response = await sent(
            self._transport, page, headers | {name: value for name, value in conditions.items() if value}
        )
        try:
            log.info("asked %s%s: %d in %.2f s", page.netloc, page.path, response.status_code, time.monotonic() - began)
            wait = asked_to_wait(
                response.status_code, {name.lower(): value for name, value in response.headers.items()}
            )
            if wait is None and response.status_code in TOO_MUCH:
                await self._waiting.told(page.netloc, USUAL_WAIT)
            elif wait is not None:
                await self._waiting.told(page.netloc, wait)
            if response.status_code in _REDIRECTS and (location := response.headers.get("location")):
                return location
            if response.status_code == _NOT_MODIFIED and any(conditions.values()):
                return answer(page, response, b"")
            if response.status_code != 200:  # noqa: PLR2004 - OK
                raise no(page, response.status_code, wait)
            return answer(page, response, await content(response, ask.most_bytes, named(page)))
        except httpx.TimeoutException as error:
            raise late(page) from error
        except httpx.TransportError as error:
            raise PageUnavailable(
                f"The answer of {page.host} broke off. It may work later.",
                cause=f"{named(page)}: {type(error).__name__}: {error}",
            ) from error
        finally:
            await response.aclose()
