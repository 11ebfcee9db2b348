"""When Slack is left alone, and when a reader may be written to: pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from bot.deliver.outages import LONGEST, LONGEST_DOUBT, WORTH_TELLING, Ended, Outage
from bot.deliver.reach import LOOK_AGAIN, wait_for
from bot.models import Delivery, DeliveryKind, Subscription, Suspension, UserId
from bot.settings import ScheduleSettings

ADA, BEN, CAY = (UserId("T1", f"U{number}") for number in range(3))
NOW = datetime(2026, 3, 18, 22, 30, tzinfo=UTC)


class Time:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def outage(clock: Time) -> Outage:
    return Outage(clock)


def test_one_failure_holds_up_nobody_else(outage: Outage) -> None:
    """The delivery itself waits a second, then two; the others go on."""
    assert outage.room(16) == 16
    assert [outage.failed(), outage.failed()] == [1.0, 2.0]
    assert outage.room(16) == 16


def test_three_failures_in_a_row_make_everything_wait(outage: Outage, clock: Time) -> None:
    """Longer each time, a minute at most; then one is tried, and after a success all go on."""
    waits: list[float] = []
    outage.failed()
    outage.failed()
    for _ in range(9):
        outage.failed()
        waits.append(outage.left())
        assert outage.room(16) == 0
        clock.now += outage.left()
        assert outage.room(16) == 1
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    outage.worked()
    assert outage.room(16) == 16


def test_what_was_under_way_makes_it_no_worse(outage: Outage, clock: Time) -> None:
    """Sixteen that fail at the same time are one outage."""
    for _ in range(16):
        outage.failed()
    assert outage.left() == 1.0
    clock.now += 1.0
    outage.failed()
    assert outage.left() == 2.0


def test_waiting_for_one_conversation_concerns_it_alone(outage: Outage) -> None:
    """Only when several readers in a row are put off does everybody wait."""
    for _ in range(9):
        assert outage.put_off(ADA, 20.0) == 20.0
    assert outage.room(16) == 16
    outage.put_off(BEN, 5.0)
    assert outage.put_off(CAY, 900.0) == 900.0
    assert outage.left() == LONGEST


def test_the_host_hears_of_a_long_absence_alone(outage: Outage, clock: Time) -> None:
    """From the first failure to the last: what came after that is not known to be part of it."""
    outage.failed()
    clock.now += WORTH_TELLING
    outage.failed()
    clock.now += 9 * 3600
    outage.worked()
    assert outage.untold is None
    outage.failed()
    clock.now += WORTH_TELLING + 1
    outage.failed()
    outage.worked()
    assert outage.untold == Ended(WORTH_TELLING + 1)


def test_what_failed_yesterday_is_another_outage(outage: Outage, clock: Time) -> None:
    """Nothing was sent since, which would have shown that it was over."""
    outage.failed()
    clock.now += 86_400
    outage.failed()
    outage.worked()
    assert outage.untold is None


def test_a_weekend_without_a_network(outage: Outage, clock: Time) -> None:
    """Thousands of failures in a row wait no longer than dozens."""
    for _ in range(5_000):
        outage.failed()
        clock.now += outage.left()
    assert outage.failed() == LONGEST


def test_a_delivery_that_nobody_knows_of_is_looked_up_less_and_less_often(outage: Outage) -> None:
    """Twice the time each time, a quarter of an hour at most; once it is settled it begins anew."""
    waits = [outage.doubted("1", 60.0) for _ in range(2_000)]
    assert waits[:6] == [60, 120, 240, 480, 900, 900]
    assert waits[-1] == LONGEST_DOUBT
    outage.settled("1")
    assert outage.doubted("1", 60.0) == 60.0
    assert outage.doubted("2", 60.0) == 60.0


def test_a_refused_workspace_waits_a_minute(outage: Outage, clock: Time) -> None:
    """It is news once; when it works again the host hears it, however short it was."""
    assert outage.refused("invalid_auth") == (60.0, True)
    clock.now += 60
    assert outage.room(16) == 1
    assert outage.refused("invalid_auth") == (60.0, False)
    clock.now += 60
    outage.worked()
    assert outage.untold == Ended(60.0, "invalid_auth")


def waits(subscription: Subscription, kind: DeliveryKind = DeliveryKind.DIGEST, now: datetime = NOW) -> float | None:
    return wait_for(Delivery("1", ADA, kind, NOW), subscription, ScheduleSettings(), now)


@pytest.mark.parametrize(
    "away",
    [
        Subscription(ADA, paused=True),
        Subscription(ADA, paused=True, paused_until=date(2026, 3, 18)),
        Subscription(ADA, holiday_until=date(2026, 3, 19), quiet_from=time(22), quiet_to=time(6)),
    ],
)
def test_who_is_away_is_not_written_to(away: Subscription) -> None:
    """Papers are withdrawn; what somebody has to know goes out, though not at night."""
    assert waits(away) is None
    at_night = away.quiet_from is not None
    assert waits(away, DeliveryKind.NOTE) == (LOOK_AGAIN if at_night else 0.0)


def test_who_is_suspended_hears_nothing() -> None:
    """Slack would refuse it."""
    assert waits(Subscription(ADA, suspended=Suspension.UNREACHABLE), DeliveryKind.NOTE) is None


@pytest.mark.parametrize(
    ("quiet_to", "seconds"),
    [(time(22, 31), 60.0), (time(22, 40), 600.0), (time(6), LOOK_AGAIN), (time(22, 30), 0.0)],
)
def test_quiet_hours_are_waited_for(quiet_to: time, seconds: float) -> None:
    """Until they end; they may be changed meanwhile, so it is looked again every quarter of an hour."""
    assert waits(Subscription(ADA, quiet_from=time(22), quiet_to=quiet_to)) == seconds


def test_quiet_hours_are_those_of_the_readers_zone() -> None:
    """23:55 in Berlin is five minutes before midnight there."""
    late = NOW.replace(hour=22, minute=55)
    berlin = Subscription(ADA, zone="Europe/Berlin", quiet_from=time(20), quiet_to=time(0))
    assert waits(berlin, now=late) == 300.0
    assert waits(berlin, now=late.replace(hour=23)) == 0.0
