"""Answers through an act's response URL: five times within half an hour, without any permission."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp

from bot.acts import Message
from bot.errors import Concerns, NotifierAmbiguous, NotifierError, NotifierRefused, NotifierUnavailable

#: As Slack promises them; the last seconds are left for the call itself.
USES, SECONDS = 5, 29 * 60.0
_TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=5)
_SENTENCE = "Slack no longer takes an answer there."


class Responder:
    """Posts to response URLs, whatever their host: they come from a verified payload. One pool of connections."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, body: dict[str, Any]) -> None:
        """Raises NotifierRefused (used up, expired, refused blocks), NotifierUnavailable or NotifierAmbiguous."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        try:
            async with self._session.post(url, json=body, allow_redirects=False) as response:
                if response.status == 200:  # noqa: PLR2004 - OK
                    return
                raise _refusal(response.status, await response.text())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotifierUnavailable(_SENTENCE, cause=f"answering: {type(error).__name__}") from None
        except (TimeoutError, OSError, aiohttp.ClientError, UnicodeDecodeError) as error:
            raise NotifierAmbiguous(_SENTENCE, cause=f"answering: {type(error).__name__}") from None


def _refusal(status: int, body: str) -> NotifierError:
    """The body is JSON with ``error``, or the bare word."""
    try:
        told: object = json.loads(body)
    except ValueError:
        told = None
    word = cast("dict[str, object]", told).get("error") if isinstance(told, dict) else body
    code = str(word or "")[:60]
    cause = f"answering: HTTP {status} {code!r}"
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        return NotifierUnavailable(_SENTENCE, cause=cause)
    if status >= 500:  # noqa: PLR2004 - theirs to mend
        return NotifierAmbiguous(_SENTENCE, cause=cause)
    return NotifierRefused(_SENTENCE, code=code or f"http_{status}", concerns=Concerns.MESSAGE, cause=cause)


@dataclass
class ResponseUrl:
    """One act's response URL, as long as it can be used."""

    responder: Responder
    url: str = field(repr=False)
    now: Callable[[], float] = time.monotonic
    uses: int = 0
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.now()

    @property
    def is_usable(self) -> bool:
        """It may still be posted to."""
        is_web = self.url.startswith(("https://", "http://"))
        return is_web and self.uses < USES and self.now() - self.begun < SECONDS

    async def say(self, message: Message, **how: Any) -> None:  # noqa: ANN401 - Slack's own options
        """Post the message, without its blocks if Slack finds fault with them. Raises NotifierError."""
        body: dict[str, Any] = {"text": message.text, **how}
        self.uses += 1
        if not message.blocks:
            await self.responder.post(self.url, body)
            return
        try:
            await self.responder.post(self.url, {**body, "blocks": list(message.blocks)})
        except NotifierRefused as failure:
            if "blocks" not in failure.code:
                raise
            self.uses += 1
            await self.responder.post(self.url, body)
