"""Many tellings, one paper: field rules, places, joins and years, in any order."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import sources
from bot.identity import aliases, paper_id, title_key
from bot.merging import join, known_origin, merge, new_paper, place, raise_years, same_paper
from bot.models import Count, Entry, Format, Origin, Paper, PrintedDate, YearOrigin

NOW = datetime(2026, 1, 20, 8, tzinfo=UTC)
LATER = datetime(2026, 1, 21, 8, tzinfo=UTC)
OWLS = (
    "Barn owls turn their heads to hear. We build a desk lamp that does the same, and show that it finds a "
    "squeaking mouse in the dark in four of five rooms, at a third of the cost of a camera."
)
MICE = (
    "Field mice squeak above what people hear. We record ten thousand squeaks over one winter and find that most "
    "of them are about seeds, and that none is about lamps of any kind."
)
SUMMARY = "A lamp that listens like an owl finds mice in the dark, which helps nobody but is cheaper than a camera is."


def origin(
    dump: str = "a", format_: Format = Format.TEXT, page_day: date | None = None, seen: date = date(2026, 1, 20)
) -> Origin:
    return Origin(format_, f"{dump}.txt", dump * 64, page_day, seen)


def entry(title: str = "Lamps That Listen", abstract: str | None = OWLS, **told: object) -> Entry:
    return replace(Entry(position=1, line=1, title=title, abstract=abstract), **told)


def told(*tellings: tuple[Entry, Origin]) -> Paper:
    """The paper that all tellings give, checked to be the same in every order of up to four of them."""
    papers = [merged(order) for order in itertools.permutations(tellings[:4])]
    assert len({bare(paper) for paper in papers}) == 1
    return papers[0]


def merged(tellings: Sequence[tuple[Entry, Origin]]) -> Paper:
    (first, whence), *rest = tellings
    paper = new_paper(first, whence, now=NOW)
    for more, where in rest:
        paper = merge(paper, more, where)
    return paper


def bare(paper: Paper) -> Paper:
    return replace(paper, id="", first_seen=NOW)


TEXT, HTML, JSON = origin("a"), origin("b", Format.HTML), origin("c", Format.JSON)
FEED, ARXIV = origin("d", Format.FEED), origin("e", Format.ARXIV)


def test_a_new_paper_knows_what_its_entry_tells() -> None:
    """Every field with its origin, the place on the page, and what was not printed left empty."""
    paper = new_paper(entry(comments=0, author_count=3, arxiv_id="2501.01230"), TEXT, now=NOW, query="owl lamps")
    assert (paper.title, paper.abstract, paper.first_seen) == ("Lamps That Listen", OWLS, NOW)
    assert paper.id == paper_id(entry(arxiv_id="2501.01230"))
    assert paper.comments == (Count(0, TEXT),)
    assert (paper.upvotes, paper.author_count, paper.warnings) == ((), 3, ())
    assert [(seen.position, seen.query) for seen in paper.appearances] == [(1, "owl lamps")]
    assert dict(paper.provenance) == {"arxiv_id": TEXT}
    assert (paper.titles[0].origin, paper.abstracts[0].origin) == (TEXT, TEXT)


def test_the_most_trusted_title_is_shown() -> None:
    """JSON before HTML before feed before arXiv before text; the others are kept."""
    tellings = [(entry(f"Lamps {where.format}"), where) for where in (TEXT, ARXIV, FEED, HTML, JSON)]
    shown = [merged(tellings[:count]).title for count in range(1, 6)]
    assert shown == ["Lamps text", "Lamps arxiv", "Lamps feed", "Lamps html", "Lamps json"]
    assert len(merged(tellings).titles) == 5


def test_the_fullest_spelling_of_a_title_is_shown() -> None:
    """Of one title from one kind of source: the one with more spaces and accents, whichever is newer."""
    glued = (entry("A Recipefor Ragnarok"), origin("f", page_day=date(2026, 1, 9)))
    whole = (entry("A Recipe for Ragnarök"), origin("g", page_day=date(2026, 1, 2)))
    paper = told(glued, whole)
    assert (paper.title, paper.warnings) == ("A Recipe for Ragnarök", ())
    assert [title.value for title in paper.titles] == ["A Recipe for Ragnarök", "A Recipefor Ragnarok"]


def test_a_new_title_is_shown_and_the_old_one_kept() -> None:
    """Of two titles from one kind of source the newest is shown, with RETITLED."""
    paper = told(
        (entry("Lamps That Listen to Every Mouse"), origin("f", page_day=date(2026, 1, 2))),
        (entry("Owl Lamps"), origin("g", page_day=date(2026, 1, 9))),
    )
    assert (paper.title, paper.warnings) == ("Owl Lamps", ("RETITLED",))
    assert set(aliases(paper)) >= {f"title:{title_key(title.value)}" for title in paper.titles}


@pytest.mark.parametrize(
    "poor",
    [
        entry(abstract=None),
        entry(abstract=" \n"),
        entry(abstract="Lamps that listen."),
        entry(abstract=SUMMARY, ai_summary=SUMMARY),
        entry(abstract=OWLS[:120], abstract_partial=True),
        entry(abstract=OWLS[:120] + "…"),
        entry(abstract=OWLS[:120]),
    ],
)
def test_nothing_poorer_replaces_a_whole_abstract(poor: Entry) -> None:
    """Missing, blank, the title again, a model's summary, or a part: the text's abstract stays, even against JSON."""
    paper = told((entry(), TEXT), (poor, JSON))
    assert (paper.abstract, paper.abstract_partial, paper.warnings) == (OWLS, False, ())


def test_a_summary_that_a_page_prints_as_abstract_is_found_out() -> None:
    """A trending page's paragraph stops being the abstract when another source tells that it is a summary."""
    paper = told((entry(abstract=SUMMARY), HTML), (entry(abstract=None, ai_summary=SUMMARY), JSON))
    assert (paper.abstract, paper.ai_summary) == (None, SUMMARY)
    assert not any(alias.startswith("abstract:") for alias in aliases(paper))
    assert told((entry(abstract=SUMMARY), HTML), (entry(ai_summary=SUMMARY), JSON), (entry(), TEXT)).abstract == OWLS


