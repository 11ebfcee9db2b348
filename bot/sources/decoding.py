"""Bytes of a dump to text: which encodings are read, what is folded away, and what is refused before any parsing.

Folding keeps every visible character: line ends become LF, odd white space becomes a space, characters that
take no room (zero-width, direction marks, controls) go, and the rest is composed to NFC.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from bot.errors import DumpRefused

MAX_BYTES = 20_000_000
#: Characters a line of a text dump may have; JSON and HTML have no such limit.
MAX_LINE = 20_000
MAX_PAPERS = 5_000
EXCERPT = 60

_CONTROL_SHARE = 0.05
#: C0 controls and DEL without tab, line feed, vertical tab, form feed and carriage return.
_CONTROL_BYTES = bytes({*range(0x09), *range(0x0E, 0x20), 0x7F})
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
#: What files that people take for pages begin with.
_MAGIC = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\0": "an xz archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"{\\rtf": "a rich text document",
}

_SPACES = "\t\v\f\u0085\u00a0\u2007\u202f\u2028\u2029"
_INVISIBLE = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
_FOLD = {
    **dict.fromkeys(code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and code != ord("\n")),
    **dict.fromkeys(_INVISIBLE),
    **{ord(space): " " for space in _SPACES},
}
_FOLDED = re.compile(f"[{re.escape(''.join(map(chr, _FOLD)))}]")
#: As in Unicode's stream-safe text format (UAX 15, section 13): no real text stacks more marks on one letter.
_MARKS = 30


def decode(content: bytes, *, name: str) -> str:
    """The folded text of a dump's bytes.

    UTF-8 with or without a byte order mark, UTF-16 with one. A last character cut in half is dropped where the
    rest is plainly UTF-8. Raises DumpRefused with ``TOO_LARGE``, ``EMPTY``, ``BINARY`` or ``ENCODING``.
    """
    if len(content) > MAX_BYTES:
        raise DumpRefused(
            "TOO_LARGE",
            f"The file has {len(content):,} bytes; a dump may have {MAX_BYTES:,}. Split it and try again.",
            file=name,
        )
    encoding = _UTF16.get(content[:2])
    if encoding is None:
        _refuse_binary(content, name)
        text = _utf8(content.removeprefix(codecs.BOM_UTF8), name)
    else:
        text = _utf16(content[2:], encoding, name)
        _refuse_binary(text.encode("utf-8"), name)
    text = fold(text)
    if not text.strip():
        raise DumpRefused("EMPTY", "The file is empty. Save the page again.", file=name)
    return text


def fold(text: str) -> str:
    """Text as it is stored: LF line ends, plain spaces, no invisible characters, NFC; linear in its length."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _FOLDED.search(text):
        text = text.translate(_FOLD)
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _thinned(text))


def _thinned(text: str) -> str:
    """Without marks beyond the thirtieth of one letter: composing sorts a run of marks in quadratic time."""
    marks = "".join(char for char in set(text) if unicodedata.combining(unicodedata.normalize("NFD", char)[0]))
    if not marks:
        return text
    return re.sub(f"([{re.escape(marks)}]{{{_MARKS}}})[{re.escape(marks)}]+", r"\1", text)


def _refuse_binary(content: bytes, name: str) -> None:
    """Refuse what is no text at all, before its encoding is worth a word."""
    line = None
    kind = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    controls = len(content) - len(content.translate(None, _CONTROL_BYTES))
    if kind is not None:
        line = 1
    elif (nul := content.find(b"\0")) >= 0:
        line = _line_at(content, nul)
    elif controls <= _CONTROL_SHARE * len(content):
        return
    raise DumpRefused(
        "BINARY",
        f"The file is {kind or 'not text'}. Save the page as text, HTML or JSON and try again.",
        file=name,
        line=line,
        excerpt=_excerpt(content),
    )


def _utf8(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_in_half = error.reason == "unexpected end of data" and not content[: error.start].isascii()
        if cut_in_half:
            return content[: error.start].decode("utf-8")
        raise _encoding_refused(content, error, "UTF-8", name) from error


def _utf16(content: bytes, encoding: str, name: str) -> str:
    try:
        return content[: len(content) - len(content) % 2].decode(encoding)
    except UnicodeDecodeError as error:
        raise _encoding_refused(content, error, "UTF-16", name) from error


def _encoding_refused(content: bytes, error: UnicodeDecodeError, encoding: str, name: str) -> DumpRefused:
    start = content.rfind(b"\n", 0, error.start) + 1
    return DumpRefused(
        "ENCODING",
        f"The file is not valid {encoding}: byte {error.start + 1:,} cannot be read. Save it as UTF-8 and try again.",
        file=name,
        line=_line_at(content, error.start),
        excerpt=_excerpt(content[start:]),
    )


def _line_at(content: bytes, offset: int) -> int:
    """The line, from 1, after any line end is counted as one."""
    before = content[:offset]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")


def _excerpt(content: bytes) -> str:
    text = fold(content[: 4 * EXCERPT].decode("utf-8", "replace"))
    return text.partition("\n")[0][:EXCERPT]
