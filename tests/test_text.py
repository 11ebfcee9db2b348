"""Pages saved as text: every layout, every tool, every refusal and warning."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import DumpRefused
from bot.models import Entry, PrintedDate, Reading, YearOrigin
from bot.sources import text
from bot.sources.decoding import MAX_LINE, MAX_PAPERS, decode
from bot.sources.organisations import organisation_name
from bot.sources.walls import wall

PAGES = Path(__file__).parent / "data" / "text"
TODAY = date(2025, 11, 21)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

TITLES = (
    "Tide Tables for Machines: Forecasting Harbours From Noise",
    "Moss-Net",
    "How Do Lanterns Learn? A Study of Small Lights",
    "Paper Boats: Robust Routing on Unreliable Water",
)
ABSTRACTS = (
    (
        "Harbours are loud, and their noise tells when the water turns. We record eleven harbours for two "
        "years and train a model that predicts the tide from sound alone, to within nine minutes. It needs no "
        "pressure gauge, and works in fog. The recordings, the model and a map of all microphones are public."
    ),
    (
        "Moss grows where nobody looks. We teach a small camera to look there, and find that 31% of the moss "
        "in four cities stands on walls that were painted within the last ten years. A second survey confirms "
        "the figure within two points, and a third one is under way."
    ),
    (
        "Small lights are cheap, and cheap lights fail. We follow 4,000 of them through one winter and fit a "
        "model of when each goes out. The model is wrong about a fifth of them, always in the same way: it "
        "underestimates the wind. We discuss what follows for cities that want to save power."
    ),
    (
        "Messages that travel by paper boat arrive late or never. We describe a routing scheme that assumes "
        "nothing about the water, prove that it delivers whenever delivery is possible, and test it on a pond "
        "with twelve children, whose help is gratefully acknowledged."
    ),
)
HEADER = ("new", "Get trending papers in your email inbox!", "Subscribe", "byAK and the research community", "Mar 18")


def reading(content: str | bytes, *, force: bool = False, page_year: int | None = None) -> Reading:
    """What a page says."""
    decoded = decode(content.encode() if isinstance(content, str) else content, name="page.txt")
    return text.read(decoded, name="page.txt", today=TODAY, page_year=page_year, force=force)


def refusal(content: str | bytes, *, force: bool = False) -> DumpRefused:
    """The refusal that a page meets."""
    with pytest.raises(DumpRefused) as refused:
        reading(content, force=force)
    return refused.value


def spaced(*lines: str) -> str:
    """Lines with a blank line between any two."""
    return "\n\n".join(lines)


def papers(count: int = 4) -> list[str]:
    """Titles and abstracts in turn."""
    return [line for pair in list(zip(TITLES, ABSTRACTS, strict=True))[:count] for line in pair]


def codes(read: Reading) -> list[str]:
    """What was noticed about the page."""
    return [notice.code for notice in read.notices]


def as_told(printed: PrintedDate | None) -> list[Any] | None:
    """A date as the expected files write it."""
    return None if printed is None else [printed.month, printed.day, printed.year, printed.origin.value]


def entry_as_told(entry: Entry) -> dict[str, Any]:
    """An entry as the expected files write it: what is not there is left out."""
    told = {name: value for name, value in asdict(entry).items() if value not in (None, False, (), "published")}
    told.pop("published", None)
    if entry.published:
        told["published"] = as_told(entry.published)
    if entry.warnings:
        told["warnings"] = list(entry.warnings)
    return told


PAIRS = sorted(PAGES.glob("*.txt"))


@pytest.mark.parametrize("page", PAIRS, ids=lambda page: page.stem)
def test_a_page_is_read_the_same_whatever_tool_saved_it(page: Path) -> None:
    """Every tool's text of one page gives its papers with all that the tool left of them."""
    expected = json.loads(page.with_suffix(".expected.json").read_text(encoding="utf-8"))
    read = reading(page.read_bytes())
    assert [entry_as_told(entry) for entry in read.entries] == expected["entries"]
    assert {
        "layout": read.layout,
        "page_date": as_told(read.page_date),
        "query": read.query,
        "notices": [[notice.code, notice.line] for notice in read.notices],
        "rejected": [[item.code, item.line, item.excerpt] for item in read.rejected],
    } == {name: value for name, value in expected.items() if name != "entries"}


