"""How new what a source brings is: what is kept of it day by day, and when it is at fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot import freshness
from bot.errors import PageDrifted, PageUnavailable, StoreError
from bot.freshness import FaultKind, fault, faulty, told_readers
from bot.models import FetchReport, IngestReport, SourceState

#: A Wednesday.
NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
INBOX = SourceState("inbox")


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, day, hour, 30, tzinfo=UTC)


def brought(*days: tuple[int, int], now: datetime | None = None) -> SourceState:
    """A source that brought so many entries on these days of March at half past nine; fine at ``now``."""
    state = INBOX
    for day, papers in days:
        state = freshness.told(state, IngestReport(papers=papers, new=papers - 1), at(day))
    return replace(state, looked=now or NOW)


def test_what_a_source_brings_is_counted_by_day() -> None:
    """Several looks a day are one day; one that brought nothing changes no figure, a failure keeps all of them."""
    state = brought((16, 20), (17, 10), (17, 5), now=at(17))
    assert state == SourceState(
        "inbox",
        looked=at(17),
        brought=at(17),
        papers=5,
        new=4,
        daily=((date(2026, 3, 16), 20), (date(2026, 3, 17), 15)),
    )
    idle = freshness.told(state, IngestReport(), NOW)
    assert idle == replace(state, looked=NOW)
    failed = freshness.told(idle, StoreError("The folder is gone."), NOW + timedelta(minutes=1))
    assert failed == replace(idle, failure="The folder is gone.")
    assert freshness.told(failed, IngestReport(), NOW).failure is None


def test_only_the_last_days_are_remembered() -> None:
    """A month is enough to know what is usual."""
    state = INBOX
    for day in range(60):
        state = freshness.told(state, IngestReport(papers=3), NOW + timedelta(days=day))
    assert len(state.daily) == freshness.KEPT_DAYS
    assert state.daily[-1][0] == (NOW + timedelta(days=59)).date()


@pytest.mark.parametrize(
    ("last", "now", "is_stale"),
    [
        # Brought on a Friday: the weekend does not count, nor does a day that is not over.
        (13, 16, False),
        (13, 17, False),
        (13, 18, True),
        # On a Monday: two whole days later it is stale.
        (16, 18, False),
        (16, 19, True),
        # On a Sunday.
        (15, 17, False),
        (15, 18, True),
    ],
)
def test_a_source_that_dried_up(last: int, now: int, *, is_stale: bool) -> None:
    """Two whole weekdays without anything are too many."""
    found = faulty(brought((last, 30)), at(now))
    assert (found is not None) is is_stale
    if found:
        assert (found.kind, found.since) == (FaultKind.STALE, date(2026, 3, last))
        assert found.sentence == f"The source inbox has been stale since {last} March 2026: nothing came after it."


def test_a_source_that_comes_once_a_week_is_not_stale_after_two_days() -> None:
    """It has a rhythm of its own, and twice that is too long."""
    weekly = replace(
        brought((18, 30)), daily=tuple((date(2026, 2, 18) + timedelta(days=7 * week), 30) for week in range(5))
    )
    assert fault(weekly, at(26)) is None
    assert fault(weekly, at(26) + timedelta(days=8)) is not None


def test_a_source_that_never_brought_anything() -> None:
    """It was just set up, or nobody has put anything there yet: that is no fault."""
    assert fault(INBOX, NOW) is None
    assert fault(replace(INBOX, looked=NOW), NOW + timedelta(days=30)) is None


def test_a_source_that_fails() -> None:
    """For an hour it may be over in a moment; one that never worked is at fault at once."""
    failing = replace(brought((17, 30), now=at(18, 8)), failure="The folder is gone.")
    assert fault(failing, at(18, 8) + timedelta(minutes=59)) is None
    found = faulty(failing, at(18, 9))
    assert found is not None
    assert (found.kind, found.since) == (FaultKind.FAILING, date(2026, 3, 18))
    assert found.sentence == "The source inbox has been failing since 18 March 2026: The folder is gone."
    assert faulty(failing, at(19)) == found
    never = replace(INBOX, failure="The folder is gone.")
    assert fault(never, NOW) == "The source inbox has been failing: The folder is gone."


def test_half_a_page() -> None:
    """Half of what its weekdays usually bring, once the day's page has settled; not while it may still grow."""
    usual = [(9, 30), (10, 28), (11, 34), (12, 32), (13, 30), (14, 2), (16, 31), (17, 29)]
    found = faulty(brought(*usual, (18, 12)), at(18, 11))
    assert found is not None
    assert (found.kind, found.since) == (FaultKind.HALF, date(2026, 3, 18))
    assert found.sentence == "The source inbox brought only half a page on 18 March 2026: 12 papers, usually 30."
    assert fault(brought(*usual, (18, 12)), at(18) + timedelta(minutes=30)) is None
    assert fault(brought(*usual, (18, 16)), at(18, 11)) is None
    assert fault(brought(*usual, (18, 12)), at(19)) is not None
    assert fault(brought(*usual, (18, 12)), at(20)) is None
    assert "1 paper, usually 30" in str(fault(brought(*usual, (18, 1)), at(18, 11)))


