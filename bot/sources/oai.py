"""arXiv's records as its OAI-PMH service lists them (``ListRecords``, ``GetRecord``): arXiv, arXivRaw and oai_dc.

Deleted records have a header only and are left out. The header's datestamp is the last change, not the submission.
"""

from __future__ import annotations

import re
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

_RECORD = re.compile(r"<(?:\w{1,20}:)?record[\s>]")
_RECORD_END = "</record>"


def read(text: str, *, name: str, today: date) -> Reading:
    """The papers of an answer without document type; raises DumpRefused with BAD_FEED, TOO_LARGE or NO_PAPERS."""
    gathering = Gathering(name)
    body, is_cut = _closed(text)
    places = [found.start() for found in _RECORD.finditer(body)]
    if len(places) > MAX_PAPERS:
        raise gathering.refuse_too_many()
    try:
        # Entities are refused before, and expat fetches nothing.
        root = ET.fromstring(body)  # noqa: S314
    except ET.ParseError as error:
        line, excerpt = beginning(text)
        sentence = f"The answer is no valid XML ({error}). Save it again."
        raise DumpRefused("BAD_FEED", sentence, file=name, line=line, excerpt=excerpt) from error
    lines = Lines(text)
    records = [node for node in root.iter() if _tag(node) == "record"]
    for position, record in enumerate(records, 1):
        line = lines.at(places[position - 1]) if len(places) == len(records) else 1
        if (header := _child(record, "header")) is not None and header.get("status") == "deleted":
            continue
        try:
            gathering.take(_entry(record, position=position, line=line, today=today))
        except Unreadable as unreadable:
            gathering.reject(unreadable, line)
    if is_cut:
        sentence = "The file ends in the middle of the answer; the records that are whole were read."
        gathering.notices.append(Notice("TRUNCATED_LAST", None, sentence))
    return gathering.reading(Format.ARXIV, text)


def _closed(text: str) -> tuple[str, bool]:
    if "</OAI-PMH>" in text[-200:] or _RECORD_END not in text:
        return text, False
    verb = re.search(r"<(ListRecords|GetRecord)\b", text)
    end = text.rindex(_RECORD_END) + len(_RECORD_END)
    return text[:end] + (f"</{verb[1]}>" if verb else "") + "</OAI-PMH>", True


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
