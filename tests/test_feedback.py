"""What a rating changes: which interest it joins, how likes fall into groups, where an interest then stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot import feedback, interests, matching
from bot.feedback import Liked, grouping, weighing
from bot.feedback.grouping import linked
from bot.matching import Background, WordBook
from bot.models import DEVIATION, MEAN, ROW_EXTRA, THRESHOLD, Interest, InterestKind, Taste
from bot.terms import terms_of
from tests.fakes import HashingEngine, paper

Floats = NDArray[np.float32]
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
ENGINE = HashingEngine(96)
TOPICS = (
    "speech recognition of rare languages from little audio",
    "robot hands that grasp cups by touch",
    "protein folding in living cells",
    "storm surges along flat coasts",
    "planning for teams of drones",
)
TEXTS = [f"{words} number {number} tells {words.split()[number % 4]}" for number in range(16) for words in TOPICS]
VECTORS = ENGINE.vectors(TEXTS)
TERMS = [terms_of(text) for text in TEXTS]
SAMPLE = Background.of(
    [f"p{place}" for place in range(len(TEXTS))],
    np.arange(len(TEXTS)),
    matching.settled(VECTORS, VECTORS, itself=True),
    TERMS,
)
WORDS = WordBook.of(SAMPLE, dict(enumerate(TERMS)))
SPEECH, ROBOTS, CELLS, STORMS, DRONES = ([f"p{place}" for place in range(n, len(TEXTS), 5)] for n in range(5))


def liked(*paper_ids: str) -> dict[str, Liked]:
    places = {paper_id: int(paper_id[1:]) for paper_id in paper_ids}
    return {paper_id: Liked(place, SAMPLE.papers[place], TERMS[place]) for paper_id, place in places.items()}


def interest(interest_id: str, text: str = "", **fields: Any) -> Interest:
    chosen: dict[str, Any] = {"name": text or interest_id, "kind": InterestKind.PHRASE, "text": text, **fields}
    return Interest(id=interest_id, **chosen)


def learnt(*paper_ids: str, **fields: Any) -> Interest:
    return interest("learnt", kind=InterestKind.LEARNT, learnt_from=paper_ids, **fields)


def placed(one: Interest, papers: Sequence[str] = ()) -> Floats:
    base = ENGINE.vectors([one.text])[0] if one.text else None
    return feedback.placed(one, base, liked(*papers, *one.learnt_from), SAMPLE, share=1)[0]


def rows(*followed: Interest) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for one in followed:
        base = ENGINE.vectors([one.text])[0]
        vector, evidence = feedback.placed(one, base, liked(*one.learnt_from), SAMPLE, share=1)
        found[one.id] = matching.row(vector, one.weight, SAMPLE, 0.9, evidence=evidence, words_of=WORDS)
    return found


def scores(measured: dict[str, Floats], place: int) -> dict[str, float]:
    found = matching.scores(np.stack(list(measured.values())), SAMPLE.sample.only([place]), WORDS)
    return dict(zip(measured, found[:, 0].tolist(), strict=True))


def test_what_is_named_counts_as_four_likes() -> None:
    """A phrase that learnt from four papers stands half way between its words and where these papers stand."""
    words, papers = interest("i1", "speech recognition"), ROBOTS[:4]
    own, theirs = placed(words), placed(learnt(*papers))
    both = placed(interest("i1", "speech recognition", learnt_from=tuple(papers)))
    assert both @ own > 0.6
    assert both @ theirs > both @ own - 0.2 > own @ theirs
    assert np.linalg.norm(both) == pytest.approx(1, abs=1e-6)


def test_a_followed_paper_stands_where_it_stands() -> None:
    """A paper that is followed is not embedded again: its vector is the interest's, drawn towards those nearest to it."""
    one = interest("i1", "whatever its text is", kind=InterestKind.PAPER, paper_id="p3")
    vector, evidence = feedback.placed(one, None, liked("p3"), SAMPLE, share=2)
    assert (SAMPLE.papers @ vector).argmax() == 3
    assert vector == pytest.approx(placed(learnt("p3")), abs=1e-6)
    assert (evidence.sources, evidence.weights, evidence.share) == ((4,), (1.0,), 2)


def test_a_phrase_speaks_through_its_words_and_its_papers() -> None:
    """Without papers only the phrase's terms speak; each paper that it learnt from takes some of that over."""
    words = interest("i1", "speech recognition")
    base = ENGINE.vectors([words.text])[0]
    _, alone = feedback.placed(words, base, {}, SAMPLE, share=1)
    assert all(source < 0 for source in alone.sources)
    _, both = feedback.placed(feedback.with_paper(words, SPEECH[0]), base, liked(SPEECH[0]), SAMPLE, share=1)
    spoken = dict(zip(both.sources, both.weights, strict=True))
    assert spoken[int(SPEECH[0][1:]) + 1] == pytest.approx(0.2)
    assert sum(both.weights) == pytest.approx(1)


