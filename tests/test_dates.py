"""Printed dates, and the years they leave out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import Entry, PrintedDate, YearOrigin
from bot.sources.dates import month_number, printed_date, settle_years

TODAY = date(2026, 11, 21)


def entry(printed: PrintedDate | None, arxiv_id: str | None = None) -> Entry:
    """A paper of which only its printed date matters."""
    return Entry(position=1, line=1, title="A Title", abstract="An abstract.", published=printed, arxiv_id=arxiv_id)


def on(month: int, day: int, year: int | None = None) -> PrintedDate:
    """A date as it is printed."""
    return PrintedDate(month, day, year, YearOrigin.PRINTED if year else YearOrigin.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "month", "day", "year", "number"),
    [
        ("Mar 3", 3, 3, None, None),
        ("Mar 3 2", 3, 3, None, 2),
        ("Oct 23, 2024", 10, 23, 2024, None),
        ("Oct 23, 2024 17", 10, 23, 2024, 17),
        ("December 10", 12, 10, None, None),
        ("Sept 4, 2025", 9, 4, 2025, None),
        ("Published on Sep 4, 2026", 9, 4, 2026, None),
        ("Feb 29", 2, 29, None, None),
        ("Feb 29, 2024", 2, 29, 2024, None),
    ],
)
def test_a_date_line_is_read(text: str, month: int, day: int, year: int | None, number: int | None) -> None:
    """Month, day, the year if printed, and the number behind."""
    found = printed_date(text)
    assert found is not None
    assert (found[0].month, found[0].day, found[0].year, found[1]) == (month, day, year, number)
    assert found[0].origin is (YearOrigin.PRINTED if year else YearOrigin.UNKNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "Feb 30",
        "Feb 29, 2023",
        "Mar 0",
        "Mar 32",
        "Marzo 3",
        "mar 3",
        "Mar 3rd",
        "3 Mar",
        "Mar 3, 24",
        "Mar",
        "Mar 3, 0000",
    ],
)
def test_what_is_no_day_is_no_date(text: str) -> None:
    """A day that its month does not have, another language or another form is no date line."""
    assert printed_date(text) is None


def test_months_are_known_by_name_and_by_three_letters() -> None:
    """In any case, and nothing else is a month."""
    assert [month_number(name) for name in ("jan", "JANUARY", "Sept", "dec", "smarch")] == [1, 1, 9, 12, None]


def test_the_page_comes_after_the_greatest_printed_year() -> None:
    """2024 is printed, so the page is of a later year, and of 2026 its day has not come yet."""
    page, entries, notices = settle_years(on(12, 10), [entry(on(10, 23, 2024)), entry(on(3, 3))], today=TODAY)
    assert page == PrintedDate(12, 10, 2025, YearOrigin.INFERRED)
    assert entries[1].published == PrintedDate(3, 3, 2025, YearOrigin.INFERRED)
    assert [item.warnings for item in entries] == [(), ("YEAR_INFERRED",)]
    assert [notice.code for notice in notices] == ["YEAR_INFERRED"]


def test_of_several_years_the_smallest_is_taken_and_the_range_is_said() -> None:
    """From a paper of 2022 the page may be of 2023 to 2026."""
    page, _, notices = settle_years(on(3, 18), [entry(on(5, 5, 2022))], today=TODAY)
    assert page is not None
    assert page.year == 2023
    assert "2023 to 2026" in notices[0].sentence


def test_without_any_bound_month_and_day_are_kept() -> None:
    """Nothing says how early the page can be, so no year is made up."""
    page, entries, notices = settle_years(on(3, 18), [entry(on(2, 2)), entry(None)], today=TODAY)
    assert page == on(3, 18)
    assert entries[0].published == on(2, 2)
    assert entries[0].warnings == ("YEAR_UNKNOWN",)
    assert [notice.code for notice in notices] == ["YEAR_UNKNOWN"]


def test_a_year_that_is_given_is_used() -> None:
    """A person's or an address's word needs no inference and no warning."""
    page, entries, notices = settle_years(on(3, 18), [entry(on(2, 2))], today=TODAY, page_year=2024)
    assert page == PrintedDate(3, 18, 2024, YearOrigin.GIVEN)
    assert entries[0].published == PrintedDate(2, 2, 2024, YearOrigin.GIVEN)
    assert (entries[0].warnings, notices) == ((), ())


def test_a_printed_page_year_dates_its_papers() -> None:
    """The page's own year is the year that its papers leave out."""
    page, entries, _ = settle_years(on(3, 18, 2025), [entry(on(2, 2))], today=TODAY)
    assert page == on(3, 18, 2025)
    assert entries[0].published == PrintedDate(2, 2, 2025, YearOrigin.GIVEN)


