"""Queries: what a person types becomes words, phrases and filters, or one sentence that says what is allowed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.queries import MAX_LENGTH, Filters, Query, folded, parse

EXAMPLES = Path(__file__).parent / "data" / "queries"
READ: list[dict[str, Any]] = json.loads((EXAMPLES / "read.json").read_text("utf-8"))
REFUSED: list[dict[str, str]] = json.loads((EXAMPLES / "refused.json").read_text("utf-8"))


@pytest.mark.parametrize("example", READ, ids=[one["typed"] for one in READ])
def test_what_is_typed_is_read(example: dict[str, Any]) -> None:
    """Words, phrases and every filter are read as the examples say; ordinary text with colons stays text."""
    since, until = (date.fromisoformat(example[name]) if name in example else None for name in ("since", "until"))
    filters = Filters(
        since,
        until,
        example.get("fewest"),
        example.get("most"),
        frozenset(example.get("has", ())),
        tuple(example.get("organisations", ())),
    )
    assert parse(example["typed"]) == Query(example["text"], tuple(example.get("phrases", ())), filters)


@pytest.mark.parametrize("example", REFUSED, ids=[one["typed"] for one in REFUSED])
def test_what_cannot_be_read_is_refused_with_a_sentence(example: dict[str, str]) -> None:
    """A wrong value, a wrong order and an unknown filter each say what is allowed."""
    with pytest.raises(getattr(errors, example["error"])) as refused:
        parse(example["typed"])
    assert example["says"] in refused.value.sentence
    assert refused.value.sentence.endswith((".", ")", "?"))


def test_an_over_long_text_is_refused() -> None:
    """500 characters are read, one more is refused with the limit."""
    assert parse("a" * MAX_LENGTH).text == "a" * MAX_LENGTH
    with pytest.raises(errors.UserError, match="500 characters"):
        parse("a" * (MAX_LENGTH + 1))


@pytest.mark.parametrize(("text", "says"), [('author:"Ada Quill"', "names alone"), ("cat:cs.CL", "can be followed")])
def test_what_is_no_filter_but_can_be_had_otherwise(text: str, says: str) -> None:
    """Authors and categories are followed by such words; in a search they are told what to do instead."""
    with pytest.raises(errors.BadFilter, match=says) as refused:
        parse(text)
    assert "Did you mean" not in refused.value.sentence


def test_a_long_wrong_value_is_cut_in_the_sentence() -> None:
    """The sentence repeats the start of a wrong value, not all of it."""
    with pytest.raises(errors.BadFilter) as refused:
        parse("has:" + "x" * 400)
    assert len(refused.value.sentence) < 200


_PIECES = st.sampled_from(
    [
        "since:",
        "until:",
        "authors:",
        "has:",
        "org:",
        "foo:",
        "2025",
        "-01",
        "..",
        ">",
        '"',
        "“",
        " ",
        ":",
        "code",
        "٣",
        "\0",
    ]
)


@given(
    st.text() | st.lists(_PIECES | st.text(max_size=5), max_size=40).map("".join) | st.text(min_size=501, max_size=600)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text whatever raises anything but a UserError, and what was read can be encoded."""
    try:
        query = parse(text)
    except errors.UserError:
        return
    query.text.encode()
    assert query.text or query.filters != Filters()


@given(st.text(max_size=100))
def test_folded_names_are_stable(name: str) -> None:
    """Folding twice is folding once, and the separator of organisations never survives it."""
    assert folded(folded(name)) == folded(name)
    assert "|" not in folded(name)
