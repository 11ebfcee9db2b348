"""Which paper a text speaks of: keys, ids and links."""

# ruff: noqa: RUF001 - titles of other scripts are what is tested
from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import identity
from bot.arxiv_ids import month_of
from bot.models import Entry, Format, Origin, Paper, Told

CASES = Path(__file__).parent / "data" / "identity"
ABSTRACT = (
    "Barn owls turn their heads to hear. We build a desk lamp that does the same, and show that it finds a "
    "squeaking mouse in the dark in four of five rooms."
)
ENTRY = Entry(position=1, line=3, title="Lamps That Listen", abstract=ABSTRACT)
ORIGIN = Origin(Format.TEXT, "owls.txt", "0" * 64, None, date(2026, 1, 5))
PAPER = Paper(id="p1", title="Lamps That Listen", abstract=ABSTRACT, first_seen=datetime(2026, 1, 5, tzinfo=UTC))


def lines(name: str) -> list[str]:
    return (CASES / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("A Recipe for Owls", "A Recipefor  owls"),
        ("A Recipe for Owls", "A Recipe\n  for Owls!"),
        ("Ragnarök of Lamps", "Ragnarok of Lamps"),
        ("Ragnarök of Lamps", 'Ragnar\\"ok of Lamps'),
        ("Ragnarök of Lamps", '{Ragnar\\"{o}k} of Lamps'),
        ("Ragnarök of Lamps", "Ragnaro\u0308k of Lamps"),
        ("Søren's Łamp, Straße", "S\\o ren's {\\L}amp, Stra\\ss e"),
        ("Søren's Łamp", "Sorens Lamp"),
        ("Poznań na\u00efvely", "Pozna\\'{n} na\\\"{\\i}vely"),
        ("Evolved Lamps", "\\textit{Evo}lved \\textbf{Lamps}"),
        ("Evolved Lamps", "textit{E}volved Lamps"),
        ("An $O(n^2)$ Lamp", "An O(n^2) Lamp"),
        ("An $\\alpha$-Lamp", "An alpha-Lamp"),
        ("A $\\frac{1}{x}$ Lamp", "A 1{x} Lamp"),
        ("Ｌａｍｐ ２", "Lamp 2"),
        ("УШИ СОВЫ", "Уши совы"),
        ("We ❤\ufe0f Owls", "We ❤ Owls"),
        ("猫头鹰 的 灯", "猫头鹰的灯"),
        ("ما هو المصباح", "مَا هو المصباح"),
    ],
)
def test_spellings_of_one_title_share_a_key(title: str, same: str) -> None:
    """Case, accents, LaTeX, punctuation, lost spaces and line breaks do not change a title's key."""
    assert identity.title_key(title) == identity.title_key(same)


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Lamp 2", "Lamp 3"),
        ("Owls", "Owl"),
        ("灯", "燈台"),
        ("कला", "काल"),
        ("か", "が"),
        ("+++", "***"),
        ("🦉", "💡"),
        ("❤\ufe0f", "☀\ufe0f"),
    ],
)
def test_different_titles_have_different_keys(title: str, other: str) -> None:
    """Letters and digits of every script tell titles apart, and so do signs where there is nothing else."""
    assert identity.title_key(title) != identity.title_key(other)


@given(st.text(), st.none() | st.text())
def test_every_title_has_a_key(title: str, abstract: str | None) -> None:
    """A key is 16 hex digits, and white space around the title does not matter."""
    key = identity.title_key(title, abstract)
    assert re.fullmatch("[0-9a-f]{16}", key)
    assert identity.title_key(f"  {title}\n", abstract) == key


def test_a_title_without_letters_is_known_by_its_abstract() -> None:
    """Two papers called "+++" are two papers if their abstracts differ."""
    assert identity.title_key("+++", "one") == identity.title_key("***", "one") != identity.title_key("+++", "two")


def test_an_abstract_is_known_by_its_words() -> None:
    """White space, line breaks and paragraphs do not change an abstract's hash; a changed word does."""
    assert identity.abstract_key("An owl\n\n  hears. ") == identity.abstract_key("An owl hears.")
    assert identity.abstract_key("An owl hears.") != identity.abstract_key("An owl sees.")
    assert len(identity.abstract_key("\ud800")) == 64


@pytest.mark.parametrize("case", lines("arxiv_ids.txt"))
def test_an_arxiv_id_is_read_in_every_form(case: str) -> None:
    """Ids, labels, file names, and links to arXiv, its mirrors and Daily Papers all give the bare id."""
    written, _, expected = case.rpartition(" = ")
    assert identity.normalise_arxiv_id(written) == expected
    assert identity.normalise_arxiv_id(expected) == expected


@pytest.mark.parametrize("case", lines("not_arxiv_ids.txt"))
def test_what_is_no_arxiv_id_is_refused(case: str) -> None:
    """Lost digits, months that are none, unknown archives and foreign hosts give nothing."""
    assert identity.normalise_arxiv_id(case) is None


