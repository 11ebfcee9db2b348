"""Papers in the store: written only over what was read, known by their aliases, counted and told in order."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from store_values import FULL_PAPER, SERVERS, new, paper, save_one

from bot.store import PaperChange, Store

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)


async def test_a_paper_comes_back_as_it_was(store: Store) -> None:
    """Every field survives, whatever characters and however many versions it holds."""
    assert await save_one(store, PaperChange(FULL_PAPER, None, ("arxiv:7",)))
    [stored] = await store.papers.get([FULL_PAPER.id])
    assert stored is not None
    assert (stored.paper, stored.version, stored.ordinal) == (FULL_PAPER, 1, 1)


async def test_text_that_is_no_text_is_stored_all_the_same(store: Store) -> None:
    """A lone surrogate, which no encoding knows, becomes a question mark."""
    assert await save_one(store, new(1, title="half \ud83d a pair"))
    [stored] = await store.papers.get(["p1"])
    assert stored is not None
    assert stored.paper.title == "half ? a pair"


async def test_aliases_lead_to_their_paper(store: Store) -> None:
    """Known aliases give the paper's id, unknown ones are left out, unknown ids give None."""
    await store.papers.save([new(1, "arxiv:1", "title:aa"), new(2, "title:bb")])
    assert await store.papers.resolve(["title:aa", "title:bb", "title:cc"]) == {"title:aa": "p1", "title:bb": "p2"}
    found = await store.papers.get(["p2", "p9", "p1", "p2"])
    assert [stored and stored.paper.id for stored in found] == ["p2", None, "p1", "p2"]
    assert await store.papers.get([]) == []
    assert await store.papers.resolve([]) == {}


async def test_only_what_was_read_is_overwritten(store: Store) -> None:
    """A change made from an older version is refused; made from the current one it is stored."""
    await save_one(store, new(1))
    second = PaperChange(paper(1, "Retitled"), 1, ("arxiv:1", "title:aa"))
    assert await save_one(store, second)
    assert not await save_one(store, PaperChange(paper(1, "Too late"), 1, ("arxiv:1",)))
    assert not await save_one(store, PaperChange(paper(1, "Not new"), None, ("arxiv:1",)))
    assert not await save_one(store, PaperChange(paper(3, "Not there"), 4, ("arxiv:3",)))
    [stored] = await store.papers.get(["p1"])
    assert stored is not None
    assert (stored.paper.title, stored.version, stored.ordinal) == ("Retitled", 2, 1)


async def test_an_alias_belongs_to_one_paper(store: Store) -> None:
    """A paper that claims another paper's alias is refused and leaves nothing behind."""
    await save_one(store, new(1, "title:aa"))
    assert await store.papers.save([new(2, "arxiv:2", "title:aa"), new(3)]) == [False, True]
    assert await store.papers.resolve(["arxiv:2", "title:aa"]) == {"title:aa": "p1"}
    assert await store.papers.count() == 2


async def test_the_same_change_again_is_done_already(store: Store) -> None:
    """Repeating a save after its answer was lost is True and changes nothing."""
    changes = [new(1), new(2)]
    assert await store.papers.save(changes) == [True, True]
    assert await store.papers.save(changes) == [True, True]
    second = PaperChange(paper(1, "Retitled"), 1, ("arxiv:1",))
    assert [await save_one(store, second), await save_one(store, second)] == [True, True]
    assert await store.papers.changed_since(0, 10) == [(2, "p2"), (3, "p1")]
    [stored] = await store.papers.get(["p1"])
    assert stored is not None
    assert stored.version == 2


async def test_many_writers_lose_no_change(store: Store) -> None:
    """Twelve writers add a word each to one title at the same time: all words are there in the end."""

    async def add(word: str) -> None:
        while True:
            [stored] = await store.papers.get(["p1"])
            assert stored is not None
            longer = replace(stored.paper, title=f"{stored.paper.title} {word}")
            if await save_one(store, PaperChange(longer, stored.version, ("arxiv:1",))):
                return

    await save_one(store, new(1, title="words:"))
    await asyncio.gather(*(add(f"w{n}") for n in range(12)))
    [stored] = await store.papers.get(["p1"])
    assert stored is not None
    assert sorted(stored.paper.title.split()[1:]) == sorted(f"w{n}" for n in range(12))
    assert stored.version == 13


async def test_one_of_many_makers_wins(store: Store) -> None:
    """Ten writers make papers that share an alias: one is stored and the alias is its."""
    made = await asyncio.gather(*(save_one(store, new(n, f"arxiv:{n}", "title:same")) for n in range(10)))
    assert sum(made) == 1
    assert await store.papers.resolve(["title:same"]) == {"title:same": f"p{made.index(True)}"}
    assert await store.papers.count() == 1


