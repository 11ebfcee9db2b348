"""The background of a store: read once, read again when papers have come, and the same in every process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from bot import identity
from bot.background import Backgrounds, Passages, StoredWords, measured_on, named_by, remembering, stage
from bot.background.passages import sentences_of
from bot.embedder import Embedder
from bot.ingest.embedding import embed_papers
from bot.matching import Background
from bot.models import EVIDENCE, ROW_EXTRA, SOURCES, Paper
from bot.store import PaperChange, Store
from bot.store.vectors import Vectors
from bot.terms import LARGEST, shared_words
from tests.fakes import hashing_embedder, paper

SPEECH = "Speech is recognised by a network. Robots are not meant. We fold clothes too."


def papers(count: int, start: int = 1) -> list[Paper]:
    return [
        paper(f"p{n}", f"Study {n} of word{n % 7}", f"lone{n} word{n % 7} bare{n % 3}")
        for n in range(start, start + count)
    ]


async def keep(store: Store, embedder: Embedder, *kept: Paper) -> None:
    await store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in kept])
    await embed_papers(store, embedder)


@pytest.fixture
def embedder(store: Store) -> Embedder:
    return hashing_embedder(store.vectors, dimension=64)


@pytest.fixture
async def backgrounds(store: Store, embedder: Embedder) -> AsyncGenerator[Backgrounds]:
    made = Backgrounds(store, embedder.tag)
    yield made
    await made.close()


async def test_an_empty_store_has_an_empty_background(backgrounds: Backgrounds) -> None:
    """Nothing is stored, nothing is usual, and nothing fails."""
    assert len(await backgrounds.now()) == 0
    ids, seen = await backgrounds.seen(["p1"])
    assert (ids, len(seen)) == ([], 0)
    assert await backgrounds.papers(["p1"]) == {}


async def test_it_is_made_once_while_nothing_comes(
    store: Store, embedder: Embedder, backgrounds: Backgrounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks gets the same one without a sample being read again; five who ask at once wait for one."""
    await keep(store, embedder, *papers(12))
    samples: list[int] = []
    sample = Vectors.sample

    async def counted(*args: Any, **named: Any) -> object:
        samples.append(1)
        return await sample(*args, **named)

    monkeypatch.setattr(Vectors, "sample", counted)
    first = await asyncio.gather(*(backgrounds.now() for _ in range(5)))
    assert len({id(one) for one in [*first, await backgrounds.now(), await backgrounds.now(fresh=True)]}) == 1
    assert sum(samples) == 1
    assert list(first[0].ids) == [one.id for one in papers(12)]