def test_of_two_parts_the_longer_is_kept_until_the_whole_is_told() -> None:
    """A partial abstract is better than none, and is dropped for a whole one."""
    parts = [(entry(abstract=OWLS[:end], abstract_partial=True), origin(dump)) for end, dump in ((90, "f"), (130, "g"))]
    paper = told(*parts)
    assert (paper.abstract, paper.abstract_partial) == (OWLS[:130], True)
    whole = told(*parts, (entry(), TEXT))
    assert ([version.value for version in whole.abstracts], whole.abstract_partial) == ([OWLS], False)


def test_white_space_makes_no_version() -> None:
    """Abstracts that differ in white space alone are one version."""
    paper = told((entry(abstract=OWLS.replace(". ", ".\n\n")), JSON), (entry(), TEXT))
    assert len(paper.abstracts) == 1
    assert paper.warnings == ()


def test_a_clearly_different_abstract_is_a_revision() -> None:
    """Both versions are kept, the most trusted or newest is shown, with REVISED; a slip corrected is none."""
    paper = told((entry(), origin("f", page_day=date(2026, 1, 2))), (entry(abstract=MICE), TEXT))
    assert (paper.abstract, paper.warnings, len(paper.abstracts)) == (MICE, ("REVISED",), 2)
    corrected = told((entry(), TEXT), (entry(abstract=OWLS.replace("third", "fourth")), JSON))
    assert (corrected.warnings, len(corrected.abstracts)) == ((), 2)
    latex = told(
        (entry(abstract=OWLS + " It is 3times cheaper."), TEXT),
        (entry(abstract=OWLS + r" It is $3\times$ cheaper."), ARXIV),
    )
    assert latex.warnings == ()


def test_a_list_of_authors_beats_a_count() -> None:
    """Names win over a number, and of differing numbers the newest is kept, with a warning."""
    names = ("Ann Moss", "Bo Fern")
    paper = told((entry(author_count=3), origin("f", page_day=date(2026, 1, 2))), (entry(author_count=4), TEXT))
    assert (paper.author_count, paper.warnings) == (4, ("AUTHOR_COUNTS_DIFFER",))
    paper = told((entry(author_count=2), TEXT), (entry(authors=names, author_count=2), FEED))
    assert (paper.authors, paper.author_count, paper.warnings) == (names, 2, ())
    assert dict(paper.provenance)["authors"] == FEED