def test_what_readers_are_told() -> None:
    """No source by name; on the day itself it is today; several faults of one kind are one sentence."""
    stale = brought((12, 30))
    assert freshness.said(stale, NOW) == "No new papers have come in since 12 March; the host knows."
    assert freshness.said(brought((17, 30)), NOW) is None
    usual = [(9, 30), (10, 28), (11, 34), (12, 32), (13, 30)]
    half, dry = faulty(brought(*usual, (18, 12)), at(18, 11)), faulty(stale, NOW)
    failing = faulty(replace(brought((17, 30), now=at(18, 8)), failure="No folder at /a/b."), at(18, 11))
    assert half
    assert dry
    assert failing
    today = NOW.date()
    assert half.said == "Only half of the usual papers came on 18 March."
    assert told_readers([half], 1, today) == ("Only half of the usual papers came today.",)
    assert told_readers([half], 1, today + timedelta(days=1)) == ("Only half of the usual papers came yesterday.",)
    assert told_readers([half], 1) == (half.said,)
    assert told_readers([half], 2, today) == ("Fewer papers than usual came today.",)
    assert told_readers([dry, failing], 2) == ("No new papers have come in since 18 March; the host knows.",)
    assert told_readers([dry], 2) == ("Some of the usual papers have not come in since 12 March; the host knows.",)
    assert len(told_readers([dry, half], 2)) == 2
    assert told_readers([], 2) == ()
    assert told_readers([dry], 1, date(2027, 1, 2)) == (
        "No new papers have come in since 12 March 2026; the host knows.",
    )


def test_what_is_half_is_known_after_some_days_only() -> None:
    """Three days make something usual; a weekend's page is small by nature."""
    assert fault(brought((16, 30), (17, 30), (18, 2)), at(18, 11)) is None
    usual = [(day, 30) for day in (16, 17, 18, 19, 20)]
    assert fault(brought(*usual, (21, 2)), at(21, 11)) is None
    assert fault(replace(brought(*usual), daily=()), at(20, 11)) is None


LIVE = SourceState("papers", is_live=True)
HALF_PAST = NOW + timedelta(minutes=30)


def test_a_live_source_is_looked_into_when_it_answers() -> None:
    """What stood in its inbox is counted by what was new: it reads its last days again and again."""
    asked = freshness.told(LIVE, FetchReport("papers", pages=14, new=2), NOW, HALF_PAST)
    assert asked == replace(LIVE, looked=NOW, next_look=HALF_PAST)
    again = freshness.told(asked, IngestReport(papers=350, new=0), NOW)
    assert again == asked
    brought = freshness.told(asked, IngestReport(papers=350, new=12), NOW)
    assert (brought.brought, brought.papers, brought.new, brought.daily) == (NOW, 350, 12, ((NOW.date(), 12),))
    failed = freshness.told(brought, PageUnavailable("It does not answer."), NOW + timedelta(hours=2), NOW)
    assert failed == replace(brought, failure="It does not answer.", next_look=NOW)
    # What was in its inbox does not say that it answers.
    assert freshness.told(failed, IngestReport(papers=1, new=1), NOW + timedelta(hours=3)).failure == failed.failure


