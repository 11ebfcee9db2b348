"""Untrusted text in Slack: what people wrote is shown as they wrote it, and never acts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.text import bold, clean, cut, escape, italic, link, opening, safe_url, unformatted, within
from tests.block_limits import live

#: Pieces that mean something to Slack, to a terminal or to the eye.
PIECES = (
    "<!channel>", "<!here>", "<@U012ABC>", "<#C012ABC>", "<!subteam^S012>", "<https://evil.example|arxiv.org>", "&lt;",
    "<!date^1392734382^{date}|x>", "`code`", "```", "*bold*", "_it_", "~no~", "\u202e", "\u2066", "\u200b", "\u0007",
    "\n", "\r", "\u2028", "\ud800", "👩‍🔬", "e\u0301", "naïve", "x" * 40, "A* search", "snake_case", " ", "|", ">", "&",
)  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=20).map("".join)


@given(hostile, st.one_of(st.none(), st.integers(1, 80)))
def test_nothing_that_anybody_wrote_acts(text: str, limit: int | None) -> None:
    """However it is styled, a hostile text holds no control sequence, no control sign and no line break."""
    for shown in (escape(text, limit), unformatted(text, limit), bold(text, limit), italic(text, limit)):
        assert live(shown) == []
        assert not set("<>\n\r\u202e\u2066\u200b\u0007\u2028\ud800") & set(shown)
        assert "`" not in unformatted(text, limit)
    linked = link("https://arxiv.org/abs/2501.00001", text, limit)
    assert live(linked) == []
    assert linked.count("<") == linked.count(">") <= 1


@given(hostile, st.integers(1, 80))
def test_a_cut_text_is_short_and_whole_letters(text: str, limit: int) -> None:
    """What is cut is never longer than asked for, and no letter loses its marks."""
    whole, short = clean(text), clean(text, limit)
    assert len(short) <= limit
    assert short == whole or short.endswith("…")
    if short != whole and len(short) > 1:
        following = whole[len(short) - 1]
        assert not unicodedata.combining(following) or short[-2] != whole[len(short) - 2]


@given(hostile)
def test_cleaning_again_changes_nothing(text: str) -> None:
    """Cleaning is done once and for all."""
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("A* search and snake_case", "A\u2217 search and snake_case"),
        ("2 * 3 _ 4 ~ 5", "2 * 3 _ 4 ~ 5"),
        ("*bold* and _italic_", "\u2217bold\u2217 and \u02cditalic\u02cd"),
        ("`rm`", "\u02cbrm\u02cb"),
        ("R&D < 5 > 3", "R&amp;D &lt; 5 &gt; 3"),
    ],
)
def test_marks_format_only_where_we_want_them(written: str, shown: str) -> None:
    """A mark that would format is shown as a sign like it; inside a word it stays as it is."""
    assert unformatted(written) == shown


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://", "https://user:pass@host/", "//x", "https://[", "ftp://x/"],
)  # fmt: skip
def test_an_address_that_may_not_stand_in_a_message(url: str) -> None:
    """Only http and https with a host and without a password become links; the label is shown all the same."""
    assert safe_url(url) is None
    assert link(url, "a label") == "a label"


def test_an_address_cannot_end_its_link() -> None:
    """A bar, a bracket and a blank in an address are percent-encoded."""
    assert link("https://x.example/a|b> c?q=1&r=2", "paper") == "<https://x.example/a%7Cb%3Ec?q=1&amp;r=2|paper>"


@pytest.mark.parametrize(
    ("written", "limit", "shown"),
    [
        ("ab👩\u200d🔬cd", 5, "ab…"),
        ("a🇩🇪🇫🇷b", 5, "a🇩🇪…"),
        ("ae\u0301o", 3, "a…"),
    ],
)
def test_a_cut_leaves_no_half_sign(written: str, limit: int, shown: str) -> None:
    """A flag, a letter with its accent and a joined sign are kept or dropped, not halved."""
    assert cut(written, limit) == shown


def test_a_line_cannot_become_a_quotation() -> None:
    """A ">" that begins a line quotes even if it is escaped, so a sign like it stands there."""
    assert unformatted("> 3 heads & more") == "\u203a 3 heads &amp; more"


@given(hostile, st.integers(5, 60))
def test_what_is_fitted_fits_once_it_is_escaped(text: str, room: int) -> None:
    """The room holds for what Slack gets, not for what was written."""
    assert len(within(room, text, unformatted)) <= room


def test_the_opening_ends_with_a_sentence() -> None:
    """Two lines of an abstract end where a sentence does, not at an abbreviation, else at a word."""
    abstract = "We study cats, e.g. big ones. They purr at 25 Hz. " + "A third sentence is far too long " * 9
    assert opening(abstract, 60) == "We study cats, e.g. big ones. They purr at 25 Hz."
    assert opening("one two three four five six seven", 20) == "one two three four…"
    assert opening("short", 60) == "short"
    assert cut("abcdef", 3) == "ab…"
