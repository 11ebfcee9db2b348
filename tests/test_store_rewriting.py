"""What is deleted stays in no file of the embedded store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.models import Subscription, UserId
from bot.settings import StoreSettings
from bot.store import Store, open_store, rewriting

ALMA = UserId("T1AAA", "U1ALMA")


def is_written(folder: Path) -> bool:
    """Whether her name stands in any file below ``folder``."""
    return any(ALMA.user.encode() in file.read_bytes() for file in folder.rglob("*.*") if file.is_file())


async def filled(settings: StoreSettings) -> Store:
    """A store in which she is subscribed, on disk."""
    store = await open_store(settings)
    await store.subscriptions.put(Subscription(ALMA))
    async with asyncio.timeout(10):
        while not is_written(settings.data_dir):  # noqa: ASYNC110 - the server writes each second
            await asyncio.sleep(0.02)
    return store


@pytest.mark.parametrize("is_purge", [False, True])
async def test_who_is_forgotten_is_in_no_file(store_settings: StoreSettings, is_purge: bool) -> None:
    """Soon after the act, while the store goes on, and after a clean stop."""
    store = await filled(store_settings)
    await (store.purge(ALMA.workspace) if is_purge else store.forget(ALMA))
    async with asyncio.timeout(10):
        while is_written(store_settings.data_dir):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
    await store.close()
    assert not is_written(store_settings.data_dir)


async def test_what_is_due_is_done_before_the_store_is_closed(
    store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second deletion within the minute waits for the next rewriting, but not beyond the end."""
    monkeypatch.setattr(rewriting, "APART_SECONDS", 600.0)
    store = await filled(store_settings)
    await store.forget(UserId("T1AAA", "UBORIS"))
    await asyncio.sleep(0.2)
    await store.forget(ALMA)
    await store.close()
    assert not is_written(store_settings.data_dir)
