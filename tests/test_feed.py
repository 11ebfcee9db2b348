"""Feeds: daily papers, arXiv's announcements, its query API and its records; nothing is fetched or expanded."""

from __future__ import annotations

import gzip
import socket
import time
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import sources
from bot.errors import DumpRefused
from bot.models import Format, Reading
from bot.sources import feed
from tests.told import TODAY, inputs, pair

ABSTRACT = "We ask how lanterns can be kept cheap while they grow, and answer with a study of ninety of them. " * 3


def entry(number: int, title: str = "Lanterns", abstract: str = ABSTRACT) -> str:
    return (
        f"<item><title>{title} {number}</title><link>https://arxiv.org/abs/2601.{number:05d}</link>"
        f"<description>{abstract}</description></item>"
    )


def rss(*entries: str, before: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{before}<rss version="2.0"><channel><title>t</title>{"".join(entries)}</channel></rss>'
    )


def read(text: str) -> Reading:
    return sources.read(text.encode("utf-8", "surrogatepass"), name="feed.xml", today=TODAY)


def refused(text: str) -> DumpRefused:
    with pytest.raises(DumpRefused) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize("path", inputs("feed"), ids=lambda path: path.name)
def test_feeds_of_every_kind_are_read(path: Path) -> None:
    """Each feed in tests/data/feed gives exactly what stands in the file beside it."""
    read_as, expected = pair(path)
    assert read_as == expected


@pytest.mark.parametrize(
    ("text", "is_feed"),
    [
        (rss(), True),
        ("\n<!-- a comment --><feed xmlns='http://www.w3.org/2005/Atom'/>", True),
        ('<?xml version="1.0"?><?xml-stylesheet href="x"?><rdf:RDF xmlns:rdf="y">', True),
        ('<?xml version="1.0"?><!DOCTYPE html><html></html>', False),
        ("<feedback>no feed</feedback>", False),
        ("A paper about <rss> and <feed>", False),
    ],
)
def test_a_feed_is_told_by_its_first_element(text: str, *, is_feed: bool) -> None:
    """Comments, stylesheets and document types may stand before it."""
    assert feed.recognises(text) is is_feed


def test_a_damaged_entry_costs_itself_only() -> None:
    """Stray ampersands, names of HTML and signs are mended; an entry that stays broken is rejected alone."""
    entries = [entry(number) for number in range(1, 200)]
    entries[50] = entry(51, abstract=f"{ABSTRACT} R&D, p < 0.05 &mdash; done")
    entries[60] = entry(61).replace("</title>", "</titel>")
    entries[70] = entry(71, abstract="<a>" * 100 + "</a>" * 100)
    entries[80] = entry(81).replace("<item>", "<item x:y='1'>")
    reading = read(rss(*entries))
    assert [bad.code for bad in reading.rejected] == ["BAD_FEED"] * 3
    assert len(reading.entries) == 196
    mended = next(told for told in reading.entries if told.arxiv_id == "2601.00051")
    assert mended.abstract is not None
    assert mended.abstract.endswith("R&D, p < 0.05 \N{EM DASH} done")


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed that names external parts, or is an address itself, opens no connection and no file."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        assert len(read(rss(entry(1), before=f'<!DOCTYPE rss SYSTEM "{address}">')).entries) == 1
        assert refused(rss(entry(1), before=f'<!DOCTYPE rss [<!ENTITY e SYSTEM "{address}">]>')).code == "BAD_FEED"
        monkeypatch.chdir("/")
        for name in (address, "/etc/passwd", "etc/hostname"):
            assert refused(name).code in {"NO_PAPERS", "NOT_A_PAPERS_PAGE"}
        with pytest.raises(BlockingIOError):
            server.accept()


