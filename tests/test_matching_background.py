"""How papers stand among their neighbours, what is usual among them, and what words add to meaning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bot import matching
from bot.matching import Background, Floats, Neighbours, Seen, WordBook, calibration, settling
from bot.matching.background import COMMON, RIDGE, WHITENED
from bot.matching.evidence import IN_WORDS
from bot.matching.word_book import SharedWords
from bot.models import (
    DEVIATION,
    EVIDENCE,
    LEXICAL,
    MEAN,
    ROW_EXTRA,
    SHARE,
    SOURCE_WEIGHTS,
    SOURCES,
    THRESHOLD,
    ModelTag,
)
from bot.terms import Terms, terms_of
from tests.spaces import drawn, interest_row, unit


def subjects(count: int, dimension: int = 16, seed: int = 0) -> Floats:
    """Papers of four subjects, which have much in common."""
    draw = np.random.default_rng(seed)
    centres = 1.5 * draw.standard_normal((4, dimension))
    return unit(3 + centres[np.arange(count) % 4] + draw.standard_normal((count, dimension)))


def texts(count: int) -> list[Terms]:
    """Papers of the same four subjects, in words: each has two of its subject's four, and one of its own."""
    return [
        terms_of(f"word{'abcd'[n % 4]}0{n // 4 % 2}x and word{'abcd'[n % 4]}0{2 + n // 8 % 2}x lone{n}q")
        for n in range(count)
    ]


def background(count: int = 240, at: Sequence[int] | None = None) -> Background:
    places = range(count) if at is None else at
    papers, terms = subjects(count), texts(count)
    ids = [f"p{place}" for place in places]
    return Background.of(ids, np.array(places, np.int64), papers[list(places)], [terms[place] for place in places])


# among neighbours


def plainly_settled(vectors: Floats, corpus: Floats, *, itself: bool) -> Floats:
    """The formula, one paper after the other."""
    centre = corpus.mean(axis=0)
    rows: list[Floats] = []
    for place, vector in enumerate(vectors):
        cosines = unit(corpus - centre) @ unit(vector - centre)
        if itself:
            cosines[place] = -1
        nearest = np.argsort(-cosines)[: settling.NEIGHBOURS]
        weights = np.maximum(cosines[nearest], 0) ** 2
        weights /= max(weights.sum(), settling.LEAST_NEARNESS)
        rows.append(unit(vector + weights @ corpus[nearest]))
    return np.stack(rows)


@pytest.mark.parametrize("itself", [True, False])
def test_a_paper_moves_towards_its_ten_nearest(itself: bool) -> None:
    """Many papers at once give what the formula gives for each one."""
    corpus = subjects(70)
    vectors = corpus if itself else subjects(9, seed=5)
    found = matching.settled(vectors, corpus, itself=itself)
    assert found.dtype == np.float32
    assert found == pytest.approx(plainly_settled(vectors, corpus, itself=itself), abs=1e-5)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_neighbours_are_found_in_any_blocks(size: int) -> None:
    """Stored papers that stream by a few at a time give the same neighbours; a paper is never its own."""
    corpus = subjects(64)
    wanted = [40, 3, 11]
    neighbours = Neighbours(corpus.mean(axis=0), corpus[wanted])
    for start in range(0, 64, size):
        part = range(start, min(64, start + size))
        neighbours.add(corpus[list(part)], {wanted.index(place): place - start for place in part if place in wanted})
    together = matching.settled(corpus, corpus, itself=True)[wanted]
    assert neighbours.settled() == pytest.approx(together, abs=1e-5)


def test_without_neighbours_a_paper_stays_where_it_is() -> None:
    """The first paper of a store, and a text in a store without papers."""
    one = drawn(1)
    assert matching.settled(one, one, itself=True) == pytest.approx(one)
    assert matching.settled(one, one[:0], itself=False) == pytest.approx(one)
    assert Background.empty(32).settled(one) == pytest.approx(one)


def test_papers_and_what_became_of_them_have_different_tags() -> None:
    """A model's vectors among neighbours never meet its own."""
    tag = ModelTag("m", "r", 8)
    assert tag.among().key() != tag.key()
    assert tag.among() == ModelTag("m", "r+among", 8)


# the space


