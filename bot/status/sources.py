"""How a source is doing, in words. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import freshness
from bot.models import SourceState
from bot.status.answers import SourceRow

#: What a reader is told of a failure: the host's own words name folders and settings.
_FAILED = "it cannot be read now, and the host knows"


def source_row(state: SourceState, kind: str, now: datetime, every: timedelta, *, is_host: bool) -> SourceRow:
    """How a source is doing at ``now`` (aware, UTC) that is looked into ``every`` so often; the host is told all of it."""
    fault = freshness.fault(state, now) if is_host else freshness.said(state, now)
    return SourceRow(
        name=state.name,
        last_success=state.looked,
        freshness=_freshness(state, now),
        next_run=next_look(state, now, every),
        failure=state.failure if is_host or state.failure is None else _FAILED,
        fault=fault,
        kind=kind,
    )


def next_look(state: SourceState, now: datetime, every: timedelta) -> datetime | None:
    """When a source is looked into next, at ``now`` at the earliest; None where nobody has looked yet."""
    if state.is_live and state.next_look is not None:
        return max(now, state.next_look)
    return max(now, state.looked + every) if state.looked else None


def _freshness(state: SourceState, now: datetime) -> str:
    """``12 papers 2 hours ago, 3 of them new``."""
    if state.brought is None:
        return "nothing yet"
    papers = "1 paper" if state.papers == 1 else f"{state.papers:,} papers"
    new = (
        "none of them new"
        if state.new == 0
        else f"{state.new:,} of them new"
        if state.new < state.papers
        else "all new"
    )
    return f"{papers} {_ago(now - state.brought)}, {new}"


def _ago(passed: timedelta) -> str:
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count := int(passed.total_seconds() // seconds):
            return f"{count:,} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