async def test_papers_that_came_are_in_the_next_one(
    store: Store, embedder: Embedder, backgrounds: Backgrounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While there are few they are in it at once; of many the last one is given, and the new one when it is asked for."""
    await keep(store, embedder, *papers(10))
    assert len(await backgrounds.now()) == 10
    await keep(store, embedder, *papers(2, 11))
    small = await backgrounds.now()
    assert len(small) == 12
    monkeypatch.setattr(remembering, "AT_ONCE", 5)
    await keep(store, embedder, *papers(3, 13))
    assert await backgrounds.now() is small
    assert len(await backgrounds.now(fresh=True)) == 15


async def test_many_papers_are_read_meanwhile(
    store: Store, embedder: Embedder, backgrounds: Backgrounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who votes does not wait: the newer background is made once, beside, for who comes later."""
    monkeypatch.setattr(remembering, "AT_ONCE", 0)
    await keep(store, embedder, *papers(10))
    old = await backgrounds.now()
    await keep(store, embedder, *papers(5, 11))
    made: list[int] = []
    of = Background.of

    def counted(*args: Any) -> Background:
        made.append(1)
        return of(*args)

    monkeypatch.setattr(Background, "of", counted)
    assert await backgrounds.now() is old
    assert await backgrounds.now() is old
    newer = await backgrounds.now(fresh=True)
    assert (len(newer), sum(made)) == (15, 1)
    assert await backgrounds.now() is newer


def test_a_sample_stays_the_same_between_stages() -> None:
    """All papers while a sample holds them; then of as many as the stage has, which grows by a fifth."""
    assert [measured_on(count) for count in (0, 7, 1_999, 2_000)] == [0, 7, 1_999, 2_000]
    stages = sorted({measured_on(count) for count in range(2_000, 20_001, 10)})
    assert len(stages) < 16
    assert all(later / earlier <= 1.21 for earlier, later in pairwise(stages[1:]))
    assert all(stage(count) <= count for count in range(500))
    assert [stage(count) for count in (0, 1, 2, 507)] == [0, 1, 2, stage(507)]
    assert stage(stage(507)) == stage(507) >= 507 / 1.2


async def test_what_is_known_of_papers_comes_by_the_ids_asked_for(
    store: Store, embedder: Embedder, backgrounds: Backgrounds
) -> None:
    """A joined paper is known under its old id too, with ordinal, settled vector and terms of the one it is now."""
    await keep(store, embedder, *papers(4))
    await store.papers.save([PaperChange(papers(1)[0], 1, (), ("p2",))])
    known = await backgrounds.papers(["p2", "p3", "nowhere"])
    assert set(known) == {"p2", "p3"}
    assert (known["p2"].ordinal, known["p3"].ordinal) == (1, 3)
    _, [vector] = await store.vectors.of(embedder.tag.among(), ["p3"])
    np.testing.assert_array_equal(known["p3"].vector, vector)
    assert len(known["p3"].terms) > 0


async def test_a_rewritten_paper_has_other_terms(store: Store, embedder: Embedder, backgrounds: Backgrounds) -> None:
    """What is remembered of a text is forgotten when papers were embedded anew."""
    [one] = papers(1)
    await keep(store, embedder, one)
    before = (await backgrounds.terms([1]))[1]
    await store.papers.save([PaperChange(paper("p1", "Another title"), 1, ())])
    await embed_papers(store, embedder)
    after = (await backgrounds.terms([1]))[1]
    assert set(before.numbers.tolist()) != set(after.numbers.tolist())


async def test_a_thread_reads_the_words_that_rows_speak_through(
    store: Store, embedder: Embedder, backgrounds: Backgrounds
) -> None:
    """As those of the loop: papers, terms, and zero for what nobody knows."""
    await keep(store, embedder, *papers(9))
    background = await backgrounds.now()
    sources = np.array([3, 0, 1_000, 9], np.int64)
    book = await backgrounds.words_of([2, 8], background=background)
    stored = await asyncio.to_thread(StoredWords(backgrounds, background).rows, sources)
    for mine, other in zip((stored.starts, stored.columns, stored.values), _columns(book.rows(sources)), strict=True):
        np.testing.assert_array_equal(mine, other)


def _columns(rows: object) -> tuple[object, ...]:
    return tuple(getattr(rows, name) for name in ("starts", "columns", "values"))


def test_only_whole_numbers_name_papers() -> None:
    """Terms, nothing, and what somebody put in their place name none."""
    row = np.zeros((2, 4 + ROW_EXTRA), np.float32)
    row[0, -ROW_EXTRA:][SOURCES] = [5, -7, 0, np.nan, np.inf, 2, 5, 0][:EVIDENCE]
    row[1, -ROW_EXTRA:][SOURCES.start] = 9
    row[1, -ROW_EXTRA:][SOURCES][1:3] = 1e30, LARGEST + 2
    assert named_by(row) == [1, 4, 8]


async def test_the_sentence_that_speaks_most_is_the_passage(
    store: Store, embedder: Embedder, backgrounds: Backgrounds
) -> None:
    """Of an abstract the sentence nearest to the interest, with those of its words that the interest knows."""
    one = paper("px", "A title", SPEECH)
    await keep(store, embedder, *papers(20), one)
    background, passages = await backgrounds.now(), Passages(embedder)
    [vector] = await embedder.embed(["robots meant"])
    row = np.concatenate([vector, np.zeros(ROW_EXTRA, np.float32)])
    passage = await passages.of(one, row, background, "Robots that are meant")
    assert passage is not None
    assert (passage.sentence, passage.words) == ("Robots are not meant.", ("Robots", "meant"))
    assert await passages.of(paper("py", "A title"), row, background, "robots") is None


async def test_a_phrase_is_marked_whole_even_where_its_words_are_common(
    store: Store, embedder: Embedder, backgrounds: Backgrounds
) -> None:
    """A word that every paper has weighs nothing, and is marked with the phrase that it stands in."""
    common = [replace(one, abstract=f"{one.abstract or ''} Code generation.") for one in papers(20)]
    await keep(store, embedder, *common)
    background = await backgrounds.now()
    row = np.zeros(embedder.tag.dimension + ROW_EXTRA, np.float32)
    one = paper("px", "A title", "Code generation problems differ.")
    passage = await Passages(embedder).of(one, row, background, "code generation")
    assert passage is not None
    assert passage.words == ("Code generation",)


async def test_sentences_are_embedded_once_and_leave_no_trace(
    store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many papers' sentences are embedded together; the store keeps none of them."""
    asked: list[str] = []
    made = embedder.embed

    async def counted(_: Embedder, texts: list[str], **named: Any) -> object:
        asked.extend(texts)
        return await made(texts, **named)

    monkeypatch.setattr(Embedder, "embed", counted)
    passages, background = Passages(embedder), await Backgrounds(store, embedder.tag).now()
    several = [paper(f"p{n}", "A title", f"{SPEECH} It is number {n}. Robots fold number {n}.") for n in range(3)]
    wanted = [(one, "folding robots are speech") for one in several]
    for _ in range(2):
        await passages.read(wanted, background)
    assert len(asked) == 12
    assert "Robots fold number 2." in asked
    hashes = [identity.text_hash(text) for text in asked]
    assert await store.vectors.cached(embedder.tag, hashes) == {}
    assert store.skipped == 0


async def test_another_abstract_has_other_passages(store: Store, embedder: Embedder, backgrounds: Backgrounds) -> None:
    """A paper whose text was changed is not spoken for by sentences that it no longer has."""
    one = paper("px", "A title", SPEECH)
    await keep(store, embedder, *papers(20), one)
    background, passages = await backgrounds.now(), Passages(embedder)
    [vector] = await embedder.embed(["robots meant"])
    row = np.concatenate([vector, np.zeros(ROW_EXTRA, np.float32)])
    assert await passages.of(one, row, background, "robots")
    changed = await passages.of(replace(one, abstract="Only robots are meant here."), row, background, "robots")
    assert changed is not None
    assert changed.sentence == "Only robots are meant here."


async def test_the_text_that_is_compared_is_cut_into_words_once(
    embedder: Embedder, backgrounds: Backgrounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the number of sentences; and the event loop goes on meanwhile."""
    among, cut, threads = "robots that fold clothes are meant", list[str](), set[threading.Thread]()

    def counted(text: str, known: str) -> tuple[str, ...]:
        cut.append(known)
        threads.add(threading.current_thread())
        return shared_words(text, known)

    monkeypatch.setattr("bot.background.passages.shared_words", counted)
    one = paper("px", "A title", " ".join(f"Robots number {n} fold clothes." for n in range(12)))
    await Passages(embedder).read([(one, among)], await backgrounds.now())
    assert cut.count(among) == 1
    assert threading.main_thread() not in threads


def test_where_the_code_is_speaks_for_nothing() -> None:
    """A sentence with a web address is the passage only where there is no other."""
    code = "Code is at https://example.org/streaming-lm today."
    told = paper("px", "A title", f"We read sound as it comes. {code}")
    assert sentences_of(told) == ("We read sound as it comes.",)
    assert sentences_of(replace(told, abstract=code)) == (code,)