def test_the_space_is_the_formula() -> None:
    """Papers about their mean, plain and whitened together, without most of the mean's direction, of mean length 1."""
    made = background()
    about = unit(made.papers - made.papers.mean(axis=0)).astype(np.float64)
    covariance = np.cov(about.T)
    eye = np.eye(16)
    whitened = np.array(np.linalg.inv(covariance + RIDGE * np.trace(covariance) / 16 * eye), np.float64)
    both = eye / np.sqrt(np.trace(covariance @ covariance))
    both += WHITENED * whitened / np.sqrt(np.trace(whitened @ covariance @ whitened @ covariance))
    common = unit(made.papers.mean(axis=0).astype(np.float64)).astype(np.float64)
    expected = about @ both @ (eye - COMMON * np.outer(common, common))
    expected /= np.sqrt(np.square(expected).sum(axis=1).mean())
    assert made.seen_papers == pytest.approx(expected, abs=1e-4)
    assert made.seen(made.papers) == pytest.approx(made.seen_papers, abs=1e-5)
    assert made.seen_papers.flags.c_contiguous


def test_what_all_papers_have_in_common_says_nothing() -> None:
    """Cosines of papers of two subjects are high; seen by an interest, the other subject is no nearer than the mean."""
    made = background()
    interest = unit(made.papers[::4].mean(axis=0))
    scores = made.seen_papers @ interest
    assert (made.papers[1::4] @ interest).mean() > 0.5
    assert scores[::4].mean() > 0.2
    assert max(scores[1::4].mean(), scores[2::4].mean(), scores[3::4].mean()) < 0


@pytest.mark.parametrize("papers", [drawn(1), np.repeat(drawn(1), 5, axis=0), drawn(1)[:0]])
def test_papers_that_do_not_differ_are_seen_as_they_are(papers: Floats) -> None:
    """The first paper of a store has something near to it, whatever is usual."""
    made = Background.of(
        [f"p{n}" for n in range(len(papers))], np.arange(len(papers)), papers, [terms_of("")] * len(papers)
    )
    assert made.seen(papers) == pytest.approx(papers)
    assert len(made) == len(papers)


def test_a_background_knows_its_papers() -> None:
    """Where a paper stands in the sample, and what two papers are compared by."""
    made = background(60, at=range(0, 60, 2))
    assert (made.places["p8"], made.dimension, len(made.sample)) == (4, 16, 30)
    assert made.ordinals[4] == 8
    assert np.linalg.norm(made.centred(made.papers), axis=1) == pytest.approx(np.ones(30), abs=1e-5)
    assert len({made, background(4)}) == 2


# words


def row_of(made: Background, at: Sequence[int], *, lexical: float | None = None, bar: float = 0.9) -> Floats:
    """The row of an interest that learnt from these papers of the sample."""
    vector = unit(made.papers[list(at)].mean(axis=0))
    evidence = matching.papers_evidence(made.ordinals[list(at)].tolist(), [1.0] * len(at), 100, 1.0)
    if lexical is not None:
        evidence = matching.Evidence(evidence.sources, evidence.weights, lexical, 1.0)
    return matching.row(vector, 1.0, made, bar, evidence=evidence, words_of=WordBook.of(made, {}))


def test_words_deviate_as_much_as_the_row_says() -> None:
    """Beside meaning words count a share of its deviation; together they are the score."""
    made, at = background(), [0, 4, 8]
    words = WordBook.of(made, {})
    meaning, whole = (matching.usual(row_of(made, at, lexical=part)[None], made, words)[0] for part in (0.0, 0.3))
    plain = row_of(made, at, lexical=0.3)
    plain[:16] = 0
    in_words = matching.usual(plain[None], made, words)[0]
    assert np.nanstd(in_words) == pytest.approx(0.3 * np.nanstd(meaning), rel=1e-3)
    only_meaning: Floats = made.seen_papers @ row_of(made, at, lexical=0.3)[:16]
    others = ~np.isnan(whole)
    assert whole[others].tolist() == pytest.approx((only_meaning + in_words)[others].tolist(), abs=1e-5)


