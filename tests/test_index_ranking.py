"""How papers are measured against a text and against each other: words counted, sample kept, neighbours heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.index.analysis import Wanted
from bot.index.answering import answer, scored, scored_like
from bot.index.columns import Columns
from bot.index.facts import Words, described
from bot.index.lexical import Lexical
from bot.index.stems import GAP, PaperStems, Stems, number
from bot.models import Paper
from bot.queries import parse
from tests.bench.texts import SUBJECTS
from tests.bench.texts import papers as invented
from tests.fakes import HashingEngine, paper

ENGINE = HashingEngine()


class Shelf:
    """Papers in columns and in a word index, without a store."""

    def __init__(self, papers: Sequence[Paper], *, without_vectors: Sequence[str] = ()) -> None:
        self.columns, self.lexical = Columns(ENGINE.tag.dimension), Lexical(None)
        words = list[Words]()
        for ordinal, one in enumerate(papers, 1):
            facts, said = described(one, ordinal, self.lexical.analyse)
            self.columns.put(facts)
            words.append(said)
            if one.id not in without_vectors:
                [vector] = ENGINE.vectors([f"{one.title} {one.abstract or ''}"])
                self.columns.give_vector(one.id, bytes.fromhex(facts.text_hash), vector)
        self.lexical.write(words)
        self.lexical.commit()

    def scores(self, text: str) -> dict[str, float]:
        """What each paper scores for a text."""
        [vector] = ENGINE.vectors([text])
        found: list[float] = scored(self.columns, self.lexical, text, vector, self.columns.alive()).tolist()
        return dict(zip(self.columns.living(), found, strict=True))

    def best(self, text: str) -> str:
        """The paper that answers best."""
        scores = self.scores(text)
        return max(scores, key=lambda one: scores[one])


def crowd(count: int) -> list[Paper]:
    """Invented papers."""
    return [paper(f"c{n}", one.title, one.abstract) for n, one in enumerate(invented(count))]


def stems(*parts: int, title: int = 0, text: int | None = None) -> PaperStems:
    """A paper of these stems."""
    return PaperStems(np.array(parts, np.uint32), title, len(parts) if text is None else text, len(parts))


def test_a_text_is_read_into_stems_and_neighbours() -> None:
    """Stop words go, words beside each other are pairs whatever their order, and no pair reaches over a full stop."""
    analyse = Lexical(None).analyse
    wanted = Wanted.of("Counting the kelp, of kelp forests. I count forests", analyse)
    assert wanted.stems == {"count": 2, "kelp": 2, "forest": 2}
    assert wanted.pairs == {("count", "kelp"): 1, ("forest", "kelp"): 1, ("count", "forest"): 1}
    assert set(Wanted.of("The of", analyse).stems) == {"the", "of"}


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40), st.data())
def test_stems_are_packed_and_read_again(numbers: list[int], data: st.DataObject) -> None:
    """What was packed is read as it was; what is cut short, or has parts that do not fit, is refused."""
    text = data.draw(st.integers(0, len(numbers)))
    one = stems(*numbers, title=data.draw(st.integers(0, text)), text=text)
    again = PaperStems.unpacked(one.packed())
    assert again.stems.tolist() == numbers
    assert (again.title, again.text, again.words) == (one.title, one.text, one.words)
    for wrong in (one.packed()[:8], one.packed()[:-1], np.array([2, 1, 0, 5, 6], "<u4").tobytes()):
        with pytest.raises(ValueError, match=r"paper|buffer"):
            PaperStems.unpacked(wrong)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.none() | st.lists(st.integers(0, 9), max_size=9)), max_size=60))
def test_the_column_of_stems_is_what_was_put_last(steps: list[tuple[int, list[int] | None]]) -> None:
    """Papers put, put again and removed in any order leave the stems and counts of those that are there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.index.stems._WASTE", 12)
        column, expected = Stems(), dict[int, list[int]]()
        for row, numbers in steps:
            if numbers is None:
                column.remove(row)
                expected.pop(row, None)
            else:
                column.put(row, stems(*numbers))
                expected[row] = numbers
    gathered = column.gather(np.arange(6))
    for row in range(6):
        assert gathered.stems[gathered.papers == row].tolist() == expected.get(row, [])
    counts = Counter(one for numbers in expected.values() for one in set(numbers))
    assert column.papers_with(np.arange(10, dtype=np.uint32)).tolist() == [counts[one] for one in range(10)]
    assert column.count == len(expected)


def test_parts_of_a_paper_stand_apart() -> None:
    """No pair of words reaches from the title into the abstract, or from there into the names; names have no length."""
    column = Stems()
    column.put(3, stems(7, 8, 9, 7, title=1, text=3))
    gathered = column.gather(np.array([3]))
    assert gathered.positions.tolist() == [0, GAP + 1, GAP + 2, 2 * GAP + 3]
    assert column.lengths(np.array([3, 9])).tolist() == [3, 0]
    assert column.gather(np.array([3]), names=False).stems.tolist() == [7, 8, 9]


def test_stems_are_small() -> None:
    """A paper of the usual length, some 230 words, takes less than 650 bytes."""
    column = Stems()
    analyse = Lexical(None).analyse
    for row, one in enumerate(crowd(100)):
        column.put(row, described(one, row, analyse)[0].paper_stems())
    assert column.gather(np.arange(100)).stems.nbytes / 100 < 650
    assert column.papers_with(np.array([number("baselin")], np.uint32))[0] > 10


