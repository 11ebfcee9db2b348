"""Acts are kept until they are done, and a store that is away is told of at once."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreFull, StoreUnreachable
from bot.inbox import Inbox
from bot.models import Subscription, UserId
from bot.settings import StoreSettings
from bot.store import Store, open_store
from bot.store.binary import find
from bot.store.embedded import FileLock
from bot.store.server import SOCKET, Answer, ask, prepare, start


async def test_an_act_is_kept_until_it_is_done(store: Store) -> None:
    """Kept once, left over until it is done, and known as a repetition even then."""
    inbox = Inbox(store)
    assert await inbox.keep("T1", "Ev1", b"first") is True
    assert await inbox.keep("T1", "Ev1", b"again") is False
    assert await inbox.keep("T1", "Ev2", b"second") is True
    assert await inbox.left("T1") == [("Ev1", b"first"), ("Ev2", b"second")]
    await inbox.done("T1", "Ev1")
    assert await inbox.left("T1") == [("Ev2", b"second")]
    assert await inbox.keep("T1", "Ev1", b"again") is False
    assert await inbox.keep("T2", "Ev1", b"elsewhere") is True


async def test_a_store_that_is_away_is_told_of_within_a_second(tmp_path: Path) -> None:
    """Slack is answered in time: its event comes again later."""
    folder = tmp_path / "store"
    prepare(folder)
    lock = FileLock(folder / "server.lock")
    assert lock.take()
    child = start(find(None), folder, lock.descriptor)
    lock.free()
    while ask(str(folder / SOCKET)) is not Answer.READY:
        assert child.status is None
    opened = await open_store(StoreSettings(url=f"unix://{folder / SOCKET}"))
    inbox = Inbox(opened)
    assert await inbox.keep("T1", "Ev1", b"act")
    child.kill()
    began = time.monotonic()
    with pytest.raises(StoreUnreachable):
        await inbox.keep("T1", "Ev2", b"act")
    assert time.monotonic() - began < 1
    await opened.close()


@pytest.fixture
def full(raw_store: Any) -> Generator[None]:
    """The server takes nothing more."""
    raw_store.execute_command("CONFIG", "SET", "maxmemory", "1")
    yield
    raw_store.execute_command("CONFIG", "SET", "maxmemory", "0")


async def test_a_store_without_room(store: Store, full: None) -> None:  # noqa: ARG001 - it fills it up
    """It answers, and says why it keeps nothing."""
    inbox = Inbox(store)
    assert (await inbox.answers(), await inbox.has_room()) == (True, False)
    with pytest.raises(StoreFull, match="out of memory"):
        await inbox.make_sure_of_room()


async def test_a_store_with_room(store: Store, raw_store: Any) -> None:
    """Looking leaves nothing behind."""
    assert await Inbox(store).has_room()
    assert {raw_store.pttl(key) <= 2_000 for key in raw_store.scan_iter("*room*")} == {True}


async def test_who_waits_is_told_within_a_second(store: Store, raw_store: Any) -> None:
    """A store that hangs is as one that is away."""
    raw_store.execute_command("CLIENT", "PAUSE", 1_500, "ALL")
    inbox, began = Inbox(store), time.monotonic()
    with inbox.hurry(), pytest.raises(StoreUnreachable):
        await store.sources.all()
    assert time.monotonic() - began < 1


async def test_workspaces_are_those_with_readers(store: Store) -> None:
    """Each once, until it is purged."""
    inbox = Inbox(store)
    for reader in (UserId("T1", "UADA"), UserId("T1", "UBOB"), UserId("T2", "UADA")):
        await store.subscriptions.put(Subscription(reader))
    assert await inbox.workspaces() == ["T1", "T2"]
    await store.purge("T1")
    assert await inbox.workspaces() == ["T2"]
    assert await inbox.answers()
