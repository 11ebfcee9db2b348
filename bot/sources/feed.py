"""RSS and Atom: feeds of Daily Papers, arXiv's daily feeds, and answers of arXiv's query API.

feedparser is given bytes in memory, never a text that it might take for an address or a file name, and only what
was found to be well-formed: its fallback for anything else is quadratic.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import NoReturn, cast

import feedparser

from bot.errors import DumpRefused
from bot.models import Format, Notice, Reading, YearOrigin
from bot.sources import oai
from bot.sources.decoding import MAX_PAPERS
from bot.sources.feed_entries import Fields, day_of, feed_entry
from bot.sources.gathering import Gathering, Unreadable, beginning
from bot.sources.positions import Lines
from bot.sources.xml_entries import Piece, Pieces, defect, pieces

_START = re.compile(
    r"\s*+(?:<!--(?:[^-]|-(?!->))*+-->\s*+|<\?[^<>]*+>\s*+|<!DOCTYPE\s[^<>\[]*+(?:\[[^\]]*+\]\s*+)?>\s*+)*+"
    r"<(?:\w{1,20}:)?(?:rss|feed|RDF|OAI-PMH)\b",
    re.IGNORECASE,
)
_ROOTS = "rss|feed|RDF"
_ENTRIES = "item|entry"

_ARXIV_SPACE = "http://arxiv.org/schemas/atom"


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
            gathering.take(feed_entry(items[piece.start], position=position, line=line, today=today))
        except Unreadable as unreadable:
            gathering.reject(unreadable, line)
    if found.is_truncated:
        sentence = "The file ends in the middle of the feed; the entries that are whole were read."
        gathering.notices.append(Notice("TRUNCATED_LAST", None, sentence))
    if not gathering.entries:
        raise _no_papers(text, gathering, found)
    page_date = day_of(channel.get("updated_parsed") or channel.get("published_parsed"), YearOrigin.GIVEN)
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


def _no_papers(text: str, gathering: Gathering, found: Pieces) -> DumpRefused:
    line, excerpt = beginning(text)
    if (found.entries or found.is_truncated) and not found.whole():
        sentence = "No entry of the feed is whole. Save it again."
        return DumpRefused("BAD_FEED", sentence, file=gathering.name, line=line, excerpt=excerpt)
    if gathering.rejected and all(bad.code == "NOT_A_PAPER" for bad in gathering.rejected):
        sentence = "This is a feed, but none of its entries leads to a paper of arXiv or Daily Papers."
        return DumpRefused("NOT_A_PAPERS_PAGE", sentence, file=gathering.name, line=line, excerpt=excerpt)
    return gathering.nothing_found(text)
