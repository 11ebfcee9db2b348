"""Vectors of papers: apart for every model, in blocks, sampled evenly; and no text embedded twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from store_values import ADA, SERVERS, TAG, TERMS, interest, new, paper, row, save_one, vector

from bot.errors import BadVector
from bot.models import ModelTag
from bot.store import PaperChange, PaperVector, Store, keys, shard_of
from bot.terms import terms_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)

OTHER = ModelTag("another", "r1", 8)


async def fill(store: Store, count: int, tag: ModelTag = TAG) -> None:
    """So many papers with a vector each; the seed is the paper's number."""
    await store.papers.save([new(n) for n in range(1, count + 1)])
    await store.vectors.put(tag, [PaperVector(f"p{n}", n, n.to_bytes(16), vector(n)) for n in range(1, count + 1)])


async def test_a_vector_comes_back_bit_by_bit(store: Store) -> None:
    """Vector, text hash and paper are as they were put; papers without a vector are left out."""
    await fill(store, 3)
    await save_one(store, new(4))
    stored = [found for found in await store.papers.get(["p4", "p2"]) if found]
    found = await store.vectors.get(TAG, stored)
    assert list(found) == ["p2"]
    assert (found["p2"].ordinal, found["p2"].text_hash) == (2, (2).to_bytes(16))
    np.testing.assert_array_equal(found["p2"].vector, vector(2))
    ids, rows = await store.vectors.of(TAG, ["p3", "p4", "p1"])
    assert sorted(ids) == ["p1", "p3"]
    np.testing.assert_array_equal(rows[ids.index("p3")], vector(3))


async def test_a_later_vector_replaces_an_earlier_one(store: Store) -> None:
    """Putting is idempotent, and a revised text's vector takes the old one's place."""
    await fill(store, 1)
    await store.vectors.put(TAG, [PaperVector("p1", 1, b"n" * 16, vector(9))])
    blocks = [block async for block in store.vectors.iterate(TAG)]
    assert [(block.ids, block.text_hashes) for block in blocks] == [(["p1"], [b"n" * 16])]
    np.testing.assert_array_equal(blocks[0].rows, vector(9)[None])


async def test_all_vectors_come_in_the_order_of_their_papers(store: Store) -> None:
    """2,100 papers are three blocks of at most 1,000, each row beside its id."""
    await fill(store, 2_100)
    blocks = [block async for block in store.vectors.iterate(TAG)]
    assert [len(block.ids) for block in blocks] == [999, 1_000, 101]
    assert [paper_id for block in blocks for paper_id in block.ids] == [f"p{n}" for n in range(1, 2_101)]
    np.testing.assert_array_equal(blocks[2].rows[-1], vector(2_100))
    assert await store.vectors.count(TAG) == 2_100


@pytest.mark.parametrize(("count", "limit", "expected"), [(0, 5, 0), (4, 5, 4), (5, 5, 5), (1_500, 30, 30)])
async def test_a_sample_is_spread_evenly(store: Store, count: int, limit: int, expected: int) -> None:
    """All papers when there are no more than asked for, else equally far apart from first to last."""
    await fill(store, count)
    sample = await store.vectors.sample(TAG, limit)
    assert sample.rows.shape == (expected, TAG.dimension)
    numbers = [int(paper_id[1:]) for paper_id in sample.ids]
    assert sample.ordinals.tolist() == numbers
    assert len(set(np.diff(numbers))) <= 1
    for number, one in zip(numbers, sample.rows, strict=True):
        np.testing.assert_array_equal(one, vector(number))


async def test_a_sample_of_the_first_papers_stays_while_others_come(store: Store) -> None:
    """Whoever asks for a sample of the first forty gets the same one when there are ninety."""
    await fill(store, 40)
    before = await store.vectors.sample(TAG, 7, of=40)
    await fill(store, 90)
    after = await store.vectors.sample(TAG, 7, of=40)
    assert before.ids == after.ids != (await store.vectors.sample(TAG, 7)).ids