def test_organisations_add_up() -> None:
    """Every printed organisation is kept; a dump that prints none takes none away."""
    paper = told((entry(organisation="Owl Institute"), TEXT), (entry(), JSON), (entry(organisation="Barn Lab"), HTML))
    assert paper.organisations == ("Barn Lab", "Owl Institute")


def printed(origin_: YearOrigin, *day: int) -> PrintedDate:
    year, month, number = day if len(day) == 3 else (None, *day)
    return PrintedDate(month, number, year, origin_)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (printed(YearOrigin.PRINTED, 2025, 1, 3), printed(YearOrigin.GIVEN, 2024, 1, 3)),
        (printed(YearOrigin.GIVEN, 2025, 1, 3), printed(YearOrigin.INFERRED, 2024, 1, 3)),
        (printed(YearOrigin.INFERRED, 2025, 1, 3), printed(YearOrigin.UNKNOWN, 1, 3)),
        (printed(YearOrigin.PRINTED, 2025, 1, 3), printed(YearOrigin.PRINTED, 2025, 1, 4)),
        (printed(YearOrigin.INFERRED, 2025, 1, 3), printed(YearOrigin.INFERRED, 2024, 1, 3)),
    ],
)
def test_the_surest_day_of_publication_is_kept(better: PrintedDate, worse: PrintedDate) -> None:
    """A printed year before a given, an inferred and none; then the earliest day, of inferred years the latest."""
    paper = told((entry(published=worse), JSON), (entry(published=better), TEXT), (entry(), HTML))
    assert paper.published == better
    assert dict(paper.provenance)["published"] == TEXT


def test_an_exact_time_stands_beside_the_printed_day() -> None:
    """The exact time decides the paper's day, also where the page prints the day before."""
    exact = datetime(2025, 1, 4, 0, tzinfo=UTC)
    paper = told((entry(published=printed(YearOrigin.PRINTED, 2025, 1, 3)), TEXT), (entry(published_at=exact), JSON))
    assert (paper.published_at, paper.day(), paper.warnings) == (exact, date(2025, 1, 4), ())


def test_counts_are_series_of_which_the_newest_is_shown() -> None:
    """Never the maximum; a dump that prints none adds none, and the page's day counts before the day of reading."""
    old, new = origin("f", page_day=date(2026, 1, 2)), origin("g", page_day=date(2026, 1, 9), seen=date(2026, 1, 10))
    paper = told((entry(comments=7, upvotes=90), old), (entry(comments=5), new), (entry(), JSON))
    assert [count.value for count in paper.comments] == [5, 7]
    assert [count.value for count in paper.upvotes] == [90]


def test_a_place_on_a_page_counts_once() -> None:
    """The same dump again adds no appearance; another position, or another dump, does."""
    again = replace(TEXT, file="renamed.txt", seen=date(2026, 2, 1))
    paper = told((entry(), TEXT), (entry(), again), (entry(position=4), TEXT), (entry(), JSON))
    assert [(seen.origin.file, seen.position) for seen in paper.appearances] == [
        ("a.txt", 1),
        ("a.txt", 4),
        ("c.txt", 1),
    ]


def test_days_of_listing_add_up() -> None:
    """A paper may be listed on two days; first seen is the earliest of all."""
    one, other = entry(listed=date(2026, 1, 9)), entry(listed=date(2026, 1, 2))
    assert told((one, JSON), (other, HTML)).listed == (date(2026, 1, 2), date(2026, 1, 9))
    assert join(new_paper(one, JSON, now=LATER), new_paper(other, HTML, now=NOW)).first_seen == NOW


def test_two_arxiv_ids_are_never_one_paper() -> None:
    """Whatever the titles: they are not the same, and joining them is refused."""
    one, other = entry(arxiv_id="2501.01230"), entry(arxiv_id="2502.00001")
    assert not same_paper(one, other)
    with pytest.raises(ValueError, match=r"2501.01230 and 2502.00001"):
        merge(new_paper(one, TEXT, now=NOW), other, JSON)


def test_one_paper_is_told_by_id_title_or_abstract() -> None:
    """Equal id, or without two ids an equal title or abstract; a subject class makes no other id."""
    assert same_paper(entry("One", arxiv_id="math.GT/0309136"), entry("Two", MICE, arxiv_id="math/0309136"))
    assert same_paper(entry(), entry("lamps, that listen", MICE, arxiv_id="2501.01230"))
    assert same_paper(entry(), entry("Owl Lamps"))
    assert not same_paper(entry(), entry("Owl Lamps", MICE))
    assert not same_paper(entry(abstract="None."), entry("Owl Lamps", abstract="None."))


