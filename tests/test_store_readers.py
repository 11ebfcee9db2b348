"""Readers in the store: what they follow, how it is streamed to the matcher, and their alerts."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from outbox_steps import queue, take_one
from store_values import (
    ADA,
    BEN,
    MEASURED,
    NOW,
    SERVERS,
    TAG,
    alert,
    become_readers,
    delivery,
    interest,
    kept_keys,
    row,
    sent,
)

from bot.errors import BadVector, UserError
from bot.models import ModelTag, Profile, UserId
from bot.store import Measured, Shard, Store, shard_of
from bot.store.connection import Connection

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)


async def test_a_profile_comes_back_as_it_was(store: Store) -> None:
    """Interests oldest first, bar and cap; somebody unknown has an empty profile."""
    assert await store.profiles.get(ADA) == Profile(ADA)
    later = replace(interest("i2", -0.5), created=NOW + timedelta(days=300))
    await store.profiles.put_interest(ADA, later, row(2), TAG)
    await store.profiles.put_interest(ADA, interest("i3"), row(3), TAG)
    await store.profiles.set_bar(ADA, 0.97)
    await store.profiles.set_cap(ADA, 3)
    assert await store.profiles.get(ADA) == Profile(ADA, (interest("i3"), later), 0.97, cap=3)
    assert await store.profiles.bars(shard_of(ADA)) == {"ada": 0.97}
    await store.profiles.set_bar(ADA, None)
    await store.profiles.set_cap(ADA, None)
    assert (await store.profiles.get(ADA)).bar is None
    assert (await store.profiles.get(ADA)).cap is None


async def test_an_interest_is_changed_only_as_it_was_read(store: Store, raw_store: Any) -> None:
    """Words and row together; what was removed, renamed or measured anew meanwhile stays so."""
    shard, before, after = shard_of(ADA), interest(), replace(interest(), name="mine")
    assert not await store.profiles.change_interest(ADA, before, after, row(2), TAG)
    assert kept_keys(raw_store) == []
    await store.profiles.put_interest(ADA, before, row(1), TAG)
    assert not await store.profiles.change_interest(ADA, before, after, row(2), TAG, was=row(3))
    assert (await store.profiles.get(ADA)).interests == (before,)
    assert await store.profiles.change_interest(ADA, before, after, row(2), TAG, was=row(1))
    assert (await store.profiles.get(ADA)).interests == (after,)
    assert (await store.profiles.rows(ADA, TAG))["i1"].tobytes() == row(2).tobytes()
    assert not await store.profiles.change_interest(ADA, before, before)
    with pytest.raises(BadVector):
        await store.profiles.change_interest(ADA, after, after, row()[1:], TAG)
    [block] = raw_store.keys(f"{shard.vectors(TAG.key(), 0)}*")
    raw_store.set(block, "nobody's")
    assert await store.profiles.change_interest(ADA, after, before, row(4), TAG)
    assert (await store.profiles.rows(ADA, TAG))["i1"].tobytes() == row(4).tobytes()
    raw_store.hdel(shard.places, b"ada\0i1")
    assert await store.profiles.change_interest(ADA, before, after, row(5), TAG)
    assert (await store.profiles.rows(ADA, TAG))["i1"].tobytes() == row(5).tobytes()


async def test_a_learnt_bar_stands_where_none_was_chosen(store: Store, raw_store: Any) -> None:
    """What was learnt is kept beside the reader's own choice, which goes first; nobody becomes a reader by it."""
    shard = shard_of(ADA)
    await store.profiles.set_learnt_bar(ADA, 0.95)
    assert await store.profiles.get(ADA) == Profile(ADA)
    assert kept_keys(raw_store) == []
    await store.profiles.set_cap(ADA, 3)
    await store.profiles.set_learnt_bar(ADA, 0.95)
    assert await store.profiles.get(ADA) == Profile(ADA, learnt_bar=0.95, cap=3)
    assert await store.profiles.bars(shard) == {"ada": 0.95}
    assert await store.profiles.bars(shard, learnt=False) == {}
    await store.profiles.set_bar(ADA, 0.99)
    assert await store.profiles.bars(shard) == {"ada": 0.99}
    await store.profiles.set_learnt_bar(ADA, None)
    assert (await store.profiles.get(ADA)).learnt_bar is None
    with pytest.raises(ValueError, match="0"):
        await store.profiles.set_learnt_bar(ADA, 0.4)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (b"12 0.98", Measured(12, 0.98, learns=False)),
        (b"12", Measured(12, None, learns=False)),
        (b"many more of them", Measured(0, None, learns=False)),
    ],
)
async def test_what_rows_were_measured_on_is_read_with_care(
    store: Store, raw_store: Any, stored: bytes, expected: Measured
) -> None:
    """It comes back as it was noted; what an older version or somebody else wrote is as good as it can be read."""
    await store.profiles.set_cap(ADA, 3)
    await store.profiles.set_calibrated(shard_of(ADA), TAG, MEASURED)
    assert await store.profiles.calibrated(shard_of(ADA), TAG) == MEASURED
    raw_store.set(shard_of(ADA).calibrated(TAG.key()), stored)
    assert await store.profiles.calibrated(shard_of(ADA), TAG) == expected


