"""When a reader is written to. Pure: a subscription, the host's defaults and the present moment in, a day out.

A reader's day has one slot: it falls due at the reader's hour on the reader's own calendar day, and stays due for a day
if it could not be used then (the bot was down, the hour was a quiet one). Each local day that there is has one slot,
however often a zone changes its clocks: an hour that is skipped falls due when the clocks have passed it, one that comes
twice at its first time. Slots that nobody could use any more, and those of a holiday, end with the next one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.models import Cadence, Subscription, Via
from bot.settings import ScheduleSettings

#: Names of the settings' weekdays, 0 is Monday.
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
#: How long a slot that could not be used stays due.
_STAYS = {Cadence.AT_ONCE: _DAY, Cadence.DAILY: _DAY, Cadence.WEEKLY: timedelta(days=6)}
_LOOKED_BACK = 8
#: A last slot so far ahead was taken by a clock that was wrong; zones differ by two days at most.
_AHEAD = timedelta(days=7)
#: Slots are counted back to so many days ago; nobody asks whether it were more.
_COUNTED = 40


def cadence(subscription: Subscription, *, is_channel: bool) -> Cadence:
    """How often: as chosen, else people at once, and channels and people who are sent e-mails daily."""
    has_mail = bool(subscription.addresses) and subscription.via in {Via.EMAIL, Via.BOTH}
    return subscription.cadence or (Cadence.DAILY if is_channel or has_mail else Cadence.AT_ONCE)


def zone_of(subscription: Subscription, defaults: ScheduleSettings) -> ZoneInfo:
    """The reader's zone; the host's where the reader's is not known on this machine."""
    for name in (subscription.zone, defaults.zone):
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def due(
    subscription: Subscription, defaults: ScheduleSettings, *, is_channel: bool, last_slot: date | None, now: datetime
) -> date | None:
    """The local day whose slot is due at ``now`` (aware), None for none.

    ``last_slot`` is the local day of the last one that ended. Who is written to at once has a slot a day too. Whether
    the reader can be reached now is another question.
    """
    zone, hour = zone_of(subscription, defaults), _hour(subscription, defaults)
    how_often = cadence(subscription, is_channel=is_channel)
    days = _expected(subscription, defaults, how_often)
    today = now.astimezone(zone).date()
    last = _sound(last_slot, today)
    for back in range(_LOOKED_BACK):
        day = today - timedelta(days=back)
        if last is not None and day <= last:
            return None
        if day.weekday() not in days or (moment := _slot(day, hour, zone)) is None or moment > now:
            continue
        # Who never had a slot has missed none: only today's is due.
        is_missed = last is None and moment.astimezone(zone).date() < today
        return None if is_missed or now - moment >= _STAYS[how_often] or _is_away(subscription, day) else day
    return None


def passed(
    subscription: Subscription, defaults: ScheduleSettings, *, is_channel: bool, last_slot: date | None, now: datetime
) -> int:
    """How many slots have fallen due since the last one that ended, one that is due now among them; at most some 40.

    0 for who never had one.
    """
    zone, hour = zone_of(subscription, defaults), _hour(subscription, defaults)
    days = _expected(subscription, defaults, cadence(subscription, is_channel=is_channel))
    today = now.astimezone(zone).date()
    if (last := _sound(last_slot, today)) is None:
        return 0
    count = 0
    for back in range(min((today - last).days, _COUNTED)):
        day = today - timedelta(days=back)
        if day.weekday() in days and (moment := _slot(day, hour, zone)) is not None and moment <= now:
            count += 1
    return count


def passed_away(
    subscription: Subscription, defaults: ScheduleSettings, *, is_channel: bool, last_slot: date | None, now: datetime
) -> date | None:
    """The local day of the last slot after ``last_slot`` that fell due by ``now`` (aware), if the reader is away then.

    None where the reader is there, quiet hours or not, or where no slot fell due within a week.
    """
    if not is_away(subscription, defaults, now) or last_slot is None:
        return None
    zone, hour = zone_of(subscription, defaults), _hour(subscription, defaults)
    days = _expected(subscription, defaults, cadence(subscription, is_channel=is_channel))
    today = now.astimezone(zone).date()
    for back in range(_LOOKED_BACK):
        day = today - timedelta(days=back)
        if day <= last_slot:
            return None
        if day.weekday() in days and (moment := _slot(day, hour, zone)) is not None and moment <= now:
            return day
    return None


def falls(subscription: Subscription, defaults: ScheduleSettings, day: date) -> datetime | None:
    """The moment at which the slot of a local day falls due, aware, UTC; None for a day that the zone leaves out."""
    return _slot(day, _hour(subscription, defaults), zone_of(subscription, defaults))


def roll_up_due(subscription: Subscription, defaults: ScheduleSettings, now: datetime) -> date | None:
    """The local day with which a look back on its week is due at ``now`` (aware), None for none.

    That is the last of the reader's weekdays, whatever the cadence; it stays due for a day.
    """
    days = _chosen(subscription, defaults)
    if not days:
        return None
    zone, hour = zone_of(subscription, defaults), _hour(subscription, defaults)
    today = now.astimezone(zone).date()
    for back in range(3):
        day = today - timedelta(days=back)
        if day.weekday() != max(days) or (moment := _slot(day, hour, zone)) is None or moment > now:
            continue
        is_over = now - moment >= _DAY or _is_away(subscription, day)
        return None if is_over else day
    return None