def test_entities_are_not_expanded() -> None:
    """A billion laughs end in a refusal that says where."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">\n' for n in range(1, 10))
    error = refused(rss(entry(1, title="&l9;"), before=f'<!DOCTYPE rss [\n<!ENTITY l0 "ha">\n{laughs}]>'))
    assert (error.code, error.line, error.excerpt) == ("BAD_FEED", 2, '<!ENTITY l0 "ha">')


def test_a_cut_off_feed_keeps_its_whole_entries() -> None:
    """Wherever a feed is cut, the entries before the cut are read, and the reading says that it was cut."""
    text = rss(*(entry(number) for number in range(1, 6)))
    first = text.index("</item>") + len("</item>")
    for cut in range(first, text.rindex("</rss>"), 61):
        reading = read(text[:cut])
        assert len(reading.entries) == text[:cut].count("</item>")
        assert "TRUNCATED_LAST" in [notice.code for notice in reading.notices]


@pytest.mark.parametrize(
    "text",
    [
        "<rss>" + "<a>" * 700_000,
        "<rss><channel>" + "<item>" * 4_000,
        "<rss><channel>" + "<" * 2_000_000,
        "<rss><channel><item><title>" + "&" * 2_000_000,
        "<rss><channel><item" + " a=1" * 500_000 + ">",
        "<OAI-PMH><record>" + "<a>" * 300_000 + "</a>" * 300_000 + "</record></OAI-PMH>",
        "<feed>" + "<entry><![CDATA[" * 4_000,
    ],
    ids=["deep", "unclosed", "signs", "ampersands", "attributes", "deep record", "sections"],
)
def test_xml_that_explodes_is_refused_in_time(text: str) -> None:
    """XML made to keep a parser busy is refused within seconds."""
    started = time.perf_counter()
    assert refused(text).code == "BAD_FEED"
    assert time.perf_counter() - started < 10


def test_a_real_feed_is_read_whole(shared: Path | None) -> None:
    """The real feed loses no entry, no abstract and no author, and signs in titles stay."""
    if shared is None:
        assert read(rss(entry(1, title=escape("R&D")))).entries[0].title == "R&D 1"
        return
    content = gzip.decompress((shared / "samples" / "feed_2025-08-31.xml.gz").read_bytes())
    reading = sources.read(content, name="feed.xml", today=TODAY)
    assert (reading.format, len(reading.entries), reading.rejected) == (Format.FEED, 19, ())
    rows = content.decode().split("\n")
    for told in reading.entries:
        assert told.arxiv_id is not None
        assert told.arxiv_id in "".join(rows[told.line - 1 : told.line + 2])
        assert told.abstract is not None
        assert len(told.abstract) > 500
        assert "<" not in told.abstract
        assert told.author_count
        assert told.upvotes is not None
        assert told.published_at is not None
    assert any("&" in told.title for told in reading.entries)


PIECES = st.sampled_from(
    [
        *(
            "<item>",
            "</item>",
            "<entry>",
            "</entry>",
            "<title>",
            "</title>",
            "T",
            "<link>https://arxiv.org/abs/2601.00001</link>",
        ),
        *(
            "<![CDATA[",
            "]]>",
            "&amp;",
            "&",
            "<",
            "<description>",
            "</description>",
            "<p><b>Summary:</b>",
            "\0",
            "&#0;",
            "&#xd800;",
        ),
        *(
            "<pubDate>Mon, 99 Foo 20255</pubDate>",
            "<updated>2025-13-45</updated>",
            "<!--",
            "-->",
            "<x:y>",
            "<record/>",
            "<channel>",
        ),
    ]
)


@given(st.sampled_from(["<rss>", "<feed>", "<rdf:RDF>", "<OAI-PMH>"]), st.lists(PIECES, max_size=25))
def test_any_feed_is_read_or_refused(root: str, pieces: list[str]) -> None:
    """Pieces of feeds in any order give a reading or a refusal."""
    try:
        reading = read(root + "".join(pieces).replace("\0", "") + root.replace("<", "</"))
    except DumpRefused:
        return
    assert all(told.arxiv_id for told in reading.entries)