@pytest.mark.parametrize("bar", [0.4, 1.0, float("nan")])
async def test_a_bar_that_makes_no_sense_is_refused(store: Store, bar: float) -> None:
    """Nothing below one half, above 0.9999 or not a number."""
    with pytest.raises(ValueError, match=str(bar)):
        await store.profiles.set_bar(ADA, bar)
    with pytest.raises(ValueError, match="0"):
        await store.profiles.set_cap(ADA, 0)


async def test_readers_are_listed_with_their_workspace(store: Store) -> None:
    """Local readers, Slack readers and readers with any name; each workspace has shards of its own."""
    odd = UserId("{x}:*%/", "o'dd } : name ☂")
    for reader in (ADA, BEN, odd):
        await store.profiles.put_interest(reader, interest(), row(), TAG)
    await store.profiles.set_cap(UserId("local", "quiet"), 2)
    assert await store.profiles.readers() == sorted([ADA, BEN, odd, UserId("local", "quiet")])
    assert await store.profiles.shards() == sorted([shard_of(ADA), shard_of(BEN), shard_of(odd)])
    assert (await store.profiles.get(odd)).interests == (interest(),)
    [block] = store.profiles.interest_blocks(shard_of(odd), TAG)
    assert block.fields == [f"{odd.user}\0i1".encode()]


@pytest.mark.parametrize("name", ["", "a\0b", "\udcff", "x" * 201])
async def test_a_name_that_cannot_be_stored_is_refused(store: Store, name: str) -> None:
    """Empty, NUL, half a character or endless: a sentence, and nothing is stored."""
    with pytest.raises(UserError):
        await store.profiles.put_interest(UserId("local", name), interest(), row(), TAG)
    assert await store.profiles.readers() == []


async def test_a_row_that_cannot_be_used_is_refused(store: Store) -> None:
    """A row of another model's length or with a NaN changes nothing."""
    for bad in (row()[:-1], np.full(12, np.nan, np.float32)):
        with pytest.raises(BadVector):
            await store.profiles.put_interest(ADA, interest(), bad, TAG)
    assert await store.profiles.get(ADA) == Profile(ADA)


async def test_rows_come_back_bit_by_bit(store: Store) -> None:
    """The reader's own rows by interest, of the model asked for; an interest stored again keeps one row."""
    await store.profiles.put_interest(ADA, interest("i1"), row(1), TAG)
    await store.profiles.put_interest(ADA, interest("i2"), row(2), TAG)
    await store.profiles.put_interest(ADA, interest("i1"), row(3), TAG)
    await store.profiles.put_interest(BEN, interest("i1"), row(4), TAG)
    rows = await store.profiles.rows(ADA, TAG)
    assert sorted(rows) == ["i1", "i2"]
    np.testing.assert_array_equal(rows["i1"], row(3))
    assert await store.profiles.rows(ADA, ModelTag("another", "r1", 8)) == {}
    [block] = store.profiles.interest_blocks(shard_of(ADA), TAG)
    assert sorted(block.fields) == [b"ada\0i1", b"ada\0i2"]
    np.testing.assert_array_equal(block.rows[block.fields.index(b"ada\0i2")], row(2))


