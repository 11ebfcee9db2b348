"""A reader's shelf in order, what spoke for a paper, and no paper twice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from bot import matching
from bot.matching import Background, Candidate, Floats, Found, Seen, WordBook
from bot.matching.selection import ALIKE, SAME
from bot.models import SHARE, SOURCE_WEIGHTS, SOURCES, Closeness, Interest, InterestKind, Match, Profile, UserId
from bot.terms import terms_of
from tests.spaces import WORDLESS, drawn, interest_row, no_words, plain, seen, unit

READER = UserId("local", "ada")


def order(rows: Mapping[str, Floats], papers: Floats, most: int | None = None) -> list[tuple[str, int]]:
    return [(one.interest_id, one.paper) for one in matching.ranked(rows, seen(papers), no_words(), most)]


# ranked


def test_every_paper_of_a_shelf_is_ranked_once_whatever_the_bar() -> None:
    """Also what is far from everything, and what no bar would let through."""
    papers = drawn(50, 8)
    rows = {"a": interest_row(drawn(1, 8, seed=1)[0], 9), "b": interest_row(drawn(1, 8, seed=2)[0], 9)}
    found = order(rows, papers)
    assert sorted(paper for _, paper in found) == list(range(50))
    assert order(rows, papers, most=7) == found[:7]


def test_one_interest_ranks_by_score() -> None:
    """Without another interest or a dislike the order is that of the scores."""
    papers, row = drawn(50, 8), interest_row(drawn(1, 8, seed=1)[0], 9, mean=0.1, deviation=0.3)
    found = matching.ranked({"a": row}, seen(papers), no_words())
    scores = papers @ row[:8]
    assert [one.paper for one in found] == np.argsort(-scores).tolist()
    assert [one.score for one in found] == pytest.approx(np.sort(scores)[::-1].tolist())
    assert found[0].strength == pytest.approx((scores.max() - 0.1) / 0.3, abs=1e-5)


def test_a_shelf_is_ranked_as_papers_are_dealt() -> None:
    """What a reader is sent is the beginning of what the reader would find: the same deal."""
    papers = drawn(60, 8)
    rows = {f"i{n}": interest_row(vector, -9, share=1 + n) for n, vector in enumerate(drawn(3, 8, seed=1))}
    block = [(f"ada\0{name}".encode(), row) for name, row in rows.items()]
    fields, table = [field for field, _ in block], np.stack([row for _, row in block])

    class Stored:
        def __init__(self) -> None:
            self.fields, self.rows = fields, table

    [found] = [one for many in matching.candidates([Stored()], seen(papers), no_words()) for one in many]
    assert [(one.interest_id, one.paper) for one in found.candidates] == order(rows, papers)
    assert found.candidates[0].share == rows[found.candidates[0].interest_id][8 + SHARE]


def test_ten_likes_do_not_drown_one() -> None:
    """Of an interest ten times the papers and three times the share, a small one is among the first five."""
    papers = unit(np.vstack([np.eye(4)[[0] * 40] + 0.1 * drawn(40, 4), np.eye(4)[[1] * 4] + 0.1 * drawn(4, 4, seed=1)]))
    rows = {
        "big": interest_row([1, 0, 0, 0], 0.5, deviation=0.3, share=math.sqrt(10)),
        "small": interest_row([0, 1, 0, 0], 0.5, deviation=0.3, share=1.0),
    }
    found = order(rows, papers)
    assert "small" in [interest for interest, _ in found[:5]]
    assert [interest for interest, _ in found[:5]].count("big") >= 3


def test_what_a_dislike_took_comes_last() -> None:
    """It is there, after all others, with nothing left of its strength."""
    papers = unit(np.array([[1, 0, 0], [0.2, 1, 0], [0, 0, 1]]))
    rows = {
        "like": interest_row([1, 0, 0], 0.1, deviation=0.5),
        "no": interest_row([0, 1, 0], 0.1, deviation=0.1, weight=-1),
    }
    found = matching.ranked(rows, seen(papers), no_words())
    assert [one.paper for one in found] == [0, 2, 1]
    assert found[-1].strength == -math.inf
    assert found[-1].interest_id == "like"


def test_muted_and_spoilt_interests_and_dislikes_alone_rank_nothing() -> None:
    """Nobody wants anything there."""
    papers = drawn(5, 4)
    vector = drawn(1, 4, seed=1)[0]
    spoilt = interest_row(vector, 0)
    spoilt[1] = np.nan
    for row in (interest_row(vector, matching.MUTED), spoilt, interest_row(vector, 0, weight=-1)):
        assert matching.ranked({"a": row}, seen(papers), no_words()) == []
    assert matching.ranked({}, seen(papers), no_words()) == []
    assert matching.ranked({"a": interest_row(vector, 0)}, seen(papers[:0]), no_words()) == []


# reasons


def corpus() -> Background:
    """200 papers in eight dimensions; two words of each are those of the paper a hundred places on."""
    terms = [terms_of(f"alpha{n % 100:03}x beta{n % 50:03}y") for n in range(200)]
    return Background.of([f"p{n}" for n in range(200)], np.arange(200), unit(drawn(200, 8) + 0.5), terms)


def test_the_nearest_rated_paper_is_the_one_that_gave_the_score_most() -> None:
    """Without it the score falls farther than without any other one."""
    made = corpus()
    words = WordBook.of(made, {})
    liked = {f"p{n}": (n, made.papers[n]) for n in (3, 40, 77)}
    papers, shares = np.stack([vector for _, vector in liked.values()]), [0.5, 0.3, 0.2]
    evidence = matching.papers_evidence([3, 40, 77], shares, 100, 1.0)
    row = matching.row(unit(np.array(shares) @ papers), 1.0, made, 0.9, evidence=evidence, words_of=words)
    named = {
        matching.nearest_evidence(row, made.sample.only([place]), liked, words) for place in (3, 40, 77, 103, 140, 177)
    }
    assert named == {"p3", "p40", "p77"}
    for place in range(0, 200, 7):
        paper = made.sample.only([place])
        gives = {
            one: share * (vector @ paper.vectors[0] + row[-8:].sum() * made.terms[[number]].products(paper.words)[0, 0])
            for share, (one, (number, vector)) in zip(shares, liked.items(), strict=True)
        }
        assert matching.nearest_evidence(row, paper, liked, words) == max(gives, key=lambda one: gives[one])


def test_words_can_decide_which_rated_paper_is_named() -> None:
    """Of two rated papers as near in meaning, the one whose words the paper shares."""
    made = corpus()
    words = WordBook.of(made, {})
    liked = {"p5": (5, made.papers[9]), "p9": (9, made.papers[9])}
    evidence = matching.papers_evidence([5, 9], [0.5, 0.5], 100, 1.0)
    row = matching.row(made.papers[9], 1.0, made, 0.9, evidence=evidence, words_of=words)
    for place, expected in ((105, "p5"), (109, "p9")):
        paper = Seen(made.seen_papers[[9]], made.terms[[place]])
        assert matching.nearest_evidence(row, paper, liked, words) == expected


def test_without_a_rated_paper_none_is_named() -> None:
    """A phrase that learnt nothing yet; a row without sources still names the nearest."""
    row = interest_row([1, 0], 0)
    paper = seen(unit(np.array([[1, 0.2]])))
    assert matching.nearest_evidence(row, paper, {}, no_words()) is None
    liked = {"far": (1, unit(np.array([0.0, 1]))), "near": (2, unit(np.array([1.0, 0])))}
    assert matching.nearest_evidence(row, paper, liked, no_words()) == "near"


def test_the_passage_is_the_sentence_nearest_to_the_interest() -> None:
    """The place of it among the sentences."""
    assert matching.passage(unit(np.array([[0, 1], [1, 0.1], [1, 1]])), interest_row([1, 0], 0)) == 1


def test_why_names_the_rated_paper_of_what_was_learnt() -> None:
    """A learnt interest has no words of its own; what was followed by name is told by its name."""
    match = Match(READER, "p1", "i1", Closeness(0.6, 5, 507, 502 / 507), 3.0)
    learnt = Interest(id="i1", name="Old paper", kind=InterestKind.LEARNT, text="")
    phrase = Interest(id="i1", name="flow matching", kind=InterestKind.PHRASE, text="flow matching")
    assert (
        matching.why(match, learnt, "The  nearest\none")
        == "Because you liked “The nearest one”: closer than 99 % of papers"
    )
    assert matching.why(match, learnt) == "Because you liked “Old paper”: closer than 99 % of papers"
    assert (
        matching.why(match, phrase, "The nearest one")
        == "Because you follow “flow matching”: closer than 99 % of papers"
    )


# no paper twice


def chosen(cosines: list[float], cap: int) -> list[str]:
    """Who is chosen of papers, the strongest first, whose cosines with the first one are these; others are unlike."""
    alike = np.zeros((len(cosines), 1 + len(cosines)), np.float32)
    alike[:, 0] = cosines
    alike[np.arange(len(cosines)), 1 + np.arange(len(cosines))] = np.sqrt(1 - np.square(cosines))
    papers = drawn(len(cosines), 8)
    found = Found("ada", tuple(Candidate("x", place, 0.5, 9.0 - place) for place in range(len(cosines))))
    interest = Interest(id="x", name="x", kind=InterestKind.PHRASE, text="x")
    row = matching.row(papers[0], 1.0, plain(papers), 0.5, evidence=WORDLESS, words_of=no_words())
    matches = matching.select(
        found,
        Profile(READER, (interest,)),
        cap,
        paper_ids=[f"p{place}" for place in range(len(cosines))],
        rows={"x": row},
        background=plain(papers),
        words=no_words(),
        alike=alike,
    )
    return [match.paper_id for match in matches]


def test_three_papers_are_not_one_paper_three_times() -> None:
    """A near-duplicate is left out for good, also where places stay empty."""
    assert chosen([1.0, SAME + 0.01, 0.97, 0.1, 0.2], 3) == ["p0", "p3", "p4"]
    assert chosen([1.0, SAME + 0.01, 0.97], 3) == ["p0"]


def test_papers_of_one_kind_wait_behind_others() -> None:
    """They are sent where nothing else is left."""
    assert chosen([1.0, ALIKE + 0.05, 0.1, 0.2], 3) == ["p0", "p2", "p3"]
    assert chosen([1.0, ALIKE + 0.05, 0.1], 3) == ["p0", "p1", "p2"]
    assert chosen([1.0, ALIKE + 0.05, 0.1], 0) == []


def test_what_has_nothing_to_do_with_an_interest_is_no_candidate() -> None:
    """The nearest of papers that are all about something else stays out; what a fact brought stays in."""
    papers = unit(np.array([[1, 0.5, 0], [0, 1, 0.2], [-0.2, 0, 1]]))
    found = Found("ada", tuple(Candidate(name, place, 1.0, 3.0) for place, name in enumerate(["x", "fact", "x"])))
    left = matching.related(found, {"x": interest_row([1, 0, 0], 0)}, papers, plain(papers))
    assert [one.paper for one in left.candidates] == [0, 1]
    assert matching.related(found, {}, papers, plain(papers)) == found


def test_a_model_of_known_cosines_has_a_floor_of_its_own() -> None:
    """A phrase needs less than what was made from papers, which are nearer to all other papers than phrases are."""
    [(model, (of_phrase, of_papers))] = matching.LEAST_COSINES.items()
    cosines = [of_phrase - 0.01, of_phrase + 0.01, of_papers - 0.01, of_papers + 0.01]
    papers = np.array([[cosine, 1 - cosine**2, 0] for cosine in cosines], np.float32)
    papers[:, 1] = np.sqrt(papers[:, 1])
    phrase, learnt = interest_row([1, 0, 0], 0), interest_row([1, 0, 0], 0)
    learnt[3:][SOURCES][0], learnt[3:][SOURCE_WEIGHTS][0] = 7, 0.2
    background = replace(plain(papers), centre=np.zeros(3, np.float32), model=model)

    def near(row: Floats) -> list[bool]:
        return matching.near_enough(np.stack([row] * len(papers)), papers, background).tolist()

    assert near(phrase) == [False, True, True, True]
    assert near(learnt) == [False, False, False, True]


def test_a_like_takes_nothing_away_from_what_a_phrase_brings() -> None:
    """The floor rises with the part that liked papers have, not at once to theirs."""
    [(model, (of_phrase, of_papers))] = matching.LEAST_COSINES.items()
    cosines = np.array([of_phrase + 0.01, of_phrase + 0.05, of_papers - 0.01])
    papers = np.stack([cosines, np.full(3, 0.4), np.sqrt(0.84 - cosines**2)], axis=1).astype(np.float32)
    background = replace(plain(papers), centre=np.zeros(3, np.float32), model=model)
    phrase, liked = interest_row([1, 0, 0], 0), interest_row(unit(np.array([0.8, 0.2, 0])), 0)
    phrase[3:][SOURCES][0], phrase[3:][SOURCE_WEIGHTS][0] = -5, 0.1
    liked[3:][SOURCES][:2], liked[3:][SOURCE_WEIGHTS][:2] = [-5, 7], [0.08, 0.02]
    for row in (phrase, liked):
        assert matching.near_enough(np.stack([row] * 3), papers, background).all()


def test_only_what_is_known_to_tell_keeps_alerts_back() -> None:
    """A few papers' mean is one of their subjects, so only a model of known cosines tells what is unrelated to it."""
    few, many = plain(drawn(5)), plain(drawn(matching.SHARE_FROM))
    assert [matching.knows_unrelated(one) for one in (few, many)] == [False, True]
    assert matching.knows_unrelated(replace(few, model=next(iter(matching.LEAST_COSINES))))