def test_the_row_is_measured_on_the_whole_score() -> None:
    """Mean, deviation and threshold are of meaning and words together, its own papers aside."""
    made, at = background(), [0, 4, 8]
    row = row_of(made, at)
    extra = row[-ROW_EXTRA:]
    whole = matching.usual(row[None], made, WordBook.of(made, {}))[0]
    others = ~np.isnan(whole)
    assert np.flatnonzero(~others).tolist() == at
    assert extra[MEAN] == pytest.approx(float(whole[others].mean()), abs=1e-5)
    assert extra[DEVIATION] == pytest.approx(float(whole[others].std()), abs=1e-5)
    assert np.count_nonzero(whole >= extra[THRESHOLD]) == int(237 * (1 - 0.9) + 1e-9)
    assert (extra[LEXICAL], extra[SHARE]) == (pytest.approx(IN_WORDS), 1)
    assert sorted(extra[SOURCES].tolist()) == [0] * 5 + [1, 5, 9]
    assert np.count_nonzero(extra[SOURCE_WEIGHTS]) == 3


def test_measuring_twice_changes_no_bit() -> None:
    """An interest that was measured, and measured again on the same papers, is the same interest."""
    made = background()
    rows = np.stack([row_of(made, [0, 4, 8, 12, 16]), row_of(made, [1]), row_of(made, [2, 3])])
    rows[0, 16:][SOURCE_WEIGHTS][:5] *= np.array([1, 0.7, 0.31, 0.2, 0.07], np.float32)
    once = matching.calibrate(rows, made, np.full(3, 0.9), WordBook.of(made, {}))
    twice = matching.calibrate(once, made, np.full(3, 0.9), WordBook.of(made, {}))
    assert once.tobytes() == twice.tobytes()
    alone = matching.calibrate(once[1:2], made, np.full(1, 0.9), WordBook.of(made, {}))
    assert alone.tobytes() == once[1:2].tobytes()


def test_words_that_are_not_known_count_nothing_and_are_not_forgotten() -> None:
    """Terms that did not load leave meaning alone to speak; once they are there, words speak again."""
    made = background(240, at=range(0, 240, 2))
    evidence = matching.papers_evidence([1, 5], [1.0, 1.0], 100, 1.0)
    vector = unit(subjects(240)[[1, 5]].mean(axis=0))
    without = matching.row(vector, 1.0, made, 0.9, evidence=evidence, words_of=WordBook.of(made, {}))
    scores = matching.usual(without[None], made, WordBook.of(made, {}))[0]
    meaning: Floats = made.seen_papers @ vector
    assert scores == pytest.approx(meaning, abs=1e-5)
    known = WordBook.of(made, {place: texts(240)[place] for place in (1, 5)})
    again = matching.calibrate(without[None], made, np.full(1, 0.9), known)[0]
    directly = matching.row(vector, 1.0, made, 0.9, evidence=evidence, words_of=known)
    assert again == pytest.approx(directly, abs=1e-6)


def test_words_that_hardly_any_paper_has_are_not_blown_up() -> None:
    """A term of two papers of 240 deviates next to nothing; it does not outweigh meaning a hundred times."""
    made = background()
    rare = terms_of("lone3q lone7q")
    evidence = matching.phrase_evidence(rare, made.lexicon, 1.0)
    row = matching.row(made.papers[0], 1.0, made, 0.9, evidence=evidence, words_of=WordBook.of(made, {}))
    assert row[16:][SOURCE_WEIGHTS].max() <= IN_WORDS / calibration.LEAST_IN_WORDS


def test_a_phrase_speaks_through_its_terms() -> None:
    """Of two papers equally near in meaning the one that has the phrase's word is nearer."""
    made = background()
    evidence = matching.phrase_evidence(terms_of("worda00x"), made.lexicon, 2.0)
    row = matching.row(made.papers[0], 1.0, made, 0.9, evidence=evidence, words_of=WordBook.of(made, {}))
    both = made.words([terms_of("worda00x lone1q"), terms_of("wordb00x lone1q")])
    scores = matching.scores(row[None], Seen(made.seen_papers[[9, 9]], both), WordBook.of(made, {}))[0]
    assert scores[0] > scores[1] + row[16 + DEVIATION]
    assert row[16 + SHARE] == 2


def test_hits_are_the_whole_scores_that_reach_the_threshold() -> None:
    """In bulk as for one reader: the same scores, words among them."""
    made, words = background(), WordBook.of(background(), {})
    rows = np.stack([row_of(made, [n, n + 4]) for n in range(4)])
    found = matching.hits(rows, made.sample, words)
    scores = matching.scores(rows, made.sample, words)
    interest, paper = np.nonzero(scores >= rows[:, 16 + THRESHOLD, None])
    assert (found.interest.tolist(), found.paper.tolist()) == (interest.tolist(), paper.tolist())
    assert found.score == pytest.approx(scores[interest, paper])