class Shelf:
    """Papers by alias, as a store keeps them."""

    def __init__(self) -> None:
        self.papers: dict[str, Paper] = {}
        self.aliases: dict[str, str] = {}

    def place(self, told: Entry, whence: Origin, now: datetime = NOW, query: str | None = None) -> tuple[bool, bool]:
        """(created, changed)."""
        found = {alias: self.papers[self.aliases[alias]] for alias in aliases(told) if alias in self.aliases}
        placed = place(told, whence, found, now, query=query)
        for alias in placed.aliases:
            assert self.aliases.get(alias, placed.paper.id) in {placed.paper.id, *placed.joined}
        for gone in placed.joined:
            del self.papers[gone]
        for alias, owner in self.aliases.items():
            if owner in placed.joined:
                self.aliases[alias] = placed.paper.id
        self.aliases |= dict.fromkeys(placed.aliases, placed.paper.id)
        self.papers[placed.paper.id] = placed.paper
        return placed.created, placed.changed


def test_an_entry_makes_a_paper_once() -> None:
    """The first telling creates it; the same telling again changes nothing."""
    shelf = Shelf()
    assert shelf.place(entry(), TEXT) == (True, True)
    assert shelf.place(entry(), TEXT, LATER) == (False, False)
    assert shelf.place(entry(), JSON, LATER) == (False, True)
    assert list(shelf.papers) == [paper_id(entry())]


def test_a_paper_known_by_its_title_gets_its_id() -> None:
    """The id is added to the paper, which keeps its internal id."""
    shelf = Shelf()
    shelf.place(entry(), TEXT)
    assert shelf.place(entry(arxiv_id="2501.01230"), JSON) == (False, True)
    [paper] = shelf.papers.values()
    assert (paper.id, paper.arxiv_id) == (paper_id(entry()), "2501.01230")
    assert shelf.aliases["arxiv:2501.01230"] == paper.id


def test_two_records_found_to_be_one_are_joined() -> None:
    """The older internal id stays, the other one forwards to it, and nothing that either knew is lost."""
    by_title, by_id = entry(comments=3), entry("Owl Lamps", None, arxiv_id="2501.01230", upvotes=9)
    shelf = Shelf()
    shelf.place(by_id, HTML, LATER)
    shelf.place(by_title, TEXT, NOW)
    both = {alias: shelf.papers[owner] for alias, owner in shelf.aliases.items()}
    placed = place(entry(arxiv_id="2501.01230"), JSON, both, LATER)
    assert (placed.paper.id, placed.joined, placed.created) == (paper_id(by_title), (paper_id(by_id),), False)
    assert (placed.paper.comments[0].value, placed.paper.upvotes[0].value, placed.paper.first_seen) == (3, 9, NOW)
    assert placed.paper.arxiv_id == "2501.01230"


def test_an_alias_stays_with_the_paper_of_another_id() -> None:
    """Two papers of one title: each keeps its own record, and the title stays with the first."""
    shelf = Shelf()
    shelf.place(entry(arxiv_id="2501.01230"), JSON)
    shelf.place(entry(abstract=MICE, arxiv_id="2502.00001"), JSON)
    assert shelf.place(entry(abstract=MICE, arxiv_id="2502.00001"), JSON) == (False, False)
    assert len(shelf.papers) == 2
    assert shelf.papers[shelf.aliases[f"title:{title_key('Lamps That Listen')}"]].arxiv_id == "2501.01230"


def test_signs_of_two_ids_follow_the_surer_one() -> None:
    """An entry without an id, with one paper's title and another's abstract, belongs to the title's."""
    shelf = Shelf()
    shelf.place(entry(arxiv_id="2501.01230"), JSON)
    shelf.place(entry("Squeaks", MICE, arxiv_id="2502.00001"), JSON)
    shelf.place(entry("Squeaks", OWLS), TEXT)
    assert {paper.arxiv_id: len(paper.abstracts) for paper in shelf.papers.values()} == {
        "2501.01230": 1,
        "2502.00001": 2,
    }


