"""The words of a text as numbers, what they weigh, and which two texts share."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.terms import LARGEST, Lexicon, TermRows, Terms, phrases, shared_words, terms_of
from bot.terms.counting import MOST_WORDS, term_number
from bot.terms.wording import STOP_WORDS, stem, words


def counted(text: str) -> dict[int, int]:
    terms = terms_of(text)
    return dict(zip(terms.numbers.tolist(), terms.counts.tolist(), strict=True))


def numbered(*terms: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for term in terms:
        found[term_number(term)] = found.get(term_number(term), 0) + 1
    return found


def test_terms_are_words_and_neighbouring_words_without_stop_words_and_plurals() -> None:
    """Case, accents and a plural make no other word; a stop word between two words does not part them."""
    expected = numbered("network", "graph", "network graph", "naive", "graph naive")
    assert counted("Networks of the graph: NAÏVE.") == expected
    assert counted("the network in a Graph naive") == expected


def test_what_occurs_often_counts_often() -> None:
    """Up to 255 times."""
    assert counted("flow, flow, flow")[term_number("flow")] == 3
    assert counted("flow " * 300)[term_number("flow")] == 255


def test_a_text_knows_its_length_in_words() -> None:
    """Stop words and numbers too."""
    assert terms_of("The 3 laws of motion.").words == 5
    assert terms_of("").words == 0
    assert len(terms_of("the of and 3 x")) == 0


def test_words_of_any_script_are_words() -> None:
    """Greek and Cyrillic papers are compared too; signs and numbers alone are no words."""
    assert counted("поток, Поток") == numbered("поток", "поток", "поток поток")
    assert counted("μάθηση") == counted("ΜΑΘΗΣΗ")
    assert counted("12 + 34 = 46 …") == {}


@pytest.mark.parametrize(
    ("word", "expected"),
    [("networks", "network"), ("studies", "study"), ("bias", "bia"), ("class", "class"), ("focus", "focus"),
     ("analysis", "analysis"), ("gas", "gas"), ("ties", "tie"), ("s" * 200, "s" * 200)],
)  # fmt: skip
def test_plurals_lose_their_ending(word: str, expected: str) -> None:
    """The same word in both numbers is one term; what only looks like a plural mostly stays."""
    assert stem(word) == expected


def test_numbers_of_terms_never_change() -> None:
    """They stand in stores: another number for a term would make every stored paper strange."""
    assert [term_number(term) for term in ("network", "flow matching", "größe")] == [8685597, 4207157, 13871589]
    assert all(1 <= term_number(str(place)) <= LARGEST for place in range(2_000))


@given(st.text(max_size=300))
def test_any_text_has_terms_that_can_be_stored(text: str) -> None:
    """Whatever it holds, and what is read back is what was stored."""
    terms = terms_of(text)
    again = Terms.unpacked(terms.packed())
    assert again is not None
    assert (again.numbers.tolist(), again.counts.tolist(), again.words) == (
        terms.numbers.tolist(),
        terms.counts.tolist(),
        terms.words,
    )
    assert (np.diff(terms.numbers) > 0).all()


def test_an_endless_text_is_cut() -> None:
    """What is kept of it can still be stored."""
    terms = terms_of(" ".join(f"word{place}x" for place in range(3 * MOST_WORDS)))
    assert terms.words == MOST_WORDS
    assert Terms.unpacked(terms.packed()) is not None


GOOD = terms_of("flow matching").packed()


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\0",
        GOOD[:-1],
        GOOD + b"\0\0\0\0",
        GOOD[:4] + GOOD[4:8] * 2,
        GOOD[:4] + b"\0\0\0\1",
        GOOD[:4] + b"\1\0\0\0",
        b"\xff" * 8,
        b"\0" * 4 * (2 * MOST_WORDS + 2),
    ],
)
def test_what_cannot_be_terms_is_none(stored: bytes) -> None:
    """Cut off, doubled, out of order, of number or count zero, too long: nothing of it is believed."""
    assert Terms.unpacked(stored) is None


@given(st.binary(max_size=64))
def test_any_bytes_are_terms_or_none(stored: bytes) -> None:
    """Never an error, and what is taken gives the same bytes."""
    terms = Terms.unpacked(stored)
    assert terms is None or terms.packed() == stored


# weights


PAPERS = [terms_of(text) for text in ("alpha beta", "alpha gamma", "gamma delta", *["alpha"] * 2, *["epsilon"] * 12)]


def test_a_lexicon_knows_what_is_neither_rare_nor_common() -> None:
    """At least two papers of the sample, at most a fifth of them; the rarer a term, the heavier."""
    lexicon = Lexicon.of(PAPERS)
    assert len(lexicon) == 1
    assert lexicon.column(term_number("gamma")) == 0
    assert [lexicon.column(term_number(term)) for term in ("alpha", "epsilon", "beta", "zeta")] == [None] * 4
    assert lexicon.weight(term_number("gamma")) == pytest.approx(math.log(18 / 3) + 1)
    assert lexicon.weight(term_number("epsilon")) == 0
    assert lexicon.weight(term_number("zeta")) == pytest.approx(math.log(18 / 2) + 1)


def test_rows_are_unit_and_weigh_what_is_said_often_a_little_more() -> None:
    """Weight times 1 + ln(count), of length 1; a text without a known word is zero."""
    papers = [terms_of(text) for text in [*["alpha beta"] * 2, *[f"lone{n}x" for n in range(20)]]]
    lexicon = Lexicon.of(papers)
    rows = lexicon.rows([terms_of("alpha alpha alpha beta"), terms_of("nothing"), terms_of("beta")])
    dense = rows.times(np.eye(rows.width, dtype=np.float32))
    plain = {term_number("alpha"): 1 + math.log(3), term_number("beta"): 1.0, term_number("alpha beta"): 1.0}
    expected = np.array([plain[number] for number in sorted(plain)]) / math.sqrt(sum(x * x for x in plain.values()))
    assert dense[0] == pytest.approx(expected)
    assert not dense[1].any()
    assert np.linalg.norm(dense[2]) == pytest.approx(1)


def test_a_lexicon_of_nothing_knows_nothing() -> None:
    """An empty store; its rows have no width."""
    lexicon = Lexicon.of([])
    rows = lexicon.rows([terms_of("alpha")])
    assert (len(lexicon), len(rows), rows.width) == (0, 1, 0)
    assert rows.products(rows).tolist() == [[0.0]]
    assert Lexicon.of([terms_of("")] * 3).rows([]).products(rows).shape == (0, 1)


# sparse rows


@given(st.integers(0, 6), st.integers(1, 5), st.integers(0, 99))
def test_sparse_rows_are_what_they_would_be_dense(count: int, width: int, seed: int) -> None:
    """Products, rows picked in any way, and rows put under each other."""
    draw = np.random.default_rng(seed)
    dense = draw.integers(0, 3, (count, width)).astype(np.float32)
    row, column = np.nonzero(dense)
    starts = np.append(0, np.cumsum(np.count_nonzero(dense, axis=1))).astype(np.int32)
    rows = TermRows(starts, column.astype(np.int32), dense[row, column], width)
    eye = np.eye(width, dtype=np.float32)
    assert rows.times(eye).tolist() == dense.tolist()
    assert rows.products(rows).tolist() == (dense @ dense.T).tolist()
    places = draw.integers(0, max(1, count), 4 if count else 0)
    for picked in (places, slice(1, None), slice(None, None, -1), np.arange(count) % 2 == 0):
        assert rows[picked].times(eye).tolist() == dense[picked].tolist()
    both = TermRows.stacked([rows, rows[places], TermRows.empty(2, width)])
    assert both.times(eye).tolist() == np.vstack([dense, dense[places], np.zeros((2, width))]).tolist()


# words to mark


def test_shared_words_stand_as_they_do_in_the_text() -> None:
    """Each once, without stop words; plural and case do not matter."""
    text = "Neural Networks learn the flow; networks flow."
    assert shared_words(text, "a network of flows and the sea") == ("Networks", "flow", "networks")
    assert shared_words(text, "the and of") == ()
    assert shared_words("", text) == ()


def test_stop_words_are_folded_words() -> None:
    """One that is not would never be met."""
    assert all(word == word.casefold() and word.isalpha() for word in STOP_WORDS)


def test_no_word_is_longer_than_is_kept() -> None:
    """Words have no longest: what is kept in memory of one has, also where a sign becomes many."""
    long = "k" * 20_000
    assert counted(long) == numbered("k" * 64)
    assert shared_words(f"a {long}", long) == (long,)
    assert [len(word) for word, _, _ in words(long + " " + "a" + "\ufdfa" * 5_000)] == [64, 64]


def test_rows_of_many_texts_are_those_of_each() -> None:
    """They are made in parts; where one ends is not to be seen."""
    some = [terms_of(f"flow kelp word{number % 7} tide{number % 11}") for number in range(4_100)]
    some[2_000] = terms_of("")
    lexicon = Lexicon.of(some)
    rows = lexicon.rows(some)
    alone = TermRows.stacked([lexicon.rows([one]) for one in some])
    assert len(rows) == 4_100
    for mine, theirs in zip(
        (rows.starts, rows.columns, rows.values), (alone.starts, alone.columns, alone.values), strict=True
    ):
        assert mine.tobytes() == theirs.tobytes()


def test_rows_of_many_texts_take_little_more_than_they_are() -> None:
    """What is counted on the way is gone with each part: of a whole store it would be six times the rows."""
    some = [
        terms_of(" ".join(f"w{chr(97 + n * k % 26)}{chr(97 + (n + k) % 26)}x" for k in range(40))) for n in range(6_000)
    ]
    lexicon = Lexicon.of(some)
    tracemalloc.start()
    rows = lexicon.rows(some)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * (rows.columns.nbytes + rows.values.nbytes)


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("Code generation problems differ.", "code generation", ("Code generation",)),
        ("We use Retrieval-Augmented generations.", "retrieval augmented generation", ("Retrieval-Augmented generations",)),
        ("The state of the art of arts.", "state of the art", ("state of the art",)),
        ("We read code. Generation follows.", "code generation", ()),
        ("We generate code.", "code generation", ()),
        ("It is of the best.", "of the", ()),
        ("code " * 30, "code " * 30, ()),
    ],
)  # fmt: skip
def test_a_phrase_is_found_as_it_stands(text: str, phrase: str, expected: tuple[str, ...]) -> None:
    """Case, plurals and hyphens do not matter, its order and the end of what is said do; a text is no phrase."""
    assert phrases(text, phrase) == expected
