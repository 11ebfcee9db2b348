"""Which papers concern which reader: yardsticks, hits, the order of dealing, reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import matching
from bot.matching import Evidence, Floats, collecting
from bot.matching.calibration import REACH, UNREACHABLE
from bot.matching.closeness import ROUNDING
from bot.matching.dealing import BY_STRENGTH, FAR_NEARER, KEEP, LEAST_STRENGTH, MOST_STRENGTH, PUSHED, TIE
from bot.models import (
    DEVIATION,
    MEAN,
    ROW_EXTRA,
    SHARE,
    THRESHOLD,
    WEIGHT,
    Closeness,
    Interest,
    InterestKind,
    Match,
    Profile,
    UserId,
)
from tests.spaces import (
    WORDLESS,
    Block,
    block,
    dealt,
    drawn,
    hits,
    interest_row,
    measured,
    no_words,
    plain,
    seen,
    strengths,
    unit,
)

# the yardstick of an interest


@pytest.mark.parametrize(
    ("count", "bar", "beating"), [(1000, 0.98, 20), (507, 0.99, 5), (200, 0.5, 100), (84, 0.98, 1)]
)
def test_as_many_stored_papers_reach_the_threshold_as_the_bar_lets_through(
    count: int, bar: float, beating: int
) -> None:
    """Of 1,000 stored papers 20 beat 98 % of them; of 84 the closest one counts."""
    corpus, vector = drawn(count), drawn(1, seed=1)[0]
    row = measured(vector, 1.0, corpus, bar)
    assert np.count_nonzero(corpus @ vector >= row[-ROW_EXTRA + THRESHOLD]) == beating


def test_the_row_holds_vector_mean_deviation_and_weight() -> None:
    """A row can be scored without anything else at hand."""
    corpus, vector = drawn(300), drawn(1, seed=1)[0]
    row = measured(vector, -0.5, corpus, 0.98)
    scores = corpus @ vector
    assert row.dtype == np.float32
    assert row[:-ROW_EXTRA] == pytest.approx(vector)
    assert row[-ROW_EXTRA + MEAN] == pytest.approx(scores.mean(), abs=1e-6)
    assert row[-ROW_EXTRA + DEVIATION] == pytest.approx(scores.std(), abs=1e-6)
    assert row[-ROW_EXTRA + WEIGHT] == -0.5


def test_a_short_phrase_and_a_whole_abstract_are_comparable() -> None:
    """Cosines to a phrase are a third of those to an abstract of the same subject; matches and strengths are equal."""
    papers = np.hstack([drawn(600, 31), np.zeros((600, 1), np.float32)])
    abstract = papers[:5].mean(axis=0)
    abstract = unit(abstract)
    phrase = unit(np.append(abstract[:-1] * 0.3, 0.95 * np.linalg.norm(abstract)))
    blocks = [
        block(
            {
                b"ada\0a": measured(abstract, 1.0, papers, 0.98),
                b"bob\0p": measured(phrase, 1.0, papers, 0.98),
            }
        )
    ]
    found = {one.user: one.candidates for many in matching.candidates(blocks, seen(papers), no_words()) for one in many}
    assert [one.paper for one in found["ada"]] == [one.paper for one in found["bob"]]
    assert [one.strength for one in found["ada"]] == pytest.approx([one.strength for one in found["bob"]], abs=1e-3)
    assert found["ada"][0].score > 2 * found["bob"][0].score


def test_without_stored_papers_nothing_is_a_match() -> None:
    """An interest followed before the first paper came never alerts until it is measured."""
    vector = drawn(1)[0]
    row = measured(vector, 1.0, np.empty((0, 32), np.float32), 0.98)
    assert row[-ROW_EXTRA + THRESHOLD] == UNREACHABLE
    assert row[-ROW_EXTRA + DEVIATION] == 1
    assert len(hits(row[None], vector[None])) == 0


def test_a_single_stored_paper_gives_no_deviation_of_zero() -> None:
    """With one paper, or with many equal ones, strengths stay finite."""
    for corpus in (drawn(1), np.repeat(drawn(1), 10, axis=0)):
        row = measured(drawn(1, seed=1)[0], 1.0, corpus, 0.98)
        assert row[-ROW_EXTRA + DEVIATION] == 1
        assert np.isfinite(hits(row[None], corpus).nearness).all()


def test_the_paper_an_interest_was_made_from_is_no_yardstick() -> None:
    """Among 50 stored papers the closest *other* one still reaches the threshold."""
    corpus = drawn(50)
    row = measured(corpus[7], 1.0, corpus, 0.98, Evidence((8,), (1.0,), 0.0, 1.0))
    found = hits(row[None], corpus)
    others = np.delete(corpus @ corpus[7], 7)
    assert found.score.min() == pytest.approx(others.max())
    assert row[-ROW_EXTRA + MEAN] == pytest.approx(others.mean(), abs=1e-6)


def test_many_rows_are_calibrated_as_each_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks, different bars and signs change nothing; what was measured before is forgotten."""
    corpus, vectors = drawn(300), drawn(40, seed=1)
    bars = np.tile([0.5, 0.9, 0.98, 0.9999], 10)
    weights = np.tile([1.0, -1.0], 20)
    rows = np.hstack([vectors, np.zeros((40, ROW_EXTRA), np.float32)])
    rows[:, 32 : 32 + SHARE] = 0.123
    rows[:, 32 + WEIGHT], rows[:, 32 + SHARE] = weights, 1
    monkeypatch.setattr("bot.matching.calibration._SCORES_AT_ONCE", 3 * len(corpus))
    together = matching.calibrate(rows, plain(corpus), bars, no_words())
    alone = [measured(v, w, corpus, b) for v, w, b in zip(vectors, weights, bars, strict=True)]
    assert together == pytest.approx(np.stack(alone), abs=1e-6)


