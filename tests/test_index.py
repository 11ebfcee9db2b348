"""The index: it follows the store, filters before it cuts, survives damage, and answers from the folder of a past run."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import IndexDamaged, StoreUnreachable
from bot.index import Found, Index, open_index
from bot.index.analysis import Wanted
from bot.index.facts import Words
from bot.index.folder import Folder
from bot.index.lexical import Lexical
from bot.models import Count, Format, Origin, Paper, PrintedDate, YearOrigin
from bot.queries import Query, parse
from tests.fakes import HashingEngine, MemoryPapers, MemoryStore, Row, paper

ENGINE = HashingEngine()
ORIGIN = Origin(Format.TEXT, "a.txt", "0" * 64, None, date(2025, 3, 1))


class Opened:
    """A store in memory and any number of indexes of it."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.store = MemoryStore()
        self._stack = stack

    def keep(self, *papers: Paper) -> None:
        """Store and embed papers."""
        self.store.papers.keep(papers)
        self.store.vectors.embed(ENGINE)

    async def index(self, folder: Path | None = None) -> Index:
        """An index that is up to date."""
        index = await open_index(self.store, ENGINE.tag, folder)
        self._stack.push_async_callback(index.close)
        await index.refresh()
        return index


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """An empty store; every index of it is closed in the end."""
    async with AsyncExitStack() as stack:
        yield Opened(stack)


async def ask(index: Index, text: str, *, limit: int = 100) -> Found:
    """Search as a person would type it."""
    query = parse(text)
    vector = ENGINE.vectors([query.text])[0] if query.text else None
    return await index.search(query, vector, limit=limit)


def meaning(found: Found) -> list[str]:
    """The ids by meaning."""
    return [paper_id for paper_id, _ in found.by_meaning]


async def test_papers_are_found_by_words_and_by_meaning(opened: Opened) -> None:
    """The best of each list is the paper that says it; words are stemmed, accents and case do not matter."""
    opened.keep(
        paper("p1", "Grasping Müsli Boxes with Tactile Policies", "A gripper that learns by touch."),
        paper("p2", "Rainfall Maps", "An ensemble forecasts the weather of pressure levels."),
        paper("p3", "Nothing of the Kind", None),
    )
    index = await opened.index()
    found = await ask(index, "GRASP musli")
    assert found.by_words == ("p1",)
    found = await ask(index, "ensemble weather")
    assert found.by_words == ("p2",)
    assert found.by_meaning[0][0] == "p2"
    assert found.by_meaning[0][1] == pytest.approx(
        float(ENGINE.vectors(["ensemble weather"])[0] @ opened.store.vectors.rows["p2"].vector), abs=1e-6
    )
    assert len(index) == 3


async def test_words_beside_each_other_count_more(opened: Opened) -> None:
    """Of two papers with the same words, the one that has them near each other, in either order, comes first."""
    far = "Kelp grows where nobody looks for it, among stones, barrels, anchors, ropes, bottles and a drowned forest."
    near = (
        "In a drowned forest of kelp nobody looks for stones, barrels, anchors, ropes or bottles, where it grows among."
    )
    opened.keep(paper("p1", "One", far), paper("p2", "Two", near), *(paper(f"q{n}", f"Moss {n}") for n in range(9)))
    assert (await ask(await opened.index(), "kelp forests")).by_words == ("p2", "p1")


async def test_authors_and_organisations_are_words_too(opened: Opened) -> None:
    """A name finds the papers of its author and of its organisation."""
    opened.keep(
        paper("p1", "One", "x", authors=("Ada Marlowe", "Bo Quillon")),
        paper("p2", "Two", "x", organisations=("Tamarin Institute",)),
    )
    index = await opened.index()
    assert (await ask(index, "quillon")).by_words == ("p1",)
    assert (await ask(index, "tamarin")).by_words == ("p2",)


async def test_stop_words_alone_are_searched_but_never_beside_others(opened: Opened) -> None:
    """A search for "the of" finds what has them; in "the lattice" only lattice counts."""
    opened.keep(paper("p1", "The Edge of Things", "x"), paper("p2", "Lattice", "y"))
    index = await opened.index()
    assert (await ask(index, "the of")).by_words == ("p1",)
    assert (await ask(index, "the lattice")).by_words == ("p2",)


