"""Time zones as people write them: an IANA name in any case, or its city alone."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

#: Zones that are never meant: copies of others for systems, and offsets without a place.
_NO_ZONES = ("Etc/", "SystemV/", "posix/", "right/")
#: Old names by countries: behind them stand no cities.
_NO_CITIES = ("Brazil/", "Canada/", "Chile/", "Mexico/", "US/")


@dataclass(frozen=True, slots=True)
class Zone:
    """The IANA name that was meant, or what to tell the person instead."""

    name: str | None
    complaint: str = ""


def find_zone(written: str) -> Zone:
    """``Europe/Berlin`` for itself, ``europe/berlin`` and ``berlin``; ``America/New_York`` for ``new york``."""
    key = _key(written)
    if not key:
        return Zone(None, "Write a time zone, such as Europe/Berlin.")
    if known := _exact(written.strip()):
        return Zone(known)
    names = _names()
    if known := names.get(key):
        return Zone(known)
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.75)
    said = f"did you mean {names[near[0]]}?" if near else "write one such as Europe/Berlin."
    return Zone(None, f"There is no such time zone: {said}")


def _exact(written: str) -> str | None:
    try:
        return ZoneInfo(written).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _key(written: str) -> str:
    return "_".join(written.casefold().replace("_", " ").split())


@cache
def _names() -> dict[str, str]:
    """Every zone by its name and by its city, in lower case."""
    zones = sorted(zone for zone in available_timezones() if not zone.startswith(_NO_ZONES))
    places = [zone for zone in zones if not zone.startswith(_NO_CITIES)]
    # Two zones of one city are the same or nearly so; the first is taken.
    names = {_key(zone.rpartition("/")[2]): zone for zone in reversed(places)}
    return names | {_key(zone): zone for zone in zones}
