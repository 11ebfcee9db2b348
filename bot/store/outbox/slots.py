"""Local days of readers, of which each is taken once."""

from __future__ import annotations

from datetime import date, timedelta

#: A day further ahead was taken by a clock that was wrong; zones differ by two days at most.
_AHEAD = timedelta(days=7)


def too_far(day: date) -> date:
    """A day that no clock can have meant when it is about to be ``day``: who took it does not count."""
    return min(day, date.max - _AHEAD) + _AHEAD
