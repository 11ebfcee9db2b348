"""The table of formats: content decides, whatever a file is called; bytes that are no dump are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import sources
from bot.errors import DumpRefused
from bot.models import Format, Reading
from tests.pages import invented, json_page, text_page
from tests.told import TODAY

DATA = Path(__file__).parent / "data"
PAPERS = [invented("lanterns", number, f"2601.{number:05d}") for number in range(1, 5)]


def read(content: bytes, name: str = "dump") -> Reading:
    return sources.read(content, name=name, today=TODAY)


def outcome(content: bytes) -> bool:
    """Whether bytes are read with papers, or refused with a code, a sentence and a short excerpt."""
    try:
        return bool(read(content).entries)
    except DumpRefused as refused:
        return refused.code.isupper() and bool(refused.reason) and len(refused.excerpt) <= 60


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (json_page(PAPERS), Format.JSON),
        ((DATA / "html" / "day_with_data.html").read_bytes(), Format.HTML),
        ((DATA / "html" / "saved_as_one_file.mhtml").read_bytes(), Format.HTML),
        ((DATA / "feed" / "daily.xml").read_bytes(), Format.FEED),
        ((DATA / "feed" / "arxiv_rss.xml").read_bytes(), Format.ARXIV),
        (text_page(PAPERS), Format.TEXT),
    ],
    ids=["json", "html", "mhtml", "feed", "arxiv", "text"],
)
@pytest.mark.parametrize("name", ["page.txt", "page.json", "page.html", "page", ".xml", "../../page.pdf"])
def test_content_decides_and_not_the_name(content: bytes, format_: Format, name: str) -> None:
    """Each format is recognised under every name, also behind a byte order mark and with other line ends."""
    assert read(content, name).format is format_
    assert read(b"\xef\xbb\xbf\n\n" + content, name).format is format_
    assert read(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), name).entries == read(content, name).entries


def test_a_markdown_link_is_no_json() -> None:
    """A text that begins with a link in brackets goes to the text reader."""
    lines = [f"[{paper.title}](/papers/{paper.arxiv_id})\n\n{paper.abstract}\n" for paper in PAPERS]
    for begin in (
        "[Daily Papers](https://huggingface.co/papers)\n\n",
        '["Daily Papers"](https://huggingface.co/papers)\n\n',
    ):
        assert read((begin + "\n".join(lines)).encode()).format is Format.TEXT


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY"),
        (b" \n\t\r\n ", "EMPTY"),
        (b"\xef\xbb\xbf", "EMPTY"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "BINARY"),
        (b"PK\x03\x04\x14\x00", "BINARY"),
        (b"\x1f\x8b\x08\x00\x00", "BINARY"),
        (b"\x89PNG\r\n\x1a\n", "BINARY"),
        (b"[" + b"\0" * 100 + b"]", "BINARY"),
        ("Zürich, bitte warten".encode("latin-1"), "ENCODING"),
        (b"[" + b" " * 20_000_000 + b"]", "TOO_LARGE"),
    ],
    ids=["empty", "blank", "mark", "pdf", "zip", "gzip", "png", "nul", "latin-1", "large"],
)
def test_bytes_that_are_no_text_are_refused(content: bytes, code: str) -> None:
    """What no reader should ever see is refused with its code, and the refusal names the file."""
    with pytest.raises(DumpRefused) as caught:
        read(content, "inbox/page.txt")
    assert (caught.value.code, caught.value.file) == (code, "inbox/page.txt")
    assert caught.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"GIF89a", "a picture"),
        (b"\x01\x02\x03", "not text"),
    ],
)
def test_the_refusal_says_what_a_file_is(content: bytes, kind: str) -> None:
    """A PDF, an archive or a picture under the name of a page is called by its own name."""
    with pytest.raises(DumpRefused, match=f"^The file is {kind}") as caught:
        read(content, "page.txt")
    assert caught.value.code == "BINARY"


def test_the_same_page_is_the_same_dump() -> None:
    """Line ends and byte order marks do not change a page's digest; a letter does."""
    page = text_page(PAPERS)
    same = {sources.digest(page), sources.digest(b"\xef\xbb\xbf" + page), sources.digest(page.replace(b"\n", b"\r\n"))}
    same.add(sources.digest(page.decode().encode("utf-16")))
    assert len(same) == 1
    assert sources.digest(page + b"x") not in same
    assert all(len(digest) == 64 for digest in same)


@given(st.binary(max_size=400))
@example(b'{"')
@example(b"[{'")
@example(b"<rss>")
@example(b"<html")
@example(b"<!DOCTYPE html")
@example(b"From: a\nContent-Type: multipart/related\n\n")
@example("\ufeff[".encode("utf-16"))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Any bytes give a reading with papers or a refusal, never anything else."""
    assert outcome(content)


@given(st.sampled_from(sorted(DATA.glob("*/*.*ml")) + sorted(DATA.glob("json/*.json*"))), st.data())
def test_damaged_dumps_are_read_or_refused(path: Path, data: st.DataObject) -> None:
    """A dump of any format with a stretch lost or overwritten gives a reading or a refusal."""
    content = path.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 300)))
    middle = data.draw(st.binary(max_size=12) | st.sampled_from([b"<", b'"', b"&quot;", b"</article>", b"]]>", b"{"]))
    assert outcome(content[:start] + middle + content[end:])
