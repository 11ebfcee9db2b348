"""Who asks in haste hears soon that the store is away; everybody else has all the patience there is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreUnreachable
from bot.models import Subscription, UserId
from bot.settings import StoreSettings
from bot.store import Store, in_haste, open_store

ADA = UserId("T1", "U1")
#: Milliseconds for which the server answers nobody.
HANGS = 1_000


@pytest.fixture
def hanging(raw_store: Any) -> Callable[[], AbstractContextManager[None]]:
    """The server answers nobody while the block runs, and for a second at most."""

    @contextmanager
    def hanging() -> Generator[None]:
        raw_store.execute_command("CLIENT", "PAUSE", HANGS, "ALL")
        yield

    return hanging


async def test_a_question_in_haste_fails_soon(
    store: Store, hanging: Callable[[], AbstractContextManager[None]]
) -> None:
    """Many at once as well as one, and the questions after the first one sooner."""
    with hanging(), in_haste(0.2):
        for asked, seconds in (
            (lambda: store.subscriptions.get(ADA), 0.2),
            (lambda: store.papers.get([str(number) for number in range(50)]), 0.1),
        ):
            began = time.monotonic()
            with pytest.raises(StoreUnreachable, match="Nobody answers at"):
                await asked()
            assert seconds - 0.01 <= time.monotonic() - began < seconds + 0.15


async def test_one_in_haste_hastens_no_other(store: Store, hanging: Callable[[], AbstractContextManager[None]]) -> None:
    """What is asked at the same time, and goes together to the server, is answered when the server is there again."""

    async def hurried() -> None:
        with in_haste(0.05):
            await store.subscriptions.put(Subscription(ADA))

    with hanging():
        failed, known = await asyncio.gather(hurried(), store.papers.count(), return_exceptions=True)
    assert (type(failed), known) == (StoreUnreachable, 0)


async def test_tasks_begun_in_haste_are_in_haste(
    store: Store, hanging: Callable[[], AbstractContextManager[None]]
) -> None:
    """Also those that go on after it; outside of it nothing is."""
    with hanging():
        began = time.monotonic()
        with in_haste(0.1):
            tasks = [asyncio.create_task(store.sources.all()) for _ in range(3)]
        assert {type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)} == {StoreUnreachable}
        assert time.monotonic() - began < 0.5
        assert await store.papers.count() == 0


async def test_opening_in_haste(
    store_servers: Callable[[str | None], Path], hanging: Callable[[], AbstractContextManager[None]]
) -> None:
    """A server that takes the connection and then says nothing is told of as one that is not there."""
    with hanging(), in_haste(0.1), pytest.raises(StoreUnreachable, match="Nobody answers at"):
        await open_store(StoreSettings(url=f"unix://{store_servers(None)}"))
