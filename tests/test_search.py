"""Searches on a real store: exact hits first, two lists fused, filters, reasons, and papers stored a moment ago."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.cleaning import plain
from bot.embedder import Embedder, open_embedder
from bot.errors import BadFilter, EmptyQuery, UnknownPaper, UserError
from bot.identity import aliases, text_hash
from bot.index import open_index
from bot.models import Paper, SearchHit
from bot.search import Search, SearchAnswer
from bot.settings import ModelSettings
from bot.store import PaperChange, PaperVector, Store
from tests.fakes import hashing_embedder, paper

KELP = paper(
    "p1",
    "Kelp-Net: Counting Algae, Quickly!",
    "We count algae in drone images. Code: https://github.com/example/kelpnet.",
    arxiv_id="2501.01230",
    authors=("Ada Marlowe", "Bo Quillon"),
    organisations=("Tamarin Institute",),
    listed=(date(2025, 1, 6),),
)
GRIPPER = paper("p2", "Tactile Grasping", "A gripper learns to lift boxes by touch.", listed=(date(2025, 2, 3),))
FORECAST = paper(
    "p3", "Rainfall Maps", "An ensemble forecasts weather from pressure levels.", listed=(date(2024, 5, 1),)
)
UNDATED = paper("p4", "Algae without a Date", "Nobody knows when algae were counted here.")
PAPERS = (KELP, GRIPPER, FORECAST, UNDATED)


async def keep(store: Store, embedder: Embedder, *papers: Paper) -> None:
    """Store papers and their vectors, as an ingest run does."""
    assert all(await store.papers.save([PaperChange(one, None, aliases(one)) for one in papers]))
    held = [one for one in await store.papers.get([one.id for one in papers]) if one]
    texts = [plain(one.paper.title, one.paper.abstract) for one in held]
    vectors = await embedder.embed(texts)
    rows = zip(held, texts, vectors, strict=True)
    await store.vectors.put(
        embedder.tag, [PaperVector(one.paper.id, one.ordinal, text_hash(text), row) for one, text, row in rows]
    )


@pytest.fixture
async def searches(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Any]]:
    """Makes searches on the store, which wait for every paper stored before; every index is closed in the end."""
    monkeypatch.setattr("bot.search.PATIENCE", None)
    async with AsyncExitStack() as stack:

        async def make(embedder: Embedder | None = None, folder: Path | None = None) -> Search:
            embedder = embedder or hashing_embedder(store.vectors)
            stack.push_async_callback(embedder.close)
            index = await open_index(store, embedder.tag, folder)
            stack.push_async_callback(index.close)
            return Search(index=index, embedder=embedder, store=store)

        yield make


@pytest.fixture
async def search(store: Store, searches: Callable[..., Any]) -> Search:
    """A search over four papers."""
    made: Search = await searches()
    await keep(store, made.embedder, *PAPERS)
    return made


def ids(answer: SearchAnswer) -> list[str]:
    """The papers in their order."""
    return [hit.paper.id for hit in answer.hits]


@pytest.mark.parametrize(
    "typed",
    [
        "Kelp-Net: Counting Algae, Quickly!",
        "kelp net counting ALGAE quickly",
        '"Kelp-Net: Counting Algae, Quickly!"',
        "Kelp-Net: Counting Algae, Quickly! has:code",
    ],
)
async def test_an_exact_title_comes_first(search: Search, typed: str) -> None:
    """Case, punctuation and quotation marks do not matter; what else answers comes after it."""
    answer = await search.papers(typed)
    assert answer.hits[0].paper == KELP
    assert answer.hits[0].why == "title is exactly this"
    assert answer.hits[0].score > 1 > max((hit.score for hit in answer.hits[1:]), default=0)


async def test_a_title_may_look_like_a_filter(store: Store, search: Search) -> None:
    """A stored title is found even if its text would be refused, or read, as a filter."""
    await keep(store, search.embedder, paper("p7", "since:never again"), paper("p8", "Code that has:code"))
    assert ids(await search.papers("since:never again"))[0] == "p7"
    assert ids(await search.papers("code that has:code"))[0] == "p8"


@pytest.mark.parametrize(
    "typed",
    [
        "2501.01230",
        "arXiv:2501.01230v3",
        "https://arxiv.org/pdf/2501.01230v1",
        "https://huggingface.co/papers/2501.01230",
    ],
)
async def test_an_arxiv_id_or_link_finds_its_paper(search: Search, typed: str) -> None:
    """Every way of writing the id gives that paper and nothing else."""
    answer = await search.papers(typed)
    assert [(hit.paper.id, hit.why) for hit in answer.hits] == [("p1", "arXiv id is exactly this")]
    assert answer.notes == ()


async def test_an_id_that_is_not_stored_is_said_so(search: Search) -> None:
    """No guess is offered for an unknown id; beside words it is only a word."""
    answer = await search.papers("2501.99999")
    assert (answer.hits, answer.notes) == ((), ("No stored paper has the arXiv id 2501.99999.",))
    answer = await search.papers("2501.01230 gripper boxes")
    assert ids(answer)[:2] == ["p1", "p2"]


async def test_exact_hits_obey_the_filters(search: Search) -> None:
    """A filter holds for everything: the paper of that id is not there when its date is excluded."""
    assert ids(await search.papers("2501.01230 until:2024")) == []
    assert ids(await search.papers("2501.01230 since:2025-01-06 until:2025-01-06")) == ["p1"]


async def test_reasons_say_which_words_and_which_places(search: Search) -> None:
    """A paper of both lists names its words and both places; stop words are not named."""
    answer = await search.papers("the grippers that lift a box")
    assert ids(answer)[0] == "p2"
    assert answer.hits[0].why.startswith("words: grippers, lift, box")
    assert answer.hits[0].why.endswith("(no. 1 by words, no. 1 by meaning)")
    assert 0.5 < answer.hits[0].score < 1
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))


async def test_a_paper_of_one_list_says_so(store: Store, searches: Callable[..., Any]) -> None:
    """Not embedded yet: found by words alone; no word in common: close in meaning alone."""
    engine = hashing_embedder(store.vectors)
    search: Search = await searches(engine)
    lone = paper("p9", "Ostrich", "x")
    assert await store.papers.save([PaperChange(lone, None, aliases(lone))]) == [True]
    assert [hit.why for hit in (await search.papers("ostriches")).hits] == ["words: ostriches (no. 1 by words)"]
    await keep(store, engine, paper("p10", "Penguin", "y"))
    held = (await store.papers.get(["p10"]))[0]
    assert held
    vector = await engine.embed_query("heron")
    await store.vectors.put(engine.tag, [PaperVector("p10", held.ordinal, text_hash("x"), vector)])
    assert [hit.why for hit in (await search.papers("heron")).hits] == ["close in meaning (no. 1 by meaning)"]


async def test_what_has_nothing_to_do_with_the_text_is_no_hit(search: Search) -> None:
    """A text that shares neither words nor meaning with any paper finds nothing."""
    assert (await search.papers("zzyzx")).hits == ()


async def test_filters_and_what_they_leave_out(search: Search) -> None:
    """A date filter leaves undated papers out and says how many; one on authors does the same."""
    answer = await search.papers("algae since:2025")
    assert ids(answer) == ["p1"]
    assert answer.undated == 1
    assert answer.notes == ("1 paper was left out because its date is not known.",)
    answer = await search.papers("algae authors:1..5")
    assert ids(answer) == ["p1"]
    assert answer.notes == ("3 papers were left out because their number of authors is not known.",)
    assert ids(await search.papers("algae has:code org:tamarin")) == ["p1"]
    assert ids(await search.papers("algae org:nobody")) == []


async def test_only_filters_show_the_newest_first(search: Search) -> None:
    """No words: by day, and the reason is the day."""
    answer = await search.papers("since:2024")
    assert [(hit.paper.id, hit.why) for hit in answer.hits] == [
        ("p2", "newest first: 2025-02-03"),
        ("p1", "newest first: 2025-01-06"),
        ("p3", "newest first: 2024-05-01"),
    ]


async def test_phrases(search: Search) -> None:
    """A phrase keeps what has it word for word; one that nobody has is searched as words, and the answer says so."""
    assert ids(await search.papers('"count algae"')) == ["p1"]
    answer = await search.papers('"algae count"')
    assert set(ids(answer)) == {"p1", "p4"}
    assert answer.notes == ("No paper has “algae count” word for word; its words were searched one by one.",)


async def test_papers_are_found_as_soon_as_they_are_stored(
    store: Store, search: Search, searches: Callable[..., Any]
) -> None:
    """Every index of a store finds a new paper at once, whoever stored it, and a joined paper answers once."""
    other: Search = await searches()
    await other.papers("algae")
    await search.papers("algae")
    new = paper("p5", "Otters of the Coast", "They eat urchins.")
    await keep(store, search.embedder, new)
    for one in (search, other):
        assert ids(await one.papers("otters urchins"))[0] == "p5"
    (held,) = await store.papers.get(["p5"])
    assert held
    twin = paper("p6", "Otters off the Coast", "They eat urchins.", arxiv_id="2502.00001")
    await keep(store, search.embedder, twin)
    assert set(ids(await other.papers("otters"))) == {"p5", "p6"}
    joined = PaperChange(new, held.version, (*aliases(new), *aliases(twin)), ("p6",))
    assert await store.papers.save([joined]) == [True]
    assert ids(await other.papers("otters")) == ["p5"]
    assert ids(await other.papers("2502.00001")) == ["p5"]


async def test_no_paper_is_not_said_of_papers_that_are_being_taken_in(
    store: Store, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that does not wait for new papers does so where it would have no answer without them."""
    monkeypatch.setattr("bot.search.PATIENCE", 0.0)
    await search.refresh()
    await keep(store, search.embedder, paper("p5", "Otters of the Coast", "They eat.", project_url="https://x.example"))
    assert ids(await search.papers("otters has:project")) == ["p5"]


