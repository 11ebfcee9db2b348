"""How a reader's last day ended is kept for App Home, and of nobody who is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from store_values import ADA, BEN, SERVERS, become_readers, slot_end

from bot.models import Ending, Subscription
from bot.store import Store, shard_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)


async def test_the_last_day(store: Store) -> None:
    """The last word counts, each reader has its own; None before the first."""
    await become_readers(store, ADA)
    await store.subscriptions.put(Subscription(BEN))
    assert await store.ends.of(ADA) is None
    await store.ends.tell(slot_end())
    await store.ends.tell(slot_end(BEN))
    later = replace(slot_end(), ending=Ending.SENT, best=None, note="", quiet_days=0)
    await store.ends.tell(later)
    assert await store.ends.of(ADA) == later
    assert await store.ends.of(BEN) == slot_end(BEN)


async def test_nothing_is_kept_of_who_is_forgotten(store: Store, raw_store: Any) -> None:
    """A day that ends while its reader is forgotten leaves no trace."""
    await become_readers(store, ADA)
    await store.ends.tell(slot_end())
    await store.forget(ADA)
    await store.ends.tell(slot_end())
    assert await store.ends.of(ADA) is None
    assert raw_store.exists(shard_of(ADA).ends) == 0


async def test_a_day_under_another_name_is_none(store: Store, raw_store: Any) -> None:
    """Somebody put it there; it is counted."""
    await become_readers(store, ADA, BEN)
    await store.ends.tell(slot_end(BEN))
    raw_store.hset(shard_of(ADA).ends, "ada", raw_store.hget(shard_of(BEN).ends, BEN.user))
    assert await store.ends.of(ADA) is None
    assert store.skipped == 1
