"""Acts are kept before they are acknowledged: told from their repetitions, and there until they are done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from store_values import SERVERS

from bot.models import UserId
from bot.store import Store, shard_of
from bot.store.acts import MOST_BYTES

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)


async def test_an_act_is_received_once(store: Store) -> None:
    """Of many deliveries one is the first; each workspace has acts of its own."""
    kept = await asyncio.gather(*(store.acts.keep("T1", "Ev1", b"{}") for _ in range(12)))
    assert sorted(kept) == [False] * 11 + [True]
    assert await store.acts.keep("T2", "Ev1", b"{}")


async def test_acts_are_left_until_they_are_done(store: Store) -> None:
    """Oldest first, byte by byte; done ones are gone and stay received."""
    payloads = [b'{"a": 1}', b"\xff\0 bytes", b"x" * MOST_BYTES]
    for number, payload in enumerate(payloads):
        assert await store.acts.keep("T1", f"Ev{9 - number}", payload)
    assert await store.acts.left("T1") == [(f"Ev{9 - number}", payload) for number, payload in enumerate(payloads)]
    await store.acts.done("T1", "Ev9")
    await store.acts.done("T1", "Ev9")
    await store.acts.done("T1", "Ev0")
    assert [act for act, _ in await store.acts.left("T1")] == ["Ev8", "Ev7"]
    assert await store.acts.left("T2") == []
    assert not await store.acts.keep("T1", "Ev9", b"{}")
    assert [act for act, _ in await store.acts.left("T1")] == ["Ev8", "Ev7"]


async def test_an_act_that_is_released_can_be_received_again(store: Store) -> None:
    """It counts as never received: nothing of it is left, and the next delivery is the first."""
    assert await store.acts.keep("T1", "Ev1", b"{}")
    await store.acts.release("T1", "Ev1")
    assert await store.acts.left("T1") == []
    assert await store.acts.keep("T1", "Ev1", b"{}")


async def test_an_act_that_is_too_large_is_only_marked(store: Store) -> None:
    """Nothing of it is kept, and it is still received once; the same for one that holds nothing."""
    for act, payload in (("Ev1", b"x" * (MOST_BYTES + 1)), ("Ev2", b"")):
        assert await store.acts.keep("T1", act, payload)
        assert not await store.acts.keep("T1", act, payload)
    assert await store.acts.left("T1") == []


async def test_marks_and_acts_leave_by_themselves(store: Store, raw_store: Any) -> None:
    """A mark after 26 hours, what is kept 26 hours after the last act was."""
    shard = shard_of(UserId("T1", "Ev1"))
    await store.acts.keep("T1", "Ev1", b"{}")
    assert 0 <= 26 * 3_600 - raw_store.ttl(shard.act("Ev1")) < 60
    assert 0 <= 26 * 3_600 - raw_store.ttl(shard.acts) < 60


async def test_of_who_is_forgotten_no_act_is_kept(store: Store) -> None:
    """Acts that name this reader go and stay received; those of others, and what is no act, stay."""
    payloads = [
        b'{"reader": ["T1", "U1"], "text": "follow a secret"}',
        b'{"reader":["T1","U1"]}',
        b'{"reader": ["T1", "U12"]}',
        b'{"reader": ["T2", "U1"]}',
        b'{"text": "by U1", "reader": {"T1": "U1"}}',
        b'["reader"]',
        b"\xff\0 bytes",
        b"[" * 50_000,
    ]
    for number, payload in enumerate(payloads):
        await store.acts.keep("T1", f"Ev{number}", payload)
    assert await store.forget(UserId("T1", "U1")) == 2
    assert [payload for _, payload in await store.acts.left("T1")] == payloads[2:]
    assert not await store.acts.keep("T1", "Ev0", payloads[0])
