"""Which papers somebody new is asked about: different ones, known ones, and those that would tell most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from bot import feedback, matching
from bot.feedback import Liked
from bot.matching import Background, Seen, WordBook
from bot.models import ROW_EXTRA, THRESHOLD, Count, Format, Interest, InterestKind, Origin, Profile, UserId
from bot.recommend.picking import Yardstick
from bot.recommend.shelf import Known, Shelf
from bot.recommend.voting import worth_voting_on
from bot.terms import terms_of
from tests.fakes import HashingEngine, paper

TODAY = date(2026, 3, 18)
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
TOPICS = ("speech recognition of languages", "robot hands that grasp cups", "protein folding in cells")
TEXTS = [f"{topic} {' '.join(f'w{topic[0]}{n + more}' for more in range(4))}" for n in range(12) for topic in TOPICS]
SEEN = Origin(Format.JSON, "page.txt", "d" * 64, None, TODAY)


def shelf(upvotes: Sequence[int | None] = (), **fields: Any) -> Shelf:
    """Thirty-six papers of three subjects in turn: p0 speech, p1 robots, p2 cells, and so on."""
    vectors = HashingEngine(96).vectors(TEXTS)
    settled, terms = matching.settled(vectors, vectors, itself=True), [terms_of(text) for text in TEXTS]
    ids = [f"p{place}" for place in range(len(TEXTS))]
    background = Background.of(ids, np.arange(len(ids)), settled, terms)
    told = [*upvotes, *[None] * (len(ids) - len(upvotes))]
    known = [
        Known(
            paper(one, text, upvotes=() if count is None else (Count(count, SEEN),), listed=(TODAY,), **fields),
            has_abstract=True,
        )
        for one, text, count in zip(ids, TEXTS, told, strict=True)
    ]
    return Shelf(known, ids, np.arange(len(ids)), settled, Seen.of(background, settled, terms), background)


def subjects(ids: Sequence[str]) -> list[int]:
    return [int(paper_id[1:]) % len(TOPICS) for paper_id in ids]


def test_every_subject_is_asked_about() -> None:
    """The first three papers are of three subjects, and what was rated leaves the others where they are."""
    chosen = worth_voting_on(shelf(), TODAY, 3, but=())
    assert sorted(subjects(chosen)) == [0, 1, 2]
    assert worth_voting_on(shelf(), TODAY, 3, but=chosen[:1])[:2] == chosen[1:]


def test_of_like_papers_the_one_that_people_know_is_asked_about() -> None:
    """Among papers of one subject the one that is talked about comes first; an unknown count is no zero."""
    chosen = worth_voting_on(shelf([0, 0, 0, 0, 500, 0]), TODAY, 3, but=())
    assert "p4" in chosen
    assert worth_voting_on(shelf([0] * 36), TODAY, 3, but=()) == worth_voting_on(shelf(), TODAY, 3, but=())


def test_what_is_surely_wanted_is_not_asked() -> None:
    """Who liked robots is asked about papers at the edge of that, not about what is certain to come or to stay away."""
    stored = shelf()
    liked = {
        one: Liked(int(one[1:]), stored.papers[int(one[1:])], terms_of(TEXTS[int(one[1:])])) for one in ("p1", "p4")
    }
    learnt = Interest("i1", "robots", InterestKind.LEARNT, "", learnt_from=("p1", "p4"))
    words = WordBook.of(stored.background, {one.ordinal: one.terms for one in liked.values()})
    vector, evidence = feedback.placed(learnt, None, liked, stored.background, share=1)
    row = matching.row(vector, 1, stored.background, 0.8, evidence=evidence, words_of=words)
    yardstick = Yardstick(Profile(UserId("T1", "U1"), (learnt,)), {"i1": row}, words)
    [before] = matching.scores(row[None, :], stored.seen, words)
    bar = row[-ROW_EXTRA + THRESHOLD]
    first = worth_voting_on(stored, TODAY, 5, but=())
    # A first vote does not put others in the places of those that stand for the other subjects.
    assert worth_voting_on(stored, TODAY, 4, but=first[:1], yardstick=yardstick) == first[1:]
    chosen = worth_voting_on(stored, TODAY, 3, but=(*first, "p1", "p4"), yardstick=yardstick)
    alone = worth_voting_on(stored, TODAY, 3, but=(*first, "p1", "p4"))

    def edge(ids: Sequence[str]) -> float:
        return float(np.mean([abs(before[int(one[1:])] - bar) for one in ids]))

    assert edge(chosen) < edge(alone)
