"""The guard in front of HTTP: only what Slack signed gets through, and nothing makes it stumble."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.slack import guard as guarding
from bot.slack import serving as serving_module
from bot.slack.guard import LARGEST_BODY, PATH, Guard
from bot.slack.serving import serving
from tests.slack_server import SIGNING_SECRET, signed

NOW = 1_773_820_800.0
EVENT = json.dumps({"type": "event_callback", "event_id": "Ev1"}).encode()


class Door:
    """A guard with something behind it that remembers what came through."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        self.guard = Guard(SIGNING_SECRET, self.answer, now=lambda: NOW)

    async def answer(self, payload: dict[str, Any], headers: dict[str, str]) -> tuple[int, str]:
        self.came.append(payload | {"retry": headers["x-slack-retry-num"]})
        return 200, ""

    async def ask(
        self,
        body: bytes = EVENT,
        headers: dict[str, Any] | None = None,
        *,
        method: str = "POST",
        path: str = PATH,
        pieces: int = 1,
    ) -> int:
        """The status that a request gets."""
        step = max(1, -(-len(body) // pieces))
        events = [
            {"type": "http.request", "body": body[at : at + step], "more_body": at + step < len(body)}
            for at in range(0, max(1, len(body)), step)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            return events.pop(0)

        async def send(event: Any) -> None:
            sent.append(event)

        raw = [
            (name.encode(), value if isinstance(value, bytes) else str(value).encode("utf-8"))
            for name, value in (signed(body, at=NOW) if headers is None else headers).items()
        ]
        await self.guard({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
        assert [event["type"] for event in sent] == ["http.response.start", "http.response.body"]
        return sent[0]["status"]


@pytest.fixture
def door() -> Door:
    """A door at NOW."""
    return Door()


async def test_what_slack_signed_gets_through(door: Door) -> None:
    """JSON, forms and JSON in forms, whole or in pieces, with Slack's count of retries."""
    assert await door.ask(headers=signed(EVENT, at=NOW) | {"x-slack-retry-num": "2"}, pieces=5) == 200
    form = b"command=%2Fpapers&text=my+payload+here"
    assert await door.ask(form, signed(form, at=NOW, kind="x-www-form-urlencoded")) == 200
    wrapped = b"payload=%7B%22type%22%3A%22block_actions%22%7D"
    assert await door.ask(wrapped, signed(wrapped, at=NOW, kind="x-www-form-urlencoded; charset=utf-8")) == 200
    assert door.came == [
        {"type": "event_callback", "event_id": "Ev1", "retry": "2"},
        {"command": "/papers", "text": "my payload here", "retry": ""},
        {"type": "block_actions", "retry": ""},
    ]


SIGNED = signed(EVENT, at=NOW)
STAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {name: value for name, value in SIGNED.items() if name != SIGNATURE},
        {name: value for name, value in SIGNED.items() if name != STAMP},
        SIGNED | {SIGNATURE: ""},
        SIGNED | {SIGNATURE: SIGNED[SIGNATURE].upper()},
        SIGNED | {SIGNATURE: SIGNED[SIGNATURE][:-1]},
        SIGNED | {SIGNATURE: SIGNED[SIGNATURE] + "0"},
        SIGNED | {SIGNATURE: "v1" + SIGNED[SIGNATURE][2:]},
        SIGNED | {SIGNATURE: "v0=" + "é" * 32},
        SIGNED | {SIGNATURE: b"v0=" + b"\xff" * 64},
        SIGNED | {STAMP: "abc"},
        SIGNED | {STAMP: "1773820800.0"},
        SIGNED | {STAMP: "-1773820800"},
        SIGNED | {STAMP: " 1773820800"},
        SIGNED | {STAMP: "1773820800\n"},
        SIGNED | {STAMP: "١٧٧٣٨٢٠٨٠٠"},
        SIGNED | {STAMP: "9" * 400},
        SIGNED | {STAMP: "1773820801"},
        signed(EVENT, at=NOW - 301),
        signed(EVENT, at=NOW + 301),
        signed(EVENT + b" ", at=NOW),
        signed(EVENT, at=NOW, key="another secret"),
    ],
)
async def test_anything_else_is_refused(door: Door, headers: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """A signature that is missing, malformed, stale, of the future, of another body or secret: 401 and no traceback."""
    with caplog.at_level(logging.DEBUG):
        assert await door.ask(headers=headers) == 401
    assert door.came == []
    assert not [record for record in caplog.records if record.exc_info]


async def test_five_minutes_are_allowed(door: Door) -> None:
    """Clocks differ a little, both ways."""
    assert await door.ask(headers=signed(EVENT, at=NOW - 299)) == 200
    assert await door.ask(headers=signed(EVENT, at=NOW + 299)) == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "json"),
        (b"{", "json"),
        (b"[]", "json"),
        (b"null", "json"),
        (b'{"a": "\xff"}', "json"),
        (b"[" * 100_000, "json"),
        (b"payload=%7B", "x-www-form-urlencoded"),
        (b"payload=", "x-www-form-urlencoded"),
        (b"payload=[1]", "x-www-form-urlencoded"),
        (b"text=%ff%fe", "x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(200)), "x-www-form-urlencoded"),
        (EVENT, "xml"),
        (EVENT, ""),
    ],
)
async def test_a_signed_body_that_is_none_of_slacks(door: Door, body: bytes, kind: str) -> None:
    """Broken JSON, not UTF-8, no object, another content type: 400."""
    assert await door.ask(body, signed(body, at=NOW, kind=kind)) == 400
    assert door.came == []


async def test_elsewhere_and_otherwise_there_is_nothing(door: Door) -> None:
    """Only POST to the one path."""
    assert await door.ask(method="GET") == 405
    assert await door.ask(path="/") == 404
    assert await door.ask(path=f"{PATH}/") == 404
    assert door.came == []


async def test_too_much_is_refused(door: Door) -> None:
    """By its told length before it is read, and by what really comes."""
    assert await door.ask(headers=SIGNED | {"content-length": str(LARGEST_BODY + 1)}) == 413
    assert await door.ask(headers=SIGNED | {"content-length": "many"}) == 413
    large = b" " * (LARGEST_BODY + 1)
    assert await door.ask(large, signed(large, at=NOW), pieces=8) == 413
    whole = b'{"a": "' + b"x" * (LARGEST_BODY - 9) + b'"}'
    assert len(whole) == LARGEST_BODY
    assert await door.ask(whole, signed(whole, at=NOW), pieces=8) == 200


async def test_what_breaks_behind_it_is_told_in_one_word(door: Door) -> None:
    """A mistake of ours gives 500 without a traceback in the answer."""

    async def fail(payload: dict[str, Any], headers: dict[str, str]) -> tuple[int, str]:
        raise RuntimeError(f"broken by {payload} {headers}")

    door.guard = Guard(SIGNING_SECRET, fail, now=lambda: NOW)
    assert await door.ask() == 500


@given(
    st.binary(max_size=200),
    st.dictionaries(st.sampled_from([STAMP, SIGNATURE, "content-type"]), st.binary(max_size=80)),
)
async def test_nothing_unsigned_ever_gets_through(body: bytes, headers: dict[str, Any]) -> None:
    """Any bytes with any headers: refused, never failed."""
    door = Door()
    assert await door.ask(body, headers) == 401
    assert door.came == []


async def test_refusing_is_quick(door: Door) -> None:
    """A forged request of usual size costs well below five milliseconds."""
    body = b'{"a": "' + b"x" * 20_000 + b'"}'
    headers = signed(body, at=NOW, key="forged")
    times: list[float] = []
    for _ in range(200):
        begun = time.process_time()
        assert await door.ask(body, headers) == 401
        times.append(time.process_time() - begun)
    assert sorted(times)[-3] < 0.005


# On a real server.


@asynccontextmanager
async def served(door: Door) -> AsyncGenerator[tuple[str, int]]:
    """The guard on a port of its own."""
    async with serving(door.guard, "127.0.0.1", 0, "http.port") as address:
        yield address


async def test_others_are_served_while_bodies_dawdle(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred requests that never end hold up nobody, and end with 408."""
    monkeypatch.setattr(guarding, "READ_SECONDS", 0.3)
    async with served(door) as (host, port):
        slow = [await asyncio.open_connection(host, port) for _ in range(100)]
        for _, writer in slow:
            writer.write(b"POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        async with aiohttp.ClientSession() as session:
            url = f"http://{host}:{port}{PATH}"
            async with session.post(url, data=EVENT, headers=signed(EVENT, at=NOW)) as response:
                assert response.status == 200
        answers = await asyncio.gather(*(reader.read() for reader, _ in slow))
        assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)
        for _, writer in slow:
            writer.close()
    assert len(door.came) == 1


async def test_connections_that_bring_nothing_are_closed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silent ones and half a head after a while; beyond a number, the one that rests longest."""
    monkeypatch.setattr(serving_module, "HEAD_SECONDS", 0.6)
    monkeypatch.setattr(serving_module, "MOST_RESTING", 20)
    async with served(door) as (host, port):
        silent = [await asyncio.open_connection(host, port) for _ in range(30)]
        silent[-1][1].write(b"POST /slack/events HTTP/1.1\r\nhost")
        first = [reader.read() for reader, _ in silent[:10]]
        begun = time.monotonic()
        assert await asyncio.gather(*first) == [b""] * 10
        assert time.monotonic() - begun < 0.5
        async with aiohttp.ClientSession() as session:
            url = f"http://{host}:{port}{PATH}"
            async with session.post(url, data=EVENT, headers=signed(EVENT, at=NOW)) as response:
                assert response.status == 200
            assert await asyncio.gather(*(reader.read() for reader, _ in silent[10:])) == [b""] * 20
            # The one that was answered may rest longer.
            async with session.post(url, data=EVENT, headers=signed(EVENT, at=NOW)) as response:
                assert response.status == 200
        for _, writer in silent:
            writer.close()


async def test_nonsense_on_the_line_is_answered(door: Door) -> None:
    """What is no HTTP gets a short 400; an announced body that is too large is not waited for."""
    async with served(door) as (host, port):
        for sent, status in [
            (b"\x16\x03\x01\x02\x00\x01\x00", b"400"),
            (b"POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n", b"413"),
            (b"GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n\r\n", b"404"),
        ]:
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(sent + b"\r\n\r\n")
            async with asyncio.timeout(2):
                assert (await reader.readline()).split()[1] == status
            writer.close()


async def test_a_port_that_is_taken_names_the_setting(door: Door) -> None:
    """The second one to listen is told what to change."""
    async with served(door) as (host, port):
        with pytest.raises(SettingsError, match=r"http\.port"):
            async with serving(door.guard, host, port, "http.port"):
                pass


async def test_nobody_fills_the_log_with_refused_requests(caplog: pytest.LogCaptureFixture) -> None:
    """One line a minute, with how many there were."""
    moment = NOW
    door = Door()
    door.guard = Guard(SIGNING_SECRET, door.answer, now=lambda: moment)
    with caplog.at_level(logging.INFO):
        for _ in range(50):
            assert await door.ask(headers={}) == 401
        moment += 61
        assert await door.ask(headers={}, path="/") == 404
    assert [record.getMessage() for record in caplog.records] == [
        "turned away: 401 The signature is not right. (and 0 requests since the last such line)",
        "turned away: 404 There is nothing here. (and 49 requests since the last such line)",
    ]