async def test_terms_come_back_as_they_were_put(store: Store, raw_store: Any) -> None:
    """By the papers' ordinals, over those of an older text; what is no terms is counted and left out."""
    await store.terms.put({1: terms_of("another text"), 1_001: TERMS})
    await store.terms.put({1: TERMS})
    raw_store.hset(keys.terms(0), 2, b"no terms at all")
    found = await store.terms.get([1_001, 2, 1, 7, 1])
    assert sorted(found) == [1, 1_001]
    assert store.skipped == 1
    for one in found.values():
        np.testing.assert_array_equal(one.numbers, TERMS.numbers)
        np.testing.assert_array_equal(one.counts, TERMS.counts)
        assert one.words == TERMS.words


async def test_a_joined_paper_has_no_vector_of_its_own(store: Store) -> None:
    """After a join, listing and sample hold the remaining paper only."""
    await fill(store, 3)
    await save_one(store, PaperChange(paper(1, "1 + 2"), 1, ("arxiv:1",), ("p2",)))
    assert [block.ids async for block in store.vectors.iterate(TAG)] == [["p1", "p3"]]
    assert (await store.vectors.sample(TAG, 10)).ids == ["p1", "p3"]


async def test_models_never_meet(store: Store) -> None:
    """A model sees its own vectors only, and one that is dropped leaves none of papers or interests behind."""
    await fill(store, 3)
    await store.vectors.put(OTHER, [PaperVector("p1", 1, b"o" * 16, vector(100))])
    for tag in (TAG, OTHER):
        await store.profiles.put_interest(ADA, interest(), row(), tag)
    assert (await store.vectors.sample(OTHER, 9)).ids == ["p1"]
    assert await store.vectors.current_model() is None
    await store.vectors.set_current_model(OTHER)
    for tag in (TAG, TAG.among()):
        await store.vectors.set_reached(tag, 3)
    await store.vectors.set_settled(TAG, 3)
    await store.vectors.put(TAG.among(), [PaperVector("p1", 1, b"o" * 16, vector(100))])
    await store.vectors.drop_model(TAG)
    assert await store.vectors.current_model() == OTHER
    assert [await store.vectors.reached(tag) for tag in (TAG, TAG.among())] == [0, 0]
    assert await store.vectors.settled(TAG) == 0
    assert [await store.vectors.count(tag) for tag in (TAG, TAG.among(), OTHER)] == [0, 0, 1]
    assert await store.profiles.rows(ADA, TAG) == {}
    assert list(store.profiles.interest_blocks(shard_of(ADA), TAG)) == []
    assert list(await store.profiles.rows(ADA, OTHER)) == ["i1"]
    await store.vectors.drop_model(OTHER)
    assert await store.vectors.current_model() is None


async def test_texts_are_cached_for_each_model(store: Store) -> None:
    """A text's vector is found by its hash under the model that made it."""
    await store.vectors.cache(TAG, {b"a" * 16: vector(1), b"b" * 16: vector(2)})
    found = await store.vectors.cached(TAG, [b"b" * 16, b"c" * 16])
    assert list(found) == [b"b" * 16]
    np.testing.assert_array_equal(found[b"b" * 16], vector(2))
    assert await store.vectors.cached(OTHER, [b"a" * 16]) == {}


@pytest.mark.parametrize("bad", [vector(1, 7), np.full(8, np.nan, np.float32), np.full(8, np.inf, np.float32)])
async def test_a_vector_that_cannot_be_used_is_refused(store: Store, bad: np.ndarray) -> None:
    """Of another length or not finite: nothing is written, not even the sound one before it."""
    await fill(store, 1)
    with pytest.raises(BadVector):
        await store.vectors.put(TAG, [PaperVector("p1", 1, b"x" * 16, vector(5)), PaperVector("p2", 2, b"x" * 16, bad)])
    with pytest.raises(BadVector):
        await store.vectors.cache(TAG, {b"a" * 16: bad})
    sample = await store.vectors.sample(TAG, 9)
    assert sample.ids == ["p1"]
    np.testing.assert_array_equal(sample.rows[0], vector(1))
