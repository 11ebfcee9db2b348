"""Years that pages leave out, found later: when papers of a page get dates, the page cannot be older than they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import MINYEAR, date, timedelta

from bot.arxiv_ids import month_of
from bot.merging.ordering import CERTAIN
from bot.merging.uniting import unite
from bot.models import Appearance, Count, Origin, Paper, PrintedDate, Told, YearOrigin

#: A page prints days in US Eastern time, so what it prints may be one day early.
_TOLERANCE = timedelta(days=1)


def raise_years(papers: Iterable[Paper], dump: str) -> tuple[Paper, ...]:
    """Those of ``papers`` that change because the year of one dump's page became known, or turned out to be later.

    ``dump`` is the hash in ``Origin``. The year is the earliest for which the page comes after every paper on it that
    has a date (exact, printed with its year, or in its arXiv id) and not after the day the dump was taken in. It is
    marked as inferred. A page whose year was printed or given is left alone, and so is one that no year fits, or that
    prints a paper's day later in the year than its own.
    """
    listed = [paper for paper in papers if any(seen.origin.dump == dump for seen in paper.appearances)]
    pages = [seen.origin for paper in listed for seen in paper.appearances if seen.origin.dump == dump]
    page = max(pages, key=_year_known, default=None)
    if page is None or page.page_date is None or page.page_date.origin in CERTAIN:
        return ()
    year = _year(page.page_date, page.seen, listed)
    if year is None or any(_contradicts(paper, page.page_date, dump) for paper in listed):
        return ()
    page_date = replace(page.page_date, year=year, origin=YearOrigin.INFERRED)
    behind = [paper for paper in listed if not _has_year(paper, dump, page_date)]
    raised = (_raised(paper, dump, page_date) for paper in behind)
    return tuple(after for after, before in zip(raised, behind, strict=True) if after != before)


def known_origin(origin: Origin, papers: Iterable[Paper]) -> Origin:
    """The origin of a dump as ``papers`` know it from an earlier reading, unless this reading knows the year better.

    So a dump that is read again, on another day or under another name, tells nothing new, and a year that was found
    for its page meanwhile stays.
    """
    if origin.page_date is not None and origin.page_date.origin in CERTAIN:
        return origin
    earlier = [seen.origin for paper in papers for seen in paper.appearances if seen.origin.dump == origin.dump]
    return max([*earlier, origin], key=_year_known)


def may_gain_year(origin: Origin) -> bool:
    """Whether the year of a dump's page is open, so that papers that come later may tell it."""
    return origin.page_date is not None and origin.page_date.origin not in CERTAIN


def _year_known(origin: Origin) -> int:
    return (origin.page_date.year or MINYEAR) if origin.page_date else MINYEAR - 1


def _year(page_date: PrintedDate, seen: date, listed: Sequence[Paper]) -> int | None:
    days = [day for paper in listed for day in _days(paper) if day <= seen + _TOLERANCE]
    if not days:
        return None
    earliest = max(days)
    for year in range(max(earliest.year - 1, page_date.year or MINYEAR, MINYEAR), seen.year + 1):
        page_day = _date(page_date, year)
        if page_day is not None and earliest <= page_day + _TOLERANCE and page_day <= seen:
            return year
    return None


def _days(paper: Paper) -> list[date]:
    """Days on which this paper was certainly there, or was about to be."""
    days: list[date] = []
    if paper.published_at is not None:
        days.append(paper.published_at.date())
    if paper.published is not None and paper.published.origin in CERTAIN and (day := paper.published.as_date()):
        days.append(day)
    if paper.arxiv_id and (month := month_of(paper.arxiv_id)):
        days.append(month)
    return days


def _date(printed: PrintedDate, year: int) -> date | None:
    """The calendar day; None for 29 February in a common year."""
    try:
        return date(year, printed.month, printed.day)
    except ValueError:
        return None


def _year_left_out(paper: Paper, dump: str) -> PrintedDate | None:
    """The paper's day, if this dump printed it without its year."""
    told_by = dict(paper.provenance).get("published")
    guessed = paper.published is not None and paper.published.origin not in CERTAIN
    return paper.published if guessed and told_by is not None and told_by.dump == dump else None


def _contradicts(paper: Paper, page_date: PrintedDate, dump: str) -> bool:
    printed = _year_left_out(paper, dump)
    return printed is not None and (printed.month, printed.day) > (page_date.month, page_date.day)


def _has_year(paper: Paper, dump: str, page_date: PrintedDate) -> bool:
    """Whether everything that this dump told of the paper has the page's year already."""
    told = (*paper.titles, *paper.abstracts, *paper.author_counts, *paper.comments, *paper.upvotes, *paper.appearances)
    origins = (*(one.origin for one in told), *(origin for _, origin in paper.provenance))
    printed = _year_left_out(paper, dump)
    return all(origin.page_date == page_date for origin in origins if origin.dump == dump) and (
        printed is None or printed.year == page_date.year
    )


def _raised(paper: Paper, dump: str, page_date: PrintedDate) -> Paper:
    def origin(old: Origin) -> Origin:
        return replace(old, page_day=page_date.as_date(), page_date=page_date) if old.dump == dump else old

    def told(values: tuple[Told, ...]) -> tuple[Told, ...]:
        return tuple(Told(value.value, origin(value.origin)) for value in values)

    def counts(values: tuple[Count, ...]) -> tuple[Count, ...]:
        return tuple(Count(count.value, origin(count.origin)) for count in values)

    published = paper.published
    if printed := _year_left_out(paper, dump):
        fits = page_date.year is not None and _date(printed, page_date.year) is not None
        published = replace(printed, year=page_date.year, origin=YearOrigin.INFERRED) if fits else printed
    raised = replace(
        paper,
        titles=told(paper.titles),
        abstracts=told(paper.abstracts),
        author_counts=counts(paper.author_counts),
        comments=counts(paper.comments),
        upvotes=counts(paper.upvotes),
        appearances=tuple(Appearance(origin(seen.origin), seen.position, seen.query) for seen in paper.appearances),
        provenance=tuple((name, origin(old)) for name, old in paper.provenance),
        published=published,
    )
    return unite(raised, raised)
