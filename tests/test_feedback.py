"""What a rating changes: which interest it joins, where that interest then stands, and that nothing else matters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot import feedback, matching
from bot.models import Interest, InterestKind, Taste
from tests.fakes import HashingEngine, paper

Floats = NDArray[np.float32]
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
ENGINE = HashingEngine(64)
CORPUS = ENGINE.vectors([f"paper number {number} about subject {number % 7}" for number in range(60)])


def vector(text: str) -> Floats:
    return ENGINE.vectors([text])[0]


def interest(interest_id: str, text: str = "", **fields: Any) -> Interest:
    chosen: dict[str, Any] = {"name": text or interest_id, "kind": InterestKind.PHRASE, "text": text, **fields}
    return Interest(id=interest_id, **chosen)


def rows(*interests: Interest) -> dict[str, Floats]:
    return {one.id: matching.row(vector(one.text), one.weight, CORPUS, 0.9) for one in interests}


def test_an_interest_moves_towards_what_it_learnt_from() -> None:
    """A third of a paper is added to the text, so the interest stays near its words and comes nearer to the paper."""
    base, learnt = vector("speech"), vector("robots")
    moved = feedback.moved(base, {"p1": learnt})
    expected = base + feedback.SHARE * learnt
    assert moved == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert moved @ base > moved @ learnt > base @ learnt


def test_an_interest_that_learnt_nothing_is_its_text() -> None:
    """Without papers the vector of the text comes back as it is, to the bit."""
    base = vector("speech")
    assert feedback.moved(base, {}).tobytes() == base.tobytes()


def test_a_learnt_interest_is_where_its_papers_are() -> None:
    """Without a text the papers alone decide; without both there is nothing."""
    assert feedback.moved(None, {"p1": vector("robots")}) == pytest.approx(vector("robots"), abs=1e-6)
    with pytest.raises(ValueError, match=r"\{\}"):
        feedback.moved(None, {})


def test_papers_that_cancel_each_other_leave_the_text() -> None:
    """Opposite vectors point nowhere; the interest stays where its text is."""
    base = vector("speech")
    there = {str(number): vector("robots") for number in range(2)}
    away = {f"a{number}": -vector("robots") for number in range(2)}
    assert feedback.moved(base, there | away) == pytest.approx(base, abs=1e-6)
    assert feedback.moved(None, there | away).tobytes() == vector("robots").tobytes()


@given(st.permutations(range(6)))
def test_the_order_of_ratings_does_not_matter(order: list[int]) -> None:
    """Any order of the same papers gives the same vector, to the bit."""
    papers = {f"p{number}": vector(f"robots that do {number}") for number in range(6)}
    shuffled = {f"p{number}": papers[f"p{number}"] for number in order}
    assert feedback.moved(vector("speech"), shuffled).tobytes() == feedback.moved(vector("speech"), papers).tobytes()


def test_a_like_joins_the_nearest_interest_of_its_sign() -> None:
    """Of several interests the nearest one learns; what the reader wants less of does not."""
    speech, robots = interest("i1", "speech recognition"), interest("i2", "robot hands")
    less = interest("i3", "robot hands that grasp", weight=-1.0)
    liked = vector("robot hands that grasp cups")
    followed = [speech, robots, less]
    assert feedback.joined(followed, rows(*followed), liked, Taste.MORE, corpus=60) is robots
    assert feedback.joined(followed, rows(*followed), liked, Taste.LESS, corpus=60) is less


def test_a_like_far_from_everything_joins_nothing() -> None:
    """A paper that has nothing to do with what is followed opens an interest of its own."""
    speech = interest("i1", "speech recognition")
    assert feedback.joined([speech], rows(speech), vector("protein folding in cells"), Taste.MORE, corpus=60) is None


def test_among_many_papers_only_what_stands_out_is_joined() -> None:
    """What is among the nearest tenth of few papers joins there; among many it has to be nearer, or above a low bar."""
    followed = interest("i1", "followed")
    row = np.zeros(68, np.float32)
    row[0], row[-4:] = 1, (0.4, 0.1, 0.1, 1)
    liked = np.zeros(64, np.float32)
    liked[:2] = 0.25, np.sqrt(1 - 0.25**2)
    assert feedback.joined([followed], {"i1": row}, liked, Taste.MORE, corpus=100) is followed
    assert feedback.joined([followed], {"i1": row}, liked, Taste.MORE, corpus=500) is None
    assert feedback.joined([followed], {"i1": row}, liked, Taste.MORE, corpus=500, anyhow=True) is followed
    low = row.copy()
    low[-4] = 0.2
    assert feedback.joined([followed], {"i1": low}, liked, Taste.MORE, corpus=500) is followed


def test_facts_and_muted_interests_learn_nothing() -> None:
    """An author has no place among the papers, and from a muted interest nothing would come."""
    muted = interest("i1", "robot hands", muted=True)
    author = interest("i2", "robot hands", kind=InterestKind.AUTHOR)
    assert feedback.joined([muted, author], rows(muted, author), vector("robot hands"), Taste.MORE, corpus=60) is None


def test_what_a_rating_opens_is_named_after_the_paper() -> None:
    """The name is the title, cut where it is long, and another one where the reader has it already."""
    long = paper("p1", f"Robots {'and more robots ' * 8}")
    opened = feedback.opened(long, Taste.LESS, [], NOW)
    assert (opened.kind, opened.weight, opened.learnt_from, opened.text) == (InterestKind.LEARNT, -1.0, (), "")
    assert opened.name.startswith("Robots and more")
    assert len(opened.name) <= 60
    again = feedback.opened(long, Taste.MORE, [opened], NOW)
    assert again.id != opened.id
    assert again.name.endswith("… (learnt)")
    assert len(again.name) <= 60


def test_papers_are_learnt_once_and_forgotten_exactly() -> None:
    """A paper counts once; without it an interest is as before, and a learnt one without papers is gone."""
    phrase, learnt = interest("i1", "speech"), interest("i2", kind=InterestKind.LEARNT)
    once = feedback.with_paper(phrase, "p1")
    assert feedback.with_paper(once, "p1") == once
    assert feedback.without_paper(once, {"p1"}) == phrase
    both = feedback.with_paper(feedback.with_paper(learnt, "p1"), "p2")
    left = feedback.without_paper(both, {"p1"})
    assert left is not None
    assert left.learnt_from == ("p2",)
    assert feedback.without_paper(left, {"p2"}) is None
