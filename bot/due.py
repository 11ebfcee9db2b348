"""When a reader is written to. Pure: a subscription, the host's defaults and the present moment in, a day out.

A digest has a slot a day: it falls due at the reader's hour on the reader's own calendar day, and stays due for a day
if it could not be sent then (the bot was down, the hour was a quiet one). Each local day has one slot, however often a
zone changes its clocks: an hour that is skipped falls due when the clocks have passed it, one that comes twice at its
first time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.models import Cadence, Subscription
from bot.settings import ScheduleSettings

#: Names of the settings' weekdays, 0 is Monday.
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: How long a slot that could not be used stays due.
_STAYS = {Cadence.DAILY: timedelta(days=1), Cadence.WEEKLY: timedelta(days=6)}
_LOOKED_BACK = 8


def cadence(subscription: Subscription, *, is_channel: bool) -> Cadence:
    """How often: as chosen, else people at once and channels daily."""
    return subscription.cadence or (Cadence.DAILY if is_channel else Cadence.AT_ONCE)


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
    """The local day whose digest is due at ``now`` (aware), None for none; also for who is written to at once.

    ``last_slot`` is the local day of the last digest. Whether the reader can be reached now is another question.
    """
    how_often = cadence(subscription, is_channel=is_channel)
    if how_often is Cadence.AT_ONCE:
        return None
    zone = zone_of(subscription, defaults)
    hour = defaults.digest_hour if subscription.hour is None else subscription.hour
    today = now.astimezone(zone).date()
    days = _days(subscription, defaults, how_often)
    # Who never had a digest has missed none: only today's is due.
    for back in range(1 if last_slot is None else _LOOKED_BACK):
        day = today - timedelta(days=back)
        if last_slot is not None and day <= last_slot:
            return None
        moment = datetime.combine(day, time(hour), zone).astimezone(UTC)
        if now - moment >= _STAYS[how_often]:
            return None
        if day.weekday() in days and moment <= now:
            return day
    return None


def reachable(subscription: Subscription, defaults: ScheduleSettings, now: datetime) -> bool:
    """Whether anything may be sent at ``now`` (aware): no pause, no holiday, no quiet hour, nothing in the way."""
    if subscription.suspended is not None:
        return False
    local = now.astimezone(zone_of(subscription, defaults))
    if subscription.paused and (subscription.paused_until is None or local.date() <= subscription.paused_until):
        return False
    if subscription.holiday_until is not None and local.date() <= subscription.holiday_until:
        return False
    return not _is_quiet(subscription.quiet_from, subscription.quiet_to, local.time())


def _days(subscription: Subscription, defaults: ScheduleSettings, how_often: Cadence) -> tuple[int, ...]:
    """The weekdays of the digest, 0 is Monday; the first of them for a weekly one."""
    chosen = subscription.weekdays or tuple(sorted(_DAYS.index(day) for day in defaults.weekdays))
    return chosen[:1] if how_often is Cadence.WEEKLY else chosen


def _is_quiet(begin: time | None, end: time | None, at: time) -> bool:
    if begin is None or end is None or begin == end:
        return False
    return begin <= at < end if begin < end else at >= begin or at < end