@given(st.text() | st.text("arxiv.orghttps:/0123456789v-% ", max_size=60))
def test_any_text_is_an_id_or_none(text: str) -> None:
    """Whatever is read as an id is one, and reads as itself; nothing raises."""
    for found in (identity.normalise_arxiv_id(text), identity.find_arxiv_id(text)):
        assert found is None or identity.normalise_arxiv_id(found) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We follow Moss et al. (arXiv:1012.3456v2), and others", "1012.3456"),
        ("see https://arxiv.org/abs/2501.01230, or 2502.00001", "2501.01230"),
        ("(2501.01230)", "2501.01230"),
        ("in hep-th/9901001", None),
        ("cites arXiv:hep-th/9901001.", "hep-th/9901001"),
        ("a loss of 1012.3456 and 0.2501.01230", None),
        ("https://evil.example/2501.01230", None),
        ("nothing here", None),
    ],
)
def test_an_arxiv_id_is_found_in_a_sentence(text: str, found: str | None) -> None:
    """The first id that is plainly meant as one; numbers that only look alike are left."""
    assert identity.find_arxiv_id(text) == found


@pytest.mark.parametrize("scrap", ["arxiv.org/abs/", "arxiv:", "2501.0123", "cs/", "/papers/", "1", "a.", "https://"])
def test_ids_are_looked_for_in_linear_time(scrap: str) -> None:
    """100,000 characters of beginnings of ids take no time to speak of."""
    text = scrap * (100_000 // len(scrap))
    started = time.process_time()
    identity.find_arxiv_id(text)
    identity.normalise_arxiv_id(text)
    identity.title_key(text)
    assert time.process_time() - started < 2


def test_an_id_tells_its_month() -> None:
    """Ids since April 2007 begin with year and month; older ones do not say."""
    assert month_of("2501.01230") == date(2025, 1, 1)
    assert month_of("0704.0001") == date(2007, 4, 1)
    assert month_of("hep-th/9901001") is None


def test_a_paper_is_known_by_id_title_and_abstract() -> None:
    """An entry's aliases are its id, its title's key and its abstract's hash, surest first."""
    key, digest = identity.title_key(ENTRY.title), identity.abstract_key(ABSTRACT)
    assert identity.aliases(ENTRY) == (f"title:{key}", f"abstract:{digest}")
    assert identity.aliases(replace(ENTRY, arxiv_id="2501.01230"))[0] == "arxiv:2501.01230"


def test_a_subject_class_makes_no_other_paper() -> None:
    """An old id with and without its subject class is one alias."""
    assert identity.arxiv_alias("math.GT/0309136") == identity.arxiv_alias("math/0309136") == "arxiv:math/0309136"


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRY, abstract=None),
        replace(ENTRY, abstract="  "),
        replace(ENTRY, abstract="No abstract available."),
        replace(ENTRY, abstract_partial=True),
        replace(ENTRY, ai_summary=ABSTRACT.replace(" ", "\n")),
        replace(ENTRY, title="A lamp " * 20, abstract="A lamp,  " * 20),
    ],
)
def test_only_a_whole_real_abstract_is_a_sign(entry: Entry) -> None:
    """Missing, stock, cut-off, repeated-title and model-written abstracts identify nothing."""
    assert [alias.partition(":")[0] for alias in identity.aliases(entry)] == ["title"]


def test_every_version_of_a_paper_is_an_alias() -> None:
    """A stored paper is found by each title and abstract it ever had."""
    paper = replace(PAPER, titles=(Told(PAPER.title, ORIGIN), Told("Ears of Lamps", ORIGIN)))
    assert set(identity.aliases(paper)) >= {f"title:{identity.title_key(t)}" for t in (PAPER.title, "Ears of Lamps")}


def test_the_internal_id_of_a_new_paper_is_always_the_same() -> None:
    """It is made from the arXiv id if there is one, else from the title, and never from what may be reworded."""
    assert re.fullmatch("p[0-9a-f]{15}", identity.paper_id(ENTRY))
    assert identity.paper_id(ENTRY) == identity.paper_id(replace(ENTRY, abstract="Other.", title="Lamps that listen"))
    with_id = replace(ENTRY, arxiv_id="2501.01230")
    assert identity.paper_id(with_id) == identity.paper_id(replace(with_id, title="Ears")) != identity.paper_id(ENTRY)


def test_a_paper_links_to_its_page_or_to_a_search() -> None:
    """With an id the link is the paper's page, without one a search for the title, percent-encoded."""
    known = replace(PAPER, arxiv_id="math.GT/0309136")
    assert identity.paper_url(known) == "https://huggingface.co/papers/math.GT/0309136"
    assert identity.link_kind(known) == "paper"
    odd = replace(PAPER, title='50%  of "Owls" & <b>Lamps</b>?\n#1 + Ö\ud800')
    url = urlsplit(identity.paper_url(odd))
    assert parse_qs(url.query) == {"q": ['50% of "Owls" & <b>Lamps</b>? #1 + Ö?']}
    assert (url.fragment, identity.link_kind(odd)) == ("", "search")


def test_a_text_hash_stands_for_exactly_this_text() -> None:
    """16 bytes, and another text has others."""
    assert len(identity.text_hash("owl")) == 16
    assert identity.text_hash("owl") != identity.text_hash("owl ")
