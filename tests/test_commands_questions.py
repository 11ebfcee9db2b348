"""What a button says it is about is read back exactly, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.questions import About, Question

_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=500)


@given(st.builds(Question, st.sampled_from(About), _TEXTS, st.integers(0, 9_999)))
def test_a_question_comes_back_as_it_was(question: Question) -> None:
    """A question fits a button's value and is read back from it."""
    assert len(question.value()) <= 2_000
    assert Question.read(question.value()) == question


@pytest.mark.parametrize(
    "value",
    ["", "x", "[]", "{}", '["search",0]', '["nothing",0,"x"]', '["search",-1,"x"]',
     '["search",1.5,"x"]', '["search",0,null]', '[["search"],0,"x"]', '["search",99999999999,"x"]', "[" * 100_000, "1" * 5_000],
)  # fmt: skip
def test_a_forged_value_is_no_question(value: str) -> None:
    """A value that we did not write is not taken, and never raises."""
    assert Question.read(value) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_survived(value: object) -> None:
    """Whatever JSON comes back, it is a question or None."""
    assert Question.read(json.dumps(value)) is None
