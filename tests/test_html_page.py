"""Saved pages: the page's own data before its cards, every kind of card, and walls told from papers."""

from __future__ import annotations

import gzip
import html
import json
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import sources
from bot.errors import DumpRefused
from bot.models import Format, Reading, YearOrigin
from bot.sources import html_page
from tests.told import TODAY, inputs, pair

DATA = Path(__file__).parent / "data" / "html"


def read(page: str, **given_values: Any) -> Reading:
    return sources.read(page.encode("utf-8", "surrogatepass"), name="page.html", today=TODAY, **given_values)


def hydrated(**data: Any) -> str:
    return f'<div data-target="DailyPapers" data-props="{html.escape(json.dumps(data))}"></div>'


def item(number: int) -> dict[str, Any]:
    paper = {"id": f"2601.{number:05d}", "title": f"Lanterns of Street {number}", "summary": "Words of light. " * 20}
    return {"paper": paper, "title": paper["title"]}


def card(number: int, date_text: str = "") -> str:
    link = f"/papers/2601.{number:05d}"
    return (
        f'<article><h3><a href="{link}" class="line-clamp-3">Lanterns of Street {number}</a></h3>'
        f'<a href="{link}"><p>{"Words of light. " * 20}</p></a><time>{date_text}</time></article>'
    )


@pytest.mark.parametrize("path", inputs("html"), ids=lambda path: path.name)
def test_pages_of_every_kind_are_read(path: Path) -> None:
    """Each page in tests/data/html gives exactly what stands in the file beside it."""
    read_as, expected = pair(path)
    assert read_as == expected


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<!doctype html><html></html>", True),
        ("\n\n <!-- saved from url=(0026)https://huggingface.co/papers -->\n<!DOCTYPE HTML>\n<html>", True),
        ('<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">\n<html xmlns="y">', True),
        (
            '<a href="/x">y</a><div class="SVELTE_HYDRATER contents" data-target="DailyPapers" data-props="{}"></div>',
            True,
        ),
        ('<main><a class="z" href="/papers/2601.00001">Title</a></main>', True),
        ("# Papers\n\n<div>a tag</div>\n\n[Title](/papers/2601.00001)", False),
        ('<div align="center">\n\n# Papers\n\n[Title](https://huggingface.co/papers/2601.00001)\n</div>', False),
        ("A title about the <html> tag\n\nAn abstract with <sks> dog and data-target in it.", False),
        ("new\n\nSubscribe\n\nDaily Papers", False),
    ],
)
def test_html_is_told_by_its_content(text: str, *, is_html: bool) -> None:
    """Comments, byte order marks and fragments are HTML; Markdown with a tag or two is not."""
    assert html_page.recognises(text) is is_html


def test_data_and_cards_tell_the_same_papers() -> None:
    """A page read by its data and read by its cards gives the same titles, ids and counts."""
    page = (DATA / "day_with_data.html").read_text()
    by_cards = read(re.sub(r'data-props="[^"]*"', "", page)).entries
    by_data = read(page).entries[: len(by_cards)]
    assert [entry.arxiv_id for entry in by_cards] == [entry.arxiv_id for entry in by_data]
    assert [(entry.upvotes, entry.comments, entry.author_count) for entry in by_cards] == [(7, 2, 2)]
    assert [entry.abstract for entry in by_cards] == [None]


def test_cards_win_over_data_that_the_page_no_longer_shows() -> None:
    """Where a script has replaced the list, what the reader saw is read."""
    page = f"<html>{hydrated(dailyPapers=[item(1)])}{card(2)}</html>"
    assert [entry.arxiv_id for entry in read(page).entries] == ["2601.00002"]


def test_rendered_results_answer_the_search() -> None:
    """Where the page's data lacks the results but its cards show them, the cards are the answer to the search."""
    reading = read(f"<html>{hydrated(query={'q': 'street'}, dailyPapers=[item(1)])}{card(2)}</html>")
    assert ([entry.arxiv_id for entry in reading.entries], reading.query, reading.notices) == (
        ["2601.00002"],
        "street",
        (),
    )


def test_the_address_of_a_month_tells_the_year() -> None:
    """Cards of a month's page print days without a year, and the page's own address tells it."""
    address = '<link rel="canonical" href="https://huggingface.co/papers/month/2024-03">'
    printed = read(f"<html><head>{address}</head>{card(1, 'Mar 3')}</html>").entries[0].published
    assert printed is not None
    assert (printed.year, printed.origin) == (2024, YearOrigin.GIVEN)


