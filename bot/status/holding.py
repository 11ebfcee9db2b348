"""When a reader whose messages are kept back is written to next. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from bot import due
from bot.models import Subscription
from bot.settings import ScheduleSettings

#: Who can be written to again has a slot within so many days.
_LOOKED_AHEAD = 15
_DAY = timedelta(days=1)


def comes(
    subscription: Subscription, schedule: ScheduleSettings, *, is_channel: bool, last_slot: date | None, now: datetime
) -> datetime | None:
    """When the next slot of a reader can be used, aware, on the reader's clock: its hour, or the end of quiet hours.

    None for who is paused until resumed, or suspended. ``last_slot`` is the local day of the last one that ended,
    ``now`` is aware.
    """
    if subscription.suspended is not None or (subscription.paused and subscription.paused_until is None):
        return None
    zone = due.zone_of(subscription, schedule)
    if due.due(subscription, schedule, is_channel=is_channel, last_slot=last_slot, now=now):
        return _heard(subscription, schedule, now).astimezone(zone)
    today = now.astimezone(zone).date()
    away = [subscription.holiday_until, subscription.paused_until if subscription.paused else None]
    begins = max([today, *(day for day in away if day)])
    for ahead in range(_LOOKED_AHEAD):
        day = begins + _DAY * ahead
        moment = due.falls(subscription, schedule, day)
        if moment is None or moment <= now or (last_slot is not None and day <= last_slot):
            continue
        if due.due(subscription, schedule, is_channel=is_channel, last_slot=None, now=moment) == day:
            return _heard(subscription, schedule, moment).astimezone(zone)
    return None


def quiet_ends(subscription: Subscription, schedule: ScheduleSettings, now: datetime) -> datetime | None:
    """When the quiet hours end that ``now`` (aware) lies in, aware, on the reader's clock; None outside of them."""
    if subscription.quiet_to is None or not is_quiet(subscription, schedule, now):
        return None
    return _end(now, subscription.quiet_to, subscription, schedule)


def is_quiet(subscription: Subscription, schedule: ScheduleSettings, now: datetime) -> bool:
    """Whether ``now`` (aware) is one of the reader's quiet hours, on whatever day."""
    hours = Subscription(
        subscription.reader,
        zone=subscription.zone,
        quiet_from=subscription.quiet_from,
        quiet_to=subscription.quiet_to,
    )
    return not due.reachable(hours, schedule, now)


def _heard(subscription: Subscription, schedule: ScheduleSettings, moment: datetime) -> datetime:
    """This moment, or the end of the quiet hours that it lies in."""
    return quiet_ends(subscription, schedule, moment) or moment


def _end(moment: datetime, quiet_to: time, subscription: Subscription, schedule: ScheduleSettings) -> datetime:
    zone = due.zone_of(subscription, schedule)
    today = moment.astimezone(zone).date()
    ends = (due.first_instant(datetime.combine(day, quiet_to), zone) for day in (today, today + _DAY))
    return next((end for end in ends if end > moment), moment).astimezone(zone)