def test_without_text_and_papers_there_is_nothing() -> None:
    """An interest that nothing is left of cannot be placed."""
    with pytest.raises(ValueError, match="learnt"):
        feedback.placed(learnt("p900"), None, {}, SAMPLE, share=1)


def test_papers_that_cancel_each_other_leave_the_text() -> None:
    """Opposite vectors point nowhere; a learnt interest stays with one of its papers."""
    there = liked("p1", "p2")
    away = {"p1": there["p1"], "p2": there["p2"]._replace(vector=-there["p1"].vector)}
    vector, _ = feedback.placed(learnt("p1", "p2"), None, away, SAMPLE, share=1)
    assert vector.tobytes() == there["p1"].vector.tobytes()


@settings(max_examples=25)
@given(st.permutations([*SPEECH[:3], *ROBOTS[:3]]))
def test_the_order_of_ratings_does_not_matter(order: list[str]) -> None:
    """Any order of the same papers gives the same vector and the same groups, to the bit."""
    usual = [*SPEECH[:3], *ROBOTS[:3]]
    assert placed(learnt(*order)).tobytes() == placed(learnt(*usual)).tobytes()
    assert feedback.grouped(liked(*order), SAMPLE) == feedback.grouped(liked(*usual), SAMPLE)


def test_papers_that_say_the_same_share_a_weight() -> None:
    """Of two papers that are one and a third, the third weighs most; two papers weigh the same."""
    papers = liked(SPEECH[0], ROBOTS[0])
    vectors = np.stack([papers[SPEECH[0]].vector] * 2 + [papers[ROBOTS[0]].vector])
    terms = [papers[SPEECH[0]].terms] * 2 + [papers[ROBOTS[0]].terms]
    weights = feedback.weights(vectors, SAMPLE, terms)
    assert weights.sum() == pytest.approx(1)
    assert weights[2] > weights[0] == pytest.approx(weights[1])
    assert feedback.weights(vectors[1:], SAMPLE, terms[1:]).tolist() == [0.5, 0.5]


def test_likes_fall_into_groups() -> None:
    """Likes of two subjects that have nothing in common are two groups, the larger one first."""
    groups = feedback.grouped(liked(*ROBOTS[:8], *CELLS[:4]), SAMPLE)
    assert groups == (tuple(sorted(ROBOTS[:8])), tuple(sorted(CELLS[:4])))
    assert feedback.grouped({}, SAMPLE) == ()
    assert feedback.grouped(liked("p1"), SAMPLE) == (("p1",),)


def test_a_single_like_among_ten_others_is_seen() -> None:
    """Ten to one: the one like of another subject is a group of its own, and its share is more than its part of the likes."""
    likes = [*SPEECH[:10], CELLS[0]]
    groups = feedback.grouped(liked(*likes), SAMPLE)
    assert groups[1] == (CELLS[0],)
    large, small = feedback.shares(groups, liked(*likes), SAMPLE)
    assert large == pytest.approx(10**feedback.OF_SIZE)
    assert large / small < 10


def test_a_group_apart_has_a_larger_share_the_less_it_is_like_the_largest() -> None:
    """By the mean likeness of each of its papers to each of the largest group's."""
    likes = [*SPEECH[:5], *CELLS[:3], *ROBOTS[:2]]
    groups = [SPEECH[:5], CELLS[:3], ROBOTS[:2]]
    there = liked(*likes)
    alike = weighing.likeness(
        np.stack([one.vector for one in there.values()]), SAMPLE, [one.terms for one in there.values()], 0.5
    )
    found = feedback.shares(groups, there, SAMPLE)
    at = {paper_id: place for place, paper_id in enumerate(there)}
    for group, share in zip(groups[1:], found[1:], strict=True):
        between = alike[np.ix_([at[one] for one in group], [at[one] for one in SPEECH[:5]])].mean()
        assert share == pytest.approx(min(2.5, max(0.5, 0.7 - 5 * min(0, between))) * len(group) ** feedback.OF_SIZE)


def test_there_are_no_more_groups_than_there_is_room() -> None:
    """Where one group is all that a reader may open, unlike papers share it."""
    likes = liked(*ROBOTS[:8], *CELLS[:4], *SPEECH[:4])
    assert len(feedback.grouped(likes, SAMPLE)) == 3
    assert len(feedback.grouped(likes, SAMPLE, most=2)) == 2
    assert len(feedback.grouped(likes, SAMPLE, most=1)) == 1


