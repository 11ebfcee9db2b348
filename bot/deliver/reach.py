"""Whether a delivery may go out now, later or not at all, by what the reader chose. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.due import reachable, zone_of
from bot.interests import is_channel
from bot.models import Delivery, DeliveryKind, Medium, Subscription, Via
from bot.settings import ScheduleSettings

#: What somebody has to know goes out whatever the reader paused.
WORDS = frozenset({DeliveryKind.NOTE, DeliveryKind.WELCOME})
#: Quiet hours may be changed while a delivery waits for their end, so it looks again after so many seconds.
LOOK_AGAIN = 900.0
_LEAST = 1.0


def wait_for(delivery: Delivery, subscription: Subscription, defaults: ScheduleSettings, now: datetime) -> float | None:
    """Seconds until it may go out, 0 for now; None: the reader is away (paused, on holiday, suspended).

    ``now`` is aware. A wait for the end of quiet hours is at most ``LOOK_AGAIN``.
    """
    if delivery.kind in WORDS:
        subscription = replace(subscription, paused=False, holiday_until=None)
    awake = replace(subscription, quiet_from=None, quiet_to=None)
    if not reachable(awake, defaults, now):
        return None
    if reachable(subscription, defaults, now):
        return 0.0
    return min(_until_awake(subscription, defaults, now), LOOK_AGAIN)


def is_reached(delivery: Delivery, subscription: Subscription) -> bool:
    """Whether the reader still wants to hear by the way that the delivery goes, and there."""
    if delivery.medium is not Medium.EMAIL:
        return True
    is_chosen = is_channel(delivery.reader) or subscription.via in {Via.EMAIL, Via.BOTH}
    return is_chosen and delivery.to in subscription.addresses


def _until_awake(subscription: Subscription, defaults: ScheduleSettings, now: datetime) -> float:
    """Seconds until the quiet hours end, by the clock on the wall."""
    local = now.astimezone(zone_of(subscription, defaults))
    if subscription.quiet_to is None:
        return _LEAST
    end = local.replace(tzinfo=None, hour=subscription.quiet_to.hour, minute=subscription.quiet_to.minute, second=0)
    left = end - local.replace(tzinfo=None)
    if left <= timedelta(0):
        left += timedelta(days=1)
    return max(left.total_seconds(), _LEAST)
