"""One call to the Web API: made once, timed, and its outcome sorted into sent, not sent, refused or unknown."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotifierAmbiguous, NotifierError, NotifierRefused, NotifierUnavailable
from bot.metrics import SLACK_LIMITED, SLACK_SECONDS
from bot.notify.deadline import PunctualRequest
from bot.notify.pacing import LocalPace, Monotonic, Pace, Sleep, nothing_sent
from bot.notify.sorting import DEAD_TOKEN, LATER, UNKNOWN, outcome, refusal, sort_answer

#: Seconds to reach Slack at all; then nothing was sent.
CONNECT_SECONDS = 5.0
#: Seconds to leave a token alone that Slack has called dead.
DEAD_SECONDS = 60.0
#: Seconds that a call waits by itself when Slack asks it to. Somebody may be looking at a button meanwhile.
PATIENCE = 2.0
#: Pages of one listing.
MOST_PAGES = 200

# slack_sdk builds its debug texts whenever the level is not set on the logger itself.
_sdk_log = logging.getLogger("slack_sdk.paperbot")
_sdk_log.setLevel(logging.INFO)


class WebApi:
    """Slack's Web API with one token. No call is repeated unless Slack said that it was not taken."""

    def __init__(
        self,
        token: str,
        url: str,
        timeout: float,
        pace: Pace | None = None,
        *,
        now: Monotonic = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._token = token
        self.url = url
        self.timeout = timeout
        self._now, self._sleep = now, sleep
        self._pace: Pace = pace or LocalPace(0, 0, now, sleep)
        self._client: AsyncWebClient | None = None
        self._session: aiohttp.ClientSession | None = None
        self._dead: str | None = None
        self._dead_until = 0.0

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one pool of connections."""
        if self._session is None:
            limits = aiohttp.ClientTimeout(total=self.timeout, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)
            self._session = aiohttp.ClientSession(request_class=PunctualRequest, timeout=limits)
        return self._session

    @property
    def client(self) -> AsyncWebClient:
        """slack_sdk's client on that pool, without its own repetitions."""
        if self._client is None:
            self._client = AsyncWebClient(
                self._token, self.url, session=self.session, retry_handlers=[], logger=_sdk_log
            )
        return self._client

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    def revoke(self) -> None:
        """The token is gone for good: it is used no more."""
        self._dead, self._dead_until = "token_revoked", float("inf")

    @property
    def is_refused(self) -> bool:
        """Slack said a moment ago that the token is worth nothing; later it is tried again."""
        return self._dead is not None and self._now() < self._dead_until

    async def write(
        self, method: str, arguments: Mapping[str, object], patience: float = PATIENCE, *, has_turn: bool = False
    ) -> dict[str, Any]:
        """Call a method that changes something, with JSON, without the arguments that are None. Raises NotifierError.

        Waits up to ``patience`` seconds, once, when Slack asks for it. ``has_turn``: the pace has just allowed it, and
        it is tried once only.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        if has_turn:
            return (await self._counted(method, "POST", {"json": given}))[0]
        await self._wait(method, patience)
        return (await self._patiently(method, patience, "POST", {"json": given}))[0]

    async def read(self, method: str, arguments: Mapping[str, str | int]) -> tuple[dict[str, Any], Mapping[str, str]]:
        """Call a method that changes nothing; gives body and headers. Raises NotifierError, never NotifierAmbiguous."""
        for attempt in (1, 2):
            await self._wait(method, PATIENCE)
            try:
                return await self._patiently(method, PATIENCE, "GET", {"params": dict(arguments)})
            except NotifierAmbiguous as failure:
                if attempt == 2:  # noqa: PLR2004 - the last
                    raise NotifierUnavailable(LATER, cause=failure.cause) from failure
        raise AssertionError("unreachable")

    async def pages(self, method: str, arguments: Mapping[str, str | int]) -> AsyncGenerator[dict[str, Any]]:
        """The bodies of a reading method's pages, all of them.

        Raises as ``read``, and NotifierUnavailable where the pages do not end: what was seen is then not everything.
        """
        seen, cursor = {""}, ""
        while True:
            answer, _ = await self.read(method, {**arguments, **({"cursor": cursor} if cursor else {})})
            yield answer
            more: object = answer.get("response_metadata")
            cursor = str(more.get("next_cursor") or "") if isinstance(more, dict) else ""  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
            if not cursor:
                return
            if cursor in seen or len(seen) > MOST_PAGES:
                raise NotifierUnavailable(LATER, cause=f"{method}: the pages do not end")
            seen.add(cursor)

    async def _wait(self, method: str, patience: float) -> None:
        """Wait for the end of the method's pause; raises NotifierUnavailable when that takes more than ``patience`` s."""
        with nothing_sent():
            left = await self._pace.paused(method)
            if left > patience:
                raise NotifierUnavailable(LATER, retry_after=left, cause=f"{method}: paused for {left:.1f} s by Slack")
            if left > 0:
                await self._sleep(left)

    async def _patiently(
        self, method: str, patience: float, verb: str, sent: dict[str, Any]
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        try:
            return await self._counted(method, verb, sent)
        except NotifierUnavailable as failure:
            if failure.retry_after is None:
                raise
        await self._wait(method, patience)
        return await self._counted(method, verb, sent)

    async def _counted(self, method: str, verb: str, sent: dict[str, Any]) -> tuple[dict[str, Any], Mapping[str, str]]:
        if self._dead and self._now() < self._dead_until:
            raise refusal(method, self._dead, cause=f"{method}: not asked, the token is {self._dead}")
        began, failure = time.monotonic(), None
        try:
            return await self._once(method, verb, sent)
        except NotifierError as error:
            failure = error
            if isinstance(error, NotifierUnavailable) and error.retry_after is not None:
                SLACK_LIMITED.labels(method).inc()
                with nothing_sent():
                    await self._pace.pause(method, error.retry_after)
            raise
        finally:
            SLACK_SECONDS.labels(method, outcome(failure)).observe(time.monotonic() - began)

    async def _once(self, method: str, verb: str, sent: dict[str, Any]) -> tuple[dict[str, Any], Mapping[str, str]]:
        try:
            response = await self.client.api_call(method, http_verb=verb, **sent)
            data: object = response.data  # pyright: ignore[reportUnknownVariableType] - slack_sdk leaves it open
            if not isinstance(data, dict):
                raise NotifierAmbiguous(UNKNOWN, cause=f"{method}: the answer is no JSON object")
            self._believe(None)
            return cast("dict[str, Any]", data), cast("Mapping[str, str]", response.headers)
        except SlackApiError as error:
            failure = _sorted(method, error)
            if isinstance(failure, NotifierRefused) and failure.code in DEAD_TOKEN:
                self._believe(failure.code)
            raise failure from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotifierUnavailable(LATER, cause=f"{method}: {type(error).__name__}") from error
        except (TimeoutError, OSError, aiohttp.ClientError, SlackClientError, ValueError, AttributeError) as error:
            # slack_sdk fails with the last two on bodies that are not what Slack sends.
            raise NotifierAmbiguous(UNKNOWN, cause=f"{method}: {type(error).__name__}") from error

    def _believe(self, dead: str | None) -> None:
        """What an answer says of the token; one that was taken away meanwhile stays so."""
        if self._dead_until != float("inf"):
            self._dead, self._dead_until = dead, self._now() + DEAD_SECONDS

    async def send_bytes(self, url: str, content: bytes) -> None:
        """Post bytes to an upload address that Slack gave. Raises NotifierUnavailable: a file is nothing until completed."""
        try:
            async with self.session.post(url, data=content) as response:
                if response.status != 200:  # noqa: PLR2004 - OK
                    raise NotifierUnavailable(LATER, cause=f"upload: HTTP {response.status}")
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            raise NotifierUnavailable(LATER, cause=f"upload: {type(error).__name__}") from error

    async def receive_bytes(self, url: str, most: int) -> bytes | None:
        """Read a file at an address of Slack's, with our token; None for more than ``most`` bytes.

        Whoever calls it has made sure that the address is Slack's. Raises NotifierRefused and NotifierUnavailable.
        """
        try:
            # Slack sends whoever it does not know elsewhere, to sign in: that page is no file.
            async with self.session.get(
                url, headers={"Authorization": f"Bearer {self._token}"}, allow_redirects=False
            ) as response:
                if 300 <= response.status < 500 and response.status not in (408, 429):  # noqa: PLR2004 - not for us
                    raise refusal("file", "file_not_found", cause=f"file: HTTP {response.status}")
                if response.status != 200:  # noqa: PLR2004 - OK
                    raise NotifierUnavailable(LATER, cause=f"file: HTTP {response.status}")
                content = bytearray()
                async for piece in response.content.iter_chunked(2**16):
                    content += piece
                    if len(content) > most:
                        return None
                return bytes(content)
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            raise NotifierUnavailable(LATER, cause=f"file: {type(error).__name__}") from error


def _sorted(method: str, error: SlackApiError) -> NotifierError:
    """slack_sdk raises with its own response, or with aiohttp's where the body was no JSON."""
    response: Any = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    return sort_answer(method, int(status), getattr(response, "headers", {}), getattr(response, "data", None))