def test_a_vector_that_is_not_finite_is_calibrated_to_silence() -> None:
    """Calibration of a spoilt row warns nobody and leaves it unreachable; its neighbours are measured."""
    rows = np.zeros((3, 32 + ROW_EXTRA), np.float32)
    rows[:, :32] = drawn(3)
    rows[0, 3], rows[1, 4] = np.nan, np.inf
    measured = matching.calibrate(rows, plain(drawn(300, seed=1)), np.full(3, 0.98), no_words())
    assert measured[:, 32 + THRESHOLD].tolist() == [UNREACHABLE, UNREACHABLE, measured[2, 32 + THRESHOLD]]
    assert 0 < measured[2, 32 + THRESHOLD] < 1


# how near, in words


@pytest.mark.parametrize(
    ("closeness", "words"),
    [
        (Closeness(0.5, 1, 84, None), "closest of 84"),
        (Closeness(0.5, 2, 84, None), "2nd closest of 84"),
        (Closeness(0.5, 3, 84, None), "3rd closest of 84"),
        (Closeness(0.5, 11, 84, None), "11th closest of 84"),
        (Closeness(0.5, 21, 84, None), "21st closest of 84"),
        (Closeness(0.5, 112, 184, None), "112th closest of 184"),
        (Closeness(0.5, 2, 200, 0.99), "closer than 99 % of papers"),
        (Closeness(0.5, 1, 507, 506 / 507), "closer than 99.8 % of papers"),
        (Closeness(0.5, 6, 507, 501 / 507), "closer than 98 % of papers"),
        (Closeness(0.5, 1, 2000, 0.9995), "closer than 99.95 % of papers"),
        (Closeness(0.5, 1, 10**6, 1 - 1e-6), "closer than 99.99 % of papers"),
        (Closeness(0.5, 250, 500, 0.5), "closer than 50 % of papers"),
        (Closeness(0.5, 500, 500, 0.0), "closer than 0 % of papers"),
    ],
)
def test_closeness_is_said_without_pretending(closeness: Closeness, words: str) -> None:
    """A share is rounded down and never 100 %; few papers give a rank instead."""
    assert matching.words(closeness) == words


def test_rank_counts_the_paper_itself_once() -> None:
    """A stored paper and one that is not yet in the sample get the same rank; the corpus counts it once."""
    scores = np.array([0.1, 0.5, 0.3, 0.4], np.float32)
    assert matching.closeness(0.4, scores, includes_itself=True) == Closeness(0.4, 2, 4, None)
    assert matching.closeness(0.4, scores[:3], includes_itself=False) == Closeness(0.4, 2, 4, None)
    assert matching.closeness(0.4 - 1e-7, scores, includes_itself=True).rank == 2
    assert matching.closeness(0.4, scores[:0], includes_itself=False) == Closeness(0.4, 1, 1, None)