def test_some_pages_that_are_missing() -> None:
    """The source was looked into, and what was missing is told; with the next whole look it is over."""
    partly = freshness.told(
        LIVE, FetchReport("papers", pages=14, new=1, failures=(("2026-03-18", "It took too long."),)), NOW
    )
    assert (partly.looked, partly.failure) == (NOW, "1 of 14 pages could not be had: It took too long.")
    assert fault(partly, NOW) is None
    assert freshness.told(partly, FetchReport("papers", pages=14), NOW).failure is None


def test_a_source_that_is_not_what_it_was() -> None:
    """It is at fault at once, since the day it changed, until it is well again; readers hear what they hear of stale ones."""
    well = freshness.told(LIVE, FetchReport("papers", pages=1, new=1), NOW)
    word = PageDrifted("The page listing has no papers, and had 25.")
    drifted = freshness.told(well, word, NOW + timedelta(minutes=30), HALF_PAST)
    found = faulty(drifted, NOW + timedelta(minutes=30))
    assert found is not None
    assert (found.kind, found.since) == (FaultKind.DRIFT, date(2026, 3, 18))
    assert found.sentence == (
        "The source papers is not what it was since 18 March 2026: The page listing has no papers, and had 25."
    )
    assert told_readers([found], 1) == ("No new papers have come in since 18 March; the host knows.",)
    later = freshness.told(drifted, word, NOW + timedelta(days=1))
    assert later.drifted == date(2026, 3, 18)
    away = freshness.told(later, PageUnavailable("It does not answer."), NOW + timedelta(days=1))
    assert away.drift is not None
    assert faulty(freshness.told(away, FetchReport("papers", pages=1), NOW + timedelta(days=1)), at(19)) is None
    assert freshness.told(well, FetchReport("papers", drift="The page listing is empty."), NOW).drifted == NOW.date()


def test_a_live_source_that_brought_half_a_day() -> None:
    """Its day is judged once it is over: until then it fills up."""
    usual = tuple((date(2026, 3, day), 30) for day in (9, 10, 11, 12, 13, 16))
    state = replace(LIVE, brought=at(17), looked=NOW, daily=(*usual, (date(2026, 3, 17), 8)))
    assert fault(state, at(17, 23)) is None
    found = faulty(replace(state, brought=at(18, 1), daily=(*state.daily, (date(2026, 3, 18), 2))), at(18, 2))
    assert found is not None
    assert (found.kind, found.since) == (FaultKind.HALF, date(2026, 3, 17))
    assert fault(replace(state, daily=(*usual, (date(2026, 3, 17), 28))), at(18, 2)) is None


def test_as_long_as_papers_come_in_readers_are_not_told_that_none_do() -> None:
    """One page that changed is the host's to know; once nothing comes any more, readers are told that."""
    drifted = freshness.told(LIVE, PageDrifted("The page 2026-03-13 lists only 3 papers."), at(18))
    found = faulty(freshness.told(drifted, IngestReport(papers=9, new=9), at(18)), at(18, 12))
    assert found
    assert (found.kind, found.is_partial) == (FaultKind.DRIFT, True)
    assert told_readers([found], 1, date(2026, 3, 18)) == (
        "Some of the usual papers have not come in since 18 March; the host knows.",
    )
    dry = faulty(freshness.told(drifted, IngestReport(papers=9, new=9), at(18)), at(25))
    assert dry
    assert told_readers([dry], 1) == ("No new papers have come in since 18 March; the host knows.",)


def test_a_newest_page_that_never_comes_is_a_fault() -> None:
    """Though the others come at each look; one that comes again ends it."""
    partly = FetchReport("papers", pages=2, unchanged=1, failures=(("2026-03-18", "HTTP 500."),), is_behind=True)
    state = freshness.told(LIVE, partly, at(18))
    assert fault(state, at(18) + timedelta(minutes=59)) is None
    state = freshness.told(freshness.told(state, partly, at(18, 10)), IngestReport(papers=3, new=3), at(18, 10))
    found = faulty(state, at(18, 11))
    assert found
    assert (found.kind, found.since, found.is_partial) == (FaultKind.FAILING, date(2026, 3, 18), True)
    assert "1 of 2 pages could not be had: HTTP 500." in found.sentence
    assert fault(freshness.told(state, replace(partly, failures=(), is_behind=False), at(18, 11)), at(18, 11)) is None
