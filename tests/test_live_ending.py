"""An answer that stops before its end is told from one that is whole and damaged."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.live import breaks_off
from tests import source_answers
from tests.fetching import DAY, papers

ITEMS = [source_answers.item(paper, DAY, 1, 0) for paper in papers(3)]
#: Signs that matter to JSON, often; everything else, too.
TEXT = st.text(st.sampled_from('{}[]",:\\') | st.characters(), max_size=12)
TOLD = st.recursive(
    st.none() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("told", [ITEMS, {"dailyPapers": ITEMS}])
def test_wherever_json_is_cut_it_breaks_off(told: object, ascii_only: bool) -> None:
    """Between two items too, and within a letter."""
    whole = json.dumps(told, ensure_ascii=ascii_only).encode()
    assert not breaks_off(whole)
    assert not breaks_off(whole + b"\n")
    assert all(breaks_off(whole[:end]) for end in range(20, len(whole)))


@given(st.lists(st.dictionaries(TEXT, TOLD, min_size=1, max_size=3), max_size=3))
def test_whole_json_never_breaks_off(told: list[object]) -> None:
    """Whatever stands in its texts."""
    assert not breaks_off(json.dumps(told).encode())


@pytest.mark.parametrize(
    "whole",
    [
        source_answers.rss(papers(2), "cs.CL", DAY),
        source_answers.atom(papers(2), "cs.CL", DAY),
        source_answers.query(papers(2), "2512.00001", DAY),
        source_answers.feed(papers(2), DAY),
    ],
)
def test_a_feed_without_its_end_tag_breaks_off(whole: bytes) -> None:
    """What stands behind the end tag is no part of it."""
    assert not breaks_off(whole + b"\n<!-- served in 3 ms -->\n")
    assert all(breaks_off(whole[:end]) for end in range(250, len(whole)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"<html><body><p>We are moving",
        b'[{"title":"A"},]',
        b'[{"title": NaN, "x": 01}]',
        b'{"title":"A"}\n{"title":"B"}\n',
        b'<rss version="2.0"/>',
        b'[{"title":"A"}, oops, {"title":"B"}]',
    ],
)
def test_what_is_damaged_or_of_another_form_does_not(content: bytes) -> None:
    """Readers say what is wrong with it."""
    assert not breaks_off(content)


def test_a_large_answer_costs_one_reading() -> None:
    """Quotation marks that close nothing are not looked for again and again."""
    assert breaks_off(b'[{"a":' + b'"\\' * 300_000)
    assert breaks_off(b"[{" * 300_000)