async def test_new_and_changed_papers_are_there_after_a_refresh(opened: Opened) -> None:
    """A refresh reads only what changed: new papers appear, a changed one is found by its new words only."""
    opened.keep(paper("p1", "Old words", "ostrich"))
    index = await opened.index()
    opened.store.papers.read.clear()
    opened.keep(paper("p1", "New words", "penguin"), paper("p2", "Another", "heron"))
    await index.refresh()
    assert opened.store.papers.read == ["p1", "p2"]
    assert (await ask(index, "heron")).by_words == ("p2",)
    assert (await ask(index, "penguin")).by_words == ("p1",)
    assert (await ask(index, "ostrich")).by_words == ()
    assert meaning(await ask(index, "penguin"))[0] == "p1"
    await index.refresh()
    assert opened.store.papers.read == ["p1", "p2"]


async def test_a_paper_without_a_vector_yet_is_found_by_its_words(opened: Opened) -> None:
    """Words do not wait for the embedding; when the vector is stored the paper is found by meaning too."""
    opened.store.papers.keep([paper("p1", "Tidal Turbines", "blades")])
    index = await opened.index()
    found = await ask(index, "turbines")
    assert (found.by_words, found.by_meaning) == (("p1",), ())
    opened.store.vectors.embed(ENGINE)
    await index.refresh()
    assert meaning(await ask(index, "turbines")) == ["p1"]


async def test_a_changed_paper_keeps_its_old_vector_until_the_new_one_is_there(opened: Opened) -> None:
    """Between the change and the embedding a paper is near to what it was; then to what it is, also after a restart."""
    opened.keep(paper("p1", "Tidal Turbines"), paper("p2", "Moss"))
    index = await opened.index()
    opened.store.papers.keep([paper("p1", "Penguins")])
    await index.refresh()
    assert meaning(await ask(index, "tidal turbines"))[0] == "p1"
    opened.store.vectors.embed(ENGINE)
    await index.refresh()
    assert dict((await ask(index, "penguins")).by_meaning)["p1"] == pytest.approx(1.0)


async def test_a_vector_that_is_no_direction_is_not_used(opened: Opened) -> None:
    """NaN from a damaged store neither answers nor disturbs the rest."""
    opened.keep(paper("p1", "Broken", "a"), paper("p2", "Sound", "b"))
    opened.store.vectors.rows["p1"] = Row(bytes(16), np.full(ENGINE.tag.dimension, np.nan, np.float32))
    index = await opened.index()
    assert meaning(await ask(index, "broken sound")) == ["p2"]
    assert (await ask(index, "broken")).by_words == ("p1",)


async def test_a_joined_paper_leaves_the_index(opened: Opened) -> None:
    """When two papers turn out to be one, only that one answers, with the words of both."""
    opened.keep(paper("p1", "Kelp Forests", "algae"), paper("p2", "Kelp Forests, revised", "algae"))
    index = await opened.index()
    opened.store.papers.join("p2", paper("p1", "Kelp Forests", "algae and urchins"))
    opened.store.vectors.embed(ENGINE)
    await index.refresh()
    found = await ask(index, "kelp urchins")
    assert found.by_words == ("p1",)
    assert meaning(found) == ["p1"]
    assert len(index) == 1


async def test_an_unreadable_record_is_left_out(opened: Opened) -> None:
    """A paper that cannot be read any more goes, the others stay."""
    opened.keep(paper("p1", "Moss"), paper("p2", "Moss too"))
    index = await opened.index()
    del opened.store.papers.held["p1"]
    opened.store.papers.touch("p1")
    await index.refresh()
    assert (await ask(index, "moss")).by_words == ("p2",)


async def test_filters_hold_before_the_lists_are_cut(opened: Opened) -> None:
    """One match among three thousand better ones is found by both lists when a filter asks for it."""
    crowd = [paper(f"p{n}", "Moss moss moss", "moss", listed=(date(2024, 1, 1),)) for n in range(3_000)]
    opened.keep(*crowd, paper("q1", "A long title of which one word is moss", "x", listed=(date(2025, 5, 1),)))
    index = await opened.index()
    found = await ask(index, "moss since:2025", limit=10)
    assert found.by_words == ("q1",)
    assert meaning(found) == ["q1"]
    crowded = await ask(index, "moss until:2024", limit=10)
    assert len(crowded.by_words) == len(crowded.by_meaning) == 10
    assert "q1" not in crowded.by_words


