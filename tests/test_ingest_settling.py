"""Papers embedded with their titles and settled among their neighbours; interests placed again as papers come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import pytest

from bot import cleaning, identity, matching
from bot.background import Backgrounds
from bot.embedder import Embedder
from bot.ingest.embedding import embed_papers, titled
from bot.ingest.measuring import measure
from bot.ingest.settling import settle_papers
from bot.ingest.standing import Standing
from bot.models import LEXICAL, ROW_EXTRA, THRESHOLD, Interest, InterestKind, ModelTag, Paper, UserId
from bot.settings import DigestSettings
from bot.store import Floats, InterestBlock, PaperChange, PaperVector, Shard, Store, Vectors, shard_of
from bot.store.profiles import Profiles
from tests.fakes import hashing_embedder, paper

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
ADA = UserId("T1", "U1")
TOPICS = ("speech recognition", "robot grasping", "protein folding")


def papers(count: int, start: int = 0) -> list[Paper]:
    """Papers of three topics in turn."""
    return [
        paper(f"p{n:03}", f"{TOPICS[n % 3]} {n}", f"{TOPICS[n % 3]} by method{n} on corpus{n}.")
        for n in range(start, start + count)
    ]


async def keep(store: Store, embedder: Embedder, *kept: Paper) -> int:
    await store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in kept])
    return await embed_papers(store, embedder)


async def all_of(store: Store, embedder: Embedder, *, settled: bool) -> dict[str, Floats]:
    tag = embedder.tag.among() if settled else embedder.tag
    ids, rows = await store.vectors.of(tag, [f"p{n:03}" for n in range(300)])
    return dict(zip(ids, rows, strict=True))


@pytest.fixture
def embedder(store: Store) -> Embedder:
    return hashing_embedder(store.vectors, dimension=64)


async def test_a_title_counts_once_more(store: Store, embedder: Embedder) -> None:
    """A paper's vector is that of its text, moved towards its title's; one without an abstract is its title's."""
    whole, bare = paper("p001", "Folding clothes", "A robot folds them."), paper("p002", "Robots")
    await keep(store, embedder, whole, bare)
    found = await all_of(store, embedder, settled=False)
    text, title, alone = await embedder.embed([cleaning.paper_text(whole), "Folding clothes", "Robots"])
    np.testing.assert_allclose(found["p001"], (text + 0.3 * title) / np.linalg.norm(text + 0.3 * title), atol=1e-6)
    np.testing.assert_allclose(found["p002"], alone, atol=1e-6)
    assert np.isfinite(titled(text[None], -text[None] / np.float32(0.3))).all()


async def test_papers_are_settled_as_all_at_once(store: Store, embedder: Embedder) -> None:
    """Each stands where its text puts it among its nearest neighbours, whichever block they are read in."""
    await keep(store, embedder, *papers(40))
    own, settled = await all_of(store, embedder, settled=False), await all_of(store, embedder, settled=True)
    expected = matching.settled(np.stack(list(own.values())), np.stack(list(own.values())), itself=True)
    assert list(own) == list(settled)
    np.testing.assert_allclose(np.stack(list(settled.values())), expected, atol=1e-5)


