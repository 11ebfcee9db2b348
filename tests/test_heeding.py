"""What colleagues did with papers: counted of those who let it be counted."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.models import Rating, Save, Subscription, Taste, UserId
from bot.recommend.heeding import colleagues_here
from bot.store import Store
from bot.trending import Here

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
ADA, BEN, EVE, FAR = UserId("T1", "U1"), UserId("T1", "U2"), UserId("T1", "U3"), UserId("T2", "U4")


async def joined(store: Store, *readers: UserId) -> None:
    for reader in readers:
        await store.profiles.set_bar(reader, 0.9)


async def rated(store: Store, reader: UserId, paper_id: str, taste: Taste = Taste.MORE) -> None:
    await store.ratings.put(Rating(reader, paper_id, taste, "i1", "a", opened=False, at=NOW))


async def test_others_of_the_workspace_count(store: Store) -> None:
    """Saves and likes of colleagues, not one's own, not those of another workspace; a dislike is no praise."""
    await joined(store, ADA, BEN, EVE, FAR)
    for reader in (ADA, BEN, EVE, FAR):
        await store.saved.add(reader, Save("saved", NOW), counted=True)
        await rated(store, reader, "liked")
        await rated(store, reader, "disliked", Taste.LESS)
    found = await colleagues_here(store, ADA, ["saved", "liked", "disliked", "unknown"])
    assert found == {"saved": Here(saved=2), "liked": Here(liked=2)}


async def test_who_does_not_want_to_be_counted_is_not(store: Store) -> None:
    """Neither saves nor likes of somebody who said so."""
    await joined(store, ADA, BEN)
    await store.subscriptions.put(Subscription(BEN, counted=False))
    await store.saved.add(BEN, Save("a", NOW), counted=False)
    await rated(store, BEN, "a")
    assert await colleagues_here(store, ADA, ["a"]) == {}


async def test_one_colleague_is_nobody(store: Store) -> None:
    """In a workspace of two, one is who: neither a number nor an order tells of a single colleague."""
    await joined(store, ADA, BEN, EVE)
    await store.saved.add(BEN, Save("a", NOW), counted=True)
    await rated(store, BEN, "a")
    await store.saved.add(BEN, Save("b", NOW), counted=True)
    await store.saved.add(EVE, Save("b", NOW), counted=True)
    await rated(store, EVE, "b")
    assert await colleagues_here(store, ADA, ["a", "b"]) == {"b": Here(saved=2)}


async def test_votes_are_read_of_papers_that_anybody_leafs_to(store: Store) -> None:
    """Of the first 200, and of what was saved, wherever that stands; a month has thousands of papers."""
    await joined(store, ADA, BEN, EVE)
    for reader in (BEN, EVE):
        await store.saved.add(reader, Save("saved", NOW), counted=True)
        for paper_id in ("last", "far", "saved"):
            await rated(store, reader, paper_id)
    ids = [*(f"p{number}" for number in range(199)), "last", "far", "saved"]
    assert await colleagues_here(store, ADA, ids) == {"last": Here(liked=2), "saved": Here(saved=2, liked=2)}


async def test_nothing_asked_is_nothing_told(store: Store) -> None:
    """No paper, no question to the store."""
    assert await colleagues_here(store, ADA, []) == {}
