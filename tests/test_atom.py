"""The feed is Atom, whatever its papers say, and the same as long as nothing new was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from xml.etree import ElementTree as ET

import feedparser
from hypothesis import given, settings
from letter_samples import CARDS, VOX

from bot.atom import Entry, feed
from bot.blocks import Card
from bot.blocks.card_parts import shown_title
from bot.models import UserId
from tests.test_blocks_text import hostile

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
READER = UserId("T1", "UAMARA")
ADDRESS = "https://papers.example.org/feeds/" + "t" * 43
ATOM = "{http://www.w3.org/2005/Atom}"
ENTRIES = [Entry(card, card.paper.id, NOW - timedelta(hours=place)) for place, card in enumerate(CARDS)]


def parsed_from(content: bytes) -> Any:
    """The feed as a program of another make reads it."""
    return cast("Any", feedparser.parse(content))


def made(*entries: Entry, address: str = ADDRESS, reader: UserId = READER) -> bytes:
    """A feed of these entries."""
    return feed(reader, "Papers for you", address, entries, made=NOW)


def test_a_feed_reader_reads_it() -> None:
    """Titles, links, authors, dates and reasons, newest first, as a feed reader of another make sees them."""
    parsed = parsed_from(made(*ENTRIES[::-1]))
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert (parsed.feed.title, parsed.feed.updated) == ("Papers for you", "2026-03-18T09:00:00Z")
    assert [entry.title for entry in parsed.entries] == [card.paper.title for card in CARDS]
    first = parsed.entries[0]
    assert first.link == "https://huggingface.co/papers/2603.00001"
    assert [author.name for author in first.authors] == ["Ada Quill", "Bo Tamm"]
    assert first.summary.startswith("Closer to “speech recognition for small languages” than 99.4 %")
    content = first.content[0].value
    assert "<strong>rare languages</strong>" in content
    assert VOX.abstract in content
    assert '<a href="https://example.org/vox-minima">code</a>' in content
    assert "<strong>Something different</strong>" in parsed.entries[3].content[0].value


def test_what_the_standard_asks_for() -> None:
    """RFC 4287: one id, title and updated each, ids that are URIs and unique, an author, and where it is itself."""
    root = ET.fromstring(made(*ENTRIES))  # noqa: S314 - it is ours
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.iter(f"{ATOM}entry")):
        assert [len(element.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
    ids = [found.text or "" for found in root.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids) == len(ENTRIES) + 1
    assert all(one.startswith("urn:uuid:") for one in ids)
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    [own] = [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == ADDRESS


def test_the_same_papers_are_the_same_bytes() -> None:
    """Whatever the order they come in; another address makes nothing new again, and another reader everything."""
    assert made(*ENTRIES) == made(*ENTRIES[::-1])
    ids = [[found.text for found in ET.fromstring(one).iter(f"{ATOM}id")] for one in (  # noqa: S314 - they are ours
        made(*ENTRIES),
        made(*ENTRIES, address=f"{ADDRESS}2"),
        made(*ENTRIES, reader=UserId("T1", "UBEN")),
    )]  # fmt: skip
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])


def test_a_feed_without_papers_is_a_feed() -> None:
    """It is as old as its address."""
    parsed = parsed_from(made())
    assert (parsed.bozo, parsed.entries, parsed.feed.updated) == (False, [], "2026-03-18T09:00:00Z")


@settings(max_examples=60)
@given(hostile, hostile, hostile, hostile)
def test_nothing_that_anybody_wrote_acts(title: str, abstract: str, why: str, name: str) -> None:
    """A hostile paper is well-formed XML, has no tags but ours in its content, and reads as it is shown."""
    one = replace(
        VOX, title=title, abstract=abstract, authors=(name,), categories=(name,), code_url=f"https://x.example/{name}"
    )
    content = made(Entry(Card(one, why=why, passage=abstract, marked=(name,)), one.id, NOW))
    root = ET.fromstring(content)  # noqa: S314 - it is ours
    [entry] = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == shown_title(title)
    inner = ET.fromstring(f"<div>{entry.findtext(f'{ATOM}content')}</div>")  # noqa: S314 - it is ours
    assert {found.tag for found in inner.iter()} <= {"div", "p", "em", "strong", "blockquote", "a"}
    assert all(found.get("href", "https://").startswith("https://") for found in inner.iter())
