"""The form of the store: written, read, and brought up to date once, whoever is killed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
from store_values import SERVERS, TAG, new, vector

from bot.errors import StoreInUse, StoreUnsupported
from bot.models import ModelTag
from bot.settings import StoreSettings
from bot.store import VERSION, Store, keys, open_store, schema
from bot.store.address import Address
from bot.store.connection import Connection
from bot.store.migrations import MIGRATIONS, Migration
from bot.store.records import Skipped

OLD = ModelTag("an-older-model", "r0", TAG.dimension)


@pytest.fixture
def settings(raw_store: Any) -> StoreSettings:
    """The address of the emptied server."""
    return StoreSettings(url=f"unix://{raw_store.get_connection_kwargs()['path']}")


@pytest.fixture
async def connection(settings: StoreSettings) -> AsyncGenerator[Connection]:
    """A line to it."""
    opened = Connection(Address.parse(settings.url), Skipped(), 5)
    yield opened
    await opened.close()


async def of_version_one(store: Store, raw_store: Any) -> None:
    """A store as it was before versions were written, with cached vectors of two models."""
    await store.papers.save([new(1)])
    await store.vectors.set_current_model(TAG)
    for tag in (TAG, OLD):
        await store.vectors.cache(tag, {b"h" * 16: vector()})
    raw_store.unlink(keys.SCHEMA)


def test_there_is_a_step_to_every_version() -> None:
    """From the second to the one of today."""
    assert list(MIGRATIONS) == list(range(2, VERSION + 1))


async def test_a_new_store_has_the_version_of_today(raw_store: Any, settings: StoreSettings) -> None:
    """Whoever opens it first writes it."""
    await (await open_store(settings)).close()
    assert raw_store.get(keys.SCHEMA) == str(VERSION).encode()


@pytest.mark.parametrize("store_server", SERVERS, indirect=True)
async def test_a_store_of_version_one_is_brought_up_to_date(
    store: Store, raw_store: Any, settings: StoreSettings
) -> None:
    """Vectors that were cached for a model of before are gone; the current one's, and everything else, stay."""
    await of_version_one(store, raw_store)
    await (await open_store(settings)).close()
    assert raw_store.get(keys.SCHEMA) == str(VERSION).encode()
    assert await store.vectors.cached(OLD, [b"h" * 16]) == {}
    assert list(await store.vectors.cached(TAG, [b"h" * 16])) == [b"h" * 16]
    assert await store.papers.count() == 1


async def test_a_step_that_was_killed_is_repeated(
    store: Store, connection: Connection, raw_store: Any, settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version is written last, so whoever comes next does all of it; the lease is given back."""
    await of_version_one(store, raw_store)
    done: list[str] = []

    async def killed(_connection: Connection, _still_here: Callable[[], Awaitable[None]]) -> None:
        done.append("begun")
        if len(done) == 1:
            raise KeyboardInterrupt
        done.append("done")

    monkeypatch.setattr(schema, "MIGRATIONS", {2: Migration("a test", killed)})
    with pytest.raises(KeyboardInterrupt):
        await schema.bring_up_to_date(connection)
    assert raw_store.get(keys.SCHEMA) is None
    await (await open_store(settings)).close()
    assert (done, raw_store.get(keys.SCHEMA)) == (["begun", "begun", "done"], b"2")


async def test_two_who_open_at_once_do_it_once(
    store: Store, raw_store: Any, settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one waits for the first."""
    await of_version_one(store, raw_store)
    done: list[str] = []

    async def slow(_connection: Connection, still_here: Callable[[], Awaitable[None]]) -> None:
        done.append("begun")
        await still_here()
        await asyncio.sleep(0.05)

    monkeypatch.setattr(schema, "MIGRATIONS", {2: Migration("a test", slow)})
    opened = await asyncio.gather(*(open_store(settings) for _ in range(3)))
    assert done == ["begun"]
    await asyncio.gather(*(one.close() for one in opened))


async def test_a_step_whose_lease_was_lost_writes_no_version(
    store: Store, raw_store: Any, settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was away for too long neither goes on nor writes over what the next one wrote."""
    await of_version_one(store, raw_store)
    told: list[str] = []

    async def slow(_connection: Connection, still_here: Callable[[], Awaitable[None]]) -> None:
        raw_store.unlink(keys.lease("migration"))
        if not told:
            # It is free again: another process had it, and may have written.
            assert await store.leases.hold("migration", "ab", 60)
            await store.leases.release("migration", "ab")
            told.append("said")
            await still_here()

    monkeypatch.setattr(schema, "MIGRATIONS", {2: Migration("a test", slow)})
    for _ in range(2):
        with pytest.raises(StoreInUse, match="Another process"):
            await open_store(settings)
        assert raw_store.get(keys.SCHEMA) is None


async def test_somebody_elses_step_is_not_waited_for_for_ever(
    store: Store, raw_store: Any, settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence says to try again."""
    await of_version_one(store, raw_store)
    assert await store.leases.hold("migration", "ab", 60)
    monkeypatch.setattr(schema, "PATIENCE", 0.1)
    with pytest.raises(StoreInUse, match="try again in a minute"):
        await open_store(settings)


@pytest.mark.parametrize("written", [b"3", b"999999", b"99999999999", b"two", b"", b"-1", b"0"])
@pytest.mark.parametrize("owner", [True, False])
async def test_a_later_version_is_refused(
    raw_store: Any, settings: StoreSettings, written: bytes, *, owner: bool
) -> None:
    """Also for those who only read: what stands there may mean something else. Nothing is changed."""
    raw_store.set(keys.SCHEMA, written)
    with pytest.raises(StoreUnsupported, match="later Paperbot: update"):
        await open_store(settings, owner=owner)
    assert raw_store.get(keys.SCHEMA) == written


async def test_a_store_that_is_full_is_opened_all_the_same(
    store: Store, raw_store: Any, settings: StoreSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """What it holds can be read; it is brought up to date when it takes something in again."""
    await of_version_one(store, raw_store)
    raw_store.config_set("maxmemory", 1)
    try:
        opened = await open_store(settings)
        assert await opened.papers.count() == 1
        await opened.close()
    finally:
        raw_store.config_set("maxmemory", 0)
    assert "not brought up to date" in caplog.text
    await (await open_store(settings)).close()
    assert raw_store.get(keys.SCHEMA) == str(VERSION).encode()


@pytest.mark.usefixtures("store")
async def test_a_store_of_today_costs_one_question(connection: Connection, raw_store: Any) -> None:
    """Nothing but the version is asked for, and nothing is written."""
    await connection.read("GET", keys.SCHEMA)
    before = raw_store.info("stats")["total_commands_processed"]
    await schema.bring_up_to_date(connection)
    # The version, whether anything is there, and this question.
    assert raw_store.info("stats")["total_commands_processed"] - before <= 3