async def test_a_folder_serves_the_next_process(
    store: Store, search: Search, searches: Callable[..., Any], tmp_path: Path
) -> None:
    """What one index wrote, the next one answers from, over the same store."""
    first: Search = await searches(folder=tmp_path)
    before = await first.papers("algae counted since:2024")
    await first.index.close()
    await keep(store, search.embedder, paper("p5", "Otters", listed=(date(2025, 3, 1),)))
    second: Search = await searches(folder=tmp_path)
    after = await second.papers("algae counted since:2024")
    assert [(hit.paper, hit.why) for hit in after.hits] == [(hit.paper, hit.why) for hit in before.hits]
    assert ids(await second.papers("since:2025-03")) == ["p5"]


async def test_similar_papers(search: Search) -> None:
    """The nearest in meaning without the paper itself and without what is unrelated; an unknown id is refused with a sentence."""
    answer = await search.similar("p4", limit=1)
    assert ids(answer) == ["p1"]
    assert answer.hits[0].why == "words: Algae; close in meaning (no. 1 by words, no. 1 by meaning)"
    with pytest.raises(UnknownPaper, match="search for its title"):
        await search.similar("p999")


async def test_the_limit_is_kept(search: Search) -> None:
    """At most so many hits, at least one, at most a hundred."""
    assert len((await search.papers("until:2030", limit=2)).hits) == 2
    assert len((await search.papers("until:2030", limit=0)).hits) == 1
    assert len((await search.papers("until:2030", limit=10**9)).hits) == 3