@pytest.mark.parametrize("page", PAIRS, ids=lambda page: page.stem)
def test_a_title_stands_on_the_line_that_is_told(page: Path) -> None:
    """Lines are counted in the file as it is, however much was joined and taken off."""
    rows = page.read_text(encoding="utf-8").split("\n")
    for entry in reading(page.read_bytes()).entries:
        assert entry.title.split()[0] in rows[entry.line - 1].replace("\\", "")


@pytest.mark.parametrize("kind", ["search", "trending"])
def test_all_tools_agree_on_titles_and_abstracts(kind: str) -> None:
    """Whatever else a tool drops, the papers themselves are the same, but for the page that was cut off."""
    told = {
        tuple((entry.title, " ".join((entry.abstract or entry.ai_summary or "").split())) for entry in read.entries)
        for page in PAGES.glob(f"{kind}.*.txt")
        if "cut" not in page.name
        for read in [reading(page.read_bytes())]
    }
    assert len(told) == 1


def test_the_real_dumps_give_every_row_of_the_truth(shared: Path | None) -> None:
    """Title, line, abstract, counts, organisation, date, comments and position of all 534 papers; else of our own."""
    if shared is None:
        assert len(reading(spaced(*HEADER, *papers())).entries) == 4
        return
    rows = [json.loads(row) for row in (shared / "dumps" / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    read = {
        name: text.read(
            decode((shared / "dumps" / f"{name}.txt").read_bytes(), name=name), name=name, today=date(2026, 11, 21)
        )
        for name in sorted({row["file"] for row in rows})
    }
    assert {name: len(page.entries) for name, page in read.items()} == {
        "000": 66,
        "001": 84,
        "002": 92,
        "003": 45,
        "004": 247,
    }
    assert [page.layout for page in read.values()] == ["A", "A", "A", "B", "C"]
    told: list[tuple[Any, ...]] = []
    for name, page in read.items():
        for entry in page.entries:
            day = entry.published
            printed = (MONTHS[day.month - 1], day.day) if day else (None, None)
            hashed = hashlib.sha256((entry.abstract or "").encode()).hexdigest()
            told.append(
                (
                    *(name, entry.position, entry.line, entry.title, hashed, entry.author_count),
                    *(entry.organisation, entry.organisation_as_printed, *printed, entry.comments),
                )
            )
    fields = ("file", "pos", "line", "title", "abstract_sha256", "n_authors", "organisation", "organisation_as_printed")
    assert told == [tuple(row[name] for name in (*fields, "month", "day", "comments")) for row in rows]
    assert read["003"].page_date == PrintedDate(12, 10, 2025, YearOrigin.INFERRED)
    origins = [entry.published.origin for entry in read["003"].entries if entry.published]
    assert (origins.count(YearOrigin.INFERRED), origins.count(YearOrigin.PRINTED)) == (20, 24)
    assert [entry.title for entry in read["004"].entries if "GLUED_SUBSCRIBE" in entry.warnings] == [rows[287]["title"]]


def test_the_spaced_layout_without_meta_lines() -> None:
    """Layout A: titles and abstracts in turn below a header with a date without its year."""
    read = reading(spaced(*HEADER, *papers()))
    assert [entry.title for entry in read.entries] == list(TITLES)
    assert [entry.abstract for entry in read.entries] == list(ABSTRACTS)
    assert [(entry.position, entry.line) for entry in read.entries] == [(1, 11), (2, 15), (3, 19), (4, 23)]
    assert (read.layout, read.page_date, codes(read)) == ("A", PrintedDate(3, 18), ["YEAR_UNKNOWN"])


def test_the_spaced_layout_with_meta_lines() -> None:
    """Layout B: authors, an organisation with its handle, dates with and without year, comments, a missing block."""
    page = [
        *HEADER[:-1],
        "Dec 10",
        *papers(1),
        "  • 10 authors\n·\nOct 23, 2024",
        *papers(2)[2:],
        "tidelab Tide Lab\n·\nMar 3 2",
        *papers(3)[4:],
        *papers()[6:],
        "  • 1 authors\n·\nDec 9",
    ]
    read = reading(spaced(*page))
    first, second, third, fourth = read.entries
    assert read.layout == "B"
    assert (first.author_count, first.organisation, first.comments) == (10, None, None)
    assert first.published == PrintedDate(10, 23, 2024, YearOrigin.PRINTED)
    assert (second.organisation, second.organisation_as_printed) == ("Tide Lab", "tidelab Tide Lab")
    assert (second.author_count, second.comments) == (None, 2)
    assert third.warnings == ("NO_META",)
    assert fourth.author_count == 1


def test_the_unspaced_layout_with_a_glued_button() -> None:
    """Layout C: the button ran into the first title, and no date is printed at all."""
    page = "\n".join(["Get trending papers in your email inbox!", f"Subscribe{TITLES[0]}", *papers()[1:]])
    read = reading(page)
    assert [entry.title for entry in read.entries] == list(TITLES)
    assert read.entries[0].warnings == ("GLUED_SUBSCRIBE",)
    assert (read.layout, codes(read)) == ("C", ["GLUED_SUBSCRIBE", "NO_PAGE_DATE"])


def test_a_paper_about_subscribing_keeps_its_title() -> None:
    """Only a button that is missing from the header can have run into a title."""
    title = "Subscribe or Perish: The Economics of Small Journals"
    read = reading(spaced(*HEADER, title, ABSTRACTS[0], *papers()[2:]))
    assert read.entries[0].title == title
    assert "GLUED_SUBSCRIBE" not in codes(read)


def test_upvotes_stand_before_a_title_and_comments_behind_a_date() -> None:
    """A number between two papers is told apart by whether the page prints upvotes."""
    with_upvotes = [
        "41",
        *papers(1),
        "·",
        "Mar 3",
        "5",
        "-",
        *papers(2)[2:],
        "·",
        "Mar 2",
        "7",
        *papers(3)[4:],
        "·",
        "Mar 1",
        "2",
    ]
    read = reading(spaced(*HEADER, *with_upvotes))
    assert [(entry.upvotes, entry.comments) for entry in read.entries] == [(41, 5), (0, None), (7, 2)]
    without = [*papers(1), "·", "Mar 3", "5", *papers(2)[2:], "·", "Mar 2"]
    read = reading(spaced(*HEADER, *without, *papers(3)[4:]))
    assert [(entry.upvotes, entry.comments) for entry in read.entries] == [(None, 5), (None, None), (None, None)]


def test_addresses_tell_ids_and_what_a_number_is() -> None:
    """The upvote button tells the next paper's id, the discussion's address that the number above counts comments."""
    site = "https://huggingface.co"
    page = [
        "[-] 8",
        f"{site}/login?next=%2Fpapers%2F2503.00001",
        *papers(1),
        "Mar 3",
        "4",
        f"{site}/papers/2503.00001#community",
        "[-] -",
        *papers(2)[2:],
        f"{site}/papers/2503.00002",
        "Mar 2",
    ]
    read = reading(spaced(*HEADER, *page))
    assert [(entry.arxiv_id, entry.upvotes, entry.comments) for entry in read.entries] == [
        ("2503.00001", 8, 4),
        ("2503.00002", 0, None),
    ]


def test_meta_data_on_one_line() -> None:
    """Authors or organisation, a dot and a date may share a line."""
    page = [*papers(1), "4 authors · Mar 3 2", *papers(2)[2:], "Tide Lab · Published on Mar 1, 2024", *papers(3)[4:]]
    read = reading(spaced(*HEADER, *page))
    assert (read.entries[0].author_count, read.entries[0].comments) == (4, 2)
    assert read.entries[1].organisation == "Tide Lab"
    assert read.entries[1].published == PrintedDate(3, 1, 2024, YearOrigin.PRINTED)


def test_paragraphs_of_an_abstract_are_kept_apart() -> None:
    """A second long line, and a short last one that is no title, belong to the abstract above."""
    page = [*papers(1), ABSTRACTS[1], "Code is available at https://example.org/tide.", *papers()[4:]]
    read = reading(spaced(*HEADER, *page))
    assert (
        read.entries[0].abstract
        == f"{ABSTRACTS[0]}\n\n{ABSTRACTS[1]}\n\nCode is available at https://example.org/tide."
    )
    assert read.entries[0].warnings == ("TAIL_PARAGRAPH",)
    assert len(read.entries) == 3


def test_a_title_without_an_abstract_is_rejected_alone() -> None:
    """The second of two titles in a row is kept, the first is told with its line."""
    read = reading(spaced(*HEADER, *papers(1), "A Title That Lost Its Abstract", *papers()[2:]))
    assert [entry.title for entry in read.entries] == list(TITLES)
    lost = read.rejected[0]
    assert (lost.code, lost.line, lost.excerpt) == ("MISSING_ABSTRACT", 15, "A Title That Lost Its Abstract")
    assert read.entries[1].position == 3


def test_a_paper_that_is_listed_twice_is_one_with_both_positions_told() -> None:
    """The second card fills what the first left out."""
    read = reading(spaced(*HEADER, *papers(), *papers(1), "·", "Mar 3 2"))
    assert len(read.entries) == 4
    assert read.entries[0].comments == 2
    assert read.entries[0].warnings == ("DUP_IN_FILE", "YEAR_UNKNOWN")
    notice = next(notice for notice in read.notices if notice.code == "DUP_IN_FILE")
    assert notice.line == 27
    assert "position 1" in notice.sentence
    assert "position 5" in notice.sentence


def test_equal_titles_with_different_ids_are_two_papers() -> None:
    """Two arXiv ids never merge."""
    page = [TITLES[0], "/papers/2503.00001", ABSTRACTS[0], TITLES[0], "/papers/2503.00002", ABSTRACTS[1], *papers()[4:]]
    assert len(reading(spaced(*HEADER, *page)).entries) == 4


@pytest.mark.parametrize("rest", ["We record eleven harb", "Harbours are loud, and their noise tells. We record"])
def test_a_last_abstract_that_was_cut_off_is_partial(rest: str) -> None:
    """The title is stored, and the abstract never replaces a fuller one."""
    last = reading(spaced(*HEADER, *papers()[2:], TITLES[0], rest)).entries[-1]
    assert (last.title, last.abstract, last.abstract_partial) == (TITLES[0], rest, True)
    assert last.warnings == ("TRUNCATED_LAST",)


def test_a_page_that_says_it_was_cut_off_is_believed() -> None:
    """However long the last abstract is."""
    last = reading(spaced(*HEADER, *papers(), "[Content truncated]")).entries[-1]
    assert last.abstract_partial
    assert last.warnings == ("TRUNCATED_LAST",)


def test_a_short_abstract_is_kept_with_a_warning() -> None:
    """One real abstract in ten thousand is that short."""
    short = "A short abstract of some one hundred and thirty characters, which is rare but real, is kept with a warning beside it."
    read = reading(spaced(*HEADER, *papers(2), "A Title", f"{short} Truly."))
    assert [(entry.abstract, entry.warnings) for entry in read.entries[2:]] == [
        (f"{short} Truly.", ("SHORT_ABSTRACT",))
    ]


def test_a_title_over_again_is_no_abstract() -> None:
    """The paper is kept if an address tells which it is, and rejected if not."""
    title = f"{TITLES[0]}, {TITLES[2]}, and What Else There Is to Say of Harbours"
    read = reading(spaced(*HEADER, *papers(2), title, f"{title}.", "/papers/2503.00001"))
    assert (read.entries[-1].abstract, read.entries[-1].warnings) == (None, ("ABSTRACT_IS_TITLE",))
    read = reading(spaced(*HEADER, *papers(2), title, f"{title}."))
    assert [item.code for item in read.rejected] == ["ABSTRACT_IS_TITLE"]
    assert len(read.entries) == 2


def test_a_title_that_was_cut_off_is_rejected() -> None:
    """A page that ends in a title never lends it to the abstract above."""
    read = reading(spaced(*HEADER, *papers(3), TITLES[3][:19]))
    assert [entry.abstract for entry in read.entries] == list(ABSTRACTS[:3])
    assert [(item.code, item.excerpt) for item in read.rejected] == [("MISSING_ABSTRACT", TITLES[3][:19])]


def test_lines_that_belong_to_no_paper_are_told_once() -> None:
    """The search text above the papers and a stranger's words below them are left out and counted."""
    page = [
        *HEADER[:-1],
        "paper boats",
        "Mar 18",
        *papers(),
        "·",
        "Mar 3",
        "Seen by nobody",
        "Previous 1 2 3 … 100 Next",
    ]
    read = reading(spaced(*page))
    assert read.query == "paper boats"
    assert [(notice.code, notice.line) for notice in read.notices if notice.code == "UNKNOWN_LINE"] == [
        ("UNKNOWN_LINE", 9),
        ("UNKNOWN_LINE", 33),
    ]
    assert len(read.entries) == 4


def test_the_pages_own_address_tells_its_year_and_its_search() -> None:
    """Front matter gives the query, and the neighbouring day's address the year."""
    matter = "---\nurl: https://huggingface.co/papers?q=paper%20boats\n---\n"
    page = matter + spaced(*HEADER, "https://huggingface.co/papers/date/2024-03-15", *papers(2), "·", "Mar 3")
    read = reading(page)
    assert read.query == "paper boats"
    assert read.page_date == PrintedDate(3, 18, 2024, YearOrigin.GIVEN)
    assert read.entries[1].published == PrintedDate(3, 3, 2024, YearOrigin.GIVEN)


def test_a_persons_word_on_the_year_goes_before_the_pages() -> None:
    """The year that is given is used for the page and for papers without one."""
    read = reading(spaced(*HEADER, *papers(), "·", "Mar 3"), page_year=2023)
    assert read.page_date == PrintedDate(3, 18, 2023, YearOrigin.GIVEN)
    assert read.entries[-1].published == PrintedDate(3, 3, 2023, YearOrigin.GIVEN)


def test_two_pages_in_one_file_do_not_mix() -> None:
    """The second header ends the paper above it, and its date dates no paper."""
    read = reading(spaced(*HEADER, *papers(2), *HEADER[:-1], "Mar 19", *papers()[4:]))
    assert [entry.title for entry in read.entries] == list(TITLES)
    assert [entry.published for entry in read.entries] == [None] * 4


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("Just a line\n", "NO_PAPERS", 1),
        (spaced(*HEADER, *TITLES), "NO_PAPERS", 1),
        (spaced(TITLES[0], ABSTRACTS[0]), "NOT_A_PAPERS_PAGE", 1),
        ("\n\nWe had to rate limit you.\n", "RATE_LIMIT_PAGE", 3),
        ("429\n\nToo Many Requests", "RATE_LIMIT_PAGE", 1),
        ("Hugging Face\n\nWelcome back\n\nUsername\n\nPassword\n\nForgot your password?", "LOGIN_PAGE", 1),
        ("new\n" + "x" * (MAX_LINE + 1), "TOO_LARGE", 2),
        ("a\n" * text.MAX_LINES, "TOO_LARGE", text.MAX_LINES),
    ],
)
def test_what_is_no_page_of_papers_is_refused(content: str, code: str, line: int) -> None:
    """Each refusal names its code, file and line, a sentence and at most sixty characters of the line."""
    refused = refusal(content)
    assert (refused.code, refused.file, refused.line) == (code, "page.txt", line)
    assert refused.sentence.endswith((".", "?"))
    assert len(refused.excerpt) <= 60


