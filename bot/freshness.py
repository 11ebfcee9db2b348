"""How new what a source brings is: what it brought day by day, and whether it is at fault. Pure.

Papers come on weekdays, so weekdays count: a source is stale once two whole ones passed without any, or twice as many as
usually lie between two days that brought some. It brought half a page where its last day brought at most half of what
its days usually do. Days are UTC's.

A live source reads its last days again and again, so of what it brings only new papers count, and a day of its counts
once it is over. Whether a page of its has changed or lost its papers is seen where it is asked for (PageDrifted).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

from bot.errors import PageDrifted, PaperbotError
from bot.models import FetchReport, IngestReport, SourceState

#: Days that brought something which are remembered.
KEPT_DAYS = 30
#: A source that cannot be looked into for so long is at fault; a file that is busy, or a short outage, is over sooner.
FAILING = timedelta(hours=1)
#: Whole weekdays without anything, at least, until a source is stale.
_STALE_WEEKDAYS = 2
#: So many days must be known before a source has a usual rhythm, or a usual number of papers.
_USUAL_FROM = 3
#: A page that came so long ago is whole: nothing more of it is being taken in.
_SETTLED = timedelta(hours=1)
_WEEKEND = 5


class FaultKind(StrEnum):
    """What a source can be at fault with."""

    FAILING = "failing"
    STALE = "stale"
    HALF = "half"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a source."""

    kind: FaultKind
    #: The day (UTC) that it is at fault since: the same as long as the fault lasts.
    since: date
    #: For the host, with the source's name and figures.
    sentence: str
    #: For readers, who know of no sources; it says the same on whatever day it is read.
    said: str
    #: Papers come in from it all the same.
    is_partial: bool = False


def told(
    state: SourceState,
    told: IngestReport | FetchReport | PaperbotError,
    now: datetime,
    next_look: datetime | None = None,
) -> SourceState:
    """The source after a look into it at ``now`` (aware, UTC): what it brought, or why that failed.

    What it brought last stays until it brings something again; that it changed, until a look finds it well. Of a live
    source a look is what it answered (``FetchReport``, or an error); what stood in its inbox then is only counted.
    """
    changed = told.drift if isinstance(told, FetchReport) else told.sentence if isinstance(told, PageDrifted) else ""
    if changed:
        since = state.drifted or now.astimezone(UTC).date()
        return replace(state, failure=None, drifted=since, drift=changed, next_look=next_look)
    if isinstance(told, PaperbotError):
        return replace(state, failure=told.sentence, next_look=next_look or state.next_look)
    if isinstance(told, FetchReport):
        behind = (state.behind or now) if told.is_behind else None
        after = replace(state, looked=now, failure=_partly(told), behind=behind)
        after = replace(after, next_look=next_look or state.next_look)
        return replace(after, drifted=None, drift=None)
    if state.is_live:
        return _brought(state, told, told.new, now)
    return replace(_brought(state, told, told.papers, now), looked=now, failure=None)


def _partly(told: FetchReport) -> str | None:
    """What is said of a look that some pages were missing from."""
    if not told.failures:
        return None
    pages = f"{len(told.failures):,} of {told.pages:,} pages" if told.pages > 1 else "A page"
    return f"{pages} could not be had: {told.failures[0][1]}"


def _brought(state: SourceState, told: IngestReport, papers: int, now: datetime) -> SourceState:
    if not papers:
        return state
    daily = dict(state.daily)
    today = now.astimezone(UTC).date()
    daily[today] = daily.get(today, 0) + papers
    days = tuple(sorted(daily.items()))[-KEPT_DAYS:]
    return replace(state, brought=now, papers=told.papers, new=told.new, daily=days)


def fault(state: SourceState, now: datetime) -> str | None:
    """What is wrong with a source at ``now`` (aware, UTC), in a sentence; None: nothing, as far as it is known."""
    found = faulty(state, now)
    return found.sentence if found else None


def faulty(state: SourceState, now: datetime) -> Fault | None:
    """As ``fault``, with what kind it is and since when. A source that never brought anything is not stale."""
    if state.drifted is not None and state.drift is not None:
        sentence = f"The source {state.name} is not what it was since {_named(state.drifted)}: {state.drift}"
        return _lacking(state, now, FaultKind.DRIFT, state.drifted, sentence)
    if state.failure is not None and state.behind is not None and now - state.behind >= FAILING:
        since = state.behind.astimezone(UTC).date()
        sentence = f"The source {state.name} has been failing since {_named(since)}: {state.failure}"
        return _lacking(state, now, FaultKind.FAILING, since, sentence)
    if state.failure is not None and (state.looked is None or now - state.looked >= FAILING):
        since = (state.looked or now).date()
        told = f" since {_named(since)}" if state.looked else ""
        sentence = f"The source {state.name} has been failing{told}: {state.failure}"
        return Fault(FaultKind.FAILING, since, sentence, _dry(since))
    if state.brought is None:
        return None
    day, today = state.brought.astimezone(UTC).date(), now.astimezone(UTC).date()
    if _weekdays_between(day, today) >= _patience(state):
        sentence = f"The source {state.name} has been stale since {_named(day)}: nothing came after it."
        return Fault(FaultKind.STALE, day, sentence, _dry(day))
    return _half(state, now)