DAYS = st.sampled_from([None, date(2026, 1, 2), date(2026, 1, 9)])
ORIGINS = st.builds(
    origin,
    st.sampled_from("abcd"),
    st.sampled_from(Format),
    DAYS,
    st.sampled_from([date(2026, 1, 10), date(2026, 1, 20)]),
)
PRINTED = st.builds(
    printed, st.just(YearOrigin.PRINTED), st.integers(2023, 2025), st.integers(1, 2), st.integers(1, 3)
) | st.builds(printed, st.just(YearOrigin.UNKNOWN), st.integers(1, 2), st.integers(1, 3))
ENTRIES = st.builds(
    Entry,
    position=st.integers(1, 2),
    line=st.just(1),
    title=st.sampled_from(["Lamps That Listen", "Lamps Thatlisten", "Owl Lämps", "Owl Lamps", "+++"]),
    abstract=st.sampled_from([None, OWLS, OWLS.replace(" ", "  "), OWLS[:120], OWLS[:120] + "...", MICE, SUMMARY]),
    arxiv_id=st.sampled_from([None, "math/0309136", "math.GT/0309136"]),
    authors=st.sampled_from([(), ("Ann Moss",), ("Ann Moss", "Bo Fern")]),
    author_count=st.none() | st.integers(1, 3),
    organisation=st.sampled_from([None, "Barn Lab", "barn lab"]),
    published=st.none() | PRINTED,
    published_at=st.sampled_from([None, NOW, LATER]),
    listed=DAYS,
    comments=st.none() | st.integers(0, 3),
    upvotes=st.none() | st.integers(0, 3),
    ai_summary=st.sampled_from([None, SUMMARY, MICE]),
    abstract_partial=st.booleans(),
    code_url=st.sampled_from([None, "https://github.com/owl/nest"]),
    categories=st.sampled_from([(), ("cs.RO",)]),
)
TELLINGS = st.lists(st.tuples(ENTRIES, ORIGINS), min_size=1, max_size=5)


@given(TELLINGS, st.randoms(use_true_random=False))
def test_the_order_of_tellings_does_not_matter(tellings: list[tuple[Entry, Origin]], chance: random.Random) -> None:
    """Any order, any way of joining halves, and any repetition give the same paper."""
    expected = bare(merged(tellings))
    shuffled = [*tellings, *chance.sample(tellings, chance.randint(0, len(tellings)))]
    chance.shuffle(shuffled)
    assert bare(merged(shuffled)) == expected
    cut = chance.randint(1, len(shuffled) - 1) if len(shuffled) > 1 else 0
    if cut:
        halves = merged(shuffled[:cut]), merged(shuffled[cut:])
        assert bare(join(*halves)) == bare(join(*reversed(halves))) == expected


@given(TELLINGS)
def test_what_was_merged_settles(tellings: list[tuple[Entry, Origin]]) -> None:
    """Joining a paper with itself changes nothing, and its abstract is never a summary or an empty text."""
    paper = merged(tellings)
    assert join(paper, paper) == paper
    assert paper.title == paper.titles[0].value
    assert paper.abstract is None or (paper.abstract.strip() and paper.abstract != paper.ai_summary)


KNOWN = [("Lamps That Listen", OWLS, "2501.01230"), ("Squeaks", MICE, "2502.00001"), ("Seeds", OWLS + MICE, None)]