def test_a_rare_word_tells_more_than_a_frequent_one() -> None:
    """Of two papers with one word of the text each, the one with the rarer word answers better."""
    shelf = Shelf([*crowd(60), paper("rare", "Ostrich feathers"), paper("frequent", "Baseline feathers")])
    scores = shelf.scores("ostrich baseline")
    assert scores["rare"] > scores["frequent"]


def test_a_score_does_not_depend_on_what_else_may_answer() -> None:
    """A paper scores nearly the same beside all others and alone: the sample is its measure."""
    shelf = Shelf([*crowd(80), paper("p", "Kelp forests")])
    [vector] = ENGINE.vectors(["kelp"])
    alone = np.zeros(81, np.bool_)
    alone[80] = True
    everyone = scored(shelf.columns, shelf.lexical, "kelp", vector, shelf.columns.alive())
    assert scored(shelf.columns, shelf.lexical, "kelp", vector, alone)[80] == pytest.approx(everyone[80], abs=0.2)
    assert np.isneginf(scored(shelf.columns, shelf.lexical, "kelp", vector, alone)[:80]).all()


def test_what_is_near_the_best_answers_rises() -> None:
    """Of two papers that have nothing of the text, the one that is near its best answers is measured higher."""
    best = [paper(f"b{n}", f"Kelp forests number {n}", "urchins lobsters otters eat one another") for n in range(4)]
    shelf = Shelf(
        [*crowd(60), *best, paper("near", "Urchins, lobsters, otters"), paper("far", "Bricks, mortar, tiles")]
    )
    scores = shelf.scores("kelp forests")
    assert scores["near"] > scores["far"] + 0.3


def test_a_paper_without_a_vector_keeps_the_place_of_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A paper that is not embedded yet but has all the words is not behind those that were measured twice."""
    monkeypatch.setattr("bot.index.ranking._AGAIN", 10)
    shelf = Shelf([*crowd(60), paper("new", "Kelp forests of the north")], without_vectors=["new"])
    assert shelf.best("kelp forests of the north") == "new"


def test_stop_words_alone_are_in_the_order_of_the_word_index() -> None:
    """A text of nothing but stop words finds what has them."""
    shelf = Shelf([paper("p1", "What we can do with it"), paper("p2", "Moss"), paper("p3", "Of kelp")])
    [vector] = ENGINE.vectors(["what can we do"])
    found = answer(shelf.columns, shelf.lexical, parse("what can we do"), vector, asked=(), limit=10)
    assert found.by_words == ("p1",)
    assert max(found.scores, key=lambda one: found.scores[one]) == "p1"


def test_the_sample_follows_the_papers() -> None:
    """The yardstick is made anew while there are few papers, and later when there are a tenth more."""
    shelf = Shelf(crowd(30))
    first = shelf.columns.yardstick()
    assert shelf.columns.yardstick() is first
    shelf.columns.remove("c3")
    second = shelf.columns.yardstick()
    assert (len(first.rows), len(second.rows)) == (30, 29)
    many = Columns(8)
    vectors = np.random.default_rng(0).normal(size=(2_000, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    facts = [described(paper(f"p{n}", "Moss"), n, str.split)[0] for n in range(2_000)]

    def more(start: int, end: int) -> None:
        for n in range(start, end):
            many.put(facts[n])
            many.give_vector(f"p{n}", b"", vectors[n])

    more(0, 1_800)
    made = many.yardstick()
    assert len(made.rows) == 1_000
    more(1_800, 1_900)
    assert many.yardstick() is made
    more(1_900, 2_000)
    assert many.yardstick() is not made


def test_papers_like_one_have_its_subject() -> None:
    """Of invented papers of sixteen subjects, the ten most like one are nearly all of its subject; itself is left out."""
    shelf = Shelf(crowd(160))
    scores = scored_like(shelf.columns, 5, shelf.columns.alive())
    assert np.isneginf(scores[5])
    subjects = [one.title.lower() + (one.abstract or "").lower() for one in crowd(160)]
    subject = [max(SUBJECTS, key=lambda words: sum(text.count(word) for word in words)) for text in subjects]
    alike = np.argsort(-scores)[:5]
    assert [subject[row] for row in alike].count(subject[5]) >= 4


def test_only_asked_papers_are_ordered() -> None:
    """Beside a few papers the order among them is that beside all."""
    shelf = Shelf(crowd(80))
    mask = np.zeros(80, np.bool_)
    mask[10:30] = True
    whole = scored_like(shelf.columns, 0, shelf.columns.alive())
    part = scored_like(shelf.columns, 0, mask)
    assert np.isfinite(part).sum() == 20
    assert np.argsort(-part)[:20].tolist() == [row for row in np.argsort(-whole).tolist() if 10 <= row < 30]


def test_no_paper_with_a_vector_means_none_alike() -> None:
    """Without vectors there is nothing to compare, and nothing fails."""
    shelf = Shelf(crowd(3), without_vectors=["c0", "c1", "c2"])
    assert shelf.columns.yardstick().size == 0
    assert shelf.best(crowd(3)[1].title) == "c1"
    lone = Shelf(crowd(2), without_vectors=["c1"])
    assert np.isneginf(scored_like(lone.columns, 0, lone.columns.alive())).all()
