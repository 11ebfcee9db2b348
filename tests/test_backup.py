"""A backup is the whole store, and a store made from one goes on where the other stopped."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from store_values import (
    ADA,
    BEN,
    NOW,
    PLACE,
    SERVERS,
    SOURCE,
    TAG,
    TERMS,
    alert,
    delivery,
    fill_reader,
    fill_workspace,
    new,
    sent,
    vector,
)

from bot.backup import Backup, Restore, checked
from bot.backup.lines import line_of, part_of
from bot.errors import BackupDamaged, StoreError, StoreInUse, StoreUnreachable, StoreUnsupported
from bot.models import DeliveryState, Medium, Pending, UserId
from bot.settings import StoreSettings
from bot.store import VERSION, Begun, PaperVector, Store, StoredPart, keys, open_store, shard_of
from tests.backing_up import alone, backed_up, held, now, restored


async def fill(store: Store) -> None:
    """One of everything, and more fields of one hash than are read at once."""
    await store.papers.save([new(number) for number in range(1, 700)])
    await store.papers.remember_dump("ab" * 32, ["p1", "p3"])
    await store.papers.set_years_reached(3)
    await store.vectors.put(TAG, [PaperVector(f"p{n}", n, b"h" * 16, vector(n)) for n in range(1, 600)])
    await store.vectors.cache(TAG, {b"h" * 16: vector()})
    await store.vectors.set_current_model(TAG)
    await store.vectors.set_reached(TAG, 3)
    await store.terms.put({1: TERMS})
    await store.sources.tell(SOURCE)
    for reader in (ADA, BEN, UserId("papers", "a{b}c:\udc80".encode("utf-8", "replace").decode())):
        await fill_reader(store, reader, "D7")
        await fill_workspace(store, reader.workspace)


def client_of(store: Store) -> Any:
    """A plain client of an embedded store."""
    assert store.server is not None
    return redis.Redis(unix_socket_path=store.server.address.url)


@pytest.mark.parametrize("store_server", SERVERS, indirect=True)
@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz"])
async def test_everything_comes_back(
    store: Store, raw_store: Any, store_settings: StoreSettings, tmp_path: Path, name: str
) -> None:
    """Every key, every value, bytes that are no text, and what ends ends; in another kind of store, and back again."""
    await fill(store)
    raw_store.rpush("pb:{papers:0}:later", b"\xff\x00", "b", "b")
    raw_store.zadd("pb:{papers:0}:scores", {"low": float("-inf"), "third": 1 / 3, "ts": 1772443800.000157})
    before = held(raw_store)
    kept = await backed_up(store, tmp_path / name)
    assert kept.keys == len(before)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [name]  # noqa: PTH208 - the bare names
    done = await restored(tmp_path / name, store_settings)
    assert (done.keys, done.over) == (kept.keys, 0)
    opened = await open_store(store_settings)
    with client_of(opened) as client:
        assert held(client) == before
        assert client.get(keys.SCHEMA) == str(VERSION).encode()
        ledger = shard_of(ADA).ledger(ADA.user)
        assert abs(client.ttl(ledger) - raw_store.ttl(ledger)) < 60
    await backed_up(opened, tmp_path / "back.jsonl")
    await opened.close()
    raw_store.flushall()
    await store.close()
    await restored(tmp_path / "back.jsonl", StoreSettings(url=f"unix://{raw_store.get_connection_kwargs()['path']}"))
    assert held(raw_store) == before


async def taken(store: Store, medium: Medium = Medium.SLACK) -> dict[str, Begun]:
    """What the queue gives to somebody who sends, and what is to be done with it."""
    queue = store.queue(medium)
    await queue.move_due(ADA.workspace)
    entries = await queue.read(ADA.workspace, "c", 100, 0)
    assert len({entry.delivery_id for entry in entries}) == len(entries)
    return {entry.delivery_id: (await queue.begin(entry, "c", 60)).begun for entry in entries}


async def test_what_waited_is_looked_for_and_then_sent(
    store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """Each delivery that waited comes once, the oldest first, and is looked up; what was sent or is dead stays so."""
    await fill_reader(store, ADA, "D7")
    by_mail = replace(delivery("list", ADA, "p-mail"), medium=Medium.EMAIL, to="ada@example.org")
    assert await store.queue(Medium.EMAIL).enqueue(by_mail)
    names = ["parked:ada", "taken:ada", "waits:ada"]
    await backed_up(store, tmp_path / "all")
    await restored(tmp_path / "all", store_settings)
    opened = await open_store(store_settings)
    try:
        found = await taken(opened)
        assert {name: found.get(name) for name in names} == dict.fromkeys(names, Begun.LOOK_UP)
        assert "list" in await taken(opened, Medium.EMAIL)
        assert await opened.outbox.state(ADA, "sent:ada") is DeliveryState.SENT
        assert [one.delivery.id for one in await opened.outbox.dead("local")][-1:] == ["dead:ada"]
        assert await opened.outbox.replay("local", "dead:ada")
        # Its papers stay claimed: no other delivery tells of them.
        assert await opened.outbox.enqueue(delivery("again", ADA, "p-waits"), requires_papers=True) is None
        assert await opened.outbox.enqueue(delivery("waits:ada", ADA, "p-other")) is None
    finally:
        await opened.close()


async def through(store: Store, file: Path, between: Callable[[StoredPart], Any]) -> None:
    """A backup during which something happens after a part was read."""
    dumping = store.dumping

    class Meanwhile:
        async def parts(self, moment: Any, *, report: Any) -> Any:
            async for part in dumping.parts(moment, report=report):
                yield part
                await between(part)

    store.dumping = Meanwhile()  # type: ignore[assignment]
    await backed_up(store, file)
    store.dumping = dumping


async def test_a_delivery_that_ends_meanwhile(store: Store, store_settings: StoreSettings, tmp_path: Path) -> None:
    """One that is sent, and one that dies, while the backup is written: it never has them in two ways at once."""
    await fill_reader(store, ADA, "D7")
    names = ["first", "second", "third"]
    for name in names:
        assert await store.outbox.enqueue(delivery(name, ADA, f"p-{name}"))
    ended = 0

    async def end_one(_: StoredPart) -> None:
        nonlocal ended
        for entry in await store.outbox.read(ADA.workspace, "c", 1, 0):
            await store.outbox.begin(entry, "c", 60)
            ended += 1
            if ended % 2:
                await store.outbox.confirm(entry, PLACE, [sent(entry.delivery.paper_ids[0])] if entry.delivery else [])
                await store.outbox.ack(entry)
            else:
                await store.outbox.bury(entry, "Slack does not take it.", NOW)

    await through(store, tmp_path / "all", end_one)
    assert ended >= 3
    await restored(tmp_path / "all", store_settings)
    opened = await open_store(store_settings)
    try:
        told = await taken(opened)
        dead = {one.delivery.id for one in await opened.outbox.dead("local")}
        known = await opened.sent.known(ADA)
        for name in names:
            state = await opened.outbox.state(ADA, name)
            assert (name in told) == (state in {DeliveryState.QUEUED, DeliveryState.AMBIGUOUS})
            assert (name in dead) == (state is DeliveryState.DEAD)
            assert f"p-{name}" in known
    finally:
        await opened.close()


async def test_papers_that_come_meanwhile(store: Store, store_settings: StoreSettings, tmp_path: Path) -> None:
    """Whatever leads to a paper leads to one that is there, no number is given twice, and nobody misses an alert."""
    await store.papers.save([new(number) for number in range(1, 30)])
    number = 30

    async def one_more(part: StoredPart) -> None:
        nonlocal number
        if b":paper:" in part.key and number < 60:
            await store.papers.save([new(number)])
            number += 1

    await through(store, tmp_path / "all", one_more)
    await restored(tmp_path / "all", store_settings)
    opened = await open_store(store_settings)
    try:
        aliases = [f"arxiv:{n}" for n in range(1, 60)]
        found = await opened.papers.resolve(aliases)
        stored = await opened.papers.get(found.values())
        assert None not in stored
        assert len(stored) >= 29
        assert {one.ordinal for one in stored if one} == set(range(1, len(stored) + 1))
        await opened.papers.save([new(100)])
        [fresh] = await opened.papers.get(["p100"])
        assert fresh
        assert fresh.ordinal > len(stored)
        unmatched = set(await opened.papers.unmatched())
        assert unmatched >= {f"p{n}" for n in range(1, 30)}
    finally:
        await opened.close()


async def test_a_paper_that_comes_while_a_backup_is_written_is_matched(
    store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """It waits to be matched with everybody, or its alerts came along: nobody misses it."""
    await store.papers.save([new(1)])
    await store.profiles.set_cap(ADA, 5)
    seen: list[bytes] = []

    async def meanwhile(part: StoredPart) -> None:
        if part.key == keys.UNMATCHED.encode() and part.key not in seen:
            # What was read says nothing of these: one waits, one is matched as soon as it is told which ones wait.
            await store.papers.save([new(2), new(3)])
        if part.key == keys.CHANGES.encode() and part.key not in seen:
            await store.alerts.add(shard_of(ADA), [alert(ADA, "p3")])
            await store.papers.mark_matched(["p3"])
        seen.append(part.key)

    await through(store, tmp_path / "all", meanwhile)
    await restored(tmp_path / "all", store_settings)
    opened = await open_store(store_settings)
    try:
        assert None not in await opened.papers.get(["p1", "p2", "p3"])
        assert await opened.papers.unmatched() == ["p1", "p2"]
        assert [one.paper_id for one in await opened.alerts.of(ADA)] == ["p3"]
    finally:
        await opened.close()


async def test_what_is_asked_while_a_backup_is_written_is_done_after_it(
    store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """An act that Slack was told of and a paper that somebody waits for come along, whenever they came."""
    await store.profiles.set_cap(ADA, 5)
    done: list[bytes] = []

    async def meanwhile(part: StoredPart) -> None:
        if b":profile:" in part.key and not done:
            done.append(part.key)
            await store.acts.keep("local", "E1", b'{"reader": ["local", "ada"]}')
            await store.pending.add(Pending(ADA, "2601.00001", follow=True, asked=NOW))

    await through(store, tmp_path / "all", meanwhile)
    await restored(tmp_path / "all", store_settings)
    opened = await open_store(store_settings)
    try:
        assert [name for name, _ in await opened.acts.left("local")] == ["E1"]
        assert await opened.pending.has(ADA, "2601.00001")
    finally:
        await opened.close()


async def small_backup(store: Store, file: Path) -> bytes:
    """A backup of little."""
    await store.papers.save([new(1)])
    await store.subscriptions.put(await store.subscriptions.get(ADA))
    await backed_up(store, file)
    return await asyncio.to_thread(file.read_bytes)


@pytest.mark.parametrize("name", ["all.jsonl", "all.gz"])
async def test_a_backup_that_was_cut_or_changed_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    """Cut at any byte, with one byte changed, a line missing, doubled or added: a sentence, before a store is opened."""
    whole = await small_backup(store, tmp_path / name)
    lines = whole.splitlines(keepends=True)
    bad = [whole[:cut] for cut in range(0, len(whole) - 1, 7)]
    bad += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(12, len(whole), 11)]
    if not name.endswith(".gz"):
        bad += [b"".join(lines[:1] + lines[2:]), b"".join([*lines[:2], *lines[1:]]), whole + lines[1]]
    for content in bad:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BackupDamaged) as refused:
            checked(tmp_path / name)
        assert name in refused.value.sentence
    (tmp_path / name).write_bytes(whole)
    assert checked(tmp_path / name).lines == len(gzip.decompress(whole).splitlines() if ".gz" in name else lines) - 2


def test_a_line_that_no_backup_has_is_refused() -> None:
    """Whatever is no key with values, even under a sum that fits."""
    part = StoredPart(b"pb:{T1:0}:sent:\xff", "hash", [b"\xff\x00", "ä\u2028".encode()], now())
    assert part_of(json.loads(json.dumps(line_of(part)))) == part
    good = line_of(part)
    for name, value in [
        ("key", 7), ("key", {"base64": "?"}), ("key", {}), ("values", [None]), ("values", "ab"), ("ends", "soon"),
        ("ends", 7), ("values", None),
    ]:  # fmt: skip
        with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
            part_of({**good, name: value})


async def test_keys_that_are_not_ours_are_refused(store_settings: StoreSettings) -> None:
    """A backup writes nothing but keys of ours, of the types that they have."""
    async with alone(store_settings) as empty:
        for key, kind, values in [
            (b"other", "string", [b"1"]),
            (b"pb:{papers:0}:lease:x", "string", [b"1"]),
            (b"pb:{papers:0}:schema", "string", [b"9"]),
            (b"pb:{papers:0}:paper:p1", "hash", [b"odd"]),
            (b"pb:{papers:0}:paper:p1", "stream", [b"1-1", b"x"]),
            (b"pb:{papers:0}:paper:p1", "hash", []),
        ]:
            with pytest.raises(BackupDamaged):
                await empty.refilling.put(StoredPart(key, kind, values), now())


async def test_what_has_ended_meanwhile_is_left_out(
    store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """A key whose time was over before the restore is not there after it."""
    await store.vectors.cache(TAG, {b"h" * 16: vector()})
    await store.papers.save([new(1)])
    await backed_up(store, tmp_path / "all")
    async with alone(store_settings) as empty:
        verb = Restore(empty, lambda: now() + timedelta(days=31))
        done = await verb.into(checked(tmp_path / "all"))
        assert done.over == 1
    opened = await open_store(store_settings)
    assert await opened.vectors.cached(TAG, [b"h" * 16]) == {}
    assert await opened.papers.count() == 1
    await opened.close()


async def test_only_an_empty_store_is_filled(store: Store, store_settings: StoreSettings, tmp_path: Path) -> None:
    """One that holds something stays as it is, unless it shall be replaced; one that was opened once is empty."""
    await small_backup(store, tmp_path / "all")
    other = await open_store(store_settings)
    await other.leases.hold("scheduler", "ab", 0.05)
    await other.vectors.set_current_model(TAG)
    await other.sources.tell(SOURCE)
    await other.close()
    await restored(tmp_path / "all", store_settings)
    with pytest.raises(StoreInUse, match="--replace"):
        await restored(tmp_path / "all", store_settings)
    other = await open_store(store_settings)
    await other.papers.save([new(2)])
    await other.close()
    await restored(tmp_path / "all", store_settings, replace=True)
    other = await open_store(store_settings)
    assert [bool(one) for one in await other.papers.get(["p1", "p2"])] == [True, False]
    assert await other.sources.all() == []
    await other.close()


async def test_a_store_that_somebody_works_on_is_left_alone(store: Store, raw_store: Any, tmp_path: Path) -> None:
    """Another connection of Paperbot keeps a restore away, and goes on as if nothing had been."""
    url = f"unix://{raw_store.get_connection_kwargs()['path']}"
    await small_backup(store, tmp_path / "all")
    before = held(raw_store)
    with pytest.raises(StoreInUse, match="Somebody works on"):
        await restored(tmp_path / "all", StoreSettings(url=url), replace=True)
    assert held(raw_store) == before
    again = await open_store(StoreSettings(url=url))
    await again.close()
    await store.close()
    # Its connections end a moment after they were closed.
    async with alone(StoreSettings(url=url)) as empty:
        async with asyncio.timeout(5):
            while await empty.refilling.others():  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
    await restored(tmp_path / "all", StoreSettings(url=url), replace=True)


@pytest.mark.parametrize("lost", ["others", "begin"])
async def test_a_restore_that_is_broken_off_before_it_changed_anything(
    store: Store, store_settings: StoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """The full store is open to all and whole, and is emptied by nobody who does not say so."""
    await small_backup(store, tmp_path / "all")
    other = await open_store(store_settings)
    await other.papers.save([new(number) for number in range(1, 9)])
    await other.close()

    async def fail() -> None:
        raise StoreUnreachable("The store cannot be reached.", cause="a test")

    async with alone(store_settings) as full:
        before = await full.refilling.holds()
        monkeypatch.setattr(full.refilling, lost, fail)
        with pytest.raises(StoreUnreachable):
            await Restore(full, now).into(checked(tmp_path / "all"), replace=True)
    other = await open_store(store_settings, owner=True)
    assert await other.papers.count() == 8
    await other.close()
    with pytest.raises(StoreInUse, match="--replace"):
        await restored(tmp_path / "all", store_settings)
    async with alone(store_settings) as full:
        assert await full.refilling.holds() == before


async def test_a_restore_that_is_killed_before_it_changed_anything(
    store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """Others wait a minute at most, a second restore too; then all is as it was."""
    await small_backup(store, tmp_path / "all")
    await (await open_store(store_settings)).close()
    async with alone(store_settings) as full:
        assert await full.refilling.ask()
        with pytest.raises(StoreInUse, match="begins: try again in a minute"):
            await open_store(store_settings)
        assert full.server
        async with alone(StoreSettings(url=f"unix://{full.server.address.url}")) as second:
            with pytest.raises(StoreInUse, match="Another restore"):
                await Restore(second, now).into(checked(tmp_path / "all"))
            with pytest.raises(StoreInUse, match="run the command again"):
                await second.refilling.begin()
        with client_of(full) as client:
            assert 0 < client.ttl(keys.lease("restore")) <= 60
            client.unlink(keys.lease("restore"))
        assert not await full.refilling.is_unfinished()
        await (await open_store(store_settings)).close()


async def test_a_restored_store_has_a_history_of_its_own(
    store: Store, raw_store: Any, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """It begins with the restore, and stays the same for all who open the store; no backup has it."""
    await small_backup(store, tmp_path / "all")
    first = raw_store.get(keys.HISTORY)
    assert first not in (tmp_path / "all").read_bytes()
    found = [first]
    for _ in range(2):
        await restored(tmp_path / "all", store_settings, replace=True)
        for _ in range(2):
            opened = await open_store(store_settings)
            with client_of(opened) as client:
                found.append(client.get(keys.HISTORY))
            await opened.close()
    assert found[1] == found[2]
    assert found[3] == found[4]
    assert len(set(found)) == 3
    assert {len(history) for history in found} == {32}


async def test_a_restore_that_ended_in_the_middle(store: Store, store_settings: StoreSettings, tmp_path: Path) -> None:
    """Nobody opens what is half there; the restore is begun anew without being told to replace anything."""
    await fill_reader(store, ADA, "D7")
    await backed_up(store, tmp_path / "all")

    class Killed(Exception):
        pass

    async with alone(store_settings) as empty:
        put, count = empty.refilling.put, 0

        async def put_some(part: StoredPart, moment: Any) -> bool:
            nonlocal count
            count += 1
            if count == 5:
                raise Killed
            return await put(part, moment)

        empty.refilling.put = put_some  # type: ignore[method-assign]
        with pytest.raises(Killed):
            await Restore(empty, now).into(checked(tmp_path / "all"))
    for owner in (True, False):
        with pytest.raises(StoreInUse, match=r"is not finished.*again"):
            await open_store(store_settings, owner=owner)
    await restored(tmp_path / "all", store_settings)
    opened = await open_store(store_settings)
    assert (await opened.profiles.get(ADA)).interests == (await store.profiles.get(ADA)).interests
    await opened.close()


async def test_a_backup_of_a_later_form_is_refused(store: Store, store_settings: StoreSettings, tmp_path: Path) -> None:
    """It says that Paperbot is to be updated, and the store stays open to all."""
    await small_backup(store, tmp_path / "all")
    whole = checked(tmp_path / "all")
    async with alone(store_settings) as empty:
        with pytest.raises(StoreUnsupported, match="update"):
            await Restore(empty, now).into(replace(whole, heading={**whole.heading, "schema": VERSION + 1}))
    await (await open_store(store_settings)).close()


async def test_a_backup_of_an_earlier_form_says_so(
    store: Store, raw_store: Any, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """A store that was full when it was opened has the form of before: the step is taken after the restore."""
    await store.vectors.set_current_model(TAG)
    await store.vectors.cache(replace(TAG, revision="before"), {b"h" * 16: vector()})
    raw_store.set(keys.SCHEMA, 1)
    await small_backup(store, tmp_path / "all")
    assert checked(tmp_path / "all").heading["schema"] == 1
    await restored(tmp_path / "all", store_settings)
    opened = await open_store(store_settings)
    assert await opened.schema_version() == VERSION
    assert await opened.vectors.cached(replace(TAG, revision="before"), [b"h" * 16]) == {}
    await opened.close()


async def test_a_backup_that_fails_leaves_the_one_before(store: Store, tmp_path: Path) -> None:
    """Neither a half file nor a lost one, whatever stops it."""
    whole = await small_backup(store, tmp_path / "all")

    async def fail(_: StoredPart) -> None:
        raise StoreError("The store is gone.")

    with pytest.raises(StoreError):
        await through(store, tmp_path / "all", fail)
    assert {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)} == {"all": whole}  # noqa: PTH208 - a small folder


async def test_the_heading_says_what_it_is(store: Store, tmp_path: Path) -> None:
    """Form, schema, server, moment and model, for whoever finds the file."""
    await store.vectors.set_current_model(TAG)
    await Backup(store, lambda: NOW, "1.2.3").write(tmp_path / "all")
    heading = checked(tmp_path / "all").heading
    assert heading == {
        "paperbot": "backup", "version": "1.2.3", "schema": VERSION, "made": NOW.isoformat(), "server": store.version,
        "model": {"name": TAG.name, "revision": TAG.revision, "dimension": TAG.dimension}, "format": 1,
    }  # fmt: skip