@given(
    st.lists(st.tuples(st.sampled_from(KNOWN), st.booleans(), st.booleans(), st.booleans(), ORIGINS), max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_entries_does_not_matter_on_the_shelf(
    told_: list[tuple[tuple[str, str, str | None], bool, bool, bool, Origin]], chance: random.Random
) -> None:
    """Retitled, revised, with and without id: the same papers come out of every order, joined where they meet."""
    tellings = [
        (
            Entry(
                position=1,
                line=1,
                title=f"On {title}" if retitled else title,
                abstract=f"Anew: {abstract}" if revised else abstract,
                arxiv_id=arxiv_id if with_id else None,
            ),
            whence,
        )
        for (title, abstract, arxiv_id), retitled, revised, with_id, whence in told_
    ]
    shelves = [Shelf(), Shelf()]
    for shelf in shelves:
        for one, whence in tellings:
            shelf.place(one, whence)
        chance.shuffle(tellings)
    assert Counter(map(bare, shelves[0].papers.values())) == Counter(map(bare, shelves[1].papers.values()))


PAGE = replace(TEXT, page_date=PrintedDate(3, 18))


def test_a_page_gets_its_year_from_a_paper_with_a_date() -> None:
    """The earliest year that fits is inferred for the page, for its year-less days, and for its other papers."""
    dated = told(
        (entry(comments=1), PAGE),
        (entry(published_at=datetime(2025, 3, 14, tzinfo=UTC), arxiv_id="2503.01230"), JSON),
    )
    plain = new_paper(entry("Squeaks", MICE, published=PrintedDate(2, 28)), PAGE, now=NOW)
    other = new_paper(entry("Seeds", None), HTML, now=NOW)
    raised = {paper.title: paper for paper in raise_years([dated, plain, other], PAGE.dump)}
    assert set(raised) == {"Lamps That Listen", "Squeaks"}
    assert raised["Squeaks"].published == PrintedDate(2, 28, 2025, YearOrigin.INFERRED)
    assert {seen.origin.page_day for seen in raised["Squeaks"].appearances} == {date(2025, 3, 18)}
    assert raised["Lamps That Listen"].comments[0].origin.page_day == date(2025, 3, 18)
    assert raise_years(raised.values(), PAGE.dump) == ()


def test_a_later_date_raises_an_inferred_year() -> None:
    """A year inferred too low is corrected by a paper that is younger, and by the month in an id alone."""
    first = raise_years([told((entry(arxiv_id="2401.01230"), PAGE))], PAGE.dump)
    assert [paper.appearances[0].origin.page_day for paper in first] == [date(2024, 3, 18)]
    younger = told((entry("Squeaks", MICE, arxiv_id="2502.00001"), PAGE))
    both = raise_years([*first, younger], PAGE.dump)
    assert [paper.appearances[0].origin.page_day for paper in both] == [date(2025, 3, 18)] * 2


@pytest.mark.parametrize(
    ("page_date", "dated"),
    [
        (PrintedDate(3, 18), None),
        (PrintedDate(3, 18), datetime(2026, 3, 1, tzinfo=UTC)),
        (PrintedDate(3, 18, 2024, YearOrigin.PRINTED), datetime(2025, 1, 1, tzinfo=UTC)),
        (PrintedDate(3, 18, 2024, YearOrigin.GIVEN), datetime(2025, 1, 1, tzinfo=UTC)),
        (PrintedDate(2, 29), datetime(2025, 1, 1, tzinfo=UTC)),
        (None, datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_year_that_nothing_tells_stays_unknown(page_date: PrintedDate | None, dated: datetime | None) -> None:
    """No dated paper, one younger than the dump, a year that is known already, no leap year, no page date."""
    page = replace(TEXT, page_date=page_date)
    assert raise_years([new_paper(entry(published_at=dated), page, now=NOW)], page.dump) == ()


def test_a_day_after_the_page_contradicts_the_year() -> None:
    """A paper's year-less day later than the page's own means that no year is certain."""
    dated = new_paper(entry(arxiv_id="2501.01230"), PAGE, now=NOW)
    after = new_paper(entry("Squeaks", MICE, published=PrintedDate(4, 1)), PAGE, now=NOW)
    assert raise_years([dated, after], PAGE.dump) == ()


def test_a_leap_day_waits_for_its_year() -> None:
    """29 February on the page leaves only leap years."""
    page = replace(TEXT, page_date=PrintedDate(2, 29))
    [raised] = raise_years([new_paper(entry(arxiv_id="2301.01230"), page, now=NOW)], page.dump)
    assert raised.appearances[0].origin.page_day == date(2024, 2, 29)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_when_a_year_is_found_does_not_matter(order: tuple[int, ...]) -> None:
    """Raised after every telling, at the end, or between two readings of one page: the same paper."""
    respaced = OWLS.replace("desk lamp", "desk\nlamp")
    summer = replace(origin("e", page_day=date(2025, 6, 1)), page_date=PrintedDate(6, 1, 2025, YearOrigin.PRINTED))
    tellings = [
        (entry(comments=1, published=PrintedDate(2, 28)), PAGE),
        (entry(abstract=respaced, comments=2), summer),
        (entry(published_at=datetime(2025, 3, 14, tzinfo=UTC)), JSON),
        (entry(comments=1, published=PrintedDate(2, 28)), replace(PAGE, seen=LATER.date(), file="again.txt")),
    ]
    papers: set[Paper] = set()
    for always in (False, True):
        paper = told(tellings[order[0]])
        for place_ in order[1:]:
            more, whence = tellings[place_]
            paper = merge(paper, more, known_origin(whence, [paper]))
            if always:
                [paper] = raise_years([paper], PAGE.dump) or [paper]
        [paper] = raise_years([paper], PAGE.dump) or [paper]
        papers.add(bare(paper))
    assert len(papers) == 1
    assert {one.origin.page_day for one in paper.appearances} >= {date(2025, 3, 18), date(2025, 6, 1)}


@pytest.mark.parametrize("year_origin", [YearOrigin.PRINTED, YearOrigin.GIVEN])
def test_a_page_that_is_read_again_keeps_its_year(year_origin: YearOrigin) -> None:
    """What was found stays when the page itself tells no year; a year that this reading is certain of counts."""
    [found] = raise_years([told((entry(arxiv_id="2501.01230"), PAGE))], PAGE.dump)
    assert known_origin(replace(PAGE, seen=LATER.date()), [found]) == found.appearances[0].origin
    certain = replace(PAGE, page_day=date(2024, 3, 18), page_date=PrintedDate(3, 18, 2024, year_origin))
    assert known_origin(certain, [found]) == certain
    assert known_origin(PAGE, []) == PAGE


def dumps(shared: Path | None) -> dict[str, bytes]:
    """The real dumps where there are any, else invented ones of the same three layouts."""
    folder = shared / "dumps" if shared else Path(__file__).parent / "data" / "merging"
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.txt"))}


def shelved(files: Iterable[tuple[str, bytes]]) -> tuple[Shelf, int]:
    shelf, merged_ = Shelf(), 0
    for name, content in files:
        reading = sources.read(content, name=name, today=NOW.date())
        day = reading.page_date.as_date() if reading.page_date else None
        whence = Origin(reading.format, name, sources.digest(content), day, NOW.date(), reading.page_date)
        merged_ += sum(not shelf.place(one, whence, query=reading.query)[0] for one in reading.entries)
    return shelf, merged_


def figures(papers: Iterable[Paper]) -> dict[str, int]:
    papers = list(papers)
    return {
        "papers": len(papers),
        "dated": sum(paper.published is not None for paper in papers),
        "inferred": sum(
            paper.published is not None and paper.published.origin is YearOrigin.INFERRED for paper in papers
        ),
        "counted": sum(paper.author_count is not None for paper in papers),
        "organisations": sum(bool(paper.organisations) for paper in papers),
        "commented": sum(bool(paper.comments) for paper in papers),
        "seen twice": sum(len(paper.appearances) > 1 for paper in papers),
    }


def test_the_order_of_dumps_does_not_matter(shared: Path | None) -> None:
    """Dumps that repeat each other's papers give the same papers in any order, each with all that any of them knew."""
    files = list(dumps(shared).items())
    chance = random.Random(5)
    orders = [files, files[::-1], *(chance.sample(files, len(files)) for _ in range(3))]
    results = [shelved(order) for order in orders]
    assert all(shelf.papers == results[0][0].papers for shelf, _ in results)
    expected = {
        True: (27, [507, 44, 20, 43, 1, 13, 25]),
        False: (4, [10, 4, 1, 3, 1, 2, 3]),
    }
    shelf, repeats = results[0]
    assert (repeats, list(figures(shelf.papers.values()).values())) == expected[shared is not None]


def test_the_invented_dumps_are_merged_in_every_order() -> None:
    """Three layouts in all six orders: the whole title wins over the glued one, metadata comes from where it was told."""
    for order in itertools.permutations(dumps(None).items()):
        shelf, repeats = shelved(order)
        papers = {paper.title: paper for paper in shelf.papers.values()}
        assert (repeats, len(papers)) == (4, 10)
        owl = papers["Lamps That Listen: Finding Mice in the Dark"]
        assert [seen.origin.file for seen in owl.appearances] == ["with_meta.txt", "spaced.txt", "unspaced.txt"]
        assert (owl.author_count, owl.published) == (9, PrintedDate(7, 7, 2024, YearOrigin.PRINTED))
        assert papers["Kites on Shared Strings"].organisations == ("Kite Laboratory",)
        assert papers["Bells That Agree"].published == PrintedDate(3, 3, 2025, YearOrigin.INFERRED)
        assert "A Recipe for Counting Seeds" in papers
