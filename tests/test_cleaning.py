"""The derived form: every kind of debris goes, and nothing that could be English or a formula."""

# ruff: noqa: RUF001 - the typographic signs are what is tested
from __future__ import annotations

import time
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cleaning import display, excerpt, links, plain, sentences

PAIRS = Path(__file__).parent / "data" / "cleaning"
#: What debris is made of: glued together at random it makes every rule meet every other.
SCRAPS = [
    *("\\textit{", "textbf{", "\\emph{", "\\url{", "url{", "\\href{", "{\\small ", "{", "}", "$", "\\", "%", "\\%"),
    *("https://a.example/b", "http://", "www.a.io", "github.com/", "x.github.io", "~", "`", "``", "''", "'", '"'),
    *('\\"', "\\'", "\\v", "\\o", "\\i", "\\eg", "\\ie", "\\times", "\\sim", "\\textemdash", "times", "sim", "pm"),
    *("leq", " pm ", "1", "2.5", "5", "k", "a", "O", " ", "\n", "\n\n", ".", ",", "(", ")", "[", "]", "é", "\u3000"),
]
TANGLES = st.lists(st.sampled_from(SCRAPS), max_size=25).map("".join)


def pairs() -> list[tuple[str, str, str]]:
    """(file, verbatim, derived): blocks of two lines; a block of one line must stay as it is."""
    blocks = [(file.stem, block.split("\n")) for file in sorted(PAIRS.glob("*.txt")) for block in read(file)]
    return [(name, lines[0], lines[-1]) for name, lines in blocks]


def read(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").strip("\n").split("\n\n")


@pytest.mark.parametrize(("kind", "verbatim", "derived"), pairs())
def test_debris_is_cleaned_and_look_alikes_stay(kind: str, verbatim: str, derived: str) -> None:
    """Each kind of debris becomes what it stood for, and its counter-examples stay as they are."""
    assert (kind, display(verbatim)) == (kind, derived)


@given(TANGLES | st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """The derived form of a derived form is itself."""
    assert display(display(text)) == display(text)


@pytest.mark.parametrize("scraps", [*((scrap,) for scrap in SCRAPS), *product(("{", "https://a.b/", "``"), ("}", "1"))])
def test_a_hostile_text_is_cleaned_in_linear_time(scraps: tuple[str, ...]) -> None:
    """100,000 characters made to mislead the rules take about a second at most, even on a busy machine."""
    text = "".join(scraps)
    text = text * (100_000 // len(text))
    started = time.process_time()
    links(text)
    sentences(text)
    assert time.process_time() - started < 5


def test_paragraphs_stay_apart() -> None:
    """Line breaks inside a paragraph are folded, the blank line between two is kept."""
    assert display("One\n  line.\n \n\nAnother  one.\n") == "One line.\n\nAnother one."


def test_the_text_to_embed_is_one_line() -> None:
    """Title and abstract become sentences of one line; a missing abstract leaves the title alone."""
    assert plain("Owls\n at Night", "They are\n\n93\\% silent.") == "Owls at Night. They are 93% silent."
    assert plain("Do Owls See?", "Yes.") == "Do Owls See? Yes."
    assert plain("Owls at Night", None) == plain("Owls at Night", " ") == "Owls at Night"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Code: https://github.com/owl/nest.", ["https://github.com/owl/nest"]),
        ("At https://www.github.com/owl/nest, with tests", ["https://www.github.com/owl/nest"]),
        ("(see [https://owl.example.org/a].)", ["https://owl.example.org/a"]),
        ("at https://owl.example.org/nest .", ["https://owl.example.org/nest"]),
        (
            "https://en.example.org/Owl_(bird) and (https://owl.example.org)",
            ["https://en.example.org/Owl_(bird)", "https://owl.example.org"],
        ),
        ("hosted on www.owlsong.cc.", ["https://www.owlsong.cc"]),
        ("available at www.github.com/owl/Rank.", ["https://www.github.com/owl/Rank"]),
        (
            "see github.com/owl/nest and owl.github.io/nest/",
            ["https://github.com/owl/nest", "https://owl.github.io/nest/"],
        ),
        ("at \\url{https://github.com/owl/nest.}.", ["https://github.com/owl/nest"]),
        ("https://owl.github.io/a/{https://owl.github.io/a/}.", ["https://owl.github.io/a/"]),
        ("https://owl.example.org/a\\_b、次", ["https://owl.example.org/a_b"]),
        ("E.T. Bench, e.g. 3.5, owl@github.com/x, nothub.com, http://, https://localhost/a", []),
        ("https://github.com@evil.example/x and javascript:alert(1)", []),
        ("https://owl.example.org/" + "a" * 3000, []),
    ],
)
def test_links_are_addresses_without_the_sentence_around_them(text: str, found: list[str]) -> None:
    """Punctuation and brackets of the sentence go, a missing scheme is added, what is no web address is no link."""
    assert links(text) == found


def test_a_link_is_given_once() -> None:
    """Repeated addresses are one link, in the order of the text."""
    assert links("www.b.org www.a.org www.b.org") == ["https://www.b.org", "https://www.a.org"]


def test_sentences_end_at_stops_but_not_at_abbreviations() -> None:
    """Abbreviations, initials and decimals do not end a sentence; brackets and quotes behind a stop belong to it."""
    text = (
        'We test e.g. Owls (cf. Fig. 2) by J. R. Moss. It gains 3.5 points! "Why?" (Unclear.) 2 of 3 agree et al. Then'
    )
    assert sentences(text) == [
        "We test e.g. Owls (cf. Fig. 2) by J. R. Moss.",
        "It gains 3.5 points!",
        '"Why?"',
        "(Unclear.)",
        "2 of 3 agree et al. Then",
    ]
    assert sentences("猫头鹰。夜里飞!") == ["猫头鹰。", "夜里飞!"]


def test_an_excerpt_ends_with_a_sentence() -> None:
    """As many whole sentences as fit; a long first one is cut between words; a short text stays whole."""
    text = "Owls hunt at night. They hear 3.5times better. Nobody knows why they do."
    assert excerpt(text, 50) == "Owls hunt at night. They hear 3.5× better."
    assert excerpt(text, 30) == "Owls hunt at night."
    assert excerpt(text, 12) == "Owls hunt…"
    assert excerpt(text, 500) == "Owls hunt at night. They hear 3.5× better. Nobody knows why they do."
    assert excerpt("Unbroken" * 9, 10) == "UnbrokenU…"


@given(TANGLES | st.text(), st.integers(1, 40))
def test_an_excerpt_fits(text: str, limit: int) -> None:
    """No excerpt is longer than was asked for, and none has a line break."""
    cut = excerpt(text, limit)
    assert len(cut) <= limit
    assert "\n" not in cut


def test_real_abstracts_lose_their_debris(shared: Path | None) -> None:
    """In real dumps, where there are any, no escaped sign, text command or typed quotation is left."""
    folder = shared / "dumps" if shared else PAIRS
    lines = [line for file in sorted(folder.glob("*.txt")) for line in file.read_text("utf-8").split("\n")]
    left = [line for line in map(display, lines) if "\\%" in line or "\\textbf{" in line or "``" in line]
    assert left == []
