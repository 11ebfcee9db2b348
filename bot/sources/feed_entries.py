"""One entry of a feed as a paper: what Daily Papers' feeds, arXiv's announcements and its query API write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from time import struct_time
from typing import cast

from bot.arxiv_ids import normalise_arxiv_id
from bot.models import Entry, PrintedDate, YearOrigin
from bot.sources.gathering import Unreadable, checked, read_abstract, read_title
from bot.sources.item_fields import as_count, as_names
from bot.sources.markup import is_tangled, parse
from bot.sources.wording import one_line

_ANNOUNCED = re.compile(
    r"\s*arXiv:(?P<id>\S{1,40})\s+Announce Type:\s*(?P<type>[a-z-]{1,20})\s+(?:Abstract:\s*)?", re.IGNORECASE
)
_ANNOUNCE_WARNINGS = {
    "cross": ("CROSS_LISTED",),
    "replace": ("REPLACED",),
    "replace-cross": ("CROSS_LISTED", "REPLACED"),
}
#: Titles of arXiv's feeds until 2024 end in the id and the category.
_TITLE_ID = re.compile(r"\.?\s*\((arXiv:\S{1,40})\s+\[[\w.-]{1,20}\](?: [A-Z]{1,20}| - [A-Z]{1,20})?\)$")
_DAILY = re.compile(r"<p><b>(Authors|Upvotes|Summary):</b>")
_TAGGED = re.compile(r"</?(?:p|br|b|i|em|strong|div|span|a|img|ul|ol|li|h\d|blockquote)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_LONGEST_HTML = 200_000

Fields = Mapping[str, object]


def feed_entry(item: Fields, *, position: int, line: int, today: date) -> Entry:
    """The paper of one entry, as feedparser gives it. Raises Unreadable with the reason why it is none."""
    title = read_title(item.get("title"))
    raw = _raw_abstract(item)
    arxiv_id = _arxiv_id(item)
    if found := _TITLE_ID.search(title):
        title = read_title(title[: found.start()])
        arxiv_id = arxiv_id or normalise_arxiv_id(found[1])
    announced = _ANNOUNCED.match(raw)
    kind = str(item.get("arxiv_announce_type") or (announced["type"] if announced else ""))
    if announced:
        raw = raw[announced.end() :]
        arxiv_id = arxiv_id or normalise_arxiv_id(announced["id"])
    if arxiv_id is None:
        raise Unreadable("NOT_A_PAPER", "The entry leads to no paper of arXiv or Daily Papers.", title)
    daily = _daily_fields(raw)
    abstract, warnings = read_abstract(daily.get("Summary", raw) if daily else _without_tags(raw), title)
    authors = as_names(daily["Authors"]) if "Authors" in daily else _authors(item)
    moment = _moment(item.get("published_parsed"))
    entry = Entry(
        position=position,
        line=line,
        title=title,
        abstract=abstract,
        arxiv_id=arxiv_id,
        authors=authors,
        author_count=len(authors) or None,
        # A daily feed of arXiv tells when a version was announced, which is no publication but of a new paper.
        published=day_of(item.get("published_parsed"), YearOrigin.PRINTED) if kind == "new" else None,
        published_at=None if kind else moment,
        upvotes=as_count(daily.get("Upvotes", "")),
        categories=_categories(item),
        warnings=(*warnings, *_ANNOUNCE_WARNINGS.get(kind, ())),
    )
    return checked(entry, today)


def _raw_abstract(item: Fields) -> str:
    contents = cast("list[Fields]", item.get("content") or [])
    texts = [item.get("summary"), *(content.get("value") for content in contents)]
    return max((text for text in texts if isinstance(text, str)), key=len, default="")


def _arxiv_id(item: Fields) -> str | None:
    links = cast("list[Fields]", item.get("links") or [])
    told = [item.get("id"), item.get("link"), *(other.get("href") for other in links[:20])]
    return next((found for text in told if isinstance(text, str) and (found := normalise_arxiv_id(text))), None)


def _daily_fields(html: str) -> dict[str, str]:
    """The parts of a description as feeds of Daily Papers write it.

    They put the abstract between tags as it is, without escaping it; so it ends at the last tag, whatever it holds.
    """
    places = list(_DAILY.finditer(html))
    if not places:
        return {}
    ends = [*(place.start() for place in places[1:]), len(html)]
    return {
        place[1]: html[place.end() : end].strip().removesuffix("</p>").strip()
        for place, end in zip(places, ends, strict=True)
    }


def _without_tags(html: str) -> str:
    """The text of a description: HTML without its tags, plain text (``<sks> dog``) as it is."""
    if not _TAGGED.search(html[:_LONGEST_HTML]):
        return html
    if len(html) > _LONGEST_HTML or is_tangled(html):
        raise Unreadable("ABSTRACT_TOO_LONG", "The description is no abstract.", html[:200])
    tree = parse(re.sub(r"(?i)<(?:p|br|div|li)(?=[\s/>])", "\n  <p", html))
    return tree.body.text() if tree.body else ""


def _authors(item: Fields) -> tuple[str, ...]:
    people = cast("list[Fields]", item.get("authors") or [])
    names = [one_line(_without_tags(name)) for person in people if isinstance(name := person.get("name"), str)]
    if len(names) == 1:
        return as_names(names[0]) if "," in names[0] else tuple(filter(None, names))
    return tuple(filter(None, names))


def _categories(item: Fields) -> tuple[str, ...]:
    tags = cast("list[Fields]", item.get("tags") or [])
    terms = [one_line(term) for tag in tags[:50] if isinstance(term := tag.get("term"), str)]
    return tuple(dict.fromkeys(term for term in terms if re.fullmatch(r"[a-z-]{2,10}(?:\.[A-Za-z-]{2,10})?", term)))


def _moment(parsed: object) -> datetime | None:
    if not isinstance(parsed, struct_time):
        return None
    try:
        return datetime(*parsed[:6], tzinfo=UTC)
    except ValueError:
        return None


def day_of(parsed: object, origin: YearOrigin) -> PrintedDate | None:
    """The day of a time as a page of that day would print it."""
    moment = _moment(parsed)
    return PrintedDate(moment.month, moment.day, moment.year, origin) if moment else None