def test_more_papers_than_any_page_lists_are_refused() -> None:
    """5,000 papers are a page, more are something else."""
    lines = [line for number in range(MAX_PAPERS + 1) for line in (f"Paper number {number}", ABSTRACTS[0])]
    assert len(reading("\n".join(["new", *lines[:-2]])).entries) == MAX_PAPERS
    assert refusal("\n".join(["new", *lines])).code == "TOO_LARGE"


def test_an_ambiguous_page_is_refused_and_force_keeps_what_is_certain() -> None:
    """Many titles in a row: over a tenth of the papers are in doubt."""
    page = spaced(*HEADER, "First Lost Title", "Second Lost Title", "Third Lost Title", *papers())
    page += "\n\nFourth Lost\n\nFifth Lost\n\nSixth Lost\n\n" + spaced(*papers(1)).replace("Tide", "Ebb")
    refused = refusal(page)
    assert (refused.code, refused.line) == ("AMBIGUOUS", 33)
    assert "--force" in refused.sentence
    read = reading(page, force=True)
    assert [entry.title for entry in read.entries] == [*TITLES, TITLES[0].replace("Tide", "Ebb")]
    assert {item.code for item in read.rejected} == {"MISSING_ABSTRACT"}


def test_a_page_about_passwords_with_papers_is_no_wall() -> None:
    """Walls are only looked for where no papers are."""
    assert wall(spaced("A paper", "Forgot your password?")) is not None
    assert len(reading(spaced(*HEADER, *papers(), "Forgot your password?")).entries) == 4


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("tidelab Tide Lab", "Tide Lab"),
        ("SouthU South University", "South University"),
        ("IST Institute of Strange Things", "Institute of Strange Things"),
        ("NU Northern University", "Northern University"),
        ("tidelabTide Lab", "Tide Lab"),
        ("[tidelab] The Tide Laboratory", "The Tide Laboratory"),
        ("Carnegie Hill University", "Carnegie Hill University"),
        ("University of the North Shore", "University of the North Shore"),
        ("Tide", "Tide"),
        ("zz Unrelated Name", "zz Unrelated Name"),
    ],
)
def test_a_chip_is_split_only_where_its_first_word_is_a_handle(printed: str, name: str) -> None:
    """A prefix, initials, capitals or four shared letters make a handle; a bare name stays whole."""
    assert organisation_name(printed) == name


