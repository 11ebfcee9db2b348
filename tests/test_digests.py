"""What stands in a digest, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot import digests
from bot.matching.dealing import TIE, deal
from bot.models import Alert, Closeness, Digest, UserId

ADA, BOB = UserId("local", "ada"), UserId("local", "bob")
CHANNEL = UserId("T1", "C1")


def alert(paper: str, strength: float, interest: str = "flow matching", reader: UserId = ADA) -> Alert:
    return Alert(
        reader=reader,
        paper_id=paper,
        interest_id=f"id of {interest}",
        interest_name=interest,
        closeness=Closeness(0.5, 3, 507, 504 / 507),
        strength=strength,
        why=f"Because you follow “{interest}”: closer than 99.4 % of papers",
        queued=datetime(2026, 3, 2, 9, tzinfo=UTC),
    )


def papers(digest: Digest) -> list[str]:
    return [one.paper_id for one in digest.alerts]


def test_the_strongest_paper_comes_first() -> None:
    """Alerts are told in order of strength, whatever order they were queued in."""
    digest = digests.compose(ADA, [alert("a", 2.0), alert("b", 4.0), alert("c", 3.0)], 5)
    assert papers(digest) == ["b", "c", "a"]
    assert (digest.reader, digest.left_out) == (ADA, 0)


def test_papers_stand_as_near_as_their_cards_say() -> None:
    """Alerts of several runs, each measured against its own: the share that is told decides, then strength."""
    shares = {"a": (0.98, 9.0), "b": (0.997, 2.0), "c": (0.991, 5.0), "d": (0.98, 9.5)}
    some = [
        replace(alert(paper, strength), closeness=Closeness(0.5, 3, 507, share))
        for paper, (share, strength) in shares.items()
    ]
    assert papers(digests.compose(ADA, some, 5)) == ["b", "c", "d", "a"]
    assert papers(digests.compose(ADA, some, 2)) == ["b", "c"]


def test_a_fact_stands_where_nothing_is_nearer() -> None:
    """Of it no share is told; it is the first of so many papers."""
    fact = replace(alert("fact", 4.0, "an author"), closeness=Closeness(1.0, 1, 507, None))
    some = [alert("a", 9.0), fact, replace(alert("b", 1.0), closeness=Closeness(0.9, 1, 20_000, 0.9999))]
    assert papers(digests.compose(ADA, some, 5)) == ["b", "fact", "a"]


def test_what_the_cap_leaves_out_is_counted() -> None:
    """Two of five papers are told, three are counted."""
    digest = digests.compose(ADA, [alert(paper, ord(paper)) for paper in "abcde"], 2)
    assert papers(digest) == ["e", "d"]
    assert digest.left_out == 3


def test_an_interest_is_seen_before_a_stronger_one_fills_the_digest() -> None:
    """Three places, ten strong alerts of one interest and a weaker one of another: the weaker one is there, last."""
    many = [alert(f"p{number}", 5 + number) for number in range(10)]
    digest = digests.compose(ADA, [*many, alert("small", 4.0, "tactile sensing")], 3)
    assert papers(digest) == ["p9", "p8", "small"]
    assert digest.left_out == 8


def test_what_nothing_strong_came_for_fills_no_place() -> None:
    """A weak paper is not told in place of a strong one because its interest has no other."""
    some = [alert("p0", 5.0), alert("p1", 4.5), alert("weak", 0.5, "tactile sensing")]
    assert papers(digests.compose(ADA, some, 2)) == ["p0", "p1"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 600)), min_size=1, max_size=20, unique_by=lambda one: one[1])
)
def test_a_digest_deals_its_places_as_alerts_are_dealt(told: list[tuple[int, int]]) -> None:
    """There is one rule: of papers that all find a place first, as many of each interest are seen first."""
    shares = np.array([1.0, 2.5, 0.4, 6.0], np.float32)
    interest = np.array([number for number, _ in told], np.int32)
    strength = np.array([size * 100 * TIE for _, size in told])
    places = np.arange(len(told), dtype=np.int32)
    first = deal(
        np.zeros(len(told), np.int64),
        interest,
        places,
        strength,
        shares[interest],
        by_field=lambda of: of.astype(np.int64),
        most=5,
    )
    some = [alert(f"p{place:02}", float(strength[place]), f"{interest[place]}") for place in places]
    digest = digests.compose(ADA, some, 5, shares={f"id of {number}": float(shares[number]) for number in range(4)})
    assert set(papers(digest)) == {f"p{place:02}" for place in first}


def test_a_small_interest_has_its_share_beside_a_big_one() -> None:
    """Places go by shares: one of three times the share has three of the first four places, and the small one the other."""
    big = [alert(f"big{number}", 9.0 - number) for number in range(6)]
    small = [alert(f"small{number}", 5.0 - number) for number in range(2)]
    some = [*big, *(replace(one, interest_id="id of small") for one in small)]
    digest = digests.compose(ADA, some, 4, shares={"id of flow matching": 3.0, "id of small": 1.0})
    assert papers(digest) == ["big0", "big1", "big2", "small0"]
    digest = digests.compose(ADA, some, 3, shares={"id of flow matching": 3.2, "id of small": 2.5})
    assert papers(digest) == ["big0", "big1", "small0"]


def test_what_is_seen_first_is_dealt_first() -> None:
    """Six papers, two of them in sight: each interest has one there, though three of the first are stronger."""
    many = [alert(f"p{number}", 9.0 - number) for number in range(4)]
    some = [*many, alert("small", 4.0, "tactile sensing"), alert("tiny", 3.9, "tactile sensing")]
    assert papers(digests.compose(ADA, some, 6, first=2)) == ["p0", "small", "p1", "p2", "p3", "tiny"]


def test_three_papers_are_not_one_paper_three_times() -> None:
    """What is alike waits behind what is not, however strong it is; it is still told where there is room."""
    vectors = {
        "a": np.array([1, 0], np.float32),
        "again": np.array([0.9, np.sqrt(0.19)], np.float32),
        "other": np.array([0, 1], np.float32),
    }
    some = [alert("a", 5.0), alert("again", 4.0), alert("other", 1.0), alert("unknown", 0.5)]
    assert papers(digests.compose(ADA, some, 3, vectors=vectors)) == ["a", "other", "unknown"]
    assert papers(digests.compose(ADA, some, 4, first=3, vectors=vectors)) == ["a", "other", "unknown", "again"]


def test_a_channel_is_told_a_paper_once_with_its_strongest_alert() -> None:
    """Two readers were alerted of one paper: the channel's digest has it once, with the better reason."""
    digest = digests.compose(CHANNEL, [alert("a", 2.0), alert("a", 3.0, "robot hands", BOB), alert("b", 1.0)], 5)
    assert [(one.paper_id, one.interest_name) for one in digest.alerts] == [
        ("a", "robot hands"),
        ("b", "flow matching"),
    ]
    assert (digest.reader, digest.left_out) == (CHANNEL, 0)


def test_no_alerts_make_an_empty_digest() -> None:
    """Silence is a digest too, so that it can be explained."""
    assert digests.compose(ADA, [], 5) == Digest(ADA, (), 0)
    assert digests.compose(ADA, [alert("a", 1.0)], 0) == Digest(ADA, (), 1)


ALERTS = st.lists(
    st.builds(alert, st.sampled_from("abcdef"), st.sampled_from([1.0, 2.0, 3.0]), st.sampled_from("xyz")), max_size=12
)


@given(ALERTS, st.integers(0, 8), st.randoms())
def test_a_digest_does_not_hang_on_the_order_of_its_alerts(alerts: list[Alert], cap: int, order: Random) -> None:
    """Any alerts in any order: the cap is kept, each paper stands once, nothing is lost uncounted, ties are settled."""
    digest = digests.compose(ADA, alerts, cap)
    assert len(digest.alerts) <= cap
    assert len(set(papers(digest))) == len(digest.alerts)
    assert len(digest.alerts) + digest.left_out == len({one.paper_id for one in alerts})
    shuffled = list(alerts)
    order.shuffle(shuffled)
    assert digests.compose(ADA, shuffled, cap) == digest