async def test_a_removed_interest_is_gone_everywhere(store: Store) -> None:
    """Neither profile nor stream holds it; removing it again, or what never was, does nothing."""
    for name in ("i1", "i2"):
        await store.profiles.put_interest(ADA, interest(name), row(), TAG)
    for name in ("i1", "i1", "i9"):
        await store.profiles.remove_interest(ADA, name)
    assert (await store.profiles.get(ADA)).interests == (interest("i2"),)
    [block] = store.profiles.interest_blocks(shard_of(ADA), TAG)
    assert block.fields == [b"ada\0i2"]


async def test_interests_stream_in_blocks_of_a_thousand(store: Store, raw_store: Any) -> None:
    """The 999th and the 1,000th interest of a shard stand in two blocks, the 2,000th in a third; all of them come."""
    shard = shard_of(ADA)
    for before, user in ((998, "a"), (999, "b"), (1_000, "c"), (1_999, "d")):
        raw_store.execute_command("SET", shard.place, before)
        await store.profiles.put_interest(UserId("local", user), interest(), row(before), TAG)
    blocks = await asyncio.to_thread(lambda: list(store.profiles.interest_blocks(shard, TAG)))
    users = [(block.number, sorted(field[:1] for field in block.fields)) for block in blocks]
    assert users == [(0, [b"a"]), (1, [b"b", b"c"]), (2, [b"d"])]
    np.testing.assert_array_equal(blocks[2].rows, row(1_999)[None])


async def test_a_stream_that_nobody_ends_leaves_nothing_behind(store: Store, raw_store: Any) -> None:
    """Stopping after the first of many blocks ends the thread that reads ahead."""
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    shard = shard_of(ADA)
    raw_store.execute_command("SET", shard.place, 50_000)
    for number in range(1, 40):
        raw_store.execute_command("HSET", shard.vectors(TAG.key(), number), b"ada\0i1", row().tobytes())
    blocks = store.profiles.interest_blocks(shard, TAG)
    assert next(blocks).number == 0
    blocks.close()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("read ")] == []


async def test_rows_are_replaced_but_not_brought_back(store: Store) -> None:
    """A measured block is written over the old rows, without an interest that was removed meanwhile."""
    for name in ("i1", "i2"):
        await store.profiles.put_interest(ADA, interest(name), row(), TAG)
    [block] = store.profiles.interest_blocks(shard_of(ADA), TAG)
    await store.profiles.remove_interest(ADA, "i2")
    measured = np.tile(row(8), (2, 1))
    assert await store.profiles.replace_rows(shard_of(ADA), TAG, block, measured) == 1
    assert await store.profiles.replace_rows(shard_of(ADA), TAG, block, measured) == 1
    rows = await store.profiles.rows(ADA, TAG)
    assert list(rows) == ["i1"]
    np.testing.assert_array_equal(rows["i1"], row(8))
    [block] = store.profiles.interest_blocks(shard_of(ADA), TAG)
    assert block.fields == [b"ada\0i1"]


async def test_nobody_hears_of_a_paper_twice(store: Store) -> None:
    """The first alert of a paper stays as it was queued; only new ones count."""
    shard = shard_of(ADA)
    await become_readers(store, ADA)
    first = [alert(paper_id="p1", strength=2), alert(paper_id="p2", strength=4)]
    assert await store.alerts.add(shard, first) == 2
    assert await store.alerts.add(shard, [alert(paper_id="p1", strength=9), alert(paper_id="p3", strength=1)]) == 1
    assert await store.alerts.of(ADA) == [first[1], first[0], alert(paper_id="p3", strength=1)]
    assert await store.alerts.of(BEN) == []
    assert await store.alerts.add(shard, []) == 0


async def test_alerts_of_many_readers_at_once(store: Store) -> None:
    """1,200 alerts of 300 readers go in with one call, in chunks; a second call adds none."""
    alerts = [alert(UserId("local", f"u{n % 300}"), f"p{n}") for n in range(1_200)]
    await become_readers(store, *(one.reader for one in alerts[:300]))
    assert await store.alerts.add(shard_of(ADA), alerts) == 1_200
    assert await store.alerts.add(shard_of(ADA), alerts) == 0
    assert len(await store.alerts.of(UserId("local", "u7"))) == 4