def test_a_known_handle_is_always_split_off() -> None:
    """Where a link tells the handle, no likeness is needed."""
    assert organisation_name("zz Unrelated Name", ["zz"]) == "Unrelated Name"


LINES = st.sampled_from(
    [
        "",
        "new",
        "Subscribe",
        "Mar 3",
        "Mar 3, 2024 2",
        "·",
        "4 authors",
        "41",
        "-",
        "[-] 3",
        "Submitted by",
        "Upvote",
        "GitHub 1.5k",
        "### [Linked title here](https://huggingface.co/papers/2503.00001)",
        "[",
        "](https://huggingface.co/papers/2503.00001)",
        "[12][3]",
        "/login?next=%2Fpapers%2F2503.00001",
        "https://huggingface.co/papers/2503.00001#community",
        "[Content truncated]",
        "======",
        "---",
        "  indented words of a line",
        *TITLES,
        *ABSTRACTS,
        *(ABSTRACTS[0][place : place + 79] for place in range(0, 240, 80)),
    ]
)


def tried(content: str | bytes) -> Reading | None:
    """The reading, or None for a refusal; anything else that is raised is a fault."""
    try:
        return reading(content)
    except DumpRefused:
        return None


@given(st.lists(LINES, max_size=60))
def test_any_order_of_lines_is_read_or_refused(lines: list[str]) -> None:
    """Whatever stands below whatever, entries keep the rules of their noun."""
    read = tried("\n".join(lines))
    if read is None:
        return
    positions = [entry.position for entry in read.entries]
    assert positions == sorted(set(positions))
    for entry in read.entries:
        assert entry.title
        assert entry.abstract or entry.ai_summary or entry.arxiv_id
        assert "\n" not in entry.title
        assert 1 <= entry.line <= len(lines)


