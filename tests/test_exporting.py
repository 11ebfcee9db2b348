"""The reading list for other programs: BibTeX that any program takes, Markdown that shows every title as it is."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.exporting import bibtex, markdown, ris, spreadsheet
from bot.models import Paper, Save
from bot.references import references
from tests.fakes import paper

SAVED = Save("p1", datetime(2026, 3, 23, 12, tzinfo=UTC))
WILD = st.text(st.sampled_from('ab{}\\$&#^_~%"@,=\n`*[]()<>|!.\u202e\ud800é 1'), max_size=30)


def surge(title: str = "Storm Surges from Tide Gauges", **fields: Any) -> Paper:
    """An invented paper of which all is known."""
    known: dict[str, Any] = {
        "arxiv_id": "2603.00001",
        "authors": ("Ada Quill", "Bo Tamm"),
        "listed": (date(2026, 3, 2),),
        "categories": ("cs.SD", "cs.LG"),
    }
    return paper("p" + "1" * 15, title, **{**known, **fields})


def entries(text: str) -> dict[str, dict[str, str]]:
    """A BibTeX file as a program reads it: braces count whatever stands before them, values end where they close."""
    found: dict[str, dict[str, str]] = {}
    at = 0
    while (start := re.compile(r"\s*@misc\{([^,{}\s]+),").match(text, at)) is not None:
        key, at = start[1], start.end()
        assert key not in found
        found[key] = {}
        while (field := re.compile(r"\s*(\w+) = ").match(text, at)) is not None:
            at = begin = field.end()
            depth = 0
            while depth or text[at] != ",":
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                assert depth >= 0
                at += 1
            found[key][field[1]] = text[begin:at]
            at += 1
        closed = re.compile(r"\s*\}\s*").match(text, at)
        assert closed is not None
        at = closed.end()
    assert at == len(text)
    return found


def test_an_entry_tells_what_is_known() -> None:
    """Title with its capitals kept, authors, date, arXiv's id, class and address."""
    assert entries(bibtex([surge()])) == {
        "quill2026storm": {
            "title": "{{Storm Surges from Tide Gauges}}",
            "author": "{Ada Quill and Bo Tamm}",
            "year": "{2026}",
            "month": "mar",
            "eprint": "{2603.00001}",
            "archiveprefix": "{arXiv}",
            "primaryclass": "{cs.SD}",
            "url": "{https://arxiv.org/abs/2603.00001}",
        }
    }


def test_an_unknown_id_is_left_out() -> None:
    """Without an id there is no eprint, no address and no search in its place."""
    bare = surge(arxiv_id=None, authors=(), listed=())
    assert entries(bibtex([bare])) == {"storm": {"title": "{{Storm Surges from Tide Gauges}}"}}
    assert "](" not in markdown([(SAVED, bare)])


def test_signs_of_tex_are_shown_as_they_are() -> None:
    """Nothing in a title or a name acts in TeX; a name with a comma or an "and" stays one name."""
    [entry] = entries(bibtex([surge("100% of R&D #1 {a} x^y", authors=("Smith, Jo", "Ships and Sea"))])).values()
    assert entry["title"] == (r"{{100\% of R\&D \#1 {\textbraceleft}a{\textbraceright} x{\textasciicircum}y}}")
    assert entry["author"] == "{{Smith, Jo} and {Ships and Sea}}"


def test_keys_are_unique() -> None:
    """The same author, year and word get a number; a title without letters has a key all the same."""
    keys = list(entries(bibtex([surge(), surge(), surge(), surge("…", authors=(), listed=())])))
    assert keys == ["quill2026storm", "quill2026storm-2", "quill2026storm-3", "paper"]


def test_keys_are_ascii() -> None:
    """Letters beyond ASCII are spelt out."""
    assert list(entries(bibtex([surge("Élan vital", authors=("Zoë Łącka",))]))) == ["lacka2026elan"]


@settings(max_examples=200)
@given(st.lists(st.tuples(WILD, st.lists(WILD, max_size=3)), max_size=4))
def test_any_list_is_valid_bibtex(told: list[tuple[str, list[str]]]) -> None:
    """Whatever titles and names hold, every entry is read back, in UTF-8."""
    text = bibtex([surge(title, authors=tuple(names)) for title, names in told])
    assert len(entries(text)) == len(told)
    text.encode("utf-8")


def test_a_list_in_markdown() -> None:
    """One line a paper: title linked, authors, day, code, and when it was saved."""
    one = surge(authors=("Ada Quill", "Bo Tamm", "Cy Larch", "Di Fenn"), code_url="https://github.com/quill/surge_(1)")
    assert markdown([(SAVED, one)]) == (
        "# Reading list\n\n- [Storm Surges from Tide Gauges](https://huggingface.co/papers/2603.00001) · "
        "Ada Quill, Bo Tamm, Cy Larch and 1 more · 2 March 2026 · [code](https://github.com/quill/surge_%281%29) · "
        "saved 2026-03-23\n"
    )