def test_the_groups_are_those_of_average_linkage() -> None:
    """Nearest groups that are kept up give what comparing all groups with each other gives."""
    chance = np.random.default_rng(5)
    for count in (2, 3, 9, 24):
        points = chance.normal(size=(count, 6))
        alike = points @ points.T / 6
        for least in (-1.0, -0.1, 0.0, 0.2):
            groups = [[place] for place in range(count)]
            while len(groups) > 1:
                pairs = [
                    (alike[np.ix_(one, other)].mean(), place, beside)
                    for place, one in enumerate(groups)
                    for beside, other in enumerate(groups[:place])
                ]
                best, place, beside = max(pairs)
                if best < least:
                    break
                groups[beside] += groups.pop(place)
            found = linked(alike, least, count)
            assert sorted(map(sorted, found)) == sorted(map(sorted, groups))


def test_shares_are_those_of_groups_names_and_weights() -> None:
    """A named interest counts as four likes and its own; a learnt one as its group; each times its weight."""
    group = learnt(*SPEECH[:9], voted=NOW)
    named = interest("named", "robots", weight=2.0, learnt_from=(ROBOTS[0],))
    less = interest("less", "storms", weight=-1.0)
    fact = interest("fact", "Ada", kind=InterestKind.AUTHOR)
    found = feedback.shared([group, named, less, fact], liked(*SPEECH[:9], ROBOTS[0]), SAMPLE, NOW)
    assert found == {"learnt": pytest.approx(9**feedback.OF_SIZE), "named": pytest.approx(2 * 5**feedback.OF_SIZE)}


def test_old_interests_fade_and_say_so() -> None:
    """What nobody voted for counts for less the longer that is, at least half, and tells since when."""
    group = learnt(*SPEECH[:9], voted=NOW)
    share = [
        feedback.shared([group], liked(*SPEECH[:9]), SAMPLE, NOW + timedelta(days=days))["learnt"]
        for days in (0, 29, 200, 370, 2_000)
    ]
    assert share[0] == share[1] == pytest.approx(9**feedback.OF_SIZE)
    assert share[1] > share[2] > share[3] >= share[4] == pytest.approx(9**feedback.OF_SIZE / 2)
    assert interests.quiet(group, NOW + timedelta(days=100)) == ""
    assert interests.quiet(group, NOW + timedelta(days=200)) == "quiet since March"
    assert interests.quiet(group, NOW + timedelta(days=400)) == "quiet since March 2026"
    assert interests.quiet(interest("i1", "robots", voted=NOW), NOW + timedelta(days=900)) == ""


def test_a_like_joins_the_nearest_named_interest_of_its_sign() -> None:
    """Of several interests the nearest one learns; what the reader wants less of does not."""
    speech, robots = interest("i1", "speech recognition"), interest("i2", "robot hands that grasp cups")
    less = interest("i3", "robot hands that grasp by touch", weight=-1.0)
    followed = [speech, robots, less]
    measured = rows(*followed)
    near = scores(measured, int(ROBOTS[2][1:]))
    assert feedback.joined(followed, measured, near, Taste.MORE, corpus=80) is robots
    assert feedback.joined(followed, measured, near, Taste.LESS, corpus=80) is less
    far = scores(measured, int(CELLS[2][1:]))
    assert feedback.joined(followed, measured, far, Taste.MORE, corpus=80) is None


def test_among_many_papers_only_what_stands_out_is_joined() -> None:
    """What is among the nearest tenth of few papers joins there; among many it has to be nearer, or above a low bar."""
    followed = interest("i1", "followed")
    row = np.zeros(96 + ROW_EXTRA, np.float32)
    extra = row[-ROW_EXTRA:]
    extra[MEAN], extra[DEVIATION], extra[THRESHOLD] = 0.1, 0.1, 0.4
    near = {"i1": 0.25}
    assert feedback.joined([followed], {"i1": row}, near, Taste.MORE, corpus=100) is followed
    assert feedback.joined([followed], {"i1": row}, near, Taste.MORE, corpus=500) is None
    assert feedback.joined([followed], {"i1": row}, near, Taste.MORE, corpus=500, anyhow=True) is followed
    extra[THRESHOLD] = 0.2
    assert feedback.joined([followed], {"i1": row}, near, Taste.MORE, corpus=500) is followed


