"""What the settings modal was sent with. Nothing in it is trusted to be one of the choices that were offered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time

from bot.acts import Field
from bot.blocks.forms import many, one
from bot.blocks.settings_view import BEST, CLOSE, LEARNT, LONGEST_ZONE, WEEKDAYS, SettingsForm
from bot.blocks.zones import find_zone
from bot.models import Cadence, Via

_LEAST_BAR, _MOST_BAR = 0.5, 0.9999
_MOST_CAP = 1_000
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_SHARE = re.compile(r"0\.\d{1,17}", re.ASCII)


def read_settings(fields: Mapping[str, Field]) -> tuple[SettingsForm | None, dict[str, str]]:
    """The settings (``channel`` is in private_metadata instead), or None and complaints by block_id.

    A holiday that is over is no complaint.
    """
    bad: dict[str, str] = {}
    learns = one(fields, "bar") == LEARNT
    bar = None if learns else _bar(one(fields, "bar"), bad)
    cap = _number(one(fields, "cap"), range(1, _MOST_CAP + 1))
    hour = _number(one(fields, "hour"), range(24))
    cadence = _cadence(one(fields, "cadence"), bad)
    via = _via(fields, bad)
    weekdays = tuple(day for day, value in enumerate(WEEKDAYS) if value in many(fields, "weekdays"))
    if cap is None:
        bad["cap"] = "Choose how many papers at a time."
    if hour is None:
        bad["hour"] = "Choose an hour."
    if not weekdays:
        bad["weekdays"] = "Choose at least one day; to hear nothing for a while, give a holiday below."
    zone = find_zone(one(fields, "zone")[:LONGEST_ZONE])
    if zone.name is None:
        bad["zone"] = zone.complaint
    begin, end = _quiet(fields, bad)
    holiday = _day(one(fields, "holiday_until"), bad)
    if bad or cap is None or hour is None:
        return None, bad
    shows = {*many(fields, "counted"), *many(fields, "shows_colleagues")}
    asked = fields.keys() & {"counted", "shows_colleagues"}
    form = SettingsForm(
        bar=bar,
        learns=learns,
        cap=cap,
        cadence=cadence,
        hour=hour,
        weekdays=weekdays,
        zone=zone.name or "",
        quiet_from=begin,
        quiet_to=end,
        holiday_until=holiday,
        counted="counted" in shows or "counted" not in fields,
        shows_colleagues="shows_colleagues" in shows or not asked,
        roll_up="roll_up" in many(fields, "roll_up") if "roll_up" in fields else None,
        via=via,
        trending="trending" in many(fields, "trending") if "trending" in fields else None,
    )
    return form, {}


def _bar(value: str, bad: dict[str, str]) -> float | None:
    if value in ("best", "balanced", "close"):
        return {"best": BEST, "close": CLOSE}.get(value)
    bar = float(value) if _SHARE.fullmatch(value) else 0.0
    if not _LEAST_BAR <= bar <= _MOST_BAR:
        bad["bar"] = "Choose how close a paper must be."
    return bar


def _number(value: str, allowed: range) -> int | None:
    number = int(value) if _NUMBER.fullmatch(value) else None
    return number if number in allowed else None


def _cadence(value: str, bad: dict[str, str]) -> Cadence:
    if value not in list(Cadence):
        bad["cadence"] = "Choose how often."
        return Cadence.AT_ONCE
    return Cadence(value)


def _via(fields: Mapping[str, Field], bad: dict[str, str]) -> Via | None:
    """None where it was not asked."""
    if "via" not in fields:
        return None
    if (value := one(fields, "via")) not in list(Via):
        bad["via"] = "Choose how papers reach you."
        return None
    return Via(value)


def _quiet(fields: Mapping[str, Field], bad: dict[str, str]) -> tuple[time | None, time | None]:
    begin, end = _time(fields, "quiet_from", bad), _time(fields, "quiet_to", bad)
    if bad.keys() & {"quiet_from", "quiet_to"}:
        return None, None
    if begin is None and end is not None:
        bad["quiet_from"] = "Say also when quiet hours begin, or clear both."
    if begin is not None and end is None:
        bad["quiet_to"] = "Say also when quiet hours end, or clear both."
    if begin is not None and begin == end:
        bad["quiet_to"] = "Quiet hours end at another time than they begin; for whole days, give a holiday."
    return begin, end


def _time(fields: Mapping[str, Field], name: str, bad: dict[str, str]) -> time | None:
    value = one(fields, name)
    if not value:
        return None
    if (parts := _TIME.fullmatch(value)) is None:
        bad[name] = "Write a time such as 20:00."
        return None
    return time(int(parts[1]), int(parts[2]))


def _day(value: str, bad: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        bad["holiday_until"] = "Choose a day."
        return None
