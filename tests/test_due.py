"""When a digest falls due, and when nobody may be written to: zones, clock changes, quiet hours, holidays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.due import due, reachable
from bot.models import Cadence, Subscription, Suspension, UserId
from bot.settings import ScheduleSettings

ADA, CHANNEL = UserId("T1", "U1"), UserId("T1", "C1")
HOST = ScheduleSettings()
DAILY = Subscription(ADA, cadence=Cadence.DAILY, hour=9, zone="Europe/Berlin", weekdays=tuple(range(7)))
#: A Wednesday.
DAY = date(2026, 3, 18)


def at(hour: int, minute: int = 0, *, day: date = DAY, zone: str = "Europe/Berlin") -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def slot(subscription: Subscription, now: datetime, last: date | None = DAY - timedelta(days=1)) -> date | None:
    return due(subscription, HOST, is_channel=False, last_slot=last, now=now)


def test_a_digest_falls_due_at_the_readers_own_hour() -> None:
    """Nine in Berlin is eight in London: due from then on, and once a day."""
    assert slot(DAILY, at(8, 59)) is None
    assert slot(DAILY, at(9)) == DAY
    assert slot(DAILY, at(9), last=DAY) is None
    assert slot(replace(DAILY, zone="Europe/London"), at(9)) is None


def test_who_never_had_a_digest_has_missed_none() -> None:
    """Set up before the hour: today's comes at its hour, not yesterday's at once; set up after it: today's, at once."""
    assert slot(DAILY, at(8), last=None) is None
    assert slot(DAILY, at(15), last=None) == DAY


def test_a_digest_that_could_not_be_sent_stays_due_for_a_day() -> None:
    """The bot was down at nine: the digest comes when it is up again, until the next one is nearly due."""
    assert slot(DAILY, at(23, 30)) == DAY
    friday = replace(DAILY, weekdays=(4,))
    after = date(2026, 3, 21)
    assert slot(friday, at(8, 59, day=after)) == date(2026, 3, 20)
    assert slot(friday, at(9, 0, day=after)) is None


def test_weekdays_and_the_hosts_defaults() -> None:
    """Who chose nothing hears from the host's hour on, on the host's days and in the host's zone; channels daily."""
    channel = Subscription(CHANNEL)
    saturday = date(2026, 3, 21)
    assert due(channel, HOST, is_channel=True, last_slot=None, now=at(9, zone="UTC")) == DAY
    assert due(channel, HOST, is_channel=True, last_slot=date(2026, 3, 20), now=at(9, zone="UTC", day=saturday)) is None
    assert due(Subscription(ADA), HOST, is_channel=False, last_slot=None, now=at(9, zone="UTC")) is None


def test_a_weekly_digest_comes_on_the_first_of_its_days() -> None:
    """Tuesdays and Fridays, weekly: Tuesday; missed on Tuesday, it still comes on Thursday."""
    weekly = replace(DAILY, cadence=Cadence.WEEKLY, weekdays=(1, 4))
    tuesday = date(2026, 3, 17)
    assert slot(weekly, at(9, day=tuesday), last=tuesday - timedelta(days=7)) == tuesday
    assert slot(weekly, at(12, day=tuesday + timedelta(days=2)), last=tuesday - timedelta(days=7)) == tuesday
    assert slot(weekly, at(9, day=tuesday + timedelta(days=3)), last=tuesday) is None


def test_an_hour_that_the_clocks_skip_falls_due_right_after() -> None:
    """On 29 March 2026 there is no half past two in Berlin: the digest of two o'clock comes at three."""
    night = replace(DAILY, hour=2)
    day = date(2026, 3, 29)
    assert slot(night, datetime(2026, 3, 29, 0, 59, tzinfo=UTC), last=day - timedelta(days=1)) is None
    assert slot(night, datetime(2026, 3, 29, 1, 0, tzinfo=UTC), last=day - timedelta(days=1)) == day


def test_an_hour_that_comes_twice_counts_once() -> None:
    """On 25 October 2026 two o'clock comes twice in Berlin: the digest goes out at the first one only."""
    night = replace(DAILY, hour=2)
    day = date(2026, 10, 25)
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert slot(night, first, last=day - timedelta(days=1)) == day
    assert slot(night, first + timedelta(hours=1), last=day) is None


@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]),
    st.integers(0, 23),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
)
def test_every_day_of_a_year_has_one_digest(zone: str, hour: int, start: datetime) -> None:
    """Whoever looks every quarter of an hour over three days sends each local day once and none twice."""
    reader = replace(DAILY, zone=zone, hour=hour)
    now, last, sent = start.replace(tzinfo=UTC), None, list[date]()
    for _ in range(3 * 96):
        if (day := due(reader, HOST, is_channel=False, last_slot=last, now=now)) is not None:
            sent.append(day)
            last = day
        now += timedelta(minutes=15)
    assert sent == [sent[0] + timedelta(days=place) for place in range(len(sent))]
    assert len(sent) in (3, 4)


def test_a_zone_that_nobody_knows_is_the_hosts() -> None:
    """A zone name from another machine does not stop digests."""
    assert slot(replace(DAILY, zone="Mars/Olympus"), at(9, zone="UTC")) == DAY


@pytest.mark.parametrize(
    ("change", "hour", "expected"),
    [
        ({}, 3, True),
        ({"suspended": Suspension.ARCHIVED}, 12, False),
        ({"paused": True}, 12, False),
        ({"paused": True, "paused_until": DAY}, 12, False),
        ({"paused": True, "paused_until": DAY - timedelta(days=1)}, 12, True),
        ({"holiday_until": DAY}, 23, False),
        ({"holiday_until": DAY - timedelta(days=1)}, 0, True),
        ({"quiet_from": time(20), "quiet_to": time(7)}, 20, False),
        ({"quiet_from": time(20), "quiet_to": time(7)}, 3, False),
        ({"quiet_from": time(20), "quiet_to": time(7)}, 7, True),
        ({"quiet_from": time(12), "quiet_to": time(13)}, 12, False),
        ({"quiet_from": time(12), "quiet_to": time(13)}, 13, True),
    ],
)
def test_when_a_reader_may_be_written_to(change: dict[str, object], hour: int, *, expected: bool) -> None:
    """Pauses and holidays end with their local day; quiet hours may span midnight and end on the minute."""
    assert reachable(replace(DAILY, **change), HOST, at(hour)) is expected  # pyright: ignore[reportArgumentType]