def test_a_share_is_told_from_200_papers_on() -> None:
    """199 papers give a rank only, 200 give a share."""
    scores = np.linspace(0, 0.5, 200, dtype=np.float32)
    assert matching.closeness(float(scores[1]), scores[1:], includes_itself=True).closer_than is None
    assert matching.closeness(float(scores[-2]), scores, includes_itself=True).closer_than == 0.99


def test_the_followed_paper_does_not_take_the_first_rank() -> None:
    """What is nearest to a followed paper, after itself, is the closest; itself is not counted."""
    scores = np.array([np.nan, 0.5, 0.3], np.float32)
    assert matching.closeness(0.5, scores, includes_itself=True) == Closeness(0.5, 1, 2, None)


@given(st.integers(1, 400), st.sampled_from([0.5, 0.9, 0.98, 0.99]), st.integers(0, 5))
def test_who_reaches_the_threshold_beats_the_bar(count: int, bar: float, seed: int) -> None:
    """The words under a match never say less than the reader asked for, unless it is simply the closest."""
    corpus, vector = drawn(count, 8, seed), drawn(1, 8, seed + 100)[0]
    row = measured(vector, 1.0, corpus, bar)
    scores = corpus @ vector
    for score in hits(row[None], corpus).score.tolist():
        near = matching.closeness(score, scores, includes_itself=True)
        assert near.rank == 1 or (near.corpus - near.rank) / near.corpus >= bar - 1e-9


# hits