@pytest.mark.parametrize(
    "typed", ["algae counted", "until:2030", "2502.00001 algae counted robots", "algae robots birds"]
)
async def test_pages_are_parts_of_one_answer(search: Search, typed: str) -> None:
    """Page after page gives what one long page gives, with its ranks, and the last page says that it is the last."""
    whole = await search.papers(typed, limit=100)
    assert whole.total == len(whole.hits) > 1
    assert not whole.more
    for size in (1, 2, 3):
        hits = list[SearchHit]()
        while True:
            page = await search.papers(typed, limit=size, start=len(hits))
            hits += page.hits
            assert page.more is (len(hits) < len(whole.hits))
            assert page.total == whole.total
            if not page.more:
                break
        assert tuple(hits) == whole.hits
    beyond = await search.papers(typed, start=50)
    assert (beyond.hits, beyond.more) == ((), False)


async def test_pages_of_similar_papers(search: Search) -> None:
    """Ranks go on over the pages."""
    whole = await search.similar("p1", limit=100)
    pages = [await search.similar("p1", limit=1, start=start) for start in range(len(whole.hits))]
    assert tuple(hit for page in pages for hit in page.hits) == whole.hits
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


async def test_a_paper_over_again_answers_once(store: Store, search: Search) -> None:
    """Two stored papers that are one are shown once, the better answer of them, on whatever page; each is found by its id."""
    again = replace(KELP, id="p6", title="Kelp-Net: Counting Algae Fast", arxiv_id="2502.00001")
    await keep(store, search.embedder, again)
    for typed in ("algae counted", "until:2030"):
        whole = await search.papers(typed, limit=100)
        assert len({"p1", "p6"} & set(ids(whole))) == 1
        assert whole.total == len(whole.hits)
        pages = [await search.papers(typed, limit=1, start=start) for start in range(len(whole.hits))]
        assert [one for page in pages for one in ids(page)] == ids(whole)
    assert ids(await search.papers("2502.00001")) == ["p6"]
    assert "p6" not in ids(await search.similar("p1", limit=100))
    assert len({"p1", "p6"} & set(ids(await search.similar("p4", limit=100)))) == 1