def _lacking(state: SourceState, now: datetime, kind: FaultKind, since: date, sentence: str) -> Fault:
    """A fault of some pages of a source: readers are not told that nothing comes as long as something does."""
    brought, today = state.brought and state.brought.astimezone(UTC).date(), now.astimezone(UTC).date()
    if brought and brought >= since and _weekdays_between(brought, today) < _patience(state):
        return Fault(kind, since, sentence, _some_dry(since, None), is_partial=True)
    return Fault(kind, since, sentence, _dry(since))


def said(state: SourceState, now: datetime) -> str | None:
    """As ``fault``, in a sentence for readers."""
    found = faulty(state, now)
    return found.said if found else None


def told_readers(faults: Sequence[Fault], sources: int, today: date | None = None) -> tuple[str, ...]:
    """What readers are told of the faults of some of ``sources`` sources, each sentence once.

    ``today`` (a reader's local day) allows to say today; without it the sentences are true on whatever day they are read.
    """
    is_all = len(faults) >= sources
    dry = [one.since for one in faults if one.kind is not FaultKind.HALF]
    half = [one.since for one in faults if one.kind is FaultKind.HALF]
    found: list[str] = []
    if dry:
        # As long as one of several sources brings something, papers do come in.
        is_nothing = is_all and not half and not any(one.is_partial for one in faults)
        found.append(_dry(max(dry), today) if is_nothing else _some_dry(min(dry), today))
    if half:
        found.append(_halved(max(half), today) if is_all and not dry else _fewer(max(half), today))
    return tuple(found)


def _dry(since: date, today: date | None = None) -> str:
    return f"No new papers have come in since {_short(since, today)}; the host knows."


def _some_dry(since: date, today: date | None) -> str:
    return f"Some of the usual papers have not come in since {_short(since, today)}; the host knows."


def _halved(day: date, today: date | None = None) -> str:
    return f"Only half of the usual papers came {_when(day, today)}."


def _fewer(day: date, today: date | None) -> str:
    return f"Fewer papers than usual came {_when(day, today)}."


def _half(state: SourceState, now: datetime) -> Fault | None:
    """Whether the last day that brought something, today or yesterday, brought half of what is usual."""
    today = now.astimezone(UTC).date()
    # A live source's day fills up until it is over.
    over = state.daily[:-1] if state.is_live and state.daily and state.daily[-1][0] >= today else state.daily
    if not over or state.brought is None or (now - state.brought < _SETTLED and not state.is_live):
        return None
    (day, count), earlier = over[-1], over[:-1]
    if day.weekday() >= _WEEKEND or not timedelta(0) <= today - day <= timedelta(days=1):
        return None
    before = [entries for other, entries in earlier if other.weekday() < _WEEKEND]
    if len(before) < _USUAL_FROM or 2 * count > (usual := median(before)):
        return None
    papers = "1 paper" if count == 1 else f"{count:,} papers"
    sentence = f"The source {state.name} brought only half a page on {_named(day)}: {papers}, usually {usual:,.0f}."
    return Fault(FaultKind.HALF, day, sentence, _halved(day))


def _patience(state: SourceState) -> float:
    """Whole weekdays without anything after which the source is stale."""
    days = [day for day, _ in state.daily if day.weekday() < _WEEKEND]
    if len(days) <= _USUAL_FROM:
        return _STALE_WEEKDAYS
    gaps = [_weekdays_between(early, late) + 1 for early, late in pairwise(days)]
    return max(_STALE_WEEKDAYS, 2 * median(gaps))


def _weekdays_between(early: date, late: date) -> int:
    """Mondays to Fridays after the one day and before the other."""
    days = max(0, (late - early).days - 1)
    weeks, rest = divmod(days, 7)
    return 5 * weeks + sum((early + timedelta(days=1 + place)).weekday() < _WEEKEND for place in range(rest))


def _named(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _short(day: date, today: date | None) -> str:
    """Without the year, where it is this one, or not known to be another."""
    return f"{day.day} {day:%B}" if today is None or day.year == today.year else _named(day)


def _when(day: date, today: date | None) -> str:
    if today is not None and day == today:
        return "today"
    return "yesterday" if today is not None and day == today - timedelta(days=1) else f"on {_short(day, today)}"
