"""Every change of clocks there is in 2026 to 2030, and what a digest does around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from bot.due import due
from bot.models import Cadence, Subscription, UserId
from bot.settings import ScheduleSettings

_FROM, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
_HOST = ScheduleSettings()
_READER = UserId("T1", "U1")
_DAY, _STEP = timedelta(days=1), timedelta(minutes=30)
#: Walked before a change and after it.
_AROUND = timedelta(days=2)


@dataclass(frozen=True)
class Change:
    """Clocks of a zone change: at which moment, and how they differ from UTC before and after."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta


def zones() -> dict[tuple[tuple[datetime, timedelta, timedelta], ...], list[str]]:
    """All IANA zones, those together whose clocks go alike from 2026 to 2030."""
    found: dict[tuple[tuple[datetime, timedelta, timedelta], ...], list[str]] = {}
    for name in sorted(available_timezones()):
        changes = tuple((one.at, one.before, one.after) for one in changes_of(name))
        offset = _offset(ZoneInfo(name), _FROM)
        found.setdefault(changes or ((_FROM, offset, offset),), []).append(name)
    return found


def changes_of(name: str) -> Iterator[Change]:
    """The changes of one zone, in order."""
    zone = ZoneInfo(name)
    early = _FROM
    while early < _UNTIL:
        late = early + _DAY
        if _offset(zone, early) != _offset(zone, late):
            first, last = early, late
            while last - first > timedelta(seconds=1):
                middle = first + timedelta(seconds=(last - first) // timedelta(seconds=2))
                first, last = (middle, last) if _offset(zone, middle) == _offset(zone, early) else (first, middle)
            yield Change(name, last, _offset(zone, early), _offset(zone, late))
        early = late


def check(zone_name: str, at: datetime, hours: Iterable[int]) -> int:
    """Look every half an hour around ``at``; gives how many local days were checked.

    Each local day there is has its slot once, at the first look at which its clocks show the hour or later, and none has
    it twice; a reader who moves to the zone, or whose process was restarted, is no other.
    """
    zone, checked = ZoneInfo(zone_name), 0
    for hour in hours:
        reader = Subscription(_READER, cadence=Cadence.DAILY, hour=hour, zone=zone_name, weekdays=tuple(range(7)))
        now, end = at - _AROUND, at + _AROUND
        last = now.astimezone(zone).date() - _DAY
        expected = _expected(zone, hour, now, end)
        told: list[tuple[date, datetime]] = []
        while now < end:
            day = due(reader, _HOST, is_channel=False, last_slot=last, now=now)
            if day is not None:
                told.append((day, now))
                last = day
            now += _STEP
        assert told == expected, (zone_name, at, hour)
        checked += len(told)
    return checked


def _expected(zone: ZoneInfo, hour: int, begin: datetime, end: datetime) -> list[tuple[date, datetime]]:
    """The local days that begin before ``end``, each with the first look at which its hour has come: by walking."""
    looks = [begin + place * _STEP for place in range(int((end - begin) / _STEP))]
    clocks = [look.astimezone(zone).replace(tzinfo=None) for look in looks]
    days = sorted({shown.date() for shown in clocks})
    found: list[tuple[date, datetime]] = []
    for day in days:
        wanted = datetime.combine(day, time(hour))
        for look, shown in zip(looks, clocks, strict=True):
            if shown >= wanted:
                found.append((day, look))
                break
    return found


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