async def test_a_filter_that_lets_nearly_all_but_the_best_through_still_fills_the_list(opened: Opened) -> None:
    """The words' list is widened until enough pass, however many better papers do not."""
    best = [paper(f"p{n}", "Moss moss moss", "moss", listed=(date(2024, 1, 1),)) for n in range(2_500)]
    rest = [paper(f"q{n}", f"Moss and {n}", "a longer text about it", listed=(date(2025, 1, 1),)) for n in range(2_500)]
    opened.keep(*best, *rest)
    found = await ask(await opened.index(), "moss since:2025", limit=50)
    assert len(found.by_words) == 50
    assert all(paper_id.startswith("q") for paper_id in found.by_words)


async def test_every_filter_keeps_what_it_says(opened: Opened) -> None:
    """Days are inclusive, counts and features exact, an organisation matches by whole words within one name."""
    day = datetime(2025, 1, 31, 23, tzinfo=UTC)
    opened.keep(
        paper(
            "dated",
            "Kelp",
            published_at=day,
            authors=("A", "B", "C"),
            organisations=("Google DeepMind", "Sun Yat-sen University"),
        ),
        paper(
            "printed", "Kelp", published=PrintedDate(2, 1, 2025, YearOrigin.PRINTED), author_counts=(Count(12, ORIGIN),)
        ),
        paper("undated", "Kelp", published=PrintedDate(2, 1), comments=(Count(3, ORIGIN), Count(0, ORIGIN))),
        paper(
            "coded",
            "Kelp",
            "Code at https://github.com/example/kelp.",
            comments=(Count(0, ORIGIN),),
            organisations=("Googleplex", "Sun"),
        ),
        paper(
            "paged",
            "Kelp",
            "See https://kelp.example.org/demo and https://arxiv.org/abs/2501.00001.",
            organisations=("Yat-Sen Sun",),
        ),
    )
    index = await opened.index()

    async def passing(filters: str) -> set[str]:
        return set((await ask(index, f"kelp {filters}")).by_words)

    assert await passing("since:2025-01-31 until:2025-01-31") == {"dated"}
    assert await passing("since:2025-02") == {"printed"}
    assert await passing("until:2025") == {"dated", "printed"}
    assert await passing("authors:3") == {"dated"}
    assert await passing("authors:>3") == {"printed"}
    assert await passing("authors:<100") == {"dated", "printed"}
    assert await passing("has:code") == {"coded"}
    assert await passing("has:project") == {"paged"}
    assert await passing("has:comments") == {"undated"}
    assert await passing("org:google") == {"dated"}
    assert await passing('org:"SUN YAT SEN"') == {"dated"}
    assert await passing("org:university org:deepmind") == {"dated"}
    assert await passing('org:"deepmind sun"') == set()
    assert await passing("has:code has:project") == set()


async def test_what_is_left_out_for_want_of_a_date_is_counted(opened: Opened) -> None:
    """Papers without a day, or a number of authors, pass no such filter, and the answer says how many there are."""
    opened.keep(
        paper("p1", "Kelp", listed=(date(2025, 1, 1),)), paper("p2", "Kelp", authors=("A",)), paper("p3", "Kelp")
    )
    index = await opened.index()
    found = await ask(index, "kelp since:2024")
    assert (found.by_words, found.undated, found.uncounted) == (("p1",), 2, 0)
    found = await ask(index, "kelp authors:1")
    assert (found.by_words, found.undated, found.uncounted) == (("p2",), 0, 2)
    assert (await ask(index, "kelp since:2024 authors:1")).by_words == ()


async def test_no_words_means_newest_first(opened: Opened) -> None:
    """Only filters: by day, the paper stored last first within a day, unknown days last."""
    opened.keep(
        paper("old", "A", listed=(date(2024, 1, 1),)),
        paper("undated", "B"),
        paper("new", "C", listed=(date(2025, 1, 1),)),
        paper("newer", "D", listed=(date(2025, 1, 1),), authors=("X",)),
    )
    index = await opened.index()
    assert (await index.search(Query(""), None, limit=10)).newest == ("newer", "new", "old", "undated")
    assert (await ask(index, "since:2025", limit=1)).newest == ("newer",)
    assert (await ask(index, "authors:1")).newest == ("newer",)