async def test_concurrent_runs_queue_each_alert_once(store: Store) -> None:
    """Five runs that found the same matches add every one of them exactly once between them."""
    alerts = [alert(UserId("local", f"u{n % 7}"), f"p{n}") for n in range(200)]
    await become_readers(store, *(one.reader for one in alerts[:7]))
    added = await asyncio.gather(*(store.alerts.add(shard_of(ADA), alerts) for _ in range(5)))
    assert sum(added) == 200


async def test_nothing_is_queued_for_who_is_forgotten(store: Store, raw_store: Any) -> None:
    """An ingest that found matches before adds the others' alerts only, and nothing comes back."""
    await become_readers(store, ADA, UserId("local", "eve"))
    await store.forget(ADA)
    assert await store.alerts.add(shard_of(ADA), [alert(), alert(UserId("local", "eve"))]) == 1
    assert raw_store.exists(shard_of(ADA).alerts("ada")) == 0
    assert await store.alerts.of(UserId("local", "eve")) == [alert(UserId("local", "eve"))]
    await store.purge("local")
    await store.profiles.set_calibrated(shard_of(ADA), TAG, MEASURED)
    assert await store.alerts.add(shard_of(ADA), [alert()]) == 0
    assert [key for key in raw_store.keys("*") if b"local" in key and b":receipt:" not in key] == []


async def test_only_what_waits_is_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thousands of alerts those are read whose papers were neither sent nor are claimed, strongest first."""
    await become_readers(store, ADA)
    old = [alert(paper_id=f"p{number}") for number in range(3_000)]
    await store.alerts.add(shard_of(ADA), [*old, alert(paper_id="q1", strength=2), alert(paper_id="q2", strength=4)])
    assert len(await store.alerts.waiting(ADA)) == 3_002
    await store.sent.confirm(ADA, [sent(one.paper_id) for one in old])
    answers: list[Any] = []
    read = Connection.read

    async def told(connection: Connection, *command: Any) -> Any:
        answers.append(await read(connection, *command))
        return answers[-1]

    monkeypatch.setattr(Connection, "read", told)
    assert [one.paper_id for one in await store.alerts.waiting(ADA)] == ["q2", "q1"]
    await queue(store, delivery("papers:ada:1", ADA, "q1", "q2"))
    assert await store.alerts.waiting(ADA) == await store.alerts.waiting(BEN) == []
    assert [len(answer) for answer in answers] == [4, 0, 0]
    await store.outbox.withdraw(await take_one(store))
    assert [one.paper_id for one in await store.alerts.waiting(ADA)] == ["q2", "q1"]


async def test_alerts_of_another_shard_are_refused(store: Store) -> None:
    """A script writes to one shard only."""
    with pytest.raises(ValueError, match="T1"):
        await store.alerts.add(Shard("T1", 0), [alert(ADA)])


async def test_a_run_without_readers_reads_nothing(store: Store) -> None:
    """A shard that nobody is in has no blocks."""
    assert list(store.profiles.interest_blocks(Shard("nobody", 0), TAG)) == []
    assert await store.profiles.calibrated(Shard("nobody", 0), TAG) == Measured(0, None, learns=False)


async def test_both_servers_are_what_they_are_taken_for(store: Store, store_server: str | None) -> None:
    """The tests of the store run on a current server and on version 6.2."""
    assert store.version.startswith("redis 6.2.") == (store_server is not None)


async def test_a_row_that_changed_meanwhile_stays_as_it_was_changed(store: Store) -> None:
    """Rows measured from an older reading do not overwrite a weight or a bar that was chosen since."""
    await store.profiles.put_interest(ADA, interest("i1"), row(1), TAG)
    [block] = store.profiles.interest_blocks(shard_of(ADA), TAG)
    await store.profiles.put_interest(ADA, interest("i1"), row(2), TAG)
    assert await store.profiles.replace_rows(shard_of(ADA), TAG, block, row(3)[None]) == 0
    np.testing.assert_array_equal((await store.profiles.rows(ADA, TAG))["i1"], row(2))
