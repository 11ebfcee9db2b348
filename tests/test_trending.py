"""What is talked about: comments and upvotes within a period of the papers' own days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bot.models import Count, Format, Origin, Paper
from bot.trending import Here, talked_about, why
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


def test_a_paper_is_measured_against_papers_of_its_own_age() -> None:
    """Twelve upvotes are much on the first day and little after six: counts only grow."""
    usual = [talked(f"new{place}", upvotes=1 + place % 3) for place in range(12)]
    usual += [talked(f"old{place}", upvotes=30 + place % 3, days=6) for place in range(12)]
    found = ids([*usual, talked("rising", upvotes=12), talked("fading", upvotes=12, days=6)])
    assert found[0] == "rising"
    assert found[-1] == "fading"


def test_what_a_paper_is_ahead_by_fades() -> None:
    """Two papers as far ahead of their own age: the newer one first; twice as far ahead is still first a day later."""
    usual = [talked(f"{days}-{place}", upvotes=7, days=days) for days in (0, 1, 4) for place in range(12)]
    found = ids(
        [*usual, talked("four", upvotes=60, days=4), talked("none", upvotes=60), talked("one", upvotes=600, days=1)]
    )
    assert found[:2] == ["one", "none"]
    assert found.index("four") > found.index("none")


def test_a_month_fades_more_slowly_than_a_week() -> None:
    """The best of three weeks ago is still worth telling in a month, where a week would have dropped it."""
    usual = [talked(f"{days}-{place}", comments=1, upvotes=7, days=days) for days in (0, 21) for place in range(12)]
    found = ids([*usual, talked("best", upvotes=500, comments=40, days=21)], "month")
    assert found[0] == "best"


def test_a_comment_says_more_than_an_upvote() -> None:
    """Of two papers as far ahead in one of both, the discussed one comes first."""
    usual = [talked(f"usual{place}", comments=3, upvotes=3) for place in range(12)]
    assert ids([*usual, talked("voted", comments=3, upvotes=40), talked("discussed", comments=40, upvotes=3)])[:2] == [
        "discussed",
        "voted",
    ]


def test_silence_is_part_of_what_is_usual() -> None:
    """Papers that nobody spoke of are not listed, and yet a single upvote among them is more than usual."""
    quiet = [talked(f"quiet{place}", upvotes=0) for place in range(20)]
    loud = [talked(f"loud{place}", upvotes=9, days=5) for place in range(20)]
    found = ids([*quiet, *loud, talked("one", upvotes=1)])
    assert found[0] == "one"
    assert not any(name.startswith("quiet") for name in found)


def test_what_colleagues_keep_comes_up() -> None:
    """Those who saved it or asked for more lift a paper above equals, and tell of one that nobody else spoke of."""
    papers = [talked("a", upvotes=9), talked("b", upvotes=9), talked("c")]
    here = {"b": Here(saved=2, liked=3), "c": Here(liked=2)}
    found = talked_about(papers, "week", TODAY, here)
    assert [talk.paper.id for talk in found] == ["b", "c", "a"]
    assert [why(talk) for talk in found[:2]] == [
        "9 upvotes since 1 March 2025 · 2 colleagues saved it, 3 colleagues asked for more like it",
        "2 colleagues asked for more like it",
    ]


def test_equals_stand_newest_first_whatever_their_order() -> None:
    """The order does not hang on the order of the store."""
    papers = [talked("b", comments=3, days=1), talked("a", comments=3, days=1), talked("c", comments=3)]
    assert ids(papers) == ids(papers[::-1]) == ["c", "a", "b"]
