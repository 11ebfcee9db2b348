"""RSS and Atom: feeds of Daily Papers, arXiv's daily feeds, and answers of arXiv's query API.

feedparser is given bytes in memory, never a text that it might take for an address or a file name, and only what
was found to be well-formed: its fallback for anything else is quadratic.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from time import struct_time
from typing import NoReturn, cast

import feedparser

from bot.arxiv_ids import normalise_arxiv_id
from bot.errors import DumpRefused
from bot.models import Entry, Format, Notice, PrintedDate, Reading, YearOrigin
from bot.sources import oai
from bot.sources.decoding import MAX_PAPERS
from bot.sources.gathering import Gathering, Unreadable, beginning, checked, read_abstract, read_title
from bot.sources.item_fields import as_count, as_names
from bot.sources.markup import is_tangled, parse
from bot.sources.positions import Lines
from bot.sources.wording import one_line
from bot.sources.xml_entries import Piece, Pieces, defect, pieces

_START = re.compile(
    r"\s*+(?:<!--(?:[^-]|-(?!->))*+-->\s*+|<\?[^<>]*+>\s*+|<!DOCTYPE\s[^<>\[]*+(?:\[[^\]]*+\]\s*+)?>\s*+)*+"
    r"<(?:\w{1,20}:)?(?:rss|feed|RDF|OAI-PMH)\b",
    re.IGNORECASE,
)
_ROOTS = "rss|feed|RDF"
_ENTRIES = "item|entry"

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
_ARXIV_SPACE = "http://arxiv.org/schemas/atom"
_LONGEST_HTML = 200_000

Fields = Mapping[str, object]


def recognises(text: str) -> bool:
    """Whether a text is an RSS or Atom feed, or an answer of the OAI protocol, by its first element."""
    return _START.match(text) is not None


def read(text: str, *, name: str, today: date, page_year: int | None = None, force: bool = False) -> Reading:
    """The papers of a feed; dates in feeds are whole, so ``page_year`` and ``force`` have no meaning here.

    Raises DumpRefused with ``BAD_FEED``, ``TOO_LARGE``, ``NO_PAPERS`` or ``NOT_A_PAPERS_PAGE``.
    """
    del page_year, force
    gathering = Gathering(name)
    found = pieces(text, name=name, roots=_ROOTS, entries=_ENTRIES, most=MAX_PAPERS)
    if found is None:
        return oai.read(text, name=name, today=today)
    if len(found.entries) > MAX_PAPERS:
        raise gathering.refuse_too_many()
    whole = found.whole()
    told = _parsed(found, whole)
    channel = dict(cast("Fields", told["feed"]))
    items = {piece.start: item for piece, item in zip(whole, _items(told, found, whole), strict=True)}
    lines = Lines(text)
    for position, piece in enumerate(found.entries, 1):
        line = lines.at(piece.start)
        try:
            if piece.problem is not None:
                _refuse_damaged(piece)
            gathering.take(_entry(items[piece.start], position=position, line=line, today=today))
        except Unreadable as unreadable:
            gathering.reject(unreadable, line)
    if found.is_truncated:
        sentence = "The file ends in the middle of the feed; the entries that are whole were read."
        gathering.notices.append(Notice("TRUNCATED_LAST", None, sentence))
    if not gathering.entries:
        raise _no_papers(text, gathering, found)
    page_date = _day(channel.get("updated_parsed") or channel.get("published_parsed"), YearOrigin.GIVEN)
    return gathering.reading(Format.ARXIV if _is_arxiv(told, channel) else Format.FEED, text, page_date=page_date)


def _parsed(found: Pieces, whole: list[Piece]) -> Fields:
    """The feed of the entries that can be read, as feedparser gives it."""
    channel_end = "</channel>" if "<channel" in found.head and "</channel>" not in found.head else ""
    head = found.head if defect(found.head + channel_end + found.end) is None else found.root
    xml = "".join(
        (head.lstrip(), *(piece.xml for piece in whole), channel_end if head is found.head else "", found.end)
    )
    return cast("Fields", feedparser.parse(io.BytesIO(xml.encode()), sanitize_html=False, resolve_relative_uris=False))


def _items(told: Fields, found: Pieces, whole: list[Piece]) -> list[dict[str, object]]:
    """What feedparser made of each entry; where it did not know some of them, it is asked for each alone."""
    # Plain dictionaries: feedparser's own warn about names that they map to others.
    items = [dict(item) for item in cast("list[Fields]", told["entries"])]
    if len(items) == len(whole):
        return items
    alone = (cast("list[Fields]", _parsed(replace(found, head=found.root), [piece])["entries"]) for piece in whole)
    return [dict(one[0]) if one else {} for one in alone]


def _refuse_damaged(piece: Piece) -> NoReturn:
    raise Unreadable("BAD_FEED", piece.problem or "", piece.xml[:200])


def _is_arxiv(told: Fields, channel: Fields) -> bool:
    spaces = cast("Mapping[str, str]", told.get("namespaces") or {})
    if _ARXIV_SPACE in spaces.values():
        return True
    own = [channel.get("link"), channel.get("id"), channel.get("title")]
    return any(isinstance(value, str) and re.search(r"\barxiv\.org\b|^ArXiv Query", value) for value in own)


def _entry(item: Fields, *, position: int, line: int, today: date) -> Entry:
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
        published=_day(item.get("published_parsed"), YearOrigin.PRINTED) if kind == "new" else None,
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


def _day(parsed: object, origin: YearOrigin) -> PrintedDate | None:
    """The day of a time as a page of that day would print it."""
    moment = _moment(parsed)
    return PrintedDate(moment.month, moment.day, moment.year, origin) if moment else None


def _no_papers(text: str, gathering: Gathering, found: Pieces) -> DumpRefused:
    line, excerpt = beginning(text)
    if (found.entries or found.is_truncated) and not found.whole():
        sentence = "No entry of the feed is whole. Save it again."
        return DumpRefused("BAD_FEED", sentence, file=gathering.name, line=line, excerpt=excerpt)
    if gathering.rejected and all(bad.code == "NOT_A_PAPER" for bad in gathering.rejected):
        sentence = "This is a feed, but none of its entries leads to a paper of arXiv or Daily Papers."
        return DumpRefused("NOT_A_PAPERS_PAGE", sentence, file=gathering.name, line=line, excerpt=excerpt)
    return gathering.nothing_found(text)
