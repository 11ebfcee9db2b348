"""One item of JSON, from the API, from a page's own data or from an archive, as an entry.

The meaning of the outer ``publishedAt`` changed on 2025-03-11: before, the moment of listing; since, the paper's
own ``publishedAt`` in US Eastern wall time, still marked ``Z``. ``submittedOnDailyAt`` (since 2025-03-17) always is
the moment of listing.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import cast

from bot.arxiv_ids import normalise_arxiv_id
from bot.models import Entry, PrintedDate, YearOrigin
from bot.sources.dates import printed_date
from bot.sources.gathering import Unreadable, checked, kind_of, read_abstract, read_title
from bot.sources.item_fields import Fields, as_moment, as_names, mapping
from bot.sources.wording import one_line, paragraphs

_WALL_TIME_BEHIND = (timedelta(hours=4), timedelta(hours=5))
_OUTER_TIME_CHANGED = datetime(2025, 3, 12, tzinfo=UTC)
_ID_NAMES = ("id", "arxiv_id", "arxivId", "paper_id", "paperId", "arxiv")
_LINK_NAMES = ("paper_url", "url", "link", "arxiv_url", "arxiv_page_url", "abs_url", "page_url", "pdf_url", "hf_url")
_THUMBNAIL = re.compile(
    r"https://cdn-thumbnails\.huggingface\.co/social-thumbnails/papers/([\w./-]{1,40})\.png", re.ASCII
)
_SUMMARY_LONGEST = 5_000
_CATEGORIES = 50
_CATEGORY = re.compile(r"[A-Za-z][A-Za-z.-]{1,40}", re.ASCII)


def is_paper(item: dict[str, object]) -> bool:
    """Whether an object has the fields of a paper, and not those of a list of papers."""
    return "paper" in item or isinstance(item.get("title"), str)


def read_item(value: object, *, position: int, line: int, today: date) -> Entry:
    """The entry that an item tells. Raises Unreadable with the reason why it tells none."""
    item = mapping(value)
    if item is None:
        raise Unreadable("WRONG_TYPE", f"The entry is no object but {kind_of(value)}.", str(value)[:200])
    fields = Fields(item)
    if fields.paper is None and item.get("paper") is not None and not isinstance(item.get("title"), str):
        raise Unreadable("WRONG_TYPE", "The field paper is no object.", str(item["paper"])[:200])
    title = read_title(fields.get("title"))
    abstract, warnings = read_abstract(fields.get("summary", "abstract", "content_text"), title)
    summary = _summary(fields)
    if abstract is not None and abstract == summary:
        abstract, warnings = None, ("AI_SUMMARY",)
    arxiv_id, id_warnings = _arxiv_id(fields)
    authors = as_names(fields.get("authors"))
    published_at, published, listed = _days(fields)
    entry = Entry(
        position=position,
        line=line,
        title=title,
        abstract=abstract,
        arxiv_id=arxiv_id,
        authors=authors,
        author_count=len(authors) or fields.count("author_count", "n_authors", "num_authors", "numAuthors"),
        organisation=fields.name("organization", "organisation"),
        published=published,
        published_at=published_at,
        listed=listed,
        comments=fields.count("numComments", "num_comments", "comments"),
        upvotes=fields.count("upvotes"),
        ai_summary=summary,
        # Scrapers take a reader's comment for the abstract where the page shows it first.
        abstract_partial="details" in item and abstract is not None,
        code_url=fields.address("githubRepo", "github_repo", "github", "github_url", "code_url"),
        project_url=fields.address("projectPage", "project_page", "project_url"),
        categories=_categories(fields.get("categories")),
        warnings=(*warnings, *id_warnings),
    )
    return checked(entry, today)


def _summary(fields: Fields) -> str | None:
    value = fields.get("ai_summary", "aiSummary")
    return paragraphs(value[:_SUMMARY_LONGEST]) or None if isinstance(value, str) else None


def _arxiv_id(fields: Fields) -> tuple[str | None, tuple[str, ...]]:
    """The id, from its own field or from a link, and a warning if the field holds something else.

    A number is never an id: ``2503.0213`` may have been ``2503.02130``.
    """
    warnings: tuple[str, ...] = ()
    for value in fields.every(*_ID_NAMES):
        if isinstance(value, str):
            if found := normalise_arxiv_id(value):
                return found, ()
            if fields.paper is not None or re.match(r"\d{4}\.\d", value):
                warnings = ("BAD_ID",)
        elif isinstance(value, float):
            warnings = ("NUMERIC_ID",)
    for value in fields.every(*_LINK_NAMES):
        if isinstance(value, str) and "/" in value and (found := normalise_arxiv_id(value)):
            return found, warnings
    picture = fields.get("thumbnail", "mediaUrl")
    if isinstance(picture, str) and (found := _THUMBNAIL.fullmatch(picture)):
        return normalise_arxiv_id(found[1]), warnings
    return None, warnings


def _days(fields: Fields) -> tuple[datetime | None, PrintedDate | None, date | None]:
    """When the paper was published (exactly, or as a printed day) and the day it was listed."""
    names = ("publishedAt", "published_at", "published", "date", "publish_date", "pubDate")
    own = fields.paper if fields.paper is not None else fields.outer
    told = next((own[name] for name in names if own.get(name) is not None), None)
    published = as_moment(told)
    outer = as_moment(fields.outer.get("publishedAt")) if fields.paper is not None else None
    submitted = as_moment(fields.get("submittedOnDailyAt", "submitted_on_daily_at"))
    listed = submitted.date() if submitted else None
    if listed is None and outer is not None and outer < _OUTER_TIME_CHANGED:
        is_wall_time = published is not None and published - outer in _WALL_TIME_BEHIND
        listed = None if is_wall_time else outer.date()
    if published is not None:
        return published, None, listed
    if isinstance(told, str) and (printed := printed_date(one_line(told[:60]))):
        return None, printed[0], listed
    if outer is not None and listed is None:
        return None, PrintedDate(outer.month, outer.day, outer.year, YearOrigin.PRINTED), None
    return None, None, listed


def _categories(value: object) -> tuple[str, ...]:
    names = value[:_SUMMARY_LONGEST].split() if isinstance(value, str) else value
    if not isinstance(names, list):
        return ()
    told = cast("list[object]", names)[:_CATEGORIES]
    return tuple(dict.fromkeys(name for name in told if isinstance(name, str) and _CATEGORY.fullmatch(name)))
