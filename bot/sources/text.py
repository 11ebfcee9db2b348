"""A page saved as text, by whatever tool: layouts A (spaced), B (spaced, with meta lines), C (unspaced), Markdown.

text ─► unlinked and unwrapped ─► lines with kinds ─► header ─► papers ─► years
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.errors import DumpRefused
from bot.models import Entry, Format, Notice, Reading
from bot.sources.body import Body, BodyReader
from bot.sources.cards import without_label_values
from bot.sources.dates import settle_years
from bot.sources.decoding import EXCERPT, MAX_LINE
from bot.sources.header import read_header, unglued, without_front_matter
from bot.sources.keeping import kept
from bot.sources.lines import Kind, Line, Unit, classify
from bot.sources.markdown import is_markdown, unlinked
from bot.sources.plain import plain_lines
from bot.sources.titles import first_title, title_level
from bot.sources.walls import wall

#: 5,000 papers of 40 lines each.
MAX_LINES = 200_000
_FEWEST_PAPERS = 3
_STRANGE_SHARE = 0.02
_FEWEST_STRANGE = 3


def read(text: str, *, name: str, today: date, page_year: int | None = None, force: bool = False) -> Reading:
    """The papers of a decoded text.

    ``today`` is the day of ingestion, ``page_year`` the year a person gives for the page; ``force`` keeps the
    certain papers of a text that is otherwise refused as ambiguous. Raises DumpRefused with ``TOO_LARGE``,
    ``NO_PAPERS``, ``NOT_A_PAPERS_PAGE``, ``RATE_LIMIT_PAGE``, ``LOGIN_PAGE`` or ``AMBIGUOUS``.
    """
    _refuse_too_large(text, name)
    content, matter = without_front_matter(text)
    lines = unlinked(content) if is_markdown(content) else plain_lines(content)
    units = without_label_values([classify(line) for line in lines])
    level = title_level(units)
    first = first_title(units, level)
    if first is None:
        raise _no_papers(text, lines, name)
    units[first], glued = unglued(units, first)
    listed = sorted({link.day for unit in units for link in unit.links if link.day})
    header = read_header(units[:first], matter, listed)
    is_trending = _is_trending(units)
    body = BodyReader(units[first:], header.lead, level=level, is_trending=is_trending).read()
    if glued:
        body.drafts[0].warn(glued.code)
    papers = kept(body.drafts, name=name, is_trending=is_trending, force=force)
    if not papers.entries:
        raise _no_papers(text, lines, name)
    _refuse_other_page(units, papers.entries, name)
    if not force and len(lines) < sum(1 for row in content.split("\n") if row.strip()):
        _refuse_jumble(body, len(units), name)
    page_date, entries, year_notices = settle_years(
        header.page_date, papers.entries, today=today, page_year=page_year or header.page_year
    )
    notices = ([glued] if glued else []) + [*header.notices, *year_notices, *papers.notices, *_left_out(body)]
    return Reading(
        Format.TEXT, entries, papers.rejected, tuple(notices), _layout(lines, units[first:]), page_date, header.query
    )


def _refuse_too_large(text: str, name: str) -> None:
    if text.count("\n") >= MAX_LINES:
        sentence = f"The file has more than {MAX_LINES:,} lines. Split it and try again."
        raise DumpRefused("TOO_LARGE", sentence, file=name, line=MAX_LINES)
    for number, row in enumerate(text.split("\n"), 1):
        if len(row) > MAX_LINE:
            sentence = (
                f"Line {number} has {len(row):,} characters; a line may have {MAX_LINE:,}. Is this a page of papers?"
            )
            raise DumpRefused("TOO_LARGE", sentence, file=name, line=number, excerpt=row[:EXCERPT])


def _no_papers(text: str, lines: Sequence[Line], name: str) -> DumpRefused:
    code, sentence = wall(text) or (
        "NO_PAPERS",
        "No title followed by an abstract was found. Save a page that shows abstracts, such as a search or the trending list.",
    )
    line = next((line for line in lines if line.text), None)
    return DumpRefused(
        code, sentence, file=name, line=line.number if line else 1, excerpt=line.text[:EXCERPT] if line else ""
    )


def _refuse_other_page(units: Sequence[Unit], entries: Sequence[Entry], name: str) -> None:
    """Refuse text that only happens to hold a short line and a long one."""
    is_page = (
        len(entries) >= _FEWEST_PAPERS
        or any(entry.arxiv_id for entry in entries)
        or any(unit.kind in (Kind.CHROME, Kind.BANNER) for unit in units)
    )
    if not is_page:
        sentence = "This is text, but nothing in it shows that it is a page of Daily Papers."
        line = units[0].line
        raise DumpRefused("NOT_A_PAPERS_PAGE", sentence, file=name, line=line.number, excerpt=line.text[:EXCERPT])


def _refuse_jumble(body: Body, count: int, name: str) -> None:
    """Refuse a text whose wrapped lines could not be put together again."""
    strange = body.strange
    if len(strange) >= _FEWEST_STRANGE and len(strange) > _STRANGE_SHARE * count:
        sentence = (
            f"{len(strange)} of {count} lines belong to no paper. Use --force to keep the papers that were found."
        )
        line = strange[0].line
        raise DumpRefused("AMBIGUOUS", sentence, file=name, line=line.number, excerpt=line.text[:EXCERPT])


def _is_trending(units: Sequence[Unit]) -> bool:
    """Whether the cards are those of the trending page: labelled upvotes, repositories, ``Published on``."""
    signs = sum(
        unit.is_label
        or unit.text.endswith("arXiv Page")
        or (unit.kind is Kind.CHROME and "GitHub " in unit.text and unit.text[-1] in "0123456789k")
        or (unit.kind in (Kind.DATE, Kind.META) and "Published on " in unit.text)
        for unit in units
    )
    names = {unit.text for unit in units if unit.kind is Kind.CHROME}
    is_named = "Trending Papers" in names and not names & {"Daily Papers", "Daily Papers - Hugging Face"}
    return signs > 1 or is_named


def _left_out(body: Body) -> list[Notice]:
    return [
        Notice(
            "UNKNOWN_LINE", left[0].line.number, f"Lines {where} that belong to no paper were left out: {len(left)}."
        )
        for left, where in ((body.strange, "between the papers"), (body.footer, "after the last paper"))
        if left
    ]


def _layout(lines: Sequence[Line], units: Sequence[Unit]) -> str:
    """A: blank lines and no dates; B: blank lines and dates; C: no blank lines."""
    if not any(line.after_blank for line in lines[1:]):
        return "C"
    return "B" if any(unit.kind in (Kind.DATE, Kind.META) for unit in units) else "A"
