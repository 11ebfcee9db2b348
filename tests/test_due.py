"""When a slot falls due, and when nobody may be written to: hours, weekdays, quiet hours, holidays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import due as slots
from bot.due import due, passed, reachable, roll_up_due
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


def count(subscription: Subscription, now: datetime, last: date | None) -> int:
    return passed(subscription, HOST, is_channel=False, last_slot=last, now=now)


def test_a_slot_falls_due_at_the_readers_own_hour() -> None:
    """Nine in Berlin is eight in London: due from then on, and once a day, also for who is written to at once."""
    assert slot(DAILY, at(8, 59)) is None
    assert slot(DAILY, at(9)) == DAY
    assert slot(DAILY, at(9), last=DAY) is None
    assert slot(replace(DAILY, zone="Europe/London"), at(9)) is None
    assert slot(replace(DAILY, cadence=Cadence.AT_ONCE), at(9)) == DAY


def test_who_never_had_a_slot_has_missed_none() -> None:
    """Set up before the hour: today's comes at its hour, not yesterday's at once; set up after it: today's, at once."""
    assert slot(DAILY, at(8), last=None) is None
    assert slot(DAILY, at(15), last=None) == DAY
    assert count(DAILY, at(15), None) == 0


def test_a_slot_that_could_not_be_used_stays_due_for_a_day() -> None:
    """The bot was down at nine: the digest comes when it is up again, until the next one is nearly due."""
    assert slot(DAILY, at(23, 30)) == DAY
    friday = replace(DAILY, weekdays=(4,))
    after = date(2026, 3, 21)
    assert slot(friday, at(8, 59, day=after)) == date(2026, 3, 20)
    assert slot(friday, at(9, 0, day=after)) is None


def test_slots_that_passed_are_counted() -> None:
    """Those that the reader expected, the one that is due among them; who was away for years is told of some forty."""
    assert count(DAILY, at(8, 59), DAY - timedelta(days=1)) == 0
    assert count(DAILY, at(9), DAY - timedelta(days=1)) == 1
    assert count(DAILY, at(9), DAY - timedelta(days=10)) == 10
    working = replace(DAILY, weekdays=(0, 1, 2, 3, 4))
    assert count(working, at(9), DAY - timedelta(days=10)) == 8
    weekly = replace(DAILY, cadence=Cadence.WEEKLY, weekdays=(1, 4))
    assert count(weekly, at(9), DAY - timedelta(days=22)) == 3
    assert count(DAILY, at(9), date(2010, 1, 1)) == 40


def test_weekdays_and_the_hosts_defaults() -> None:
    """Who chose nothing has the host's hour, days and zone."""
    saturday = date(2026, 3, 21)
    for chosen, is_channel in ((Subscription(CHANNEL), True), (Subscription(ADA), False)):
        for day, expected in ((DAY, DAY), (saturday, None)):
            now, last = at(9, zone="UTC", day=day), day - timedelta(days=1)
            assert due(chosen, HOST, is_channel=is_channel, last_slot=last, now=now) == expected
            early = now - timedelta(minutes=1)
            assert due(chosen, HOST, is_channel=is_channel, last_slot=last, now=early) is None


def test_a_weekly_digest_comes_on_the_first_of_its_days() -> None:
    """Tuesdays and Fridays, weekly: Tuesday; missed on Tuesday, it still comes on Thursday."""
    weekly = replace(DAILY, cadence=Cadence.WEEKLY, weekdays=(1, 4))
    tuesday = date(2026, 3, 17)
    assert slot(weekly, at(9, day=tuesday), last=tuesday - timedelta(days=7)) == tuesday
    assert slot(weekly, at(12, day=tuesday + timedelta(days=2)), last=tuesday - timedelta(days=7)) == tuesday
    assert slot(weekly, at(9, day=tuesday + timedelta(days=3)), last=tuesday) is None
    assert slots.slots_a_week(weekly, HOST, is_channel=False) == 1
    assert slots.ends_week(weekly, HOST, tuesday, is_channel=False)


def test_slots_of_a_holiday_end_with_the_next_one() -> None:
    """Back at midnight: not yesterday's slot then, but today's at its hour; one that nobody closed comes at once."""
    yesterday = DAY - timedelta(days=1)
    before = DAY - timedelta(days=8)
    for away in ({"holiday_until": yesterday}, {"paused": True, "paused_until": yesterday}):
        back = replace(DAILY, **away)
        assert slot(back, at(0, 5), last=before) is None
        assert slot(back, at(9), last=before) == DAY
        assert count(back, at(9), before) == 8
    assert slot(DAILY, at(0, 5), last=before) == yesterday


def test_early_is_before_the_readers_hour() -> None:
    """On any day, one with a slot or not."""
    friday = replace(DAILY, weekdays=(4,))
    assert slots.is_early(friday, HOST, at(8, 59))
    assert not slots.is_early(friday, HOST, at(9))