async def test_a_phrase_stands_word_for_word(opened: Opened) -> None:
    """A quoted phrase keeps papers that have it in one field; a phrase that no paper has is searched as words."""
    opened.keep(
        paper("p1", "Flow matching for kelp", "x"),
        paper("p2", "Matching the flow", "flow"),
        paper("p3", "Flow", "matching"),
    )
    index = await opened.index()
    found = await ask(index, '"flow matching"')
    assert (found.by_words, meaning(found), found.unknown_phrases) == (("p1",), ["p1"], ())
    found = await ask(index, '"matching kelp flow"')
    assert set(found.by_words) == {"p1", "p2", "p3"}
    assert found.unknown_phrases == ("matching kelp flow",)
    assert (await ask(index, '"flow"')).unknown_phrases == ()


async def test_asked_papers_are_held_against_the_filters(opened: Opened) -> None:
    """Only those asked about that are here and pass come back."""
    opened.keep(paper("p1", "Kelp", authors=("A",)), paper("p2", "Kelp"))
    index = await opened.index()
    found = await index.search(parse("authors:1"), None, asked=("p2", "p1", "p9"), limit=5)
    assert found.asked == ("p1",)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=80)
    | st.lists(st.sampled_from(list('"+-&|!(){}[]^~*?:\\/ ab01éß视')), max_size=30).map("".join)
)
def test_no_text_breaks_the_word_index(text: str) -> None:
    """Whatever reaches the word index as text, phrase or paper is searched and indexed without an error."""
    text = text.encode("utf-8", "ignore").decode()
    lexical = Lexical(None)
    lexical.write([Words(1, text, text, text, text), Words(2, "kelp", "", "", "")])
    lexical.commit()
    everything = np.array([1, 2])
    found = lexical.search(Wanted.of(text, lexical.analyse), 10, list, everything)
    assert set(found) <= {1, 2}
    assert set(lexical.with_phrase(text)) <= {1, 2}
    lexical.shared_words(text, text)
    if lexical.analyse(text):
        assert 1 in found
        assert 1 in lexical.with_phrase(text)


async def test_a_folder_saves_reading_papers_again(opened: Opened, tmp_path: Path) -> None:
    """The next index on a folder asks the store for a sample, for what changed, and for vectors; it answers the same."""
    opened.keep(*(paper(f"p{n}", f"Kelp number {n}", "x", listed=(date(2025, 1, 1 + n % 28),)) for n in range(200)))
    first = await opened.index(tmp_path)
    await first.close()
    opened.keep(paper("new", "Heron", listed=(date(2024, 1, 1),)))
    opened.store.papers.read.clear()
    second = await opened.index(tmp_path)
    assert len(opened.store.papers.read) < 50
    assert (await ask(second, "heron")).by_words == ("new",)
    unsaved = await opened.index()
    assert await ask(second, "kelp since:2025-01-05 number") == await ask(unsaved, "kelp since:2025-01-05 number")
    vector = opened.store.vectors.rows["p7"].vector
    assert await second.similar("p7", vector) == await unsaved.similar("p7", vector)