def test_search_results_go_before_the_papers_of_the_day() -> None:
    """On a search page the trending list beside the results is ignored, and the search is known."""
    reading = read(hydrated(query={"q": "street lanterns"}, dailyPapers=[item(1)], searchResults=[item(2), item(3)]))
    assert [entry.arxiv_id for entry in reading.entries] == ["2601.00002", "2601.00003"]
    assert reading.query == "street lanterns"


def test_a_highlighted_title_keeps_its_letters() -> None:
    """Search terms that the page marks inside a title neither glue nor split words."""
    page = card(1).replace("Lanterns of", 'Lan<span class="highlight">tern</span>s <b>of</b>')
    assert read(f"<html>{page}</html>").entries[0].title == "Lanterns of Street 1"


def test_years_come_from_what_the_page_tells() -> None:
    """A day without its year takes it from the page's link, from the caller, or from a paper's printed year."""
    page = (
        "<html><time><span>Jan</span> <span>5</span></time>{}" + card(1, "Dec 30, 2025") + card(2, "Jan 3") + "</html>"
    )
    for told, given_values in (
        ('<a href="/papers/date/2025-12-31">Previous</a>', {}),
        ("", {"page_year": 2026}),
        ("", {}),
    ):
        reading = read(page.format(told), **given_values)
        assert reading.page_date is not None
        assert reading.page_date.as_date() == date(2026, 1, 5)
        assert [entry.published.as_date() for entry in reading.entries if entry.published] == [
            date(2025, 12, 30),
            date(2026, 1, 3),
        ]
    assert reading.page_date.origin is YearOrigin.INFERRED


@pytest.mark.parametrize(
    ("begin", "repeated", "end"),
    [
        ("<html>", "<div>", ""),
        ("<html><b x='" + "y" * 100_000 + "'>", "<p>", ""),
        ("<html>", "<p><b id=1><i id=2>", ""),
        ("<html>", "<p>", ""),
        ("<html>", "<a href='/papers/2601.00001'>", ""),
        ("<html>", "<article>", ""),
        ("", "<!-- a -->", "<html>"),
        ("<html>", "<", ""),
        ('<html><div data-target="DailyPapers" data-props="', "[", '">'),
    ],
    ids=["div", "copies", "formatting", "paragraphs", "links", "articles", "comments", "signs", "data"],
)
def test_html_that_explodes_is_refused_in_time(begin: str, repeated: str, end: str) -> None:
    """HTML made to keep a parser busy for minutes is refused within seconds."""
    started = time.perf_counter()
    with pytest.raises(DumpRefused):
        read(begin + repeated * (2_000_000 // len(repeated)) + end)
    assert time.perf_counter() - started < 10


def test_a_real_page_is_read_by_data_and_by_cards(shared: Path | None) -> None:
    """The rebuilt page of a day gives its ten papers both ways."""
    if shared is None:
        assert len(read(f"<html>{card(1)}{card(2)}</html>").entries) == 2
        return
    content = gzip.decompress((shared / "samples" / "daily_grid_2025-12-10.html.gz").read_bytes())
    by_data = sources.read(content, name="page.html", today=TODAY)
    by_cards = read(re.sub(r'data-props="[^"]*"', "", content.decode()))
    assert by_data.format is by_cards.format is Format.HTML
    assert by_data.page_date == by_cards.page_date
    for data, shown in zip(by_data.entries, by_cards.entries, strict=True):
        assert data.abstract is not None
        assert (data.title, data.arxiv_id, data.upvotes, data.comments, data.author_count) == (
            shown.title,
            shown.arxiv_id,
            shown.upvotes,
            shown.comments,
            shown.author_count,
        )


PIECES = st.sampled_from(
    [
        *("<article>", "</article>", "<h3>", "</h3>", '<a href="/papers/2601.00001">', "</a>", "<p>", "</p>", "<ul>"),
        *(
            '<li title="A B">',
            "<span>9 authors</span>",
            "<time>Jan 5</time>",
            "<time>Feb 29</time>",
            "Title",
            "\0",
            "&#0;",
        ),
        *(
            '<a href="/papers/2601.00001#community">3</a>',
            '<a href="/login?next=%2Fpapers%2F2601.00001">-</a>',
            "<h2>Abstract",
        ),
        *(
            '<div data-target="DailyPapers" data-props="{&quot;dailyPapers&quot;:[{}]}">',
            "<h1>Trending Papers</h1>",
            "&lt;",
            "\ud800",
        ),
    ]
)


@given(st.lists(PIECES, max_size=30))
def test_any_markup_is_read_or_refused(pieces: list[str]) -> None:
    """Pieces of the site's markup in any order give a reading or a refusal."""
    try:
        reading = read("<html>" + "".join(pieces).replace("\ud800", "&#xd800;"))
    except DumpRefused:
        return
    assert all(entry.title for entry in reading.entries)
