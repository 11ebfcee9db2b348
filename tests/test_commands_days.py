"""Days as people write them are understood, and what is no day is refused in a sentence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from handlers.commands import days

#: A Wednesday.
TODAY = date(2026, 3, 18)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("until 2026-04-01", date(2026, 4, 1)),
        ("2026-4-1", date(2026, 4, 1)),
        ("until Monday", date(2026, 3, 23)),
        ("wed", date(2026, 3, 25)),
        ("thurs", date(2026, 3, 19)),
        ("tomorrow", date(2026, 3, 19)),
        ("until next week", date(2026, 3, 23)),
        ("next month", date(2026, 4, 1)),
        ("for 2 weeks", date(2026, 4, 1)),
        ("a week", date(2026, 3, 25)),
        ("10 days", date(2026, 3, 28)),
        ("1 month", date(2026, 4, 18)),
        ("a year", date(2027, 3, 18)),
        ("1 April", date(2026, 4, 1)),
        ("April 1st", date(2026, 4, 1)),
        ("until 1st of jan", date(2027, 1, 1)),
        ("March 1, 2027", date(2027, 3, 1)),
        ("18 march", date(2027, 3, 18)),
        ("29 february", date(2028, 2, 29)),
    ],
)
def test_a_day_is_read(words: str, day: date) -> None:
    """ISO days, weekdays, months and times from now are days to come."""
    assert days.is_day(words)
    assert days.read(words, TODAY) == day


@pytest.mark.parametrize(
    "words", ["until 2026-02-30", "2026-03-18", "until 2020-01-01", "9999-01-01", "999 years", "0 days", "31 june"]
)
def test_a_day_that_cannot_be_is_refused(words: str) -> None:
    """A day that does not exist, is over or is years away is answered with a sentence that says what to write."""
    assert days.is_day(words)
    with pytest.raises(UserError, match=r"\.$"):
        days.read(words, TODAY)


@pytest.mark.parametrize(
    "words", ["", "tokens in models", "until", "mo", "some weeks", "12", "32 xyz", "until further notice"]
)
def test_other_words_are_no_day(words: str) -> None:
    """Words that are no day are not taken for one."""
    assert not days.is_day(words)


@given(st.text(max_size=40))
def test_no_words_break_it(words: str) -> None:
    """Any text is a day to come within two years, or refused in a sentence."""
    try:
        day = days.read(words, TODAY)
    except UserError as error:
        told = error.sentence
    else:
        told = "."
        assert TODAY < day <= TODAY + timedelta(days=731)
    assert told.endswith(".")


@given(st.dates(date(2024, 1, 1), date(2032, 12, 31)), st.sampled_from(["1 month", "31 january", "next month", "fri"]))
def test_it_is_right_on_every_day(today: date, words: str) -> None:
    """At the end of a month and of a year too, the day is to come."""
    assert today < days.read(words, today) <= today + timedelta(days=366)
