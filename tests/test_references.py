"""What is pasted to be followed: links, lists and BibTeX, whatever state they are in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import exporting
from bot.errors import UserError
from bot.models import Paper
from bot.references import Reference, is_bibtex, is_library, is_ris, read_library, references

LIBRARY = r"""
% exported from somewhere
@comment{nothing, here}
@string{conf = "Conference on Kelp"}
@article{marlowe2026flow,
  title = {{F}low {M}atching for {R}obots: \emph{a} study},
  author = {Marlowe, Ada and Okafor, Ben},
  eprint = {2603.00001v2},
  archivePrefix = {arXiv},
  year = 2026,
}
@inproceedings{b, title="Listening to ""Rare"" Languages", booktitle = conf # { 2026},
  url = {https://huggingface.co/papers/2603.00002}}
@misc(c, author = {Nobody}, title = {Kelp Forests in Winter}, doi = {10.1234/kelp.5},)
@article{d, title = {Tides}, journal = {arXiv preprint arXiv:2603.00004}, doi={10.48550/arXiv.2603.00004}}
@article{broken, title = {Never closed, year = 2026
@article{after, title = {Still Read}, note = "no id"}
@misc{empty, year = 2020}
"""


UNCLOSED = "A brace of this entry is never closed: close it, and give the entry again."


def words(text: str) -> list[tuple[str, ...]]:
    return [one.words for one in references(text)]


def test_a_library_is_read_entry_by_entry() -> None:
    """Ids are found where entries tell them, surest first, then the title; an entry without either is named by its key."""
    assert is_bibtex(LIBRARY)
    assert references(LIBRARY) == (
        Reference("Flow Matching for Robots: a study", ("2603.00001", "Flow Matching for Robots: a study")),
        Reference("Listening to", ("2603.00002", "Listening to")),
        Reference("Kelp Forests in Winter", ("Kelp Forests in Winter",)),
        Reference("Tides", ("2603.00004", "Tides")),
        Reference("broken", (), UNCLOSED),
        Reference("Still Read", ("Still Read",)),
        Reference("empty", ()),
    )


@pytest.mark.parametrize(
    ("entry", "is_closed"),
    [
        ("@misc{k, title={x", False),
        ("@misc{k, title={Tides},", False),
        ("@misc{k, title={Tides}\n", False),
        ("@misc{k, eprint={2603.00001}, abstract={Of {Tides}", False),
        ("@misc{k, title={Tides\n}", False),
        ("@misc{k,", False),
        ("@misc{k, title={Tides}}", True),
        ("@misc(k, title={Tides}, year = 2026)", True),
        ("@misc{k, title={Tides}, year = 2026}", True),
        (r"@misc{k, title={Tides}, note={a line\\}}", True),
        (r"@misc{k, title={Tides}, note={a \{ brace}}", True),
    ],
)
def test_an_entry_that_is_never_closed_is_told_and_not_followed(entry: str, is_closed: bool) -> None:
    """Half of a title is nobody's interest; the entries after it come."""
    first, after = references(f"{entry}\n@misc{{l, title={{Kelp}}}}")
    assert first == (Reference("Tides", ("Tides",)) if is_closed else Reference("k", (), UNCLOSED))
    assert after.words == ("Kelp",)


def test_an_entry_in_one_line_is_an_entry() -> None:
    """Slack and mail fold lines; an address is no entry, and neither is a phrase with an at sign."""
    assert words("@article{k, title={Tides at Night}, eprint={2603.00009}} @misc{l, title={Kelp}}") == [
        ("2603.00009", "Tides at Night"),
        ("Kelp",),
    ]
    for text in ("ada@kelp{x}", "attention @ scale", "@team{", "papers of {braces}, and more"):
        assert not is_bibtex(text)


def test_lines_are_things() -> None:
    """Bullets and numbers of a list go; links of one line are several; a title with its link is that paper."""
    text = """
    - <https://arxiv.org/abs/2603.00001|arxiv.org> 2603.00002
    * retrieval for   long documents
    2. "Listening to Rare Languages"
    [3] Kelp Forests in Winter https://huggingface.co/papers/2603.00003
    author:"Ada Marlowe"

    3D reconstruction
    retrieval for long documents
    """
    assert words(text) == [
        ("https://arxiv.org/abs/2603.00001",),
        ("2603.00002",),
        ("retrieval for long documents",),
        ('"Listening to Rare Languages"',),
        ("https://huggingface.co/papers/2603.00003",),
        ('author:"Ada Marlowe"',),
        ("3D reconstruction",),
    ]
    assert references(" \n \n") == ()


@pytest.mark.parametrize(
    "line",
    [
        "graph neural networks - a survey",
        "Deep learning \u2013 a review",
        "state of the art [12] retrieval",
        "step 1. learn",
    ],
)
def test_only_what_begins_a_line_is_its_bullet(line: str) -> None:
    """A dash or a number within a phrase is part of it, with or without a bullet before."""
    assert words(f"{line}\nkelp\n  * {line}\n[3] {line}") == [(line,), ("kelp",)]


@pytest.mark.parametrize("line", ["x" + " " * 20_000 + "y", "-" + " " * 20_000 + "x y", " " * 20_000 + "- x y"])
def test_a_line_of_blanks_costs_no_more_than_others(line: str) -> None:
    """A place in the line is looked at once, not once for each blank before it."""
    assert words(line) == [("x y",)]


def test_a_title_that_looks_like_a_fact_is_a_title() -> None:
    """Facts are written in lower case: the title of an entry never becomes one."""
    assert words("@misc{a, title={author: a study of names}}") == [("Author: a study of names",)]


@given(st.text(alphabet='@{}()",= \n\\#aT1', max_size=200))
def test_nothing_breaks_on_debris(text: str) -> None:
    """Whatever is pasted gives references or none, each with something to say."""
    for one in references(f"@article{{k, title={text}"):
        assert one.said


def test_a_whole_library_is_read() -> None:
    """Thousands of entries are as many references, also where none is ever closed."""
    assert len(references("".join(f"@misc{{k{n}, title={{Tides {n}}}}}\n" for n in range(2_000)))) == 2_000
    assert len(references("".join(f"@misc{{k{n}, title={{Tides {n}\n" for n in range(2_000)))) == 2_000
    assert len(references("@misc{k, title={Tides},\n" + "note={\n" * 20_000)) == 1


RIS = """\ufeffexported by something
TY  - JOUR
AU  - Marlowe, Ada
TI  - Flow Matching
      for Robots
PY  - 2026
M1  - arXiv:2603.00001v2
UR  - https://doi.org/10.1234/5
ER  -

TY - GEN
T1 - {Kelp} Forests in Winter
DO  - 10.48550/arXiv.2603.00002
ER -
TY  - RPRT
TI  - Never closed
TY  - JOUR
JO  - arXiv preprint arXiv:2603.00004
N2  - Unlike arXiv:2603.00099 we count.
ER  -
TY  - JOUR
ID  - empty2020
PY  - 2020
ER  -
TY  - JOUR
TI  - cat: a survey
ER  -
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_file_of_ris_is_read_entry_by_entry(ends: str) -> None:
    """However blanks were folded; one that is broken or empty costs the others nothing; abstracts name other papers."""
    text = RIS.replace("\n", ends)
    assert is_ris(text)
    assert is_library(text)
    assert references(text) == (
        Reference("Flow Matching for Robots", ("2603.00001", "Flow Matching for Robots")),
        Reference("Kelp Forests in Winter", ("2603.00002", "Kelp Forests in Winter")),
        Reference("Never closed", ("Never closed",)),
        Reference("2603.00004", ("2603.00004",)),
        Reference("empty2020", ()),
        Reference("cat: a survey", ("Cat: a survey",)),
    )


def test_what_only_looks_like_ris_is_lines() -> None:
    """A phrase with a dash in it is a phrase."""
    for text in ("TY - a typology", "AI - a survey\nTY", "TI  - Tides"):
        assert not is_ris(text)
        assert words(text)


@given(st.text(st.sampled_from("TYERIU1 -\n\r\t\u2028x@{}=,"), max_size=300))
def test_no_file_breaks_the_reading(text: str) -> None:
    """Whatever is given, every entry has a name."""
    assert all(one.said for one in references(f"TY  - JOUR\n{text}"))


def test_a_file_is_text() -> None:
    """UTF-8, with or without its mark, or what older programs write; pages and documents are refused, and so are essays."""
    assert read_library("\ufeff2603.00001\n".encode(), "ids.txt") == "2603.00001\n"
    assert references(read_library("TY  - JOUR\nTI  - Caf\u00e9s\nER  -".encode("cp1252"), "a.ris"))[0].said == "Cafés"
    assert read_library(LIBRARY.encode(), "a.bib") == LIBRARY
    for content in (
        b"",
        b" \n",
        b"%PDF-1.7",
        b"\0\1",
        b"<!DOCTYPE html><title>Sign in",
        b"PK\x03\x04",
        b"word\n" * 101,
    ):
        with pytest.raises(UserError, match=r"^notes\.txt "):
            read_library(content, "notes.txt")


NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
TITLES = [
    "Reading @article(key, more) of tides",
    "@misc{a, title={x}} in the wild",
    "  @x(y, z",
    "Tides\u2028TY  - JOUR\r\nER  - ",
    "A {brace} and a \\backslash ^ and ~",
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("written", [exporting.bibtex, exporting.ris])
def test_whatever_a_title_looks_like_it_comes_back_as_one(
    written: Callable[[Iterable[Paper]], str], title: str
) -> None:
    """A reading list that was exported means its papers again, each once and by its title."""
    papers = [Paper(str(place), told, None, NOW) for place, told in enumerate((title, "Kites in wind"))]
    first, second = references(written(papers))
    said = " ".join(title.replace("{", "").replace("}", "").split())
    assert (first.words, second.words) == ((said,), ("Kites in wind",))


def test_what_stands_in_a_title_of_ris_is_no_entry_of_bibtex() -> None:
    """Nobody follows "x"."""
    text = "TY  - JOUR\nTI  - On\n@misc{a, title={x}}\nM1  - arXiv:2512.00001\nER  -"
    assert [one.words[0] for one in references(text)] == ["2512.00001"]