@given(st.one_of(st.text(max_size=500), st.binary(max_size=500)))
def test_any_text_and_any_bytes_are_read_or_refused(content: str | bytes) -> None:
    """Nothing else is ever raised."""
    tried(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)


@given(
    st.lists(
        st.sampled_from(["[", "]", "(", ")", "![", "](/papers/2503.00001)", "][1]", "\\", "\n", "a b", "# "]),
        max_size=80,
    )
)
@settings(max_examples=200)
def test_any_brackets_are_unlinked_or_left(signs: list[str]) -> None:
    """Unbalanced, nested and crossing brackets break nothing."""
    tried("# a\n# b\n# c\n" + "".join(signs) + "\n\n" + spaced(*papers()))


@pytest.mark.parametrize(
    "name", ["search.resiliparse", "search.html2text", "search.references-listed", "trending.lynx"]
)
def test_a_page_that_breaks_off_anywhere_is_read_or_refused(name: str) -> None:
    """Each cut gives the papers before it unchanged."""
    content = (PAGES / f"{name}.txt").read_bytes()
    whole = {entry.title: entry.abstract for entry in reading(content).entries}
    for cut in range(1, len(content), 97):
        read = tried(content[:cut])
        for entry in read.entries[:-1] if read else ():
            assert whole[entry.title] == entry.abstract


