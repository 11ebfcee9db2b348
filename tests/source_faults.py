"""Answers of the stand-in source server that are not the usual ones."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal, TypeAlias

from aiohttp import web

Way: TypeAlias = Literal["", "slow", "drip", "truncated", "dropped", "huge", "bomb", "loop", "empty", "drifted"]


@dataclass(frozen=True)
class Fault:
    """One answer that is not the usual one. ``empty`` and ``drifted`` are of the kind that the path gives usually."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    way: Way = ""
    #: Until the usual answer ("slow"), or between two bytes of it ("drip").
    seconds: float = 0.0
    #: Bytes of "huge", and of "bomb" unpacked.
    size: int = 0

    @classmethod
    def limited(cls, seconds: float = 42, by: Literal["RateLimit", "Retry-After", "date", ""] = "RateLimit") -> Fault:
        """429; "date" is a Retry-After with a date, by "" it does not say how long."""
        told = {"RateLimit": {"RateLimit": f'"api";r=0;t={seconds:g}'}, "Retry-After": {"Retry-After": f"{seconds:g}"}}
        moment = datetime(2025, 12, 10, 9, tzinfo=UTC)
        told["date"] = {
            "Date": format_datetime(moment, usegmt=True),
            "Retry-After": format_datetime(moment + timedelta(seconds=seconds), usegmt=True),
        }
        return cls(429, b"We had to rate limit you.", told.get(by, {}))

    @classmethod
    def error(cls, status: int = 500, retry_after: float | None = None) -> Fault:
        """An HTTP error."""
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return cls(status, b"<html><body><h1>Sorry</h1></body></html>", headers)

    @classmethod
    def other(cls, body: bytes, content_type: str = "text/html", **headers: str) -> Fault:
        """200 with this body."""
        return cls(200, body, {"Content-Type": content_type} | {k.replace("_", "-"): v for k, v in headers.items()})

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """The usual answer, so late."""
        return cls(way="slow", seconds=seconds)

    @classmethod
    def dripping(cls, seconds: float) -> Fault:
        """A byte each so many seconds."""
        return cls(way="drip", seconds=seconds)

    @classmethod
    def truncated(cls) -> Fault:
        """The usual answer breaks off in the middle."""
        return cls(way="truncated")

    @classmethod
    def dropped(cls) -> Fault:
        """The connection breaks before an answer."""
        return cls(way="dropped")

    @classmethod
    def huge(cls, size: int = 30_000_000) -> Fault:
        """So many bytes, of which the server does not say how many there will be."""
        return cls(way="huge", size=size)

    @classmethod
    def bomb(cls, size: int = 200_000_000) -> Fault:
        """A small answer that unpacks to so many bytes."""
        return cls(way="bomb", size=size)

    @classmethod
    def loop(cls) -> Fault:
        """Redirects to itself for ever."""
        return cls(302, way="loop")

    @classmethod
    def redirect(cls, to: str, status: int = 302) -> Fault:
        """Redirects to there."""
        return cls(status, headers={"Location": to})

    @classmethod
    def empty(cls) -> Fault:
        """An answer of the usual kind in which there are no papers."""
        return cls(way="empty")

    @classmethod
    def drifted(cls) -> Fault:
        """An answer of the usual kind, laid out so that nobody reads papers in it any more."""
        return cls(way="drifted")


_EMPTY = {
    "json": b"[]",
    "html": (
        b'<!doctype html><html><head><title>Daily Papers - Hugging Face</title></head><body class="DailyPapersPage">'
        b"<main><p>Get trending papers in your email inbox!</p><section><h1>Daily Papers</h1></section></main></body></html>"
    ),
    "xml": b'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Papers</title></channel></rss>',
}
_DRIFTED = {
    "json": b'{"data":{"rows":[{"uid":"a1","heading":"A heading","text":"A text"}],"cursor":null}}',
    "html": b"<!doctype html><html><head><title>Welcome</title></head><body><div id=app></div><script src=a.js></script></body></html>",
    "xml": b'<?xml version="1.0" encoding="UTF-8"?><listing><row uid="a1">A heading</row></listing>',
}
TYPES = {"json": "application/json", "html": "text/html", "xml": "application/xml"}


def kind_of(path: str) -> str:
    """What a path gives usually: json, html or xml."""
    if path.startswith(("/rss", "/atom", "/feed", "/api/query")):
        return "xml"
    return "json" if path.startswith("/api") else "html"


async def answered(request: web.Request, fault: Fault, usual: web.Response) -> web.StreamResponse:
    """The answer of a fault in place of the usual one."""
    kind = kind_of(request.path)
    match fault.way:
        case "slow":
            await asyncio.sleep(fault.seconds)
            return usual
        case "empty" | "drifted":
            body = (_EMPTY if fault.way == "empty" else _DRIFTED)[kind]
            return web.Response(body=body, content_type=TYPES[kind])
        case "loop":
            number = int(request.query.get("again", "0")) + 1
            return web.Response(status=302, headers={"Location": str(request.url.update_query(again=str(number)))})
        case "bomb":
            packed = gzip.compress(bytes(fault.size), 9)
            return web.Response(body=packed, headers={"Content-Encoding": "gzip", "Content-Type": TYPES[kind]})
        case "":
            return web.Response(status=fault.status, body=fault.body, headers=dict(fault.headers))
        case _:
            return await _in_pieces(request, fault, usual)


async def _in_pieces(request: web.Request, fault: Fault, usual: web.Response) -> web.StreamResponse:
    line = request.transport
    if fault.way == "dropped":
        if line:
            line.abort()
        return usual
    body = usual.body if isinstance(usual.body, bytes) else b""
    response = web.StreamResponse(headers={"Content-Type": usual.content_type})
    if fault.way == "truncated":
        response.content_length = len(body)
    await response.prepare(request)
    try:
        match fault.way:
            case "truncated":
                await response.write(body[: len(body) // 2])
                if line:
                    line.close()
            case "drip":
                for byte in body:
                    await response.write(bytes([byte]))
                    await asyncio.sleep(fault.seconds)
            case _:
                for _ in range(fault.size // 65_536 + 1):
                    await response.write(bytes(65_536))
        await response.write_eof()
    except ConnectionError:
        # Whoever asked has had enough.
        return response
    return response