async def test_new_papers_wait_until_they_are_matched(store: Store) -> None:
    """A new paper is unmatched, a changed one is not again."""
    await store.papers.save([new(2), new(1)])
    assert await store.papers.unmatched() == ["p1", "p2"]
    await store.papers.mark_matched(["p1", "p2"])
    await save_one(store, PaperChange(paper(1, "Retitled"), 1, ("arxiv:1",)))
    assert await store.papers.unmatched() == []
    await store.papers.mark_matched([])


async def test_changes_are_told_in_order(store: Store) -> None:
    """Every save has the next number; a paper stands at its last one, and reading goes on where it stopped."""
    assert await store.papers.change_number() == 0
    await store.papers.save([new(n) for n in (1, 2, 3)])
    await save_one(store, PaperChange(paper(1, "Retitled"), 1, ("arxiv:1",)))
    assert await store.papers.change_number() == 4
    assert await store.papers.changed_since(0, 2) == [(2, "p2"), (3, "p3")]
    assert await store.papers.changed_since(3, 2) == [(4, "p1")]
    assert await store.papers.changed_since(4, 2) == []


async def test_joined_papers_forward(store: Store) -> None:
    """After two joins every old id and alias leads to the one paper, which counts once and is told with them."""
    await store.papers.save([new(1, "arxiv:1"), new(2, "title:bb", "abstract:b"), new(3, "title:cc")])
    assert await save_one(store, PaperChange(paper(2, "2 + 3"), 1, ("title:bb",), ("p3",), (1,)))
    assert await save_one(store, PaperChange(paper(1, "1 + 2 + 3"), 1, ("arxiv:1",), ("p2",), (2,)))
    found = await store.papers.get(["p1", "p2", "p3"])
    assert {stored.paper.title for stored in found if stored} == {"1 + 2 + 3"}
    assert len([stored for stored in found if stored]) == 3
    assert await store.papers.current_ids(["p3", "p2", "p9"]) == {"p3": "p1", "p2": "p1", "p9": "p9"}
    aliases = ("arxiv:1", "title:bb", "abstract:b", "title:cc")
    assert await store.papers.resolve(aliases) == dict.fromkeys(aliases, "p1")
    assert await store.papers.count() == 1
    assert await store.papers.unmatched() == ["p1"]
    assert {paper_id for _, paper_id in await store.papers.changed_since(3, 10)} == {"p1", "p2", "p3"}


async def test_a_join_is_refused_when_the_other_paper_moved_on(store: Store) -> None:
    """Joining at an old version, or a paper that was joined elsewhere, changes nothing; the same join again is done."""
    await store.papers.save([new(n) for n in (1, 2, 3)])
    await save_one(store, PaperChange(paper(2, "Retitled"), 1, ("arxiv:2",)))
    joining = PaperChange(paper(1, "1 + 2"), 1, ("arxiv:1", "arxiv:2"), ("p2",))
    assert not await save_one(store, replace(joining, forward_versions=(1,)))
    assert await save_one(store, replace(joining, forward_versions=(2,)))
    assert await save_one(store, replace(joining, forward_versions=(2,)))
    assert not await save_one(store, PaperChange(paper(3, "3 + 2"), 1, ("arxiv:3",), ("p2",)))
    assert not await save_one(store, PaperChange(paper(2, "Back again"), None, ("arxiv:9",)))
    assert await store.papers.count() == 2


async def test_a_dump_leads_to_its_papers(store: Store) -> None:
    """What is told in several parts, and told again, is there once; another dump has its own."""
    assert await store.papers.of_dump("ab" * 32) == []
    for ids in (["p2", "p1"], ["p1", "p3"], [], ["p2", "p1"]):
        await store.papers.remember_dump("ab" * 32, ids)
    await store.papers.remember_dump("cd" * 32, ["p9"])
    assert await store.papers.of_dump("ab" * 32) == ["p1", "p2", "p3"]
    assert await store.papers.of_dump("cd" * 32) == ["p9"]


async def test_how_far_years_were_raised_is_kept(store: Store) -> None:
    """Nothing at first, then the change that was told last."""
    assert await store.papers.years_reached() == 0
    await store.papers.set_years_reached(12)
    assert await store.papers.years_reached() == 12


async def test_a_thousand_papers_at_once(store: Store) -> None:
    """More changes than fit one round trip are stored in their order."""
    assert all(await store.papers.save([new(n) for n in range(1, 1_201)]))
    found = await store.papers.get([f"p{n}" for n in range(1, 1_201)])
    assert [stored.ordinal for stored in found if stored] == list(range(1, 1_201))
    assert len(await store.papers.resolve([f"arxiv:{n}" for n in range(1, 1_201)])) == 1_200