async def test_two_processes_may_use_one_folder(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one index owns the folder another works on a copy, sees everything, and leaves nothing behind."""
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    opened.keep(*(paper(f"p{n}", f"Kelp {n}") for n in range(300)))
    owner = await opened.index(tmp_path / "index")
    opened.keep(paper("new", "Heron"))
    opened.store.papers.read.clear()
    other = await opened.index(tmp_path / "index")
    assert len(opened.store.papers.read) < 50
    assert (await ask(other, "heron")).by_words == ("new",)
    await owner.refresh()
    assert (await ask(owner, "heron")).by_words == ("new",)
    assert len(list(copies.iterdir())) == 1
    await other.close()
    assert not list(copies.iterdir())


def _cut(files: Iterable[Path]) -> None:
    for file in files:
        file.write_bytes(file.read_bytes()[:20])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no journal": lambda folder: (folder / "journal").unlink(),
    "foreign journal": lambda folder: (folder / "journal").write_bytes(b'"something else 9"\n5\n'),
    "binary journal": lambda folder: (folder / "journal").write_bytes(b"\x00\xff\n" * 99),
    "no words": lambda folder: shutil.rmtree(folder / "words"),
    "torn list of words": lambda folder: (folder / "words" / "meta.json").write_bytes(b'{"segm'),
    "torn words": lambda folder: _cut((folder / "words").glob("*.term")),
    "lost numbers": lambda folder: _cut((folder / "words").glob("*.fast")),
    "words of a past": lambda folder: (folder / "words" / "meta.json").unlink(),
}


@pytest.mark.parametrize("kind", DAMAGE)
async def test_a_damaged_folder_is_built_anew(opened: Opened, tmp_path: Path, kind: str) -> None:
    """Whatever is torn, foreign or gone, the index is complete again after the first refresh, and so is the folder."""
    opened.keep(*(paper(f"p{n}", f"Kelp {n}") for n in range(50)))
    await (await opened.index(tmp_path)).close()
    DAMAGE[kind](tmp_path)
    index = await opened.index(tmp_path)
    assert len((await ask(index, "kelp")).by_words) == 50
    await index.close()
    opened.store.papers.read.clear()
    again = await opened.index(tmp_path)
    assert len((await ask(again, "kelp")).by_words) == 50
    assert len(opened.store.papers.read) < 50


async def test_a_journal_torn_at_any_byte_loses_only_time(opened: Opened, tmp_path: Path) -> None:
    """However much of the journal's end is lost, the next index is complete."""
    whole = tmp_path / "whole"
    opened.keep(paper("p1", "Kelp"), paper("p2", "Kelp two"))
    index = await opened.index(whole)
    opened.store.papers.join("p2", paper("p1", "Kelp one"))
    opened.keep(paper("p3", "Kelp three"))
    await index.refresh()
    await index.close()
    size = (whole / "journal").stat().st_size
    for cut in range(0, size, 31):
        torn = tmp_path / f"torn{cut}"
        shutil.copytree(whole, torn)
        with (torn / "journal").open("r+b") as journal:
            journal.truncate(cut)
        index = await opened.index(torn)
        assert set((await ask(index, "kelp")).by_words) == {"p1", "p3"}
        await index.close()


async def test_a_folder_of_another_store_is_built_anew(opened: Opened, tmp_path: Path) -> None:
    """Papers of a store that is gone do not answer, even if the new one has seen more changes."""
    opened.keep(paper("p1", "Kelp"), paper("p2", "Kelp"))
    await (await opened.index(tmp_path)).close()
    opened.store = MemoryStore()
    opened.keep(*(paper(f"q{n}", "Kelp") for n in range(9)))
    index = await opened.index(tmp_path)
    assert set((await ask(index, "kelp")).by_words) == {f"q{n}" for n in range(9)}


async def test_a_folder_of_before_a_restore_is_built_anew(opened: Opened, tmp_path: Path) -> None:
    """An older backup that has moved on past what the index knows of shows nothing that it does not hold."""
    opened.keep(*(paper(f"p{n}", "Kelp") for n in range(40)), paper("p50", "Kelp of before"))
    await (await opened.index(tmp_path)).close()
    opened.store.papers.history = "two"
    opened.keep(paper("p50", "Heron"), paper("q1", "Heron"))
    opened.store.papers.changes["p50"] = 41
    index = await opened.index(tmp_path)
    assert set((await ask(index, "heron")).by_words) == {"p50", "q1"}
    await index.close()
    opened.store.papers.read.clear()
    again = await opened.index(tmp_path)
    assert len(opened.store.papers.read) < 42
    assert set((await ask(again, "heron")).by_words) == {"p50", "q1"}


async def test_a_folder_of_a_store_that_went_back_and_on_is_built_anew(opened: Opened, tmp_path: Path) -> None:
    """A snapshot of the store's own files has the same history: the papers that changed last tell."""
    opened.keep(*(paper(f"p{n}", "Kelp") for n in range(1, 40)))
    snapshot = dict(opened.store.papers.changes)
    opened.keep(paper("p7", "Heron"))
    await (await opened.index(tmp_path)).close()
    opened.keep(paper("p7", "Kelp"))
    papers = opened.store.papers
    papers.changes, papers.number = snapshot, len(snapshot)
    opened.keep(*(paper(f"q{n}", "Heron") for n in range(1, 3)))
    index = await opened.index(tmp_path)
    assert set((await ask(index, "heron")).by_words) == {"q1", "q2"}


def put_back(store: MemoryStore) -> None:
    """The store is one that was restored, with no paper yet."""
    store.papers = store.vectors.papers = MemoryPapers()
    store.papers.history = "two"


@pytest.mark.parametrize("has_folder", [True, False])
async def test_an_index_at_work_notices_that_the_store_was_put_back(
    opened: Opened, tmp_path: Path, *, has_folder: bool
) -> None:
    """At the next refresh: another history, or fewer changes than there were."""
    opened.keep(*(paper(f"p{n}", "Kelp") for n in range(9)))
    index = await opened.index(tmp_path if has_folder else None)
    put_back(opened.store)
    opened.keep(*(paper(f"q{n}", "Kelp") for n in range(20)))
    await index.refresh()
    assert set((await ask(index, "kelp")).by_words) == {f"q{n}" for n in range(20)}
    put_back(opened.store)
    opened.keep(paper("r1", "Kelp"))
    await index.refresh()
    assert (await ask(index, "kelp")).by_words == ("r1",)
    await index.close()
    unread = len(opened.store.papers.read)
    again = await opened.index(tmp_path if has_folder else None)
    assert (await ask(again, "kelp")).by_words == ("r1",)
    assert len(opened.store.papers.read) - unread == 1


async def test_a_store_that_fails_on_the_way_loses_nothing(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that the store interrupts is raised, and made good by the next one, with and without a folder."""
    opened.keep(paper("p1", "Kelp"), paper("p2", "Kelp"))
    await (await opened.index(tmp_path)).close()
    opened.keep(paper("p3", "Kelp"))
    for folder in (tmp_path, None):
        index = await open_index(opened.store, ENGINE.tag, folder)
        for name in ("get", "changed_since", "get"):
            with monkeypatch.context() as broken:
                broken.setattr(opened.store.papers, name, _unreachable)
                with pytest.raises(StoreUnreachable):
                    await index.refresh()
        await index.refresh()
        found = await ask(index, "kelp")
        assert set(found.by_words) == set(meaning(found)) == {"p1", "p2", "p3"}
        await index.close()


async def _unreachable(*_: object) -> None:
    raise StoreUnreachable("Nobody answers.")


async def test_a_folder_that_cannot_be_made_is_no_failure(opened: Opened, tmp_path: Path) -> None:
    """Where a file stands in the way the index lives in memory."""
    (tmp_path / "index").write_text("in the way")
    opened.keep(paper("p1", "Kelp"))
    assert (await ask(await opened.index(tmp_path / "index"), "kelp")).by_words == ("p1",)


async def test_damage_while_searching_is_repaired(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that go bad under a running index: the search that meets them is answered after a rebuild."""
    opened.keep(paper("p1", "Kelp"))
    index = await opened.index(tmp_path)
    search, damaged = Lexical.search, [IndexDamaged("torn")]

    def once(lexical: Lexical, *given: Any) -> list[int]:
        if damaged:
            raise damaged.pop()
        return search(lexical, *given)

    monkeypatch.setattr(Lexical, "search", once)
    opened.store.papers.read.clear()
    assert (await ask(index, "kelp")).by_words == ("p1",)
    assert opened.store.papers.read == ["p1"]


async def test_the_journal_does_not_grow_for_ever(tmp_path: Path) -> None:
    """Lines that later ones have overtaken are dropped when the folder is opened."""
    folder = Folder(tmp_path)
    assert folder.load() == (0, {})
    for number in range(1, 1_500):
        folder.note(number, (), [f"p{number}"])
    folder.close()
    folder = Folder(tmp_path)
    assert folder.load() == (1_499, {})
    assert len((tmp_path / "journal").read_bytes().splitlines()) == 2
    folder.close()


async def test_a_search_does_not_wait_for_a_slow_refresh(opened: Opened) -> None:
    """Once complete, an index is waited for no longer than the patience given; the refresh goes on by itself."""
    opened.keep(paper("p1", "Kelp"))
    index = await opened.index()
    gate = asyncio.Event()
    changed_since = opened.store.papers.changed_since

    async def slow(number: int, limit: int) -> list[tuple[int, str]]:
        await gate.wait()
        return await changed_since(number, limit)

    opened.store.papers.changed_since = slow  # type: ignore[method-assign]
    opened.keep(paper("p2", "Kelp"))
    await index.refresh(patience=0.001)
    assert (await ask(index, "kelp")).by_words == ("p1",)
    gate.set()
    await index.refresh()
    assert set((await ask(index, "kelp")).by_words) == {"p1", "p2"}
