"""What a message depends on, on a real store: the same as each part read alone, in few questions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot import identity
from bot.models import (
    Alert,
    Closeness,
    Interest,
    InterestKind,
    ModelTag,
    Paper,
    Rating,
    Save,
    Subscription,
    Taste,
    UserId,
)
from bot.store import PaperChange, Store, shard_of
from tests.store_values import SERVERS, row

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
ADA, BEN = UserId("T1", "U1"), UserId("T1", "U2")
TAG = ModelTag("a-model", "r1", 8)
FLOWS = Interest("i00000000a", "flow matching", InterestKind.PHRASE, "flow matching", created=NOW)
A, B = (Paper(f"p{letter * 15}", f"Paper {letter}", None, NOW) for letter in "ab")
ALERT = Alert(ADA, A.id, FLOWS.id, FLOWS.name, Closeness(0.6, 1, 507, 0.99), 3.0, "Because.", NOW)

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)


async def fill(store: Store) -> None:
    await store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in (A, B)])
    for reader in (ADA, BEN):
        await store.profiles.put_interest(reader, FLOWS, row(), TAG)
        await store.saved.add(reader, Save(A.id, NOW), counted=True)
    await store.alerts.add(shard_of(ADA), [ALERT])
    await store.subscriptions.put(Subscription(ADA, hour=7))
    await store.ratings.put(Rating(ADA, B.id, Taste.LESS, FLOWS.id, FLOWS.name, opened=False, at=NOW))


async def test_a_draft_is_what_its_parts_are(store: Store, raw_store: Any) -> None:
    """Each part as its own door reads it; others' saves are counted, the reader's own is not."""
    await fill(store)
    raw_store.hset(shard_of(ADA).sent(ADA.user), "p1", "claimed for somebody")
    draft = await store.drafts.of(ADA, [A.id, B.id, "unknown"], [A.id, B.id])
    assert draft.subscription == await store.subscriptions.get(ADA)
    assert draft.profile == await store.profiles.get(ADA)
    assert draft.papers == {A.id: A, B.id: B}
    assert draft.alerts == {A.id: ALERT}
    assert draft.ratings == await store.ratings.given(ADA, [A.id, B.id])
    assert draft.saved == {A.id}
    assert draft.colleagues == {A.id: 1, B.id: 0, "unknown": 0}
    assert draft.sent == {"p1": "p1"}


async def test_papers_that_were_joined_are_asked_for_by_both_ids(store: Store, raw_store: Any) -> None:
    """What was rated or saved under either id counts; the paper stands under the id that was asked for."""
    await fill(store)
    assert (await store.drafts.of(ADA, [B.id])).papers == {B.id: B}
    [stored] = await store.papers.get([A.id])
    assert stored
    joined = PaperChange(A, stored.version, identity.aliases(A), forwards=(B.id,))
    assert await store.papers.save([joined]) == [True]
    raw_store.hset(shard_of(ADA).sent(ADA.user), B.id, "claimed for somebody")
    draft = await store.drafts.of(ADA, [B.id])
    assert draft.papers == {B.id: A}
    assert draft.sent == {B.id: A.id}
    assert draft.saved == {A.id}
    assert draft.ratings.keys() == {B.id}
    assert draft.colleagues == {A.id: 1}


async def test_somebody_unknown_has_an_empty_draft(store: Store) -> None:
    """With the defaults, as each door gives them."""
    draft = await store.drafts.of(ADA, [])
    assert (draft.subscription, draft.profile.interests, draft.papers) == (Subscription(ADA), (), {})
    assert (draft.sent, draft.alerts, draft.colleagues) == ({}, {}, {})


async def test_what_cannot_be_read_is_left_out(store: Store, raw_store: Any) -> None:
    """Keys of another type and values of another form; the rest is there."""
    await fill(store)
    shard = shard_of(ADA)
    for key in (shard.sent(ADA.user), shard.ratings(ADA.user), shard.savers(A.id)):
        raw_store.delete(key)
        raw_store.set(key, "something else")
    raw_store.hset(shard.alerts(ADA.user), A.id, "{")
    raw_store.hset(shard.subscriptions, ADA.user, b"\xff")
    skipped = store.skipped
    draft = await store.drafts.of(ADA, [A.id, B.id], [A.id])
    assert (draft.subscription, draft.alerts, draft.ratings, draft.sent) == (Subscription(ADA), {}, {}, {})
    assert draft.papers == {A.id: A, B.id: B}
    assert draft.saved == {A.id}
    assert store.skipped > skipped
