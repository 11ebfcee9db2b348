"""Papers that are one paper twice: told from texts, titles and first authors, in the order of the list."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.matching import without_duplicates
from bot.models import Paper
from tests.fakes import paper


def at(cosine: float, axis: int = 1) -> NDArray[np.float32]:
    """A unit vector of this cosine with the first axis."""
    vector = np.zeros(4, np.float32)
    vector[0], vector[axis] = cosine, np.sqrt(1 - cosine**2)
    return vector


def named(title: str, *authors: str) -> Paper:
    return paper(f"p{title}", title, authors=authors)


def kept(papers: Sequence[Paper], *vectors: NDArray[np.float32]) -> list[int]:
    return list(without_duplicates(papers, np.stack(vectors)))


@pytest.mark.parametrize(
    ("cosine", "authors", "stays"),
    [
        (0.96, ("Ada Quill", "Bo Tamm"), False),
        (0.94, ("Ada Quill", "Bo Tamm"), True),
        (0.92, ("Ada Quill", "ADA QUILL"), False),
        (0.89, ("Ada Quill", "Ada Quill"), True),
        (0.92, ("", ""), True),
    ],
)
def test_texts_that_say_the_same(cosine: float, authors: tuple[str, str], stays: bool) -> None:
    """From .95 on two texts are one paper, from .90 on where the first author is the same; the first one stays."""
    papers = [named(f"T{place}", *([author] if author else [])) for place, author in enumerate(authors)]
    assert kept(papers, at(1.0), at(cosine)) == ([0, 1] if stays else [0])


def test_equal_titles_are_one_paper() -> None:
    """However they are written, and though a text is not there yet."""
    papers = [named("Tides of Sand"), named("TIDES  of sand!"), named("Tides of Silt")]
    assert kept(papers, at(1.0), np.zeros(4, np.float32), np.zeros(4, np.float32)) == [0, 2]


def test_what_is_left_out_leaves_nothing_else_out() -> None:
    """A paper stays that is like a duplicate but not like the paper that stood before."""
    far = np.array([0.86, np.sqrt(1 - 0.86**2), 0, 0], np.float32)
    assert kept([named("A"), named("B"), named("C")], at(1.0), at(0.96), far) == [0, 2]
    assert far @ at(0.96) > 0.95


def test_a_shorter_list_begins_a_longer_one() -> None:
    """Papers are looked at as they are asked for, each beside those before it alone."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(40, 3)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    papers = [named(f"T{place}", "Ada Quill") for place in range(40)]
    whole = list(without_duplicates(papers, rows))
    assert 1 < len(whole) < 40
    assert list(islice(without_duplicates(papers, rows), 5)) == whole[:5]
    assert list(without_duplicates(papers[:20], rows[:20])) == [place for place in whole if place < 20]
    assert list(without_duplicates([], rows[:0])) == []