@pytest.mark.parametrize("at_once", [1, 130, 10**6])
def test_hits_are_all_pairs_at_or_above_the_threshold(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """As many as a plain comparison finds, in any chunking, also from a slice of a wider array."""
    monkeypatch.setattr("bot.matching.scoring._SCORES_AT_ONCE", at_once)
    papers = drawn(30)
    wide = np.zeros((50, 32 + ROW_EXTRA + 7), np.float32)
    wide[:, :32] = drawn(50, seed=1)
    wide[:, 32:36] = [0.2, 0.1, 0.5, 1.0]
    found = hits(wide[::2, :-7], papers)
    scores = wide[::2, :32] @ papers.T
    interest, paper = np.nonzero(scores >= np.float32(0.2))
    assert found.interest.tolist() == interest.tolist()
    assert found.paper.tolist() == paper.tolist()
    assert found.score == pytest.approx(scores[interest, paper])
    assert found.nearness == pytest.approx((scores[interest, paper] - 0.1) / 0.5, abs=1e-5)


def test_spoilt_rows_and_papers_never_hit() -> None:
    """NaN, infinity, absurd lengths and a deviation of zero are silent, and silence only themselves."""
    papers = drawn(4)
    papers[3, 0] = np.nan
    good = interest_row(drawn(1, seed=1)[0], -1)
    rows = np.stack([good] * 9)
    rows[1, 5] = np.nan
    rows[2, 5] = np.inf
    rows[3, :32] *= 1e30
    rows[4, 32 + THRESHOLD] = np.nan
    rows[5, 32 + THRESHOLD] = -np.inf
    rows[6, 32 + MEAN] = np.nan
    rows[7, 32 + DEVIATION] = 0
    rows[8, 32 + WEIGHT] = np.nan
    found = hits(rows, papers)
    assert list(zip(found.interest.tolist(), found.paper.tolist(), strict=True)) == [(0, 0), (0, 1), (0, 2)]
    names = [f"u{number}\0i".encode() for number in range(9)]
    assert list(dealt([Block(names, rows)], papers)) == ["u0"]


@pytest.mark.parametrize(("interests", "papers"), [(0, 3), (3, 0), (0, 0)])
def test_no_interests_or_no_papers_give_nothing(interests: int, papers: int) -> None:
    """Empty blocks and empty runs are no special case for the caller."""
    rows = np.zeros((interests, 8 + ROW_EXTRA), np.float32)
    fields = [f"u\0{number}".encode() for number in range(interests)]
    assert len(hits(rows, drawn(papers, 8))) == 0
    assert dealt([Block(fields, rows)], drawn(papers, 8)) == {}
    assert dealt([], drawn(papers, 8)) == {}


# what a reader gets


def test_a_small_interest_is_seen_beside_a_big_one() -> None:
    """Ten strong papers of one interest and a weaker one of another: of equal share, it gets the second place."""
    papers = unit(np.vstack([np.eye(4)[[0] * 10] + 0.05 * drawn(10, 4), [[0, 0.3, 0.95, 0]]]))
    big, small = interest_row([1, 0, 0, 0], 0.5, deviation=0.1), interest_row([0, 1, 0, 0], 0.2, deviation=0.05)
    order = dealt([block({b"ada\0big": big, b"ada\0small": small})], papers)["ada"]
    assert [interest for interest, _ in order] == ["big", "small"] + ["big"] * 9


def test_places_are_dealt_by_share() -> None:
    """Of papers of one strength an interest of three times the share gives three for each one of the other."""
    papers = unit(np.vstack([np.eye(4)[[0] * 8], np.eye(4)[[1] * 8]]))
    rows = {b"ada\0big": interest_row([1, 0, 0, 0], 0.5, share=3), b"ada\0small": interest_row([0, 1, 0, 0], 0.5)}
    order = [interest for interest, _ in dealt([block(rows)], papers)["ada"]]
    assert order[:3] == ["big", "big", "big"]
    assert [order[:place].count("small") for place in (4, 8)] == [1, 2]


def test_interests_of_a_reader_are_dealt_together_wherever_they_stand() -> None:
    """Two blocks with one interest each give the same as one block with both."""
    papers = drawn(20, 8)
    rows = {f"ada\0{n}".encode(): interest_row(vector, 0.1) for n, vector in enumerate(drawn(4, 8, seed=1))}
    together = dealt([block(rows)], papers)
    assert dealt([block({field: row}) for field, row in rows.items()], papers) == together


def test_a_dislike_is_local() -> None:
    """A paper far nearer to a dislike than to a like is lost, one in between is weakened, the others stay as they were."""
    papers = unit(np.array([[1, 0, 0.05], [1, 0, 0.5], [0.5, 1, 0], [1, 0.5, 0]]))
    like = interest_row([1, 0, 0], 0.3, deviation=0.2)
    before = strengths([block({b"ada\0like": like})], papers)
    dislike = interest_row([0, 1, 0], REACH * 0.2, deviation=0.2, weight=-1)
    after = strengths([block({b"ada\0like": like, b"ada\0no": dislike})], papers)
    assert sorted(before) == [0, 1, 2, 3]
    assert sorted(after) == [0, 1, 3]
    assert (after[0], after[1]) == (before[0], before[1])
    assert 0 < after[3] < before[3]


def test_a_paper_that_a_dislike_pushes_below_the_bar_is_lost() -> None:
    """Less of this: what just beat the bar of a like no longer does, what beat it by far still does."""
    papers = unit(np.array([[1, 1, 0], [1, 0.5, 0]]))
    like, dislike = interest_row([1, 0, 0], 0.65, deviation=0.2), interest_row([0, 1, 0], 0.2, deviation=0.2, weight=-1)
    assert sorted(strengths([block({b"ada\0like": like})], papers)) == [0, 1]
    assert sorted(strengths([block({b"ada\0like": like, b"ada\0no": dislike})], papers)) == [1]


def test_a_heavier_dislike_takes_more() -> None:
    """The weight of a dislike decides how much it takes from papers between it and a like."""
    papers = unit(np.array([[1, 0.5, 0]]))
    like = interest_row([1, 0, 0], 0.3, deviation=0.2)
    left = [
        strengths(
            [block({b"ada\0like": like, b"ada\0no": interest_row([0, 1, 0], 0.2, deviation=0.2, weight=weight)})],
            papers,
        ).get(0, 0)
        for weight in (-0.5, -1, -2, -10)
    ]
    assert left == sorted(left, reverse=True)
    assert len(set(left)) == 4
    assert left[-1] == 0


def test_a_dislike_of_one_reader_is_nobody_elses() -> None:
    """What ada does not want, bob still gets."""
    papers = unit(np.array([[1, 1, 0]]))
    like, dislike = interest_row([1, 0, 0], 0.3), interest_row([0, 1, 0], 0.3, deviation=0.1, weight=-1)
    assert dealt([block({b"ada\0l": like, b"ada\0n": dislike, b"bob\0l": like})], papers) == {"bob": [("l", 0)]}


def test_dislikes_alone_send_nothing() -> None:
    """A reader who only said what to leave out gets no paper, also not what is far from it."""
    assert dealt([block({b"ada\0n": interest_row([1, 0], -1, weight=-1)})], unit(np.eye(2))) == {}


def test_weight_multiplies_the_strength_and_decides_whose_paper_it_is() -> None:
    """A paper equally near to two interests comes from the heavier one."""
    papers = unit(np.array([[1, 1]]))
    rows = {b"ada\0a": interest_row([1, 0], 0.1), b"ada\0b": interest_row([0, 1], 0.1, weight=2)}
    assert dealt([block(rows)], papers) == {"ada": [("b", 0)]}
    assert strengths([block(rows)], papers)[0] == pytest.approx(2 * np.sqrt(0.5))


def test_ties_do_not_hang_on_where_interests_are_stored() -> None:
    """Of two equal interests the first by id gets the paper; of two equal papers the first comes first."""
    papers = unit(np.array([[1, 0], [1, 0]]))
    a, b = {b"ada\0a": interest_row([1, 0], 0.1)}, {b"ada\0b": interest_row([1, 0], 0.1)}
    expected = {"ada": [("a", 0), ("a", 1)]}
    assert dealt([block(a), block(b)], papers) == expected
    assert dealt([block(b), block(a)], papers) == expected
    assert dealt([block({**b, **a})], papers) == expected


def test_no_reader_is_dealt_more_than_any_cap_could_need() -> None:
    """A bar that lets everything through still keeps the memory of a run small."""
    papers = drawn(3 * KEEP, 8)
    vectors = drawn(2, 8, seed=1)
    rows = {b"ada\0a": interest_row(vectors[0], -1), b"ada\0b": interest_row(vectors[1], -1)}
    order = dealt([block(rows)], papers)["ada"]
    assert len(order) == KEEP
    assert 0.4 * KEEP < [interest for interest, _ in order].count("a") < 0.6 * KEEP
    best = int(np.argmax(papers @ vectors[0]))
    assert ("a", best) in order[:2]


def test_a_run_of_many_papers_keeps_the_nearest_of_each_interest() -> None:
    """Memory does not grow with the papers of a run; a dislike still takes away what a like had found."""
    papers = drawn(6 * KEEP, 8)
    like, dislike = interest_row(papers[0], -1), interest_row(papers[0], -1, mean=-9, deviation=0.5, weight=-1)
    collected = collecting.Collected(seen(papers), no_words())
    collected.add(block({b"ada\0like": like, b"ada\0no": dislike}))
    assert len(collected) == KEEP + collecting.KEEP_LESS
    assert [len(part) for part in collected.dealt()] == [0]


def test_readers_beyond_one_batch_are_dealt_each_once_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many hits are dealt at a time, every reader gets the same."""
    papers = drawn(30, 8)
    vectors = drawn(60, 8, seed=1)
    fields = [f"u{number % 20}\0i{number // 20}".encode() for number in range(60)]
    blocks = [
        block({fields[n]: interest_row(vectors[n], 0.3) for n in range(start, start + 15)}) for start in (0, 15, 30, 45)
    ]
    at_once = dealt(blocks, papers)
    monkeypatch.setattr(collecting, "_HITS_AT_ONCE", 7)
    batches = [[found.user for found in many] for many in matching.candidates(blocks, seen(papers), no_words())]
    users = [user for batch in batches for user in batch]
    assert len(batches) > 5
    assert sorted(users) == sorted(set(users))
    assert dealt(blocks, papers) == at_once


# the rules once more, against a plain version of them

HALVES = st.sampled_from([-0.5, 0.0, 0.5])
VECTORS = st.lists(HALVES, min_size=4, max_size=4)
ROWS = st.builds(
    interest_row,
    VECTORS,
    threshold=st.sampled_from([-1.0, 0.0, 0.25, 0.5]),
    mean=st.sampled_from([0.0, -0.25]),
    deviation=st.sampled_from([0.25, 0.5]),
    weight=st.sampled_from([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0]),
    share=st.sampled_from([0.5, 1.0, 2.0]),
)
FIELDS = st.sampled_from([f"{user}\0{interest}".encode() for user in "ab" for interest in "wxyz"])


def claim(share: float, strength: float, places: int) -> float:
    """What the next place goes by, the smallest first."""
    return -share * min(max(strength, LEAST_STRENGTH), MOST_STRENGTH) ** BY_STRENGTH / (places + 1)


def plainly_dealt(rows: Mapping[bytes, Floats], papers: Floats) -> dict[str, list[tuple[str, int]]]:
    """The rules of dealing, one reader and one paper after the other."""
    expected: dict[str, list[tuple[str, int]]] = {}
    for user in sorted({field.split(b"\0")[0] for field in rows}):
        mine = {f.split(b"\0")[1].decode(): r.tolist() for f, r in rows.items() if f.split(b"\0")[0] == user}
        best: dict[int, tuple[int, str]] = {}
        for paper in range(len(papers)):
            near = {
                i: (score - row[4 + MEAN]) / row[4 + DEVIATION]
                for i, row in mine.items()
                if (score := float(np.dot(row[:4], papers[paper]))) >= row[4 + THRESHOLD]
            }
            push = max([0.0, *((near[i] - REACH) * -mine[i][4 + WEIGHT] for i in near if mine[i][4 + WEIGHT] < 0)])
            options: list[tuple[int, str]] = []
            for i in [i for i in near if mine[i][4 + WEIGHT] > 0]:
                bar = (mine[i][4 + THRESHOLD] - mine[i][4 + MEAN]) / mine[i][4 + DEVIATION]
                left = near[i] - PUSHED * push
                if push and (left < bar or push >= max(near[i] - REACH, 0) + FAR_NEARER):
                    continue
                options.append((-round(left * mine[i][4 + WEIGHT] / TIE), i))
            if options:
                best[paper] = min(options)
        heaps: dict[str, list[tuple[int, int]]] = {}
        for paper, (weaker, interest) in best.items():
            heaps.setdefault(interest, []).append((weaker, paper))
        order: list[tuple[str, int]] = []
        had = dict.fromkeys(heaps, 0)
        while any(heaps.values()):
            claims = [
                (claim(mine[i][4 + SHARE], -min(heap)[0] * TIE, had[i]), *min(heap), i, heap.index(min(heap)))
                for i, heap in heaps.items()
                if heap
            ]
            *_, interest, place = min(claims)
            order.append((interest, heaps[interest].pop(place)[1]))
            had[interest] += 1
        if order:
            expected[user.decode()] = order
    return expected


@given(st.dictionaries(FIELDS, ROWS, min_size=1, max_size=8), st.lists(VECTORS, min_size=1, max_size=6), st.data())
def test_dealing_follows_the_rules_in_any_order_of_storage(
    rows: dict[bytes, Floats], vectors: list[list[float]], data: st.DataObject
) -> None:
    """Any interests, signs, weights and ties: each paper once, from its best interest, whatever stands where."""
    papers = np.array(vectors, np.float32)
    shuffled = data.draw(st.permutations(sorted(rows)))
    cut = data.draw(st.integers(0, len(shuffled)))
    blocks = [block({f: rows[f] for f in part}) for part in (shuffled[:cut], shuffled[cut:]) if part]
    found = dealt(blocks, papers)
    assert found == plainly_dealt(rows, papers)
    for user, order in found.items():
        assert len({paper for _, paper in order}) == len(order)
        for interest, paper in order:
            row = rows[f"{user}\0{interest}".encode()]
            assert row[4 + WEIGHT] > 0
            assert np.dot(row[:4], papers[paper]) >= row[4 + THRESHOLD]


# matches


READER = UserId("local", "ada")


def interest(name: str, paper_id: str | None = None) -> Interest:
    kind = InterestKind.PAPER if paper_id else InterestKind.PHRASE
    return Interest(id=name, name=name, kind=kind, text=name, paper_id=paper_id)


def selected(
    interests: Sequence[Interest], cap: int, corpus: Floats, papers: int = 20, bar: float = 0.9
) -> tuple[Match, ...]:
    """What ada, who follows random subjects, gets of the first ``papers`` of the corpus."""
    ids = [f"p{number}" for number in range(len(corpus))]
    vectors = drawn(len(interests), corpus.shape[1], seed=1)
    rows = {
        one.id: measured(vector, 1.0, corpus, bar, about(one, ids))
        for one, vector in zip(interests, vectors, strict=True)
    }
    stored = block({f"ada\0{name}".encode(): row for name, row in rows.items()})
    (found,) = [one for many in matching.candidates([stored], seen(corpus[:papers]), no_words()) for one in many]
    return matching.select(
        found,
        Profile(READER, tuple(interests)),
        cap,
        paper_ids=ids[:papers],
        rows=rows,
        background=plain(corpus),
        words=no_words(),
    )


def about(interest: Interest, ids: Sequence[str]) -> Evidence:
    """An interest in a paper speaks through that paper."""
    return Evidence((ids.index(interest.paper_id) + 1,), (1.0,), 0.0, 1.0) if interest.paper_id else WORDLESS


def test_matches_are_capped_and_strongest_first() -> None:
    """Four places for three interests: each is there, each paper once, in order of strength."""
    matches = selected([interest("x"), interest("y"), interest("z")], 4, drawn(300, 8), papers=60)
    assert len(matches) == 4
    assert {match.interest_id for match in matches} == {"x", "y", "z"}
    assert len({match.paper_id for match in matches}) == 4
    assert [match.strength for match in matches] == sorted((match.strength for match in matches), reverse=True)
    assert all(match.reader == READER for match in matches)


def test_a_smaller_cap_keeps_what_is_dealt_first() -> None:
    """A cap of two is the start of the deal of a cap of five; a cap of zero is silence."""
    interests, corpus = [interest("x"), interest("y")], drawn(300, 8)
    five = {match.paper_id for match in selected(interests, 5, corpus, papers=60)}
    two = {match.paper_id for match in selected(interests, 2, corpus, papers=60)}
    assert len(two) == 2
    assert two < five
    assert selected(interests, 0, corpus, papers=60) == ()


def test_a_match_tells_its_rank_among_the_stored_papers() -> None:
    """The nearest of 300 stored papers is closer than 99.6 % of them, and beats the bar of 0.9 anyway."""
    corpus = drawn(300, 8)
    first, *others = selected([interest("x")], 50, corpus, papers=300)
    assert (first.closeness.rank, first.closeness.corpus) == (1, 300)
    assert matching.words(first.closeness) == "closer than 99.6 % of papers"
    assert [match.closeness.rank for match in others] == list(range(2, 31))
    assert all(match.closeness.closer_than is not None and match.closeness.closer_than >= 0.9 for match in others)


def test_papers_that_the_reader_follows_are_not_sent() -> None:
    """The paper an interest was made from is known to the reader."""
    corpus = drawn(300, 8)
    first, second, *_ = selected([interest("x")], 5, corpus, papers=300)
    known = selected([interest("x", paper_id=first.paper_id)], 5, corpus, papers=300)
    assert known[0].paper_id == second.paper_id


def test_an_interest_removed_meanwhile_sends_nothing() -> None:
    """Hits of an interest that the reader dropped while the run went on are left out."""
    papers = unit(np.eye(2))
    rows = {b"ada\0x": interest_row([1, 0], 0.5)}
    (found,) = [one for many in matching.candidates([block(rows)], seen(papers), no_words()) for one in many]
    nothing = matching.select(
        found, Profile(READER), 5, paper_ids=["p", "q"], rows={}, background=plain(papers), words=no_words()
    )
    assert nothing == ()


def test_why_names_the_interest_in_plain_text() -> None:
    """One line, the name in quotation marks, then how near."""
    match = Match(READER, "p1", "i1", Closeness(0.6, 5, 507, 502 / 507), 3.0)
    named = Interest(id="i1", name="flow\n matching", kind=InterestKind.PHRASE, text="flow matching")
    assert matching.why(match, named) == "Because you follow “flow matching”: closer than 99 % of papers"


def test_why_tells_a_channel_that_the_channel_follows() -> None:
    """Everybody in it reads that; a reader of the terminal is a person, whatever the name begins with."""
    named = Interest(id="i1", name="flow matching", kind=InterestKind.PHRASE, text="flow matching")
    author = Interest(id="i2", name="Ada", kind=InterestKind.AUTHOR, text="Ada Lovelace")
    to = Match(UserId("T1", "C1"), "p1", "i1", Closeness(0.6, 5, 507, 502 / 507), 3.0)
    assert matching.why(to, named) == "Because this channel follows “flow matching”: closer than 99 % of papers"
    assert matching.why(to, author) == "Because this channel follows the author Ada Lovelace"
    assert matching.why(replace(to, reader=UserId("local", "Cato")), named).startswith("Because you follow")


def test_thresholds_leave_room_for_rounding() -> None:
    """The stored paper that sets the threshold hits in any block, although float32 products differ by place."""
    corpus, vectors = drawn(500, 384), drawn(97, 384, seed=1)
    rows = np.hstack([vectors, np.zeros((97, ROW_EXTRA), np.float32)])
    rows = matching.calibrate(rows, plain(corpus), np.full(97, 0.98), no_words())
    for start in range(0, 97, 13):
        found = hits(rows[start : start + 13], corpus)
        assert (np.bincount(found.interest) == 10).all()
    assert ROUNDING < 1e-5
