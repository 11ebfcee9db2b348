"""Turns to ask a server, and how long one that asked for it is left alone."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import PageUnavailable
from bot.pages.waiting import LONGEST_WAIT, Waiting, asked_to_wait

DATE = "Wed, 10 Dec 2025 09:00:00 GMT"


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 50.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"ratelimit": '"api";r=0;t=42'}, 42),
        (429, {"ratelimit": '"api";r=3;t=42'}, 42),
        (429, {"ratelimit": '"api"; r=0; t=42.5'}, 42.5),
        (200, {"ratelimit": '"api";r=0;t=42'}, 42),
        (200, {"ratelimit": '"api";r=1;t=42'}, None),
        (200, {"ratelimit": '"api";t=42'}, None),
        (429, {"ratelimit": '"api";r=0;t=42', "retry-after": "7"}, 42),
        (429, {"retry-after": "7"}, 7),
        (503, {"retry-after": " 7.5 "}, 7.5),
        (500, {"retry-after": "7"}, 7),
        (200, {"retry-after": "7"}, None),
        (429, {"retry-after": "0"}, 0),
        (429, {"retry-after": "-5"}, 0),
        (429, {"retry-after": "1e9"}, LONGEST_WAIT),
        (429, {"retry-after": "inf"}, LONGEST_WAIT),
        (429, {"retry-after": "nan"}, LONGEST_WAIT),
        (429, {"ratelimit": '"api";r=0;t=999999999'}, LONGEST_WAIT),
        (429, {"retry-after": "Wed, 10 Dec 2025 09:01:30 GMT", "date": DATE}, 90),
        (429, {"retry-after": "Wed, 10 Dec 2025 08:00:00 GMT", "date": DATE}, 0),
        (429, {"retry-after": "Wed, 10 Dec 2025 09:01:30 GMT"}, None),
        (429, {"retry-after": "soon", "date": DATE}, None),
        (429, {"retry-after": "Wed, 10 Dec 2025 09:01:30", "date": DATE}, None),
        (429, {}, None),
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(status: int, headers: dict[str, str], seconds: float | None) -> None:
    """RateLimit before Retry-After, in seconds or as a date, never longer than six hours."""
    assert asked_to_wait(status, headers) == seconds


@pytest.mark.parametrize(
    ("servers", "pace", "moments"),
    [
        (["one.example.org"] * 3, 1.0, [50, 51, 52]),
        (["one.example.org", "two.example.org", "www.one.example.org"], 1.0, [50, 50, 51]),
        (["rss.arxiv.org", "export.arxiv.org", "arxiv.org"], 1.0, [50, 53, 56]),
        (["rss.arxiv.org"] * 2, 5.0, [50, 55]),
        (["notarxiv.org"] * 2, 1.0, [50, 51]),
        (["mirror.lan:8080"] * 2, 3.0, [50, 53]),
    ],
)
async def test_turns(servers: list[str], pace: float, moments: list[float]) -> None:
    """Each server at its pace; arXiv's servers together once in three seconds at least."""
    clock, seen = Clock(), list[float]()
    waiting = Waiting(clock.now, clock.sleep)
    for server in servers:
        await waiting.turn(server, pace)
        seen.append(clock.seconds)
    assert seen == moments


async def test_turns_of_several_processes_are_asked_for() -> None:
    """Turns that somebody else keeps are used in place of our own."""
    asked: list[tuple[str, float]] = []

    async def turn(server: str, pace: float) -> None:
        asked.append((server, pace))

    clock = Clock()
    waiting = Waiting(clock.now, clock.sleep, turn)
    await waiting.turn("export.arxiv.org", 1)
    await waiting.turn("papers.example.org", 1)
    assert asked == [("arxiv.org", 3), ("papers.example.org", 1)]
    assert clock.seconds == 50


async def test_a_pause_is_for_all_that_belongs_together() -> None:
    """One of arXiv's servers asked for it: none of them is asked, and everybody else is."""
    clock = Clock()
    waiting = Waiting(clock.now, clock.sleep)
    waiting.leave("rss.arxiv.org", 60)
    waiting.leave("rss.arxiv.org", 20)
    with pytest.raises(PageUnavailable) as left:
        async with waiting.alone_with("export.arxiv.org"):
            pass
    assert left.value.retry_after == 60
    async with waiting.alone_with("papers.example.org"):
        clock.seconds += 60
    async with waiting.alone_with("export.arxiv.org"):
        pass


async def test_who_waited_for_a_server_heeds_what_it_said_meanwhile() -> None:
    """A request that stood in line while the one before it was put off is not made."""
    clock = Clock()
    waiting = Waiting(clock.now, clock.sleep)

    async def second() -> None:
        async with waiting.alone_with("papers.example.org"):
            raise AssertionError("it was asked")

    async with waiting.alone_with("papers.example.org"):
        line = asyncio.create_task(second())
        await asyncio.sleep(0)
        waiting.leave("papers.example.org", 42)
    with pytest.raises(PageUnavailable):
        await line