def test_few_rows_and_many_are_scored_alike() -> None:
    """The short way for one reader's interests gives what the way for blocks does."""
    made, words = background(), WordBook.of(background(), {})
    phrase = matching.phrase_evidence(terms_of("worda00x wordb01x"), made.lexicon, 1.0)
    rows = [row_of(made, [n, n + 4]) for n in range(3)]
    rows.append(matching.row(made.papers[0], 1.0, made, 0.9, evidence=phrase, words_of=words))
    few = matching.scores(np.stack(rows), made.sample, words)
    assert matching.scores(np.stack(rows * 20), made.sample, words)[:4] == pytest.approx(few, abs=1e-5)


def test_spoilt_sources_count_nothing() -> None:
    """Whatever stands in a row, words of it are finite, and sources that nobody knows are silent."""
    made, words = background(), WordBook.of(background(), {})
    good = row_of(made, [0, 4])
    rows = np.stack([good] * 5)
    rows[1, 16:][SOURCES] = [1e30, -1e30, 2**25, -(2**25), 0.5, 9_999, -1, -5]
    rows[2, 16:][SOURCE_WEIGHTS] = [-1, -np.inf, np.inf, np.nan, 0, -0.0, 0, 0]
    rows[3, 16:][SOURCES] = np.nan
    rows[4, 16:][SOURCES] = 0
    rows[:, 16 + THRESHOLD] = 0
    scores = matching.scores(rows, made.sample, words)
    assert scores[1:] == pytest.approx(np.repeat((made.seen_papers @ good[:16])[None], 4, axis=0), abs=1e-5)
    assert np.isfinite(matching.calibrate(rows[[0, 1, 4]], made, np.full(3, 0.9), words)).all()
    assert set(matching.hits(rows, made.sample, words).interest.tolist()) == {0, 1, 4}


def test_sources_without_words_take_no_room() -> None:
    """Terms that no paper of the sample has, and papers that nobody knows, are held together as nothing."""
    made = background()
    shared = SharedWords(WordBook.of(made, {}), made.terms)
    rows = np.stack([row_of(made, [0, 4])] * 2)
    rows[1, 16:][SOURCES] = [-90_001, -90_002, -90_003, 9_999, 9_998, 0, 0, 0]
    scores = shared.scores(rows[:, 16:])
    assert len(shared) == 2
    assert scores[0].max() > 0
    assert not scores[1].any()
    assert np.array_equal(shared.scores(rows[:, 16:]), scores)


# evidence


def test_an_interest_speaks_through_its_weightiest_papers() -> None:
    """Eight of them at most, of equal ones the oldest; short texts speak less in words."""
    evidence = matching.papers_evidence(range(10), [1, 1, 5, 1, 1, 1, 1, 1, 1, 3], 50, 2.5)
    assert evidence.sources == (3, 10, 1, 2, 4, 5, 6, 7)
    assert len(evidence.sources) == EVIDENCE
    assert sum(evidence.weights) == pytest.approx(1)
    assert (evidence.lexical, evidence.share) == (pytest.approx(IN_WORDS / 2), 2.5)
    assert matching.papers_evidence([], [], 100, 1.0) == matching.Evidence((), (), 0.0, 1.0)


def test_a_phrase_that_learnt_speaks_through_both() -> None:
    """Its terms and its papers, each as much as they count together."""
    made = background()
    phrase = matching.phrase_evidence(terms_of("worda00x and worda01x"), made.lexicon, 2.0)
    both = phrase.beside(matching.papers_evidence([7], [1.0], 50, 9.0), 0.6)
    assert both.share == 2.0
    assert both.lexical == pytest.approx(0.6 * IN_WORDS + 0.4 * IN_WORDS / 2)
    assert dict(zip(both.sources, both.weights, strict=True))[8] == pytest.approx(0.4)
    assert len(both.sources) == 4
    assert min(phrase.sources) < 0


def test_what_made_a_row_is_known_from_it() -> None:
    """A row of another length, or of nothing, is no row of this layout."""
    assert ROW_EXTRA == 6 + 2 * EVIDENCE
    assert len(interest_row([0, 0], 1)) == 2 + ROW_EXTRA