async def test_new_papers_settle_among_all_and_the_others_stay(
    store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One paper more of fifty moves nobody else; a fifth more moves them all; nothing new reads nothing."""
    await keep(store, embedder, *papers(50))
    before = await all_of(store, embedder, settled=True)
    assert await keep(store, embedder, *papers(1, 50)) == 1
    after = await all_of(store, embedder, settled=True)
    assert set(after) - set(before) == {"p050"}
    assert all(np.array_equal(after[one], before[one]) for one in before)
    await keep(store, embedder, *papers(20, 51))
    assert not all(
        np.array_equal(row, before[one])
        for one, row in (await all_of(store, embedder, settled=True)).items()
        if one in before
    )
    assert await store.vectors.count(embedder.tag.among()) == 71
    monkeypatch.setattr(Vectors, "iterate", None)
    assert await settle_papers(store, embedder.tag) == 0


async def test_a_rewritten_paper_is_settled_anew(store: Store, embedder: Embedder) -> None:
    """Its terms and both of its vectors are those of the new text."""
    await keep(store, embedder, *papers(30))
    before = await all_of(store, embedder, settled=True)
    [stored] = [one for one in await store.papers.get(["p003"]) if one]
    await store.papers.save([PaperChange(paper("p003", "Songs of whales", "Whales sing."), stored.version, ())])
    assert await embed_papers(store, embedder) == 1
    after = await all_of(store, embedder, settled=True)
    assert [one for one in after if not np.array_equal(after[one], before[one])] == ["p003"]


async def test_a_run_killed_before_settling_is_finished_by_the_next(
    store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Papers that have their own vectors only are settled by whoever comes next."""
    put = Vectors.put

    async def killed(vectors: Vectors, tag: ModelTag, rows: Iterable[PaperVector]) -> None:
        if tag == embedder.tag.among():
            raise ConnectionError
        await put(vectors, tag, rows)

    with monkeypatch.context() as patched:
        patched.setattr(Vectors, "put", killed)
        with pytest.raises(ConnectionError):
            await keep(store, embedder, *papers(10))
    assert await store.vectors.count(embedder.tag) == 10
    assert await store.vectors.count(embedder.tag.among()) == 0
    assert await embed_papers(store, embedder) == 0
    assert await store.vectors.count(embedder.tag.among()) == 10


async def follow(store: Store, standing: Standing, *interests: Interest) -> None:
    for interest in interests:
        await store.profiles.put_interest(ADA, interest, _nowhere(standing), standing.backgrounds.tag)


def _nowhere(standing: Standing) -> Floats:
    row = np.zeros(standing.backgrounds.tag.dimension + ROW_EXTRA, np.float32)
    row[0] = row[-ROW_EXTRA + 2] = row[-ROW_EXTRA + 3] = 1
    return row


async def test_interests_are_placed_again_with_every_stage(store: Store, embedder: Embedder) -> None:
    """A phrase that was followed when nothing was stored stands where it would stand if it were followed now."""
    backgrounds = Backgrounds(store, embedder.tag)
    await keep(store, embedder, *papers(30))
    standing = Standing(embedder, backgrounds, await backgrounds.now(), DigestSettings(), NOW)
    phrase = Interest("i1", "speech", InterestKind.PHRASE, "speech recognition", created=NOW)
    learnt = Interest("i2", "robots", InterestKind.LEARNT, "", created=NOW, learnt_from=("p001", "p004"))
    gone = Interest("i3", "gone", InterestKind.LEARNT, "", created=NOW, learnt_from=("nowhere",))
    await follow(store, standing, phrase, learnt, gone)
    assert await measure(store, shard_of(ADA), standing, papers=30)
    rows, profile = await store.profiles.rows(ADA, embedder.tag), await store.profiles.get(ADA)
    expected = await standing.rows(profile)
    assert set(expected) == {"i1", "i2"}
    for interest_id, row in expected.items():
        np.testing.assert_array_equal(rows[interest_id], row)
    np.testing.assert_array_equal(rows["i3"][:-ROW_EXTRA], _nowhere(standing)[:-ROW_EXTRA])
    assert not await measure(store, shard_of(ADA), standing, papers=30)
    await backgrounds.close()


async def test_a_learnt_bar_is_kept_by_the_next_ingest(store: Store, embedder: Embedder) -> None:
    """Rows of the reader whose bar moved are measured for it, once; everybody else's stay."""
    backgrounds = Backgrounds(store, embedder.tag)
    await keep(store, embedder, *papers(30))
    standing = Standing(embedder, backgrounds, await backgrounds.now(), DigestSettings(), NOW)
    phrase = Interest("i1", "speech", InterestKind.PHRASE, "speech", created=NOW)
    await follow(store, standing, phrase)
    other = next(one for n in range(1000) if shard_of(one := UserId("T1", f"B{n}")) == shard_of(ADA))
    await measure(store, shard_of(ADA), standing, papers=30)
    await store.profiles.put_interest(other, phrase, _nowhere(standing), embedder.tag)
    before = (await store.profiles.rows(ADA, embedder.tag))["i1"]
    await store.profiles.set_learnt_bar(ADA, 0.6)
    assert await measure(store, shard_of(ADA), standing, papers=30)
    after = (await store.profiles.rows(ADA, embedder.tag))["i1"]
    assert after[-ROW_EXTRA + THRESHOLD] < before[-ROW_EXTRA + THRESHOLD]
    np.testing.assert_array_equal((await store.profiles.rows(other, embedder.tag))["i1"], _nowhere(standing))
    assert not await measure(store, shard_of(ADA), standing, papers=30)
    await backgrounds.close()


async def test_a_bar_that_moves_while_it_is_measured_is_measured_again(store: Store) -> None:
    """What moved since it was read is not taken as done; nor is anything left of who was forgotten."""
    shard = shard_of(ADA)
    await store.profiles.set_bar(ADA, 0.9)
    await store.profiles.set_learnt_bar(ADA, 0.9)
    told = await store.profiles.unmeasured(shard)
    await store.profiles.set_learnt_bar(ADA, None)
    await store.profiles.set_measured(shard, told)
    assert await store.profiles.unmeasured(shard) == {"U1": 2}
    await store.forget(ADA)
    await store.profiles.set_learnt_bar(ADA, 0.9)
    assert await store.profiles.unmeasured(shard) == {}


async def test_a_damaged_row_stops_nobody(store: Store, embedder: Embedder) -> None:
    """Bytes that are numbers and no row: it is silent until it is placed anew, and the other rows are measured."""
    backgrounds = Backgrounds(store, embedder.tag)
    await keep(store, embedder, *papers(30))
    standing = Standing(embedder, backgrounds, await backgrounds.now(), DigestSettings(), NOW)
    vector = slice(0, -ROW_EXTRA)
    kinds: dict[str, tuple[slice | int, float]] = {
        "i1": (0, 1),
        "i2": (-ROW_EXTRA + LEXICAL, 3e38),
        "i3": (vector, 1e38),
        "i4": (slice(None), -3e38),
        "i5": (vector, 1e9),
    }
    for interest_id, (where, value) in kinds.items():
        row = _nowhere(standing)
        row[where] = value
        learnt = Interest(interest_id, interest_id, InterestKind.LEARNT, "", created=NOW, learnt_from=("nowhere",))
        await store.profiles.put_interest(ADA, learnt, row, embedder.tag)
    assert await measure(store, shard_of(ADA), standing, papers=5000)
    rows = await store.profiles.rows(ADA, embedder.tag)
    assert rows["i1"][0] == 1
    stacked = np.stack([rows[one] for one in ("i3", "i4", "i5")])
    hit = matching.hits(stacked, standing.background.sample, await backgrounds.words(list(stacked)))
    assert (stacked[:, -ROW_EXTRA + THRESHOLD] == matching.UNREACHABLE).all()
    assert not len(hit)
    await backgrounds.close()


async def test_a_row_that_changes_while_it_is_measured_is_measured_again(
    store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vote between reading and writing counts, on what this ingest measures by."""
    backgrounds = Backgrounds(store, embedder.tag)
    await keep(store, embedder, *papers(30))
    standing = Standing(embedder, backgrounds, await backgrounds.now(), DigestSettings(), NOW)
    learnt = Interest("i1", "gone", InterestKind.LEARNT, "", created=NOW, learnt_from=("nowhere",))
    await follow(store, standing, learnt)
    replaced, changed = Profiles.replace_rows, _nowhere(standing)
    changed[:2] = 0, 1

    async def late(profiles: Profiles, shard: Shard, tag: ModelTag, block: InterestBlock, rows: Floats) -> int:
        if block.rows[0, 0] == 1:
            await profiles.put_interest(ADA, learnt, changed, tag)
        return await replaced(profiles, shard, tag, block, rows)

    monkeypatch.setattr(Profiles, "replace_rows", late)
    await measure(store, shard_of(ADA), standing, papers=30)
    row = (await store.profiles.rows(ADA, embedder.tag))["i1"]
    assert (row[0], row[1]) == (0, 1)
    again = matching.calibrate(row[None], standing.background, np.array([0.98]), await backgrounds.words([row]))[0]
    assert row.tobytes() == again.tobytes()
    assert row[-ROW_EXTRA + THRESHOLD] != changed[-ROW_EXTRA + THRESHOLD]
    await backgrounds.close()


async def test_between_stages_rows_are_measured_where_they_stand(store: Store, embedder: Embedder) -> None:
    """Another bar of the host, or whether bars are learnt, measures all rows anew and moves none."""
    backgrounds = Backgrounds(store, embedder.tag)
    await keep(store, embedder, *papers(30))
    background = await backgrounds.now()
    standing = Standing(embedder, backgrounds, background, DigestSettings(), NOW)
    await follow(store, standing, Interest("i1", "speech", InterestKind.PHRASE, "speech", created=NOW))
    await measure(store, shard_of(ADA), standing, papers=30)
    before = (await store.profiles.rows(ADA, embedder.tag))["i1"]
    lower = Standing(embedder, backgrounds, background, DigestSettings(bar=0.6), NOW)
    assert await measure(store, shard_of(ADA), lower, papers=30)
    after = (await store.profiles.rows(ADA, embedder.tag))["i1"]
    np.testing.assert_array_equal(after[:-ROW_EXTRA], before[:-ROW_EXTRA])
    assert after[-ROW_EXTRA] < before[-ROW_EXTRA]
    assert not await measure(store, shard_of(ADA), lower, papers=30)
    unlearning = Standing(embedder, backgrounds, background, DigestSettings(bar=0.6, learn_bar=False), NOW)
    assert await measure(store, shard_of(ADA), unlearning, papers=30)
    await backgrounds.close()
