"""Bytes to text: encodings, folding, and what is refused before parsing."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import DumpRefused
from bot.sources.decoding import MAX_BYTES, decode, fold

PAGE = "Ein Titel mit Umlaut: Äpfel\n\nZweite Zeile\n"


def refusal(content: bytes) -> DumpRefused:
    """The refusal that these bytes meet."""
    with pytest.raises(DumpRefused) as refused:
        decode(content, name="inbox/page.txt")
    return refused.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_of_text_files_give_the_same_text(encoding: str) -> None:
    """UTF-8 with and without a byte order mark and UTF-16 with one are one text."""
    assert decode(PAGE.encode(encoding), name="page.txt") == PAGE


def test_utf_16_of_either_byte_order_is_read() -> None:
    """The byte order mark tells the order."""
    assert decode(b"\xfe\xff" + PAGE.encode("utf-16-be"), name="page.txt") == PAGE
    assert decode(b"\xff\xfe" + PAGE.encode("utf-16-le"), name="page.txt") == PAGE


def test_line_ends_spaces_and_invisible_characters_are_folded() -> None:
    """Nothing that takes no room survives, and every line end and space is the plain one."""
    written = "a\r\nb\rc\u00a0d\u202fe\tf\u200b\u200d\ufeff\x07g\u2028h e\u0301"
    assert fold(written) == "a\nb\nc d e fg h \u00e9"


def test_direction_marks_that_reorder_a_title_are_dropped() -> None:
    """A title cannot hide letters behind overrides."""
    assert fold("A \u202eelttil\u202c title") == "A elttil title"


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "EMPTY", None),
        (b"\xef\xbb\xbf \n\n", "EMPTY", None),
        (b"one\ntwo\0three", "BINARY", 2),
        (b"%PDF-1.7\nfile named page.txt", "BINARY", 1),
        (b"PK\x03\x04rest", "BINARY", 1),
        (bytes(range(1, 9)) * 20, "BINARY", None),
        ("Zeile\nÄpfel und Birnen\n".encode("latin-1"), "ENCODING", 2),
        (b"caf\xe9", "ENCODING", 1),
        (b"lone surrogate \xed\xa0\x80 here", "ENCODING", 1),
        (b"\xff\xfe\x00\xd8a\x00", "ENCODING", 1),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(content: bytes, code: str, line: int | None) -> None:
    """Each refusal names its code, the file, the line and at most sixty characters of it."""
    refused = refusal(content)
    assert (refused.code, refused.file, refused.line) == (code, "inbox/page.txt", line)
    assert len(refused.excerpt) <= 60
    assert refused.sentence.endswith(".")


def test_a_file_over_the_limit_is_refused() -> None:
    """Twenty million bytes are read, one more is not."""
    assert refusal(b"a" * (MAX_BYTES + 1)).code == "TOO_LARGE"
    assert decode(b"a" * MAX_BYTES, name="page.txt").startswith("aaa")


def test_a_last_character_cut_in_half_is_dropped() -> None:
    """A download that broke off inside a character of a UTF-8 page is still read."""
    assert decode("Äpfel und Ä".encode()[:-1], name="page.txt") == "Äpfel und "


def test_stacked_marks_are_thinned_in_linear_time() -> None:
    """A million marks on one letter, which composing would sort for minutes, take no time."""
    before = time.perf_counter()
    folded = fold("a" + "\u0301\u0323" * 500_000)
    assert time.perf_counter() - before < 5
    assert len(folded) < 40


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(content: bytes) -> None:
    """No bytes break the decoder, and what it gives is folded and composed."""
    try:
        text = decode(content, name="page.txt")
    except DumpRefused:
        return
    assert text == fold(text) == unicodedata.normalize("NFC", text)


@given(st.text(max_size=300))
def test_folding_is_done_once(text: str) -> None:
    """Folding a folded text changes nothing."""
    assert fold(fold(text)) == fold(text)