def slots_a_week(subscription: Subscription, defaults: ScheduleSettings, *, is_channel: bool) -> int:
    """How many slots a week the reader expects."""
    return len(_expected(subscription, defaults, cadence(subscription, is_channel=is_channel)))


def ends_week(subscription: Subscription, defaults: ScheduleSettings, day: date, *, is_channel: bool) -> bool:
    """Whether the slot of this day is the last one of its week (Monday to Sunday)."""
    days = _expected(subscription, defaults, cadence(subscription, is_channel=is_channel))
    return bool(days) and day.weekday() == max(days)


def reachable(subscription: Subscription, defaults: ScheduleSettings, now: datetime) -> bool:
    """Whether anything may be sent at ``now`` (aware): no pause, no holiday, no quiet hour, nothing in the way."""
    if is_away(subscription, defaults, now):
        return False
    return not _is_quiet(subscription, now.astimezone(zone_of(subscription, defaults)).time())


def is_away(subscription: Subscription, defaults: ScheduleSettings, now: datetime) -> bool:
    """Whether the reader is paused, on holiday or suspended at ``now`` (aware)."""
    if subscription.suspended is not None or (subscription.paused and subscription.paused_until is None):
        return True
    if subscription.holiday_until is None and not subscription.paused:
        return False
    return _is_away(subscription, now.astimezone(zone_of(subscription, defaults)).date())


def today(subscription: Subscription, defaults: ScheduleSettings, now: datetime) -> date:
    """The reader's local day at ``now`` (aware)."""
    return now.astimezone(zone_of(subscription, defaults)).date()


def is_early(subscription: Subscription, defaults: ScheduleSettings, now: datetime) -> bool:
    """Whether the reader's hour has not come yet on the local day of ``now`` (aware), slot or not."""
    moment = falls(subscription, defaults, today(subscription, defaults, now))
    return moment is not None and now < moment


def came_since(subscription: Subscription, defaults: ScheduleSettings, day: date, *, is_week: bool) -> datetime:
    """From when on (aware, UTC) papers came for the slot of a day: since the slot before, or for a whole week."""
    days = (7,) if is_week else range(1, 8)
    chosen = _chosen(subscription, defaults)
    for back in days:
        before = day - timedelta(days=back)
        if (is_week or before.weekday() in chosen) and (moment := falls(subscription, defaults, before)):
            return moment
    return first_instant(datetime.combine(day - timedelta(days=7), time()), zone_of(subscription, defaults))


def local_days(subscription: Subscription, defaults: ScheduleSettings, last: date, count: int) -> list[datetime]:
    """The beginnings (aware, UTC) of so many local days up to ``last``, and the end of ``last`` after them."""
    zone = zone_of(subscription, defaults)
    return [first_instant(datetime.combine(last + _DAY * back, time()), zone) for back in range(1 - count, 2)]


@lru_cache(maxsize=4_096)
def first_instant(wanted: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, aware, UTC, at which clocks of the zone show ``wanted`` (naive) or later."""
    found = wanted.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wanted:
        return found
    # The clocks skip it. Read with the offset after the change it lies before the change, else at or after it.
    early, late = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).replace(tzinfo=None) < wanted:
            early = middle
        else:
            late = middle
    return late


@lru_cache(maxsize=4_096)
def _slot(day: date, hour: int, zone: ZoneInfo) -> datetime | None:
    """When the hour of a local day comes; None if the zone leaves the day out."""
    begins = first_instant(datetime.combine(day, time()), zone)
    return first_instant(datetime.combine(day, time(hour)), zone) if begins.astimezone(zone).date() == day else None


def _hour(subscription: Subscription, defaults: ScheduleSettings) -> int:
    return defaults.digest_hour if subscription.hour is None else subscription.hour


def _chosen(subscription: Subscription, defaults: ScheduleSettings) -> tuple[int, ...]:
    return subscription.weekdays or _weekdays(defaults.weekdays)


@lru_cache(maxsize=64)
def _weekdays(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(sorted({_DAYS.index(name) for name in names}))


def _expected(subscription: Subscription, defaults: ScheduleSettings, how_often: Cadence) -> tuple[int, ...]:
    """The weekdays that have a slot, 0 is Monday; the first of the chosen ones for a weekly digest."""
    chosen = _chosen(subscription, defaults)
    return chosen[:1] if how_often is Cadence.WEEKLY else chosen


def _sound(last_slot: date | None, today: date) -> date | None:
    """The last slot, yesterday's if a clock that was wrong took one far ahead."""
    return today - _DAY if last_slot is not None and last_slot - today >= _AHEAD else last_slot


def _is_away(subscription: Subscription, day: date) -> bool:
    """Whether the day is one of a holiday, or of a pause that has an end."""
    holiday = subscription.holiday_until
    pause = subscription.paused_until if subscription.paused else None
    return (holiday is not None and day <= holiday) or (pause is not None and day <= pause)


def _is_quiet(subscription: Subscription, at: time) -> bool:
    begin, end = subscription.quiet_from, subscription.quiet_to
    if begin is None or end is None or begin == end:
        return False
    return begin <= at < end if begin < end else at >= begin or at < end
