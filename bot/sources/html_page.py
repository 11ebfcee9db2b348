"""Saved pages of the site: the data that the page carries for its own script first, else the cards it shows.

    html ─► page data (``data-props``) ─► items as in the JSON API
         └► cards, or the one paper of ``/papers/<id>``

Browsers keep the page's data when they save a page; only tools that clean HTML drop it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import cast

from selectolax.lexbor import LexborHTMLParser

from bot.errors import DumpRefused
from bot.models import Format, Notice, Reading
from bot.sources.dates import settle_years
from bot.sources.decoding import MAX_PAPERS
from bot.sources.gathering import Gathering, Unreadable, beginning
from bot.sources.html_cards import Card, cards
from bot.sources.html_origin import own_addresses, page_day
from bot.sources.html_paper import own_page
from bot.sources.item_fields import mapping
from bot.sources.json_api import day_of, papers_of
from bot.sources.json_scanning import decode_json
from bot.sources.json_values import read_item
from bot.sources.links import Link
from bot.sources.markup import attribute, is_tangled, parse, text_of
from bot.sources.positions import Lines
from bot.sources.wording import one_line

_LEADING = re.compile(r"(?:\s++|<!--(?:[^-]|-(?!->))*+-->|<\?xml\b[^<>]*+>)*+")
_START = re.compile(r"<!doctype\s+html|<html\b|<head\b|<body\b", re.IGNORECASE)
_HYDRATED = re.compile(r"<[a-z][^<>]{0,300}\bdata-target=[\"']?DailyPapers\b", re.IGNORECASE)
_FRAGMENT = re.compile(r"<(?:div|main|section|article|table|ul|ol|header|nav)\b", re.IGNORECASE)
_FRAGMENT_LINK = re.compile(
    r"<a\s[^<>]{0,500}\bhref=[\"'](?:https?://(?:www\.)?(?:huggingface|hf)\.co)?/papers/", re.IGNORECASE
)


def recognises(text: str) -> bool:
    """Whether a text is HTML by its content. Markdown with an HTML tag in it is not."""
    found = _LEADING.match(text)
    start = found.end() if found else 0
    if _START.match(text, start) or _HYDRATED.search(text):
        return True
    return _FRAGMENT.match(text, start) is not None and _FRAGMENT_LINK.search(text) is not None


def read(text: str, *, name: str, today: date, page_year: int | None = None, force: bool = False) -> Reading:
    """The papers of a page's HTML. ``page_year`` is the year a person gives for it; ``force`` changes nothing.

    Raises DumpRefused with ``TOO_LARGE``, ``NO_PAPERS``, ``NOT_A_PAPERS_PAGE``, ``RATE_LIMIT_PAGE`` or ``LOGIN_PAGE``.
    """
    del force
    gathering = Gathering(name)
    if is_tangled(text):
        line, excerpt = beginning(text)
        sentence = (
            "The HTML has far more elements, or deeper nested ones, than any page of the site. Save the page again."
        )
        raise DumpRefused("NOT_A_PAPERS_PAGE", sentence, file=name, line=line, excerpt=excerpt)
    tree = parse(text)
    addresses = own_addresses(tree, text)
    data = _page_data(tree)
    page_date = day_of(data) or page_day(tree, addresses)
    query = _query(data, addresses)
    shown = [own] if (own := own_page(tree)) else cards(tree)
    _read_data(data, text, gathering, today=today)
    ids = {entry.arxiv_id for entry in gathering.entries}
    if shown and not any(card.arxiv_id in ids for card in shown):
        # The script has replaced the list that the page came with, or there never was any data.
        gathering = Gathering(name)
        _read_cards(shown, text, gathering)
    elif query and data and not data.get("searchResults"):
        sentence = "The page was saved without the results of its search; the papers listed beside them were read."
        gathering.notices.append(Notice("NO_SEARCH_RESULTS", None, sentence))
        query = None
    if not gathering.entries:
        raise _nothing_found(tree, text, gathering)
    year = page_year or next((found.year for found in addresses if found.year), None)
    page_date, entries, notices = settle_years(page_date, gathering.entries, today=today, page_year=year)
    gathering.notices += notices
    return gathering.reading(Format.HTML, text, page_date=page_date, query=query, entries=entries)


def _page_data(tree: LexborHTMLParser) -> dict[str, object]:
    """The data of the list on the page, as the server gave it to the page's script; empty where there is none."""
    for node in tree.css("[data-props]"):
        props = attribute(node, "data-props")
        if not any(f'"{key}"' in props for key in ("dailyPapers", "searchResults", "paper")):
            continue
        try:
            data = mapping(decode_json(props))
        except ValueError:
            continue
        if data and any(isinstance(data.get(key), list) for key in ("dailyPapers", "searchResults")):
            return data
        paper = mapping(data.get("paper")) if data else None
        if paper and isinstance(paper.get("summary"), str):
            return cast("dict[str, object]", data)
    return {}


def _query(data: Mapping[str, object], addresses: list[Link]) -> str | None:
    """The search that the page was asked for."""
    asked = (mapping(data.get("query")) or {}).get("q")
    told = [asked if isinstance(asked, str) else None, *(found.query for found in addresses)]
    return next((query for text in told if text and (query := one_line(text))), None)


def _read_data(data: Mapping[str, object], text: str, gathering: Gathering, *, today: date) -> None:
    """Gather the papers of the page's data, of a search page its results."""
    items = papers_of(data) or []
    if len(items) > MAX_PAPERS:
        raise gathering.refuse_too_many()
    lines = Lines(text)
    day = told.as_date() if data.get("periodType") == "day" and (told := day_of(data)) else None
    for position, item in enumerate(items, 1):
        try:
            entry = read_item(item, position=position, line=1, today=today)
            line = lines.of(entry.title)
            gathering.take(replace(entry, line=line, listed=day or entry.listed))
        except Unreadable as unreadable:
            gathering.reject(unreadable, None)


def _read_cards(shown: list[Card], text: str, gathering: Gathering) -> None:
    """Gather the papers of the cards that the page shows, or the one paper it is about."""
    if len(shown) > MAX_PAPERS:
        raise gathering.refuse_too_many()
    lines = Lines(text)
    for position, card in enumerate(shown, 1):
        line = lines.of(card.title)
        try:
            gathering.take(card.entry(position=position, line=line))
        except Unreadable as unreadable:
            gathering.reject(unreadable, line)


def _nothing_found(tree: LexborHTMLParser, text: str, gathering: Gathering) -> DumpRefused:
    """The refusal of a page without papers: a wall, an empty page of the site, or another page altogether."""
    visible = tree.body.text(separator="\n") if tree.body else ""
    form = "\npassword\n" if tree.css_first('input[type="password"]') is not None else ""
    refused = gathering.nothing_found(f"{text_of(tree.css_first('title'))}\n{visible}{form}")
    line, excerpt = beginning(text)
    is_site = tree.css_first(".DailyPapersPage, [data-target=DailyPapers]") is not None
    if refused.code == "NO_PAPERS" and not gathering.rejected and not is_site:
        sentence = "This is HTML, but not a page of Daily Papers: no card and no link to a paper was found."
        return DumpRefused("NOT_A_PAPERS_PAGE", sentence, file=gathering.name, line=line, excerpt=excerpt)
    return DumpRefused(refused.code, refused.reason, file=gathering.name, line=refused.line or line, excerpt=excerpt)
