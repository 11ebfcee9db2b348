"""What a reader was sent, as an Atom feed (RFC 4287). Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from bot import identity
from bot.blocks import Card, clean
from bot.blocks.card import DIFFERENT, DIFFERENT_IS, passage_of, reasons_of
from bot.blocks.card_facts import DOT, facts_of
from bot.blocks.card_parts import shown_title
from bot.blocks.text import safe_url
from bot.cleaning import display
from bot.models import UserId

_ATOM = "http://www.w3.org/2005/Atom"
_AUTHOR, _MOST_AUTHORS, _ABSTRACT = 100, 20, 4_000
#: What XML 1.0 has no place for, escaped or not (its section 2.2).
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper of a feed."""

    card: Card
    #: The id that it was sent under, which it keeps when papers are joined.
    paper_id: str
    #: When it was sent, aware.
    at: datetime


def feed(reader: UserId, title: str, address: str, entries: Sequence[Entry], *, made: datetime) -> bytes:
    """The feed, newest first; ``address`` is its own, ``made`` (aware) its date while it has no entries.

    The same entries give the same bytes. Ids stay when the address is renewed, so that nothing is new again.
    """
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _add(root, "id", _id(f"{reader.workspace}/{reader.user}"))
    _add(root, "title", clean(title))
    _add(root, "updated", _moment(max((entry.at for entry in entries), default=made)))
    _add(root, "link", rel="self", type="application/atom+xml", href=address)
    _add(_add(root, "author"), "name", "Paperbot")
    _add(root, "generator", "Paperbot")
    for entry in sorted(entries, key=lambda one: (one.at, one.paper_id), reverse=True):
        _entry(root, reader, entry)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _entry(root: ET.Element, reader: UserId, entry: Entry) -> None:
    paper = entry.card.paper
    one = _add(root, "entry")
    _add(one, "id", _id(f"{reader.workspace}/{reader.user}/{entry.paper_id}"))
    _add(one, "title", shown_title(paper.title))
    _add(one, "updated", _moment(entry.at))
    if day := paper.published_at:
        _add(one, "published", _moment(day))
    if address := safe_url(identity.paper_url(paper)):
        _add(one, "link", rel="alternate", type="text/html", href=address)
    for name in [shown for author in paper.authors[:_MOST_AUTHORS] if (shown := clean(author, _AUTHOR))]:
        _add(_add(one, "author"), "name", name)
    for category in paper.categories:
        if term := clean(category, _AUTHOR):
            _add(one, "category", term=term)
    if reasons := DOT.join(reasons_of(entry.card)):
        _add(one, "summary", reasons)
    _add(one, "content", "".join(_paragraphs(entry.card)), type="html")


def _paragraphs(told: Card) -> Iterator[str]:
    """The card as HTML; all that is not written here is escaped."""
    paper = told.paper
    if told.exploring:
        yield f"<p><strong>{DIFFERENT}</strong>{DOT}{DIFFERENT_IS}</p>"
    if reasons := reasons_of(told):
        yield f"<p><em>{html.escape(DOT.join(reasons))}</em></p>"
    if passage := passage_of(paper, told.passage, told.marked):
        marked = (f"<strong>{html.escape(text)}</strong>" if bold else html.escape(text) for text, bold in passage)
        yield f"<blockquote><p>{''.join(marked)}</p></blockquote>"
    if abstract := clean(display(paper.abstract or ""), _ABSTRACT):
        yield f"<p>{html.escape(abstract)}</p>"
    facts = [html.escape(fact) for fact in facts_of(paper)]
    for url, label in ((paper.code_url, "code"), (paper.project_url, "project page")):
        if url and (address := safe_url(url)):
            facts.append(f'<a href="{html.escape(address)}">{label}</a>')
    if facts:
        yield f"<p>{DOT.join(facts)}</p>"


def _add(parent: ET.Element, name: str, text: str = "", /, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, {key: _NO_CHARACTER.sub("", value) for key, value in attributes.items()})
    element.text = _NO_CHARACTER.sub("", text) or None
    return element


def _id(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'paperbot:{name}')}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
