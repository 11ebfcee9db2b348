"""The papers in memory: kept up by the log, seen by one background, small; and no paper twice in what is shown of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from bot.ingest.embedding import embed_papers
from bot.matching import Background, Floats, Seen
from bot.models import Count, Format, ModelTag, Origin, Paper
from bot.recommend.catalogue import Catalogue
from bot.recommend.picking import parted
from bot.recommend.shelf import Shelf
from bot.store import PaperVector, Store
from bot.terms import Terms
from tests.recommending import ADA, FLOW, GRASP, IMAGES, LONG_AGO, NOW, ROBOTS, SONG, TOUCH, World, paper, titles


@pytest.fixture
async def world(store: Store) -> AsyncGenerator[World]:
    world = World(store)
    yield world
    await world.close()


def again(one: Paper, title: str, author: str = "") -> Paper:
    """The same paper under another title, which nothing joined."""
    authors = (author,) if author else ()
    return replace(paper(title), abstract=f"{one.title}. {one.abstract}", authors=authors)


def likeness(shelf: Shelf, one: Paper, other: Paper) -> float:
    rows = dict(zip(shelf.ids, shelf.papers, strict=True))
    return float(rows[one.id] @ rows[other.id])


async def refreshed(world: World, catalogue: Catalogue) -> Shelf:
    """The shelf, which is to be what a new catalogue has."""
    shelf = await catalogue.refresh(world.store, world.backgrounds)
    new = await Catalogue().refresh(world.store, world.backgrounds)
    assert shelf.background is new.background
    assert list(shelf.ids) == list(new.ids)
    assert np.array_equal(shelf.ordinals, new.ordinals)
    assert np.array_equal(shelf.papers, new.papers)
    assert np.allclose(shelf.seen.vectors, new.seen.vectors, atol=1e-6)
    assert np.allclose(shelf.seen.words.products(new.seen.words), new.seen.words.products(new.seen.words), atol=1e-6)
    return shelf


async def test_the_shelf_follows_the_store(world: World) -> None:
    """Papers that come, change or are settled anew stand there as if it had been read just now."""
    catalogue = Catalogue()
    await world.keep(GRASP, TOUCH, FLOW)
    first = await refreshed(world, catalogue)
    assert await catalogue.refresh(world.store, world.backgrounds) is first
    await world.keep(IMAGES, SONG)
    second = await refreshed(world, catalogue)
    assert len(second.ids) == 5
    [stored] = await world.store.papers.get([GRASP.id])
    assert stored
    await world.change(replace(GRASP, abstract="birds sing in urban noise"), stored.version)
    third = await refreshed(world, catalogue)
    assert likeness(third, GRASP, SONG) > 0.3 > likeness(second, GRASP, SONG)


async def test_papers_are_read_again_when_all_were_settled_anew(world: World) -> None:
    """Their own text is as it was, their neighbours are others."""
    catalogue = Catalogue()
    await world.keep(GRASP, TOUCH, FLOW)
    await refreshed(world, catalogue)
    tag: ModelTag = world.embedder.tag.among()
    block = await world.store.vectors.block(tag, [GRASP.id, TOUCH.id])
    await world.store.vectors.put(
        tag,
        [
            PaperVector(paper_id, int(ordinal), text_hash, row)
            for paper_id, ordinal, text_hash, row in zip(
                block.ids, block.ordinals, block.text_hashes, block.rows[::-1], strict=True
            )
        ],
    )
    await world.store.vectors.set_settled(world.embedder.tag, 99)
    shelf = await refreshed(world, catalogue)
    assert np.array_equal(shelf.papers[list(shelf.ids).index(GRASP.id)], block.rows[list(block.ids).index(TOUCH.id)])


async def test_a_part_of_a_shelf_is_seen_as_the_whole(world: World) -> None:
    """Any rows in any order, and none."""
    await world.keep(GRASP, TOUCH, FLOW, SONG)
    shelf = await Catalogue().refresh(world.store, world.backgrounds)
    part = shelf.only([3, 1])
    assert list(part.ids) == [shelf.ids[3], shelf.ids[1]]
    assert np.array_equal(part.seen.vectors, shelf.seen.vectors[[3, 1]])
    assert np.array_equal(part.ordinals, shelf.ordinals[[3, 1]])
    assert len(shelf.only([]).seen) == 0


async def test_a_paper_of_384_dimensions_takes_less_than_five_kilobytes(world: World) -> None:
    """What a shelf holds of a paper beside its name: two vectors and the words of an abstract."""
    text = " ".join(f"word{number} other{number % 7}" for number in range(80))
    await world.keep(*(paper(f"Filler {number}", f"{text} alone{number}") for number in range(8)), SONG, FLOW)
    shelf = await Catalogue().refresh(world.store, world.backgrounds)
    words = shelf.seen.words
    arrays = (shelf.papers, shelf.seen.vectors, shelf.ordinals, words.starts, words.columns, words.values)
    wider = 2 * 4 * (shelf.papers.shape[1] - 384)
    assert sum(array.nbytes for array in arrays) / len(shelf.ids) - wider < 5_000


async def test_no_paper_is_offered_twice_under_two_names(world: World) -> None:
    """The text of one paper under two titles: the better one is there, once, whatever the limit, for one interest too."""
    twin = again(GRASP, "Robot Hands That Grasp Things")
    await world.keep_many(GRASP, twin, TOUCH)
    await world.curate.follow(ADA, ROBOTS)
    longest = await world.recommend.for_reader(ADA, limit=9)
    assert len({GRASP.title, twin.title} & set(titles(longest))) == 1
    assert TOUCH.title in titles(longest)
    tried = titles(await world.recommend.try_it(ADA, ROBOTS))
    assert len({GRASP.title, twin.title} & set(tried)) == 1
    for limit in range(4):
        assert titles(await world.recommend.for_reader(ADA, limit=limit)) == titles(longest)[:limit]


async def test_no_paper_is_a_trend_twice(world: World) -> None:
    """The more talked about of two that are one."""
    origin = Origin(Format.TEXT, "a.txt", "ab" * 32, NOW.date(), NOW.date())
    loud, quiet = (Count(90, origin),), (Count(3, origin),)
    twin = replace(again(GRASP, "Robot Hands That Grasp Things"), comments=quiet)
    await world.keep(replace(GRASP, comments=loud), twin, replace(SONG, comments=quiet))
    assert [one.paper.title for one in await world.recommend.trending("week")] == [GRASP.title, SONG.title]


async def test_a_paper_waits_until_it_stands_among_its_neighbours(world: World) -> None:
    """A paper that was stored and not yet embedded is known by name, and no paper to choose from."""
    catalogue = Catalogue()
    await world.keep(GRASP, SONG)
    await world.save(TOUCH)
    shelf = await catalogue.refresh(world.store, world.backgrounds)
    assert set(shelf.ids) == {GRASP.id, SONG.id}
    assert TOUCH.id in catalogue.known
    await embed_papers(world.store, world.embedder)
    assert set((await refreshed(world, catalogue)).ids) == {GRASP.id, SONG.id, TOUCH.id}


async def test_words_are_turned_into_rows_part_by_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shelf is the same as if all were seen at once, for a fraction of the memory; vectors are read once."""
    await world.keep(GRASP, TOUCH, FLOW, IMAGES, SONG)
    whole = await Catalogue().refresh(world.store, world.backgrounds)
    sizes: list[int] = []
    made = Seen.of

    def counted(background: Background, papers: Floats, terms: Sequence[Terms]) -> Seen:
        sizes.append(len(papers))
        return made(background, papers, terms)

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Seen, "of", counted)
    monkeypatch.setattr("bot.recommend.catalogue._SEEN_AT_ONCE", 2)
    monkeypatch.setattr(type(world.store.vectors), "iterate", never)
    parts = await Catalogue().refresh(world.store, world.backgrounds)
    assert sizes == [2, 2, 1]
    assert np.allclose(parts.seen.vectors, whole.seen.vectors, atol=1e-6)
    assert np.array_equal(parts.seen.words.products(whole.seen.words), whole.seen.words.products(whole.seen.words))


async def test_older_papers_are_offered_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recent ones first, then some older ones after the other, newest first, and nothing twice."""
    monkeypatch.setattr("bot.recommend.picking._OLDER_AT_ONCE", 2)
    older = [replace(one, first_seen=LONG_AGO) for one in (GRASP, TOUCH, FLOW, IMAGES)]
    await world.keep(*older, SONG)
    shelf = await Catalogue().refresh(world.store, world.backgrounds)
    parts = parted(shelf, NOW.date(), {FLOW.id})
    assert [[shelf.ids[row] for row in part] for part in parts[:1]] == [[SONG.id]]
    assert [len(part) for part in parts] == [1, 2, 1]
    assert sorted(row for part in parts for row in part) == [row for row, one in enumerate(shelf.ids) if one != FLOW.id]
