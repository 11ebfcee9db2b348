"""The one escape: untrusted text made harmless for Slack, and cut to size.

Slack reads ``& < >`` as control characters in ``mrkdwn`` and in ``text`` (docs.slack.dev, formatting message text);
``* _ ~`` and backticks format. Everything that was not written by us goes through ``escape``, ``link``, ``bold`` or
``italic``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, urlsplit

from bot import cleaning

#: Signs that change the order or the width of what is read, and that nobody sees: embeddings, overrides and isolates
#: of direction, zero-width spaces, joiners of nothing, soft hyphens, tags, variation of nothing.
_UNSEEN_SIGNS = "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff"
_UNSEEN = re.compile(f"[{_UNSEEN_SIGNS}]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: A joiner between letters is spelling (Persian, Indic, emoji); one that joins nothing hides.
_STRAY_JOINER = re.compile("(?<![^\\W\\d_]|[\U00010000-\U0010ffff\u2600-\u27bf\ufe0f])[\u200c\u200d]+")
#: More marks than that on one letter climb over the lines around it.
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MANY_MARKS = re.compile(f"([{_MARKS}]{{3}})[{_MARKS}]+")
#: Printable signs that may have to go; most texts have none of them.
_DOUBTFUL = re.compile(f"[{_UNSEEN_SIGNS}{_MARKS}]")
#: Signs that format; and where they do: a mark formats where a word begins or ends with it; inside a word it is a letter like any other.
_FORMATTING = re.compile("[*_~`]")
_FORMATS = re.compile(r"(?<![^\W_])[*_~]+(?=\S)|(?<=\S)[*_~]+(?![^\W_])|`")
#: Each with a sign that looks much the same and formats nothing: asterisk operator, low line, tilde operator, grave.
_PLAIN_MARKS = str.maketrans({"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"})
#: Characters, escaped, of an address and of its label, so that a link leaves room beside it; Slack's limit is 3,000.
_LONGEST_URL, _LONGEST_LABEL = 1_000, 800
_JOINER = "\u200d"
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
#: A sentence that ends in the last part of what fits is ended there; an earlier one would say too little.
_ENOUGH = 0.4
#: Characters behind a stop by which it is known to end a sentence, and some more.
_AFTER_STOP = 16


def clean(text: str, limit: int | None = None) -> str:
    """The text on one line, without control signs, signs nobody sees and lone surrogates; cut with "…" at ``limit``."""
    seen = " ".join(text.split())
    # Joiners, surrogates and control signs are not printable.
    if not seen.isprintable() or (not seen.isascii() and _DOUBTFUL.search(seen)):
        seen = _BLANKS.sub(" ", _UNSEEN.sub("", text.encode("utf-8", "ignore").decode()))
        seen = _MANY_MARKS.sub(r"\1", _STRAY_JOINER.sub("", seen)).strip()
    return seen if limit is None else cut(seen, limit)


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters (at least 1); a longer text ends with "…", between words if a blank is near."""
    if len(text) <= limit:
        return text
    kept = text[: max(0, limit - 1)]
    # What belongs to the letter before stays with it, or goes with it.
    while kept and (_belongs(text[len(kept)]) or kept[-1] == _JOINER or _is_half(kept, text[len(kept)])):
        kept = kept[:-1]
    blank = kept.rfind(" ")
    if blank > len(kept) * 0.7:
        kept = kept[:blank]
    return f"{kept.rstrip(' ,;:-')}…"


def escape(text: str, limit: int | None = None) -> str:
    """For ``mrkdwn`` and ``text``: cleaned, cut at ``limit`` characters as read, and ``& < >`` escaped."""
    return _escaped(clean(text, limit))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unformatted(text: str, limit: int | None = None) -> str:
    """As ``escape``, and nothing in it formats: for text that stands in ``mrkdwn``."""
    plain = escape(text, limit)
    if _FORMATTING.search(plain):
        plain = _FORMATS.sub(lambda mark: mark[0].translate(_PLAIN_MARKS), plain)
    # A line that begins with ">" is a quotation, escaped or not.
    return f"\u203a{plain.removeprefix('&gt;')}" if plain.startswith("&gt;") else plain


def within(room: int, text: str, form: Callable[[str, int | None], str] = escape) -> str:
    """The longest beginning of a text that has at most ``room`` characters (at least 5) once it is escaped."""
    shown, limit = form(text, None), room
    while len(shown) > room:
        shown = form(text, limit)
        # One sign grows to five at most.
        limit -= max(1, (len(shown) - room) // 5)
    return shown


def bold(text: str, limit: int | None = None) -> str:
    """The text in bold ``mrkdwn``."""
    inner = unformatted(text, limit)
    return f"*{inner}*" if inner else ""


def italic(text: str, limit: int | None = None) -> str:
    """The text in italic ``mrkdwn``."""
    inner = unformatted(text, limit)
    return f"_{inner}_" if inner else ""


@lru_cache(2_048)
def safe_url(url: str) -> str | None:
    """The address if it may stand in a message: http or https with a host, at most 1,000 characters; else None."""
    plain = _BLANKS.sub("", _UNSEEN.sub("", url.encode("utf-8", "ignore").decode()))
    try:
        parts = urlsplit(plain)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    quoted = quote(plain, safe=":/?#[]!$&'()*+,;=%~-._")
    return quoted if len(_escaped(quoted)) <= _LONGEST_URL else None


def link(url: str, label: str, limit: int | None = None) -> str:
    """``<url|label>`` in ``mrkdwn``; the label alone where the address may not stand in a message."""
    shown = within(_LONGEST_LABEL, clean(label, limit), unformatted)
    address = safe_url(url)
    return f"<{_escaped(address)}|{shown}>" if address and shown else shown


def opening(abstract: str, limit: int = 190) -> str:
    """About two lines of an abstract, plain: whole sentences if one ends late enough, else cut with "…"."""
    whole = clean(abstract)
    if len(whole) <= limit:
        return whole
    kept = ""
    # What ends behind the limit is not kept, wherever it ends; a few signs behind a stop tell whether it is one.
    for sentence in cleaning.sentences(whole[: limit + _AFTER_STOP]):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > limit:
            break
        kept = longer
    return kept if len(kept) >= limit * _ENOUGH else cut(whole, limit)


def _belongs(sign: str) -> bool:
    """It changes the sign before it: a mark, a joiner, a variation, a skin tone."""
    return (
        unicodedata.combining(sign) != 0 or sign in "\u200c\u200d\ufe0e\ufe0f" or "\U0001f3fb" <= sign <= "\U0001f3ff"
    )


def _is_half(kept: str, following: str) -> bool:
    """A flag is two letters of its own; the first of one stands at the end of ``kept``."""
    letters = len(kept) - len(kept.rstrip(_FLAG_LETTERS))
    return following in _FLAG_LETTERS and letters % 2 == 1