@given(WILD, WILD)
def test_no_title_acts_in_markdown(title: str, name: str) -> None:
    """Each paper stays one item on one line; brackets, emphasis, code and tags are escaped."""
    text = markdown([(SAVED, surge(title, authors=(name,), arxiv_id=None))])
    head, blank, item, end = text.split("\n")
    assert (head, blank, end) == ("# Reading list", "", "")
    assert item.startswith("- **")
    shown = item.removeprefix("- **")
    bare = re.sub(r"\\.", "", shown.replace("**", "", 1))
    assert not set(bare) & set("`*_[]<>|~\u202e\ud800")


def test_a_link_in_a_title_is_no_link() -> None:
    """Programs make links of addresses in running text: not of these."""
    text = markdown([(SAVED, surge("See https://evil.example or www.evil.example", arxiv_id=None))])
    assert r"https\://evil.example or www\.evil.example" in text


def test_an_entry_of_ris_tells_what_is_known() -> None:
    """A tag and a value a line, as reference managers read it; what is not known has no line."""
    assert ris([surge(), surge("Tides", arxiv_id=None, authors=(), listed=(), categories=("no such one",))]) == (
        "TY  - GEN\r\nTI  - Storm Surges from Tide Gauges\r\nAU  - Quill, Ada\r\nAU  - Tamm, Bo\r\nPY  - 2026\r\n"
        "DA  - 2026/03/02\r\nKW  - cs.SD\r\nKW  - cs.LG\r\nM1  - arXiv:2603.00001\r\nDB  - arXiv\r\n"
        "UR  - https://arxiv.org/abs/2603.00001\r\nER  - \r\n\r\nTY  - GEN\r\nTI  - Tides\r\nER  - \r\n"
    )


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ada B. Quill", "Quill, Ada B."),
        ("Jan van der Berg", "van der Berg, Jan"),
        ("Bo Tamm Jr.", "Tamm, Bo, Jr."),
        ("Tamm, Bo", "Tamm, Bo"),
        ("Suharto", "Suharto"),
        ("von Tamm", "Tamm, von"),
        ("Kelp Team", "Kelp Team"),
    ],
)
def test_authors_of_ris_have_their_last_name_first(name: str, written: str) -> None:
    """As the format wants it; what is one name stays one."""
    assert f"AU  - {written}\r\n" in ris([surge(authors=(name,))])


def rows(text: str) -> list[dict[str, str]]:
    """CSV as a program reads it."""
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def test_a_row_tells_what_is_known() -> None:
    """One column for each fact, empty where it is not known; several names are parted by a semicolon."""
    told = surge('Surges, "and" more', code_url="https://example.org/code")
    assert rows(spreadsheet([(SAVED, told), (SAVED, surge(arxiv_id=None, authors=(), listed=(), categories=()))])) == [
        {
            "title": 'Surges, "and" more',
            "authors": "Ada Quill; Bo Tamm",
            "year": "2026",
            "date": "2026-03-02",
            "arxiv_id": "2603.00001",
            "url": "https://arxiv.org/abs/2603.00001",
            "categories": "cs.SD; cs.LG",
            "code_url": "https://example.org/code",
            "saved": "2026-03-23",
        },
        dict.fromkeys(("authors", "year", "date", "arxiv_id", "url", "categories", "code_url"), "")
        | {"title": "Storm Surges from Tide Gauges", "saved": "2026-03-23"},
    ]
    assert spreadsheet([]).endswith("saved\r\n")


@given(WILD, WILD, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\uff1d", ""]))
def test_no_cell_is_a_formula(title: str, name: str, sign: str) -> None:
    """What begins like one gets an apostrophe; each paper is one row, whatever stands in its title."""
    told = rows(spreadsheet([(SAVED, surge(sign + title, authors=(sign + name,))), (SAVED, surge())]))
    assert len(told) == 2
    for cell in told[0].values():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))


@given(st.lists(WILD, min_size=1, max_size=4))
def test_what_was_exported_can_be_followed(titles: list[str]) -> None:
    """Every form that is taken again names each paper by its id."""
    papers = [surge(title, arxiv_id=f"2603.{number:05d}") for number, title in enumerate(titles, 1)]
    ids = [one.arxiv_id for one in papers]
    assert [one.words[0] for one in references(ris(papers))] == ids
    assert [one.words[0] for one in references(bibtex(papers))] == ids


def test_titles_come_back_as_they_were() -> None:
    """A title that was exported as RIS or BibTeX means the same paper."""
    told = surge("Storm Surges: 100 % of the Façade & More", arxiv_id=None)
    assert references(ris([told]))[0].words == (told.title,)
    assert references(bibtex([told]))[0].words == (told.title,)