def test_a_real_dump_that_breaks_off_anywhere_is_read_or_refused(shared: Path | None) -> None:
    """Each cut of a real page with meta lines, else of our own, gives the papers before it unchanged."""
    page = shared / "dumps" / "003.txt" if shared else PAGES / "search.resiliparse.txt"
    content = page.read_bytes()
    whole = {entry.title: entry.abstract for entry in reading(content).entries}
    for cut in range(1, len(content), 1_009):
        read = tried(content[:cut])
        for entry in read.entries[:-1] if read else ():
            assert whole[entry.title] == entry.abstract


@pytest.mark.parametrize(
    "unit",
    [
        "a\n",
        "[",
        "[[[[[[a](http://x)\n",
        "a][1] ",
        "\\*",
        "word " * 14 + "\n",
        "Daily Papers " * 15 + "x\n",
        "1" * 190 + "\n",
        "Mar 3\n",
        "· " * 90 + "\n",
        "](http://" + "(" * 180 + "\n",
        "&lt;",
        f"A Title\n{ABSTRACTS[0]}\n{'A' * 119}\n·\nMar 3\n",
    ],
)
def test_hostile_lines_take_linear_time(unit: str) -> None:
    """Half a megabyte of the worst lines is done in a moment."""
    size = 500_000
    body = (unit * (size // len(unit) + 1))[:size]
    if "\n" not in unit:
        body = "\n".join(body[place : place + MAX_LINE - 1] for place in range(0, size, MAX_LINE - 1))
    before = time.perf_counter()
    tried("# a\n# b\n# c\nSubscribe\n" + body)
    assert time.perf_counter() - before < 10
