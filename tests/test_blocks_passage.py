"""The passage of a card: which words stand out, what is cut, and what is heard of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.passage import LONGEST_PASSAGE, MOST_MARKED, passage_lines, passage_parts
from tests.test_blocks_text import hostile

Parts = tuple[tuple[str, bool], ...]


def parts(sentence: str, *words: str, is_opening: bool = True) -> Parts:
    return passage_parts(sentence, words, is_opening=is_opening)


def bold(shown: Parts) -> list[str]:
    return [text for text, stands_out in shown if stands_out]


def test_whole_words_stand_out_as_they_stand_there() -> None:
    """Not within other words, and not in another case; words beside each other stand out as one."""
    shown = parts("Speech models hear speech, not speeches, in rare languages.", "speech", "rare", "languages")
    assert shown == (
        ("Speech models hear ", False),
        ("speech", True),
        (", not speeches, in ", False),
        ("rare languages", True),
        (".", False),
    )
    assert bold(parts("A self-supervised model", "self", "supervised")) == ["self-supervised"]


def test_a_later_sentence_begins_with_dots() -> None:
    """So that nobody takes it for the beginning of the abstract."""
    assert parts("We release it.", is_opening=False) == (("… We release it.", False),)
    assert parts("We release it.") == (("We release it.", False),)
    assert parts("  ") == ()


def test_debris_of_a_dump_is_no_word() -> None:
    """What is shown is the derived form; words that are not in it are passed over."""
    assert parts(r"We gain 5\% on \textbf{speech}.", "speech", "textbf", "video") == (
        ("We gain 5% on ", False),
        ("speech", True),
        (".", False),
    )


def test_of_a_long_sentence_the_part_with_the_words_is_shown() -> None:
    """The words are in sight, with what stands before them, and what is left out is marked on both sides."""
    long = f"{'before and ' * 40}the tactile sensing of robot hands {'and after ' * 40}"
    shown = parts(long, "tactile", "sensing", "robot", "hands")
    whole = "".join(text for text, _ in shown)
    assert bold(shown) == ["tactile sensing", "robot hands"]
    assert whole.startswith("… ")
    assert whole.endswith("…")
    assert len(whole) <= LONGEST_PASSAGE + 2


def test_a_text_in_bold_says_nothing() -> None:
    """At most six runs stand out."""
    assert len(bold(parts("a b c " * 20, "a", "c"))) <= MOST_MARKED


def test_who_listens_hears_the_words_after_the_passage() -> None:
    """Bold is not heard; a word is said once, however often and in whatever case it stands there."""
    shown = parts("Graphs of graphs of whales.", "Graphs", "graphs", "whales", is_opening=False)
    assert passage_lines(shown) == ["It says: “… Graphs of graphs of whales.”", "Words in common: Graphs, whales"]
    assert passage_lines(parts("No word.")) == ["It says: “No word.”"]
    assert passage_lines(()) == []


@given(hostile, st.lists(hostile | st.text(max_size=4), max_size=8), st.booleans(), st.integers(1, 40))
def test_any_sentence_and_any_words_are_shown(sentence: str, words: list[str], is_opening: bool, times: int) -> None:
    """Whatever a store holds: parts with something in them that take turns, within the limit, one line."""
    shown = parts(sentence * times, *words, is_opening=is_opening)
    assert all(text for text, _ in shown)
    assert all(shown[place][1] != shown[place + 1][1] for place in range(len(shown) - 1))
    assert sum(len(text) for text, _ in shown) <= LONGEST_PASSAGE + 2
    assert len(bold(shown)) <= MOST_MARKED
    assert "\n" not in "".join(text for text, _ in shown)