def test_a_paper_known_from_elsewhere_bounds_the_year() -> None:
    """The page is not older than a paper that it lists, by a day of grace."""
    page, _, _ = settle_years(on(3, 18), [entry(on(2, 2))], today=TODAY, known=[date(2025, 3, 17)])
    assert page is not None
    assert page.year == 2025
    page, _, _ = settle_years(on(3, 18), [entry(on(2, 2))], today=TODAY, known=[date(2025, 3, 20)])
    assert page is not None
    assert page.year == 2026


def test_an_arxiv_id_bounds_the_year() -> None:
    """An id begins with the year and month in which it was given out."""
    page, _, _ = settle_years(on(10, 17), [entry(on(2, 2), "2509.10101")], today=TODAY)
    assert page is not None
    assert (page.year, page.origin) == (2025, YearOrigin.INFERRED)


def test_a_paper_after_the_page_disproves_the_inference() -> None:
    """October cannot stand on a page of March, so no year of the page can be right."""
    page, entries, notices = settle_years(
        on(3, 18), [entry(on(10, 1)), entry(on(1, 5)), entry(on(2, 2, 2024))], today=TODAY
    )
    assert page == on(3, 18)
    assert entries[0].published == on(10, 1)
    assert entries[1].published == on(1, 5)
    assert [notice.code for notice in notices] == ["YEAR_UNKNOWN"]


def test_the_leap_day_has_only_leap_years() -> None:
    """29 February after 2022 is of 2024."""
    page, _, _ = settle_years(on(2, 29), [entry(on(5, 5, 2022))], today=TODAY)
    assert page is not None
    assert page.year == 2024


def test_a_year_to_come_is_kept_and_bounds_nothing() -> None:
    """A printed year after today is told, and not used."""
    page, entries, _ = settle_years(on(3, 18), [entry(on(5, 5, 2031)), entry(on(5, 5, 2024))], today=TODAY)
    assert entries[0].published == on(5, 5, 2031)
    assert entries[0].warnings == ("FUTURE_DATE",)
    assert page is not None
    assert page.year == 2025


def test_papers_without_a_page_date_are_dated_by_their_latest_day() -> None:
    """A search page without a date bar: none of its papers may lie in the future."""
    page, entries, _ = settle_years(None, [entry(on(12, 24)), entry(on(1, 5)), entry(on(5, 5, 2024))], today=TODAY)
    assert page is None
    assert entries[0].published == PrintedDate(12, 24, 2025, YearOrigin.INFERRED)
    assert entries[1].published == PrintedDate(1, 5, 2025, YearOrigin.INFERRED)


DAYS = st.dates(min_value=date(2015, 1, 1), max_value=TODAY)


@given(st.one_of(st.none(), DAYS), st.lists(st.tuples(DAYS, st.booleans()), max_size=6), st.lists(DAYS, max_size=2))
def test_a_settled_year_contradicts_nothing(
    page_day: date | None, papers: list[tuple[date, bool]], known: list[date]
) -> None:
    """Whatever is printed, an inferred page lies after every paper, and never in the future."""
    page = on(page_day.month, page_day.day) if page_day else None
    told = [entry(on(day.month, day.day, day.year if with_year else None)) for day, with_year in papers]
    settled, entries, _ = settle_years(page, told, today=TODAY, known=known)
    assert len(entries) == len(told)
    assert [replace(item, published=None, warnings=()) for item in entries] == [
        replace(item, published=None, warnings=()) for item in told
    ]
    days = [item.published.as_date() for item in entries if item.published]
    if settled is not None and settled.origin is YearOrigin.INFERRED:
        page_date = settled.as_date()
        assert page_date is not None
        assert page_date <= TODAY
        assert all(day is None or day <= page_date for day in days)
