"""In front of everything that comes by HTTP: only what Slack signed, in time and of a sane size, gets through.

Answers are short and tell nothing: 404 and 405 for another address or method, 413 for too much, 408 for too slow, 401
for a signature that is missing, malformed, stale or wrong, 400 for a body that is not what Slack sends.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from bot import metrics

PATH = "/slack/events"
#: Bytes of a body.
LARGEST_BODY = 1024 * 1024
#: Seconds for the whole body to arrive.
READ_SECONDS = 5.0
#: Seconds by which a signature's time may differ from ours, either way.
WINDOW = 300
#: Seconds between two lines in the log about requests that were turned away.
TELL_SECONDS = 60.0
#: Fields of a form; a slash command has about fifteen.
_MOST_FIELDS = 100

_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
#: A verified payload and the headers that matter -> status and content.
Answer: TypeAlias = Callable[[dict[str, Any], dict[str, str]], Awaitable[tuple[int, str]]]

log = logging.getLogger(__name__)


class Unacceptable(Exception):
    """A request that is turned away, with the status to say so."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Guard:
    """An ASGI application: verifies, parses, and hands the payload to ``answer``."""

    def __init__(self, secret: str, answer: Answer, *, now: Callable[[], float] = time.time) -> None:
        self._key = secret.encode()
        self._answer = answer
        # Slack signs with the real time, whatever the testing clock says.
        self._now = now
        self._told, self._untold = -math.inf, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        try:
            payload, headers = await self._admit(scope, receive)
            status, content = await self._answer(payload, headers)
        except Unacceptable as refused:
            self._tell(refused)
            await _respond(send, refused.status, refused.reason, close=refused.status in {408, 413})
        except Exception:
            log.exception("a request failed before it was taken")
            await _respond(send, 500, "Something went wrong.")
        else:
            await _respond(send, status, content, is_json=content.startswith("{"))
            metrics.ACK_SECONDS.observe(time.perf_counter() - began)

    def _tell(self, refused: Unacceptable) -> None:
        """One line a minute: anybody can make us refuse a request, and nobody shall fill the log."""
        if self._now() - self._told < TELL_SECONDS:
            self._untold += 1
            return
        log.info(
            "turned away: %d %s (and %d requests since the last such line)",
            refused.status,
            refused.reason,
            self._untold,
        )
        self._told, self._untold = self._now(), 0

    async def _admit(self, scope: Scope, receive: Receive) -> tuple[dict[str, Any], dict[str, str]]:
        if scope["path"] != PATH:
            raise Unacceptable(404, "There is nothing here.")
        if scope["method"] != "POST":
            raise Unacceptable(405, "Only POST is answered here.")
        headers: dict[bytes, bytes] = dict(scope["headers"])
        body = await body_of(headers, receive)
        if not self._is_signed(headers, body):
            raise Unacceptable(401, "The signature is not right.")
        retries = headers.get(b"x-slack-retry-num", b"")
        return parse(headers.get(b"content-type", b""), body), {"x-slack-retry-num": retries.decode("latin-1")}

    def _is_signed(self, headers: dict[bytes, bytes], body: bytes) -> bool:
        stamp, given = headers.get(b"x-slack-request-timestamp", b""), headers.get(b"x-slack-signature", b"")
        if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(given):
            return False
        if abs(self._now() - int(stamp)) > WINDOW:
            return False
        right = hmac.new(self._key, b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(b"v0=" + right.encode(), given)


async def body_of(headers: dict[bytes, bytes], receive: Receive, most: int = LARGEST_BODY) -> bytes:
    """The whole body. Raises Unacceptable for one that is larger than ``most`` bytes, too slow, or broken off."""
    told = headers.get(b"content-length", b"0")
    if not told.isdigit() or int(told[:12]) > most:
        raise Unacceptable(413, "That is too much.")
    received = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            while True:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise Unacceptable(400, "The request broke off.")
                received += event.get("body", b"")
                if len(received) > most:
                    raise Unacceptable(413, "That is too much.")
                if not event.get("more_body", False):
                    return bytes(received)
    except TimeoutError:
        raise Unacceptable(408, "That took too long.") from None


def parse(content_type: bytes, body: bytes) -> dict[str, Any]:
    """The payload of a verified body: JSON, a form, or JSON in the form's ``payload``. Raises Unacceptable."""
    kind = content_type.split(b";")[0].strip().lower()
    try:
        written = body.decode("utf-8")
        if kind == b"application/json":
            payload: object = json.loads(written)
        elif kind == b"application/x-www-form-urlencoded":
            form = dict(parse_qsl(written, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS))
            payload = json.loads(form["payload"]) if "payload" in form else form
        else:
            raise Unacceptable(400, "That is neither JSON nor a form.")
    except (ValueError, RecursionError):
        raise Unacceptable(400, "That cannot be read.") from None
    if not isinstance(payload, dict):
        raise Unacceptable(400, "That is no object.")
    return payload  # pyright: ignore[reportUnknownVariableType] - JSON's keys are texts


async def _respond(send: Send, status: int, content: str, *, is_json: bool = False, close: bool = False) -> None:
    body = content.encode()
    kind = b"application/json" if is_json else b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if status == 405:  # noqa: PLR2004 - Method Not Allowed
        headers.append((b"allow", b"POST"))
    if close:
        # What is left of the body is not read.
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
