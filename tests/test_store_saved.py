"""Reading lists, who else saved a paper, and ratings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from store_values import ADA, BEN, NOW, SERVERS, alert, become_readers, rating, save

from bot.models import Rating, Taste, UserId
from bot.store import Store, shard_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)

EVE = UserId("T1", "U3")


async def test_a_reading_list(store: Store) -> None:
    """Newest first; a paper is on it once, as it was saved first, and leaves it once."""
    assert await store.saved.add(ADA, save("p1"), counted=True)
    assert await store.saved.add(ADA, save("p2", minutes=5), counted=True)
    assert not await store.saved.add(ADA, save("p1", minutes=9), counted=True)
    assert await store.saved.of(ADA) == [save("p2", minutes=5), save("p1")]
    assert await store.saved.has(ADA, ["p1", "p3", "p1"]) == {"p1"}
    assert await store.saved.has(ADA, []) == set()
    assert await store.saved.of(BEN) == []
    assert await store.saved.remove(ADA, "p1")
    assert not await store.saved.remove(ADA, "p1")
    assert await store.saved.of(ADA) == [save("p2", minutes=5)]


async def test_how_many_colleagues_saved_a_paper(store: Store) -> None:
    """Those of the workspace whose saves count, with and without the reader who asks."""
    for reader in (BEN, EVE, ADA):
        await store.saved.add(reader, save("p1"), counted=True)
    await store.saved.add(EVE, save("p2"), counted=False)
    assert await store.saved.counts("T1", ["p1", "p2", "p3"]) == {"p1": 2, "p2": 0, "p3": 0}
    assert await store.saved.savers("T1", ["p1", "p2"], BEN) == {"p1": 1, "p2": 0}
    assert await store.saved.savers("T1", ["p1"], UserId("T1", "C1")) == {"p1": 2}
    assert await store.saved.savers("T1", ["p1"], ADA) == {"p1": 2}
    assert await store.saved.counts("T1", []) == {}
    await store.saved.remove(BEN, "p1")
    assert await store.saved.counts("T1", ["p1"]) == {"p1": 1}


async def test_a_reader_who_does_not_want_to_be_counted(store: Store) -> None:
    """Leaves the savers of every paper and comes back to them; the reading list stays as it is."""
    for number in range(3):
        await store.saved.add(BEN, save(f"p{number}"), counted=True)
        await store.saved.add(EVE, save(f"p{number}"), counted=True)
    await store.saved.set_counted(BEN, counted=False)
    assert await store.saved.counts("T1", ["p0", "p1", "p2"]) == {"p0": 1, "p1": 1, "p2": 1}
    assert len(await store.saved.of(BEN)) == 3
    await store.saved.set_counted(BEN, counted=True)
    await store.saved.set_counted(ADA, counted=True)
    assert await store.saved.counts("T1", ["p0", "p1", "p2"]) == {"p0": 2, "p1": 2, "p2": 2}


async def test_a_rating_replaces_the_one_before(store: Store) -> None:
    """One per reader and paper, newest first; it can be taken back once."""
    later = Rating(ADA, "p2", Taste.LESS, "i2", "robots", opened=False, at=NOW + timedelta(hours=1))
    for one in (rating(), later, rating(taste=Taste.LESS), rating(BEN)):
        await store.ratings.put(one)
    assert await store.ratings.get(ADA, "p1") == rating(taste=Taste.LESS)
    assert await store.ratings.get(ADA, "p3") is None
    assert await store.ratings.given(ADA, ["p3", "p2", "p1", "p2"]) == {"p1": rating(taste=Taste.LESS), "p2": later}
    assert await store.ratings.given(ADA, []) == {}
    assert await store.ratings.of(ADA) == [later, rating(taste=Taste.LESS)]
    assert await store.ratings.remove(ADA, "p1")
    assert not await store.ratings.remove(ADA, "p1")
    assert await store.ratings.of(ADA) == [later]
    assert await store.ratings.of(BEN) == [rating(BEN)]


async def test_alerts_that_are_wanted_no_longer(store: Store) -> None:
    """Those of the papers named go, and may be queued again; it tells how many there were."""
    shard = shard_of(ADA)
    await become_readers(store, ADA)
    await store.alerts.add(shard, [alert(), alert(paper_id="p2")])
    assert await store.alerts.remove(ADA, ["p1", "p1", "p3"]) == 1
    assert await store.alerts.remove(ADA, ["p1"]) == 0
    assert await store.alerts.remove(ADA, []) == 0
    assert await store.alerts.of(ADA) == [alert(paper_id="p2")]
    assert await store.alerts.add(shard, [alert()]) == 1
