"""What is talked about: comments and upvotes within a period of the papers' own days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bot.models import Count, Format, Origin, Paper
from bot.trending import talked_about, why
from tests.fakes import FIRST_SEEN, paper

TODAY = date(2025, 3, 1)
ORIGIN = Origin(Format.TEXT, "page.txt", "ab" * 32, TODAY, TODAY)


def talked(name: str, *, comments: int | None = None, upvotes: int | None = None, days: int = 0, **more: Any) -> Paper:
    counts = {"comments": comments, "upvotes": upvotes}
    told = {field: (Count(value, ORIGIN),) for field, value in counts.items() if value is not None}
    return paper(name, name, listed=(TODAY - timedelta(days=days),), **told, **more)


def ids(papers: list[Paper], period: str = "week") -> list[str]:
    return [talk.paper.id for talk in talked_about(papers, period, TODAY)]


def test_most_talked_about_first() -> None:
    """More comments and more upvotes come first; a paper nobody spoke of is not there."""
    papers = [talked("few", comments=1, upvotes=5), talked("many", comments=9, upvotes=80), talked("none", comments=0)]
    assert ids(papers) == ["many", "few"]


def test_a_period_is_of_the_papers_own_days() -> None:
    """Yesterday's papers are of the day, as printed days may be one early; older ones of week and month only."""
    papers = [talked(f"{days}", comments=3, days=days) for days in (0, 1, 2, 7, 8, 30, 31)]
    assert ids(papers, "day") == ["0", "1"]
    assert ids(papers, "week") == ["0", "1", "2", "7"]
    assert ids(papers, "month") == ["0", "1", "2", "7", "8", "30"]


def test_a_number_that_nobody_printed_is_not_zero() -> None:
    """A page without upvotes does not sink its papers: the middle of the period stands for what is not known."""
    papers = [
        talked("low", comments=4, upvotes=2),
        talked("unknown", comments=4),
        talked("high", comments=4, upvotes=200),
        talked("middle", comments=1, upvotes=6),
    ]
    assert ids(papers) == ["high", "unknown", "low", "middle"]


def test_a_paper_without_a_day_counts_from_when_it_was_first_seen() -> None:
    """Pages without dates still have trends."""
    undated = paper("undated", "Undated", upvotes=(Count(3, ORIGIN),))
    assert FIRST_SEEN.date() == TODAY
    assert ids([undated], "day") == ["undated"]


def test_the_reason_tells_the_numbers() -> None:
    """Numbers that are known, and since when."""
    told = [talked("a", comments=1, upvotes=1200), talked("b", comments=24, upvotes=0, days=1)]
    assert [why(talk) for talk in talked_about(told, "week", TODAY)] == [
        "1,200 upvotes and 1 comment since 1 March 2025",
        "24 comments since 28 February 2025",
    ]


def test_equals_stand_newest_first_whatever_their_order() -> None:
    """The order does not hang on the order of the store."""
    papers = [talked("b", comments=3, days=1), talked("a", comments=3, days=1), talked("c", comments=3)]
    assert ids(papers) == ids(papers[::-1]) == ["c", "a", "b"]