def test_facts_muted_interests_and_groups_are_not_joined() -> None:
    """An author has no place, from a muted interest nothing would come, and what likes made is grouped anew."""
    muted = interest("i1", "robot hands", muted=True)
    author = interest("i2", "robot hands", kind=InterestKind.AUTHOR)
    group = interest("i3", "robot hands", kind=InterestKind.LEARNT)
    followed = [muted, author, group]
    measured = rows(muted, author, group)
    assert feedback.joined(followed, measured, dict.fromkeys(measured, 99.0), Taste.MORE, corpus=80) is None
    renamed = interest("i3", "robot hands", kind=InterestKind.LEARNT, renamed=True)
    assert feedback.joined([renamed], measured, dict.fromkeys(measured, 99.0), Taste.MORE, corpus=80) is renamed


def test_what_a_rating_opens_is_named_after_the_paper() -> None:
    """The name is the title, cut where it is long, and another one where the reader has it already."""
    long = paper("p1", f"Robots {'and more robots ' * 8}")
    opened = feedback.opened(long, Taste.LESS, [], NOW)
    assert (opened.kind, opened.weight, opened.learnt_from, opened.text) == (InterestKind.LEARNT, -1.0, (), "")
    assert opened.name.startswith("Robots and more")
    assert len(opened.name) <= 60
    again = feedback.opened(long, Taste.MORE, [opened.name], NOW)
    assert again.id != opened.id
    assert again.name.endswith("… (learnt)")
    assert len(again.name) <= 60


def test_a_group_is_known_by_the_paper_that_was_liked_first() -> None:
    """Its id and day are that paper's, of two its name too; the latest vote is kept; equal titles get names of their own."""
    papers = {paper_id: paper(paper_id, title) for paper_id, title in (("p1", "Cups"), ("p2", "Hands"), ("p3", "Cups"))}
    times = {"p1": NOW, "p2": NOW - timedelta(days=3), "p3": NOW + timedelta(days=1)}
    groups = [("p1", "p2"), ("p3",)]
    second, first = feedback.learnt(groups, papers, times, ["hands"], liked=liked(*papers), background=SAMPLE)[::-1]
    assert (first.name, first.created, first.voted, first.learnt_from) == (
        "Hands (learnt)",
        times["p2"],
        NOW,
        ("p2", "p1"),
    )
    assert (second.name, second.id) == ("Cups", feedback.opened(papers["p3"], Taste.MORE, (), NOW).id)


def test_a_group_is_named_after_its_middle_paper() -> None:
    """Whatever was liked first; a lone paper after itself, and nothing by another name than its reader gave it."""
    ids = [ROBOTS[0], *SPEECH[:4]]
    papers = {paper_id: paper(paper_id, f"Title {paper_id}") for paper_id in ids}
    times = {paper_id: NOW + timedelta(days=place) for place, paper_id in enumerate(ids)}
    vectors, terms = np.stack([one.vector for one in liked(*ids).values()]), [one.terms for one in liked(*ids).values()]
    alike = weighing.likeness(vectors, SAMPLE, terms, grouping.WORDS)
    np.fill_diagonal(alike, 0)
    chosen = feedback.middle(ids, liked(*ids), SAMPLE)
    assert chosen == ids[int(alike.sum(axis=1).argmax())] != ROBOTS[0]
    [group] = feedback.learnt([ids], papers, times, (), liked=liked(*ids), background=SAMPLE)
    assert (group.name, group.id) == (f"Title {chosen}", feedback.opened_id(ROBOTS[0], Taste.MORE))
    assert feedback.was_renamed(replace(group, name="My speech"), papers.values())
    for paper_id in ids:
        assert not feedback.was_renamed(replace(group, name=f"Title {paper_id} (learnt 2)"), papers.values())
        [alone] = feedback.learnt([[paper_id]], papers, times, (), liked=liked(paper_id), background=SAMPLE)
        assert alone.name == f"Title {paper_id}"
    mine = replace(group, name="My speech", renamed=True)
    assert feedback.named(mine, papers, liked(*ids), SAMPLE, ()) == mine
    assert not feedback.was_renamed(replace(group, name="My speech"), list(papers.values())[1:])


def test_papers_are_learnt_once_and_forgotten_exactly() -> None:
    """A paper counts once; without it an interest is as before, and a learnt one without papers is gone."""
    phrase, group = interest("i1", "speech"), interest("i2", kind=InterestKind.LEARNT)
    once = feedback.with_paper(phrase, "p1")
    assert feedback.with_paper(once, "p1") == once
    assert feedback.without_paper(once, {"p1"}) == phrase
    both = feedback.with_paper(feedback.with_paper(group, "p1"), "p2")
    left = feedback.without_paper(both, {"p1"})
    assert left is not None
    assert left.learnt_from == ("p2",)
    assert feedback.without_paper(left, {"p2"}) is None
