"""The chart of a reader's week: a picture that is one, and words that say the same."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from bot import charts
from bot.models import DayCount

MONDAY = date(2026, 3, 16)
WEEK = [DayCount(MONDAY + timedelta(place), 1_000 + place, place % 4, place % 2) for place in range(7)]


def size(png: bytes) -> tuple[int, int]:
    """Width and height that a PNG's header tells; fails for what is none."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize(
    "days",
    [WEEK, WEEK[:1], [], WEEK * 3, [DayCount(MONDAY)], [DayCount(MONDAY, 10**9, -1, 10**6)]],
    ids=["a week", "a day", "none", "three weeks", "nothing happened", "out of bounds"],
)
def test_any_days_are_a_picture(days: list[DayCount]) -> None:
    """Twice as wide as high, sharp on a phone, and small enough to be sent every week."""
    png = charts.week(days)
    width, height = size(png)
    assert (width, 2 < width / height < 2.5) == (1_200, True)
    assert len(png) < 100_000


def test_the_same_days_are_the_same_picture_in_any_thread() -> None:
    """Pictures that are drawn at the same time do not disturb each other."""
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(charts.week, [WEEK, WEEK[:3]] * 4))
    assert set(drawn) == {charts.week(WEEK), charts.week(WEEK[:3])}
    assert len(set(drawn)) == 2


def test_words_say_every_figure() -> None:
    """Totals first, then each day by its name."""
    words = charts.alt_text(WEEK)
    assert words.startswith("Papers by day. In all 7,021 came in, 9 sent, 3 liked or saved. Mon 16: 1,000 came in,")
    assert words.endswith("Sun 22: 1,006 came in, 2 sent, 0 liked or saved.")
    assert len(charts.alt_text(WEEK * 40)) <= 1_900
    assert charts.alt_text([])
