"""What is pasted to be followed: links, lists and BibTeX, whatever state they are in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.references import Reference, is_bibtex, references

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
        Reference("Never closed, year = 2026", ("Never closed, year = 2026",)),
        Reference("Still Read", ("Still Read",)),
        Reference("empty", ()),
    )


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