async def test_papers_like_one_that_has_no_vector_yet(store: Store, search: Search) -> None:
    """A paper that was stored a moment ago has papers like it too."""
    new = paper("p7", "Counting Algae by Hand", "We count algae in drone images, one by one.")
    assert await store.papers.save([PaperChange(new, None, aliases(new))]) == [True]
    assert ids(await search.similar("p7"))[0] == "p1"


async def test_pages_fit_together_when_papers_were_joined(store: Store, search: Search) -> None:
    """A paper that was joined into one of an earlier page does not answer again on a later one."""
    before = await search.papers("algae counted", limit=100)
    first, second = before.hits[0].paper, before.hits[1].paper
    (held,) = await store.papers.get([first.id])
    assert held
    joined = PaperChange(first, held.version, (*aliases(first), *aliases(second)), (second.id,))
    index_knows = search.index.refresh
    search.index.refresh = _nothing
    assert await store.papers.save([joined]) == [True]
    page = await search.papers("algae counted", limit=1, start=1)
    search.index.refresh = index_knows
    assert second.id not in ids(page)
    assert first.id not in ids(page)


async def _nothing(*, patience: float | None = None) -> None:
    """No news for the index."""


async def test_refusals_come_through(search: Search) -> None:
    """A wrong filter and an empty text are refused in one sentence."""
    with pytest.raises(BadFilter, match="since:2025-01"):
        await search.papers("algae since:soon")
    with pytest.raises(EmptyQuery):
        await search.papers("  ")


HOSTILE = (
    'title:"a" AND (b OR', "a* ~2 ^9 [x TO y] {", "\\", "'; DROP TABLE papers; --", "\ud800 lone", "a\0b", "\u200b", "٣" * 400, "視" * 500,
    '"' * 99, "🤖" * 120, "<!channel> <@U1> `x`", "*:*", "-algae", "+algae -count", "/a.*b/", "algae\r\nSET x y", "'" * 500, "%s %d {0}",
)  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
async def test_no_text_breaks_a_search(search: Search, typed: str) -> None:
    """Query languages, control characters and other scripts are answered or refused, nothing else."""
    try:
        answer = await search.papers(typed)
    except UserError:
        return
    assert len(answer.hits) <= 10


async def test_the_real_model_finds_by_meaning(store: Store, searches: Callable[..., Any], model_folder: Path) -> None:
    """A search that shares no word with the paper it means finds it first."""
    settings = ModelSettings(device="cpu", cache_dir=model_folder)
    embedder = await open_embedder(settings, store.vectors, data_dir=model_folder)
    search: Search = await searches(embedder)
    await keep(store, embedder, *PAPERS)
    answer = await search.papers("robots picking up parcels with their fingertips")
    assert ids(answer)[0] == "p2"
    assert answer.hits[0].why == "close in meaning (no. 1 by meaning)"
