"""arXiv's records as its OAI-PMH service lists them (``ListRecords``, ``GetRecord``): arXiv, arXivRaw and oai_dc.

Deleted records have a header only and are left out. The header's datestamp is the last change, not the submission.
"""

from __future__ import annotations

from datetime import date
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

from bot.arxiv_ids import normalise_arxiv_id
from bot.errors import DumpRefused
from bot.models import Entry, Format, Notice, PrintedDate, Reading, YearOrigin
from bot.sources.decoding import MAX_PAPERS
from bot.sources.gathering import Gathering, Unreadable, beginning, checked, read_abstract, read_title
from bot.sources.item_fields import as_names
from bot.sources.links import iso_day
from bot.sources.positions import Lines
from bot.sources.wording import one_line
from bot.sources.xml_entries import Piece, Pieces, pieces

_ROOT = "OAI-PMH"


def read(text: str, *, name: str, today: date) -> Reading:
    """The papers of an answer; raises DumpRefused with BAD_FEED, TOO_LARGE or NO_PAPERS."""
    gathering = Gathering(name)
    found = pieces(text, name=name, roots=_ROOT, entries="record", most=MAX_PAPERS)
    if found is None or ((found.entries or found.is_truncated) and not found.whole()):
        line, excerpt = beginning(text)
        sentence = "No record of the answer is whole. Save it again."
        raise DumpRefused("BAD_FEED", sentence, file=name, line=line, excerpt=excerpt)
    if len(found.entries) > MAX_PAPERS:
        raise gathering.refuse_too_many()
    lines = Lines(text)
    for position, piece in enumerate(found.entries, 1):
        line = lines.at(piece.start)
        try:
            if entry := _record(piece, found, position=position, line=line, today=today):
                gathering.take(entry)
        except Unreadable as unreadable:
            gathering.reject(unreadable, line)
    if found.is_truncated:
        sentence = "The file ends in the middle of the answer; the records that are whole were read."
        gathering.notices.append(Notice("TRUNCATED_LAST", None, sentence))
    return gathering.reading(Format.ARXIV, text)


def _record(piece: Piece, found: Pieces, *, position: int, line: int, today: date) -> Entry | None:
    """The entry of a record, None for one that was deleted."""
    if piece.problem is not None:
        raise Unreadable("BAD_FEED", piece.problem, piece.xml[:200])
    try:
        record = ET.fromstring(f"{found.root}{piece.xml}{found.end}")[0]  # noqa: S314 - entities were refused, and expat fetches nothing
    except ET.ParseError as error:
        raise Unreadable("BAD_FEED", f"It is no valid XML ({error}).", piece.xml[:200]) from error
    if (header := _child(record, "header")) is not None and header.get("status") == "deleted":
        return None
    return _entry(record, position=position, line=line, today=today)


def _entry(record: ET.Element, *, position: int, line: int, today: date) -> Entry:
    title = read_title(_text(record, "title"))
    abstract, warnings = read_abstract(_text(record, "abstract") or _text(record, "description"), title)
    authors = _authors(record)
    identifiers = [_text(record, "id"), *_texts(record, "identifier")]
    first = _text(record, "created") or _text(record, "date")
    entry = Entry(
        position=position,
        line=line,
        title=title,
        abstract=abstract,
        arxiv_id=next((found for told in identifiers if told and (found := normalise_arxiv_id(told))), None),
        authors=authors,
        author_count=len(authors) or None,
        published=_printed(first),
        categories=tuple((_text(record, "categories") or "").split()[:50]),
        warnings=warnings,
    )
    return checked(entry, today)


def _printed(told: str | None) -> PrintedDate | None:
    """The day of an ISO date, or of the e-mail date that arXivRaw gives for each version."""
    day = iso_day((told or "").strip()[:10])
    if day is None and told:
        try:
            day = parsedate_to_datetime(told.strip()).date()
        except ValueError:
            return None
    return PrintedDate(day.month, day.day, day.year, YearOrigin.PRINTED) if day else None


def _authors(record: ET.Element) -> tuple[str, ...]:
    """Names in the order of the paper: given names and family name apart, one text, or one element each."""
    apart = [node for node in record.iter() if _tag(node) == "author"]
    if apart:
        names = (f"{_text(node, 'forenames') or ''} {_text(node, 'keyname') or ''}" for node in apart)
        return tuple(name for part in names if (name := one_line(part)))
    if (listed := _text(record, "authors")) is not None:
        return as_names(listed)
    turned = (" ".join(reversed(name.split(", ", 1))) for name in _texts(record, "creator"))
    return tuple(name for part in turned if (name := one_line(part)))


def _tag(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]


def _child(node: ET.Element, tag: str) -> ET.Element | None:
    return next((child for child in node if _tag(child) == tag), None)


def _texts(node: ET.Element, tag: str) -> list[str]:
    return ["".join(found.itertext()) for found in node.iter() if _tag(found) == tag]


def _text(node: ET.Element, tag: str) -> str | None:
    return next(iter(_texts(node, tag)), None)
