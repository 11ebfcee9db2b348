"""The sample dumps: what the demo shows is worth reading, varied, and covers every way a page can arrive."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from importlib.resources import files

import pytest

from bot import sources
from bot.identity import title_key
from bot.models import Entry, Format, Reading

ENTRIES = {
    "2026-03-16.txt": 45,
    "2026-03-17.txt": 38,
    "2026-03-18.md": 20,
    "2026-03-19.json": 34,
    "2026-03-20.html": 20,
    "feed.xml": 18,
    "trending.txt": 47,
}
PASSAGE = 80
#: Below so many stored papers an alert tells a rank and no percentage.
ENOUGH_FOR_PERCENTAGES = 200


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    folder = files("bot") / "samples"
    return {
        dump.name: sources.read(dump.read_bytes(), name=dump.name, today=date(2026, 4, 1)) for dump in folder.iterdir()
    }


@pytest.fixture(scope="module")
def papers(readings: dict[str, Reading]) -> dict[str, list[Entry]]:
    """Every entry under its paper's title key."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for reading in readings.values():
        for entry in reading.entries:
            found[title_key(entry.title)].append(entry)
    return found


def folded(abstract: str | None) -> str:
    return " ".join((abstract or "").split())


def test_every_dump_is_read_whole(readings: dict[str, Reading]) -> None:
    """Each file gives all its papers: nothing is refused, rejected or left unclassed."""
    assert {name: len(reading.entries) for name, reading in readings.items()} == ENTRIES
    assert [rejected for reading in readings.values() for rejected in reading.rejected] == []
    assert "UNKNOWN_LINE" not in {notice.code for reading in readings.values() for notice in reading.notices}


def test_all_formats_and_layouts_are_there(readings: dict[str, Reading]) -> None:
    """Text in its three layouts, Markdown, the API's JSON, a saved page and a feed."""
    assert {reading.format for reading in readings.values()} == {Format.TEXT, Format.JSON, Format.HTML, Format.FEED}
    assert [readings[name].layout for name in ("2026-03-16.txt", "2026-03-17.txt", "trending.txt")] == ["A", "B", "C"]
    assert readings["2026-03-18.md"].query == "evaluation"


def test_there_are_enough_papers(papers: dict[str, list[Entry]]) -> None:
    """Enough distinct papers for percentages, and some of them in several dumps."""
    assert len(papers) >= ENOUGH_FOR_PERCENTAGES
    assert sum(len(entries) > 1 for entries in papers.values()) >= 12


def test_a_repeated_paper_has_one_abstract(papers: dict[str, list[Entry]]) -> None:
    """Whichever dump tells of a paper, and in whichever format, its abstract is the same."""
    different = [entries[0].title for entries in papers.values() if len({folded(e.abstract) for e in entries}) > 1]
    assert different == []


def test_abstracts_are_of_real_length(papers: dict[str, list[Entry]]) -> None:
    """No abstract is shorter than 365 characters, the shortest seen on real pages."""
    short = [e.title for entries in papers.values() for e in entries if len(folded(e.abstract)) < 365]
    assert short == []


def test_no_passage_occurs_in_two_papers(papers: dict[str, list[Entry]]) -> None:
    """No two papers share a passage of 80 characters, so none was made from another."""
    passages: Counter[str] = Counter()
    for entries in papers.values():
        text = folded(entries[0].abstract)
        passages.update({text[start : start + PASSAGE] for start in range(len(text) - PASSAGE + 1)})
    assert [passage for passage, count in passages.items() if count > 1] == []


def test_what_real_pages_get_wrong_is_there(readings: dict[str, Reading]) -> None:
    """Lost spaces, LaTeX debris, an organisation's chip and a paper without its meta lines."""
    spaced, meta, trending = (readings[name].entries for name in ("2026-03-16.txt", "2026-03-17.txt", "trending.txt"))
    text = " ".join(f"{entry.title} {entry.abstract}" for entry in (*spaced, *meta, *trending))
    for debris in ("Networkand ", "mattered.Tidemark", "\\%", "\\textit{", "\\url{", "\\ie ", "~(KV)", "1024times1024"):
        assert debris in text
    assert {entry.organisation for entry in meta} >= {"Ostermoor University", "Ministry of Health Data Office"}
    assert [entry.title.split(":")[0] for entry in meta if "NO_META" in entry.warnings] == ["Lamella"]
    assert any(entry.comments for entry in meta)
    assert "GLUED_SUBSCRIBE" in trending[0].warnings


def test_what_only_some_formats_tell_is_there(readings: dict[str, Reading]) -> None:
    """Ids, authors and code from the API and the saved page, ids from Markdown and the feed."""
    for name in ("2026-03-18.md", "2026-03-19.json", "2026-03-20.html", "feed.xml"):
        assert all(entry.arxiv_id and entry.arxiv_id.startswith("2603.9") for entry in readings[name].entries)
    for name in ("2026-03-19.json", "2026-03-20.html"):
        entries = readings[name].entries
        assert all(entry.authors and entry.published_at and entry.listed for entry in entries)
        assert any(entry.code_url for entry in entries)
        assert any(entry.organisation for entry in entries)
        assert any(entry.upvotes for entry in entries)
    assert any("\n\n" in (entry.abstract or "") for entry in readings["2026-03-19.json"].entries)