def test_a_slot_that_a_wrong_clock_took_does_not_count() -> None:
    """The clock was a year ahead for a moment: today's slot is due all the same, and only today's."""
    wrong = DAY + timedelta(days=365)
    assert slot(DAILY, at(9), last=wrong) == DAY
    assert slot(DAILY, at(8, 59), last=wrong) is None
    assert count(DAILY, at(9), wrong) == 1
    assert slot(DAILY, at(9), last=DAY + timedelta(days=2)) is None


def test_an_hour_that_the_clocks_skip_falls_due_right_after() -> None:
    """On 29 March 2026 there is no half past two in Berlin: the digest of two o'clock comes at three."""
    night = replace(DAILY, hour=2)
    day = date(2026, 3, 29)
    assert slot(night, datetime(2026, 3, 29, 0, 59, tzinfo=UTC), last=day - timedelta(days=1)) is None
    assert slot(night, datetime(2026, 3, 29, 1, 0, tzinfo=UTC), last=day - timedelta(days=1)) == day


def test_clocks_that_skip_two_hours() -> None:
    """At the research station Troll one o'clock is followed by three: that is when two o'clock has passed."""
    troll = ZoneInfo("Antarctica/Troll")
    assert slots.first_instant(datetime(2026, 3, 29, 2), troll) == datetime(2026, 3, 29, 1, tzinfo=UTC)  # noqa: DTZ001 - clocks on the wall


def test_a_day_that_a_zone_left_out_has_no_slot() -> None:
    """Samoa had no 30 December 2011."""
    samoa = replace(DAILY, zone="Pacific/Apia")
    assert slots.falls(samoa, HOST, date(2011, 12, 30)) is None
    last, found = date(2011, 12, 28), list[date]()
    now = datetime(2011, 12, 29, 0, tzinfo=UTC)
    for _ in range(60):
        if (day := slot(samoa, now, last=last)) is not None:
            found.append(day)
            last = day
        now += timedelta(hours=1)
    assert found == [date(2011, 12, 29), date(2011, 12, 31)]


def test_an_hour_that_comes_twice_counts_once() -> None:
    """On 25 October 2026 two o'clock comes twice in Berlin: the digest goes out at the first one only."""
    night = replace(DAILY, hour=2)
    day = date(2026, 10, 25)
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert slot(night, first, last=day - timedelta(days=1)) == day
    assert slot(night, first + timedelta(hours=1), last=day) is None


def test_a_zone_that_nobody_knows_is_the_hosts() -> None:
    """A zone name from another machine does not stop digests."""
    assert slot(replace(DAILY, zone="Mars/Olympus"), at(9, zone="UTC")) == DAY


def test_a_week_is_looked_back_on_with_the_last_of_the_readers_days() -> None:
    """On Friday at nine, for a day; a weekly digest does not move it, a holiday swallows it."""
    working = replace(DAILY, weekdays=(0, 1, 2, 3, 4))
    friday = date(2026, 3, 20)
    for chosen in (working, replace(working, cadence=Cadence.WEEKLY), replace(working, cadence=Cadence.AT_ONCE)):
        assert roll_up_due(chosen, HOST, at(8, 59, day=friday)) is None
        assert roll_up_due(chosen, HOST, at(9, day=friday)) == friday
        assert roll_up_due(chosen, HOST, at(8, 59, day=friday + timedelta(days=1))) == friday
        assert roll_up_due(chosen, HOST, at(9, day=friday + timedelta(days=1))) is None
    assert roll_up_due(replace(working, holiday_until=friday), HOST, at(0, day=friday + timedelta(days=1))) is None
    assert roll_up_due(working, ScheduleSettings(weekdays=()), at(9, day=friday)) == friday
    assert roll_up_due(Subscription(ADA), ScheduleSettings(weekdays=()), at(9, day=friday)) is None
    assert slots.ends_week(working, HOST, friday, is_channel=False)
    assert not slots.ends_week(working, HOST, DAY, is_channel=False)
    assert slots.slots_a_week(working, HOST, is_channel=False) == 5


def test_since_when_papers_came_for_a_slot() -> None:
    """Since the one before, over the weekend too; for a week since a week before."""
    working = replace(DAILY, weekdays=(0, 1, 2, 3, 4))
    monday = date(2026, 3, 23)
    assert slots.came_since(working, HOST, monday, is_week=False) == at(9, day=date(2026, 3, 20))
    assert slots.came_since(working, HOST, monday, is_week=True) == at(9, day=date(2026, 3, 16))
    friday = replace(working, weekdays=(4,))
    assert slots.came_since(friday, HOST, monday, is_week=False) == at(9, day=date(2026, 3, 20))
    samoa = replace(DAILY, zone="Pacific/Apia")
    left_out = slots.came_since(samoa, HOST, date(2012, 1, 6), is_week=True)
    assert left_out.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2011, 12, 31)


@pytest.mark.parametrize(
    ("change", "hour", "expected"),
    [
        ({}, 3, True),
        ({"suspended": Suspension.ARCHIVED}, 12, False),
        ({"paused": True}, 12, False),
        ({"paused": True, "paused_until": DAY}, 12, False),
        ({"paused": True, "paused_until": DAY - timedelta(days=1)}, 12, True),
        ({"paused": False, "paused_until": DAY}, 12, True),
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
