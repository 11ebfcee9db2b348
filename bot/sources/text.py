"""A page saved as text, by whatever tool: layouts A (spaced), B (spaced, with meta lines), C (unspaced), Markdown.

    text ─► unlinked and unwrapped ─► lines with kinds ─► header ─► papers ─► years
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.errors import DumpRefused
from bot.identity import title_key
from bot.models import Entry, Format, Notice, Reading, Rejected
from bot.sources.body import Body, BodyReader, first_title, title_level
from bot.sources.dates import settle_years
from bot.sources.decoding import EXCERPT, MAX_LINE, MAX_PAPERS
from bot.sources.drafts import Draft
from bot.sources.header import Header, read_header, unglued, without_front_matter
from bot.sources.lines import Kind, Line, Unit, classify, skip_card_values
from bot.sources.markdown import is_markdown, unlinked
from bot.sources.plain import plain_lines
from bot.sources.walls import wall

#: 5,000 papers of 40 lines each.
MAX_LINES = 200_000
_FEWEST_PAPERS = 3
_DOUBTFUL_SHARE = 0.10
_STRANGE_SHARE = 0.02
_FEWEST_DOUBTS = 3


def read(text: str, *, name: str, today: date, page_year: int | None = None, force: bool = False) -> Reading:
    """The papers of a decoded text.

    ``today`` is the day of ingestion, ``page_year`` the year a person gives for the page; ``force`` keeps the
    certain papers of a text that is otherwise refused as ambiguous. Raises DumpRefused with ``TOO_LARGE``,
    ``NO_PAPERS``, ``NOT_A_PAPERS_PAGE``, ``RATE_LIMIT_PAGE``, ``LOGIN_PAGE`` or ``AMBIGUOUS``.
    """
    _refuse_too_large(text, name)
    content, matter = without_front_matter(text)
    marked = is_markdown(content)
    lines = unlinked(content) if marked else plain_lines(content)
    units = skip_card_values([classify(line) for line in lines])
    level = title_level(units)
    first = first_title(units, level)
    if first is None:
        raise _no_papers(text, lines, name)
    units[first], glued = unglued(units, first)
    header = read_header(units[:first], matter)
    is_trending = _is_trending(units)
    body = BodyReader(units[first:], header.lead, level=level, is_trending=is_trending).read()
    if glued:
        body.drafts[0].warn("GLUED_SUBSCRIBE")
    drafts, duplicates = _without_duplicates(body.drafts)
    entries, rejected = _entries(drafts, is_trending=is_trending, force=force, name=name)
    _refuse_strangers(units, entries, body, name=name, force=force, was_joined=len(lines) < text.count("\n") // 2)
    page_date, entries, year_notices = settle_years(
        header.page_date, entries, today=today, page_year=page_year or header.page_year
    )
    notices = (
        *((glued,) if glued else ()),
        *header.notices,
        *year_notices,
        *duplicates,
        *_strange_notices(body),
    )
    layout = _layout(lines, units, first)
    return Reading(Format.TEXT, entries, tuple(rejected), notices, layout, page_date, header.query)


def _refuse_too_large(text: str, name: str) -> None:
    if text.count("\n") >= MAX_LINES:
        raise DumpRefused(
            "TOO_LARGE", f"The file has more than {MAX_LINES:,} lines. Split it and try again.", file=name, line=MAX_LINES
        )
    if len(text) <= MAX_LINE:
        return
    for number, row in enumerate(text.split("\n"), 1):
        if len(row) > MAX_LINE:
            raise DumpRefused(
                "TOO_LARGE",
                f"Line {number} has {len(row):,} characters; a line may have {MAX_LINE:,}. Is this a page of papers?",
                file=name,
                line=number,
                excerpt=row[:EXCERPT],
            )


def _no_papers(text: str, lines: Sequence[Line], name: str) -> DumpRefused:
    line = next((line for line in lines if line.text), None)
    number, excerpt = (line.number, line.text[:EXCERPT]) if line else (1, "")
    if found := wall(text):
        return DumpRefused(*found, file=name, line=number, excerpt=excerpt)
    return DumpRefused(
        "NO_PAPERS",
        "No title followed by an abstract was found. Save the list view of Daily Papers, which shows abstracts.",
        file=name,
        line=number,
        excerpt=excerpt,
    )


def _is_trending(units: Sequence[Unit]) -> bool:
    """Whether the cards are those of the trending page: labelled upvotes, repositories, ``Published on``."""
    signs = sum(
        unit.is_label
        or unit.text.endswith("arXiv Page")
        or (unit.kind is Kind.CHROME and "GitHub " in unit.text and any(map(str.isdigit, unit.text)))
        or (unit.kind in (Kind.DATE, Kind.META) and "Published on " in unit.text)
        for unit in units
    )
    names = {unit.text for unit in units if unit.kind is Kind.CHROME}
    return signs > 1 or ("Trending Papers" in names and not names & {"Daily Papers", "Daily Papers - Hugging Face"})


def _without_duplicates(drafts: Sequence[Draft]) -> tuple[list[Draft], list[Notice]]:
    """The drafts without repeated papers, which fill what the first card left out.

    A repetition right after its paper is the same card drawn for another screen and takes no position.
    """
    kept: dict[str, Draft] = {}
    notices: list[Notice] = []
    doubled = 0
    previous = ""
    for draft in drafts:
        draft.position -= doubled
        key = title_key(draft.title.text)
        first = kept.get(key)
        if first is None:
            kept[key] = draft
        else:
            first.take(draft)
            first.warn("DUP_IN_FILE")
            if key == previous:
                doubled += 1
            else:
                sentence = f"The paper of position {first.position} stands here again, at position {draft.position}."
                notices.append(Notice("DUP_IN_FILE", draft.title.line.number, sentence))
        previous = key
    if doubled:
        notices.append(Notice("DUP_IN_FILE", None, f"The page shows {doubled} papers twice in a row; each was read once."))
    return list(kept.values()), notices


def _entries(
    drafts: Sequence[Draft], *, is_trending: bool, force: bool, name: str
) -> tuple[tuple[Entry, ...], list[Rejected]]:
    rejected: list[Rejected] = []
    complete: list[Draft] = []
    doubtful: list[Draft] = []
    for draft in drafts:
        if draft.paragraphs:
            (doubtful if draft.is_doubtful else complete).append(draft)
        else:
            rejected.append(draft.rejected("MISSING_ABSTRACT", "The title has no abstract."))
            if not draft.has_meta:
                doubtful.append(draft)
    if len(drafts) > MAX_PAPERS:
        raise DumpRefused(
            "TOO_LARGE", f"The page lists more than {MAX_PAPERS:,} papers. Split it and try again.", file=name
        )
    if len(doubtful) >= _FEWEST_DOUBTS and len(doubtful) > _DOUBTFUL_SHARE * len(drafts):
        if not force:
            first = doubtful[0].title
            raise DumpRefused(
                "AMBIGUOUS",
                f"{len(doubtful)} of {len(drafts)} papers can be read in more than one way. Use --force to keep the others.",
                file=name,
                line=first.line.number,
                excerpt=first.text[:EXCERPT],
            )
        rejected += [
            draft.rejected("AMBIGUOUS", "The lines of this paper can be read in more than one way.")
            for draft in doubtful
            if draft.paragraphs
        ]
    else:
        complete += [draft for draft in doubtful if draft.paragraphs]
    complete.sort(key=lambda draft: draft.title.line.number)
    rejected.sort(key=lambda item: item.line or 0)
    expects_meta = bool(complete) and sum(draft.has_meta for draft in complete) * 2 >= len(complete)
    entries = tuple(
        draft.entry(is_last=draft is drafts[-1], on_trending=is_trending, expects_meta=expects_meta)
        for draft in complete
    )
    return entries, rejected


def _refuse_strangers(
    units: Sequence[Unit], entries: Sequence[Entry], body: Body, *, name: str, force: bool, was_joined: bool
) -> None:
    """Refuse a text that only looks like a page of papers, or whose lines could not be put together again."""
    is_page = len(entries) >= _FEWEST_PAPERS or any(entry.arxiv_id for entry in entries)
    if not is_page and not any(unit.kind in (Kind.CHROME, Kind.BANNER) for unit in units):
        raise DumpRefused(
            "NOT_A_PAPERS_PAGE",
            "This is text, but nothing in it shows that it is a page of Daily Papers.",
            file=name,
            line=units[0].line.number,
            excerpt=units[0].text[:EXCERPT],
        )
    strange = body.strange
    if was_joined and not force and len(strange) >= _FEWEST_DOUBTS and len(strange) > _STRANGE_SHARE * len(units):
        raise DumpRefused(
            "AMBIGUOUS",
            f"{len(strange)} of {len(units)} lines belong to no paper. Use --force to keep the papers that were found.",
            file=name,
            line=strange[0].line.number,
            excerpt=strange[0].text[:EXCERPT],
        )


def _strange_notices(body: Body) -> list[Notice]:
    return [
        Notice("UNKNOWN_LINE", found[0].line.number, f"{len(found)} lines {where} belong to no paper and were left out.")
        for found, where in ((body.strange, "between the papers"), (body.footer, "after the last paper"))
        if found
    ]


def _layout(lines: Sequence[Line], units: Sequence[Unit], first: int) -> str:
    """A: blank lines and no dates; B: blank lines and dates; C: no blank lines."""
    if not any(line.after_blank for line in lines[1:]):
        return "C"
    has_dates = any(unit.kind in (Kind.DATE, Kind.META) for unit in units[first:])
    return "B" if has_dates else "A"
