"""Blocks are made and checked once, and filled for every paper within the same limits."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import slackblocks
from slackblocks import ActionsBlock, LengthError, PlainText, SectionBlock

from bot.blocks import digest_message
from bot.blocks.shapes import Shape
from tests.block_limits import problems
from tests.test_blocks_papers import told

LONGEST = 75


def row(at: Mapping[str, str]) -> ActionsBlock:
    """A button whose id and label differ."""
    label = PlainText(at["label"])
    return ActionsBlock([slackblocks.Button(label, action_id="press", value="always")], block_id=at["block_id"])


def test_a_filled_shape_is_what_slackblocks_makes_of_the_same_texts() -> None:
    """Nothing but the places changes, and one filling does not show in the next."""
    shape = Shape(row, block_id=255, label=LONGEST)
    first, second = shape.filled(block_id="row:1", label="Press"), shape.filled(block_id="row:2", label="label")
    expected = [row({"block_id": "row:1", "label": "Press"}), row({"block_id": "row:2", "label": "label"})]
    assert [first, second] == slackblocks.HomeTabView(list(expected)).to_dict()["blocks"]


@pytest.mark.parametrize("text", ["", "x" * (LONGEST + 1)])
def test_what_slack_would_refuse_is_not_filled_in(text: str) -> None:
    """A text that is empty or too long for its place is refused; the longest one fits."""
    shape = Shape(row, block_id=255, label=LONGEST)
    assert problems([shape.filled(block_id="row", label="x" * LONGEST)]) == []
    with pytest.raises(LengthError):
        shape.filled(block_id="row", label=text)


def test_a_place_that_slack_does_not_grant_is_refused_at_once() -> None:
    """A shape is checked with the longest texts, so a limit that is too wide shows before any text does."""
    with pytest.raises(LengthError):
        Shape(lambda at: SectionBlock(PlainText(at["text"]), block_id="long"), text=3_001)
    with pytest.raises(KeyError):
        Shape(row, block_id=255, label=LONGEST).filled(label="Press")


def test_the_same_shapes_are_not_made_again_for_other_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a digest was drawn, drawing one of other papers makes no block anew."""
    digest_message("2 papers for you", [told(0), told(1)], most=5)
    monkeypatch.delattr(slackblocks, "HomeTabView")
    assert problems(digest_message("2 papers for you", [told(2), told(3)], most=5).blocks) == []
