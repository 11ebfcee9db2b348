"""What may be changed of a subscription, and to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import UserError
from bot.models import Cadence, Subscription

_HOURS = range(24)
_DAYS = range(7)
_NAMES = frozenset(field.name for field in fields(Subscription)) - {"reader"}


def changed(subscription: Subscription, chosen: Mapping[str, Any]) -> Subscription:
    """The subscription with these fields as chosen; weekdays are put in order, a zone gets its IANA spelling.

    Raises UserError for what no reader can want, TypeError for a field that there is not.
    """
    if unknown := set(chosen) - _NAMES:
        raise TypeError(f"a subscription has no {', '.join(sorted(unknown))}")
    values = dict(chosen)
    if values.get("cadence") is not None:
        values["cadence"] = _cadence(values["cadence"])
    if values.get("hour") is not None and values["hour"] not in _HOURS:
        raise UserError("An hour is a whole number from 0 to 23.")
    if values.get("weekdays") is not None:
        values["weekdays"] = _weekdays(values["weekdays"])
    if values.get("zone") is not None:
        values["zone"] = zone(values["zone"])
    new = replace(subscription, **values)
    _check_quiet(new.quiet_from, new.quiet_to)
    return new


def zone(name: str) -> str:
    """The IANA name of a zone. Raises UserError."""
    try:
        return ZoneInfo(name.strip()).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UserError("This is no time zone: write its IANA name, for example Europe/Berlin or UTC.") from error


def _cadence(value: str) -> Cadence:
    try:
        return Cadence(value)
    except ValueError as error:
        raise UserError(f"How often is one of {', '.join(Cadence)}.") from error


def _weekdays(days: Sequence[int]) -> tuple[int, ...]:
    if not days:
        raise UserError("Choose at least one weekday; to hear nothing for a while, pause instead.")
    if any(day not in _DAYS for day in days):
        raise UserError("Weekdays are numbers from 0, Monday, to 6, Sunday.")
    return tuple(sorted(set(days)))


def _check_quiet(begin: time | None, end: time | None) -> None:
    if (begin is None) != (end is None):
        raise UserError("Quiet hours need both a beginning and an end.")
    if begin is not None and begin == end:
        raise UserError("Quiet hours that begin when they end would last all day: pause instead.")
