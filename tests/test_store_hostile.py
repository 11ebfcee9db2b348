"""Whatever stands in the store instead of what was written is skipped and counted; the rest comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from dataclasses import astuple
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_values import (
    ADA,
    BEN,
    CHANNEL,
    FULL_PAPER,
    SERVERS,
    SOURCE,
    TAG,
    alert,
    fact,
    fill_reader,
    fill_workspace,
    interest,
    link,
    new,
    pending,
    person,
    rating,
    row,
    save,
    save_one,
    sent,
    subscription,
    vector,
)

from bot.models import Subscription, UserId
from bot.store import PaperChange, PaperVector, Store, keys, records, shard_of
from bot.store.blocks import parsed
from bot.store.records import ALERT, INTEREST, PAPER, Skipped

SHARD = shard_of(ADA)
SOUND = json.loads(PAPER.dump(FULL_PAPER))
BAD_RECORDS = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"p1"',
    b"\xff\xfe",
    b"[" * 100_000,
    PAPER.dump(FULL_PAPER)[:-10],
    *(
        json.dumps(SOUND | change).encode()
        for change in (
            {"id": "another"},
            {"title": 3},
            {"title": None},
            {"first_seen": "2026-03-02T09:30:00"},
            {"first_seen": 1_000},
            {"first_seen": "yesterday"},
            {"published": {"month": 13, "day": 1, "year": 2026, "origin": "printed"}},
            {"published": {"month": 2, "day": 30, "year": 2026, "origin": "printed"}},
            {"published": {"month": 2, "day": 3, "year": 2026, "origin": "guessed"}},
            {"upvotes": [{"value": "7", "origin": SOUND["upvotes"][0]["origin"]}]},
            {"upvotes": [{"value": 7.5, "origin": SOUND["upvotes"][0]["origin"]}]},
            {"authors": "Ada"},
            {"listed": ["2026-03-01T00:00:00Z"]},
        )
    ),
]


async def everything(store: Store) -> list[object]:
    """What every reading method gives, asked for at the same time."""
    ids = ["p1", "p2"]
    stored = [found for found in await store.papers.get(ids) if found]
    found = await asyncio.gather(
        store.papers.resolve(["arxiv:1", "arxiv:2"]),
        store.papers.changed_since(0, 10),
        store.papers.change_number(),
        store.papers.count(),
        store.papers.unmatched(),
        store.papers.of_dump("ab" * 32),
        store.papers.years_reached(),
        store.vectors.get(TAG, stored),
        store.vectors.of(TAG, ids),
        store.vectors.sample(TAG, 10),
        store.vectors.count(TAG),
        store.vectors.reached(TAG),
        store.vectors.settled(TAG),
        store.terms.get([1, 2]),
        store.vectors.cached(TAG, [b"h" * 16]),
        store.vectors.current_model(),
        store.profiles.get(ADA),
        store.profiles.rows(ADA, TAG),
        store.profiles.readers(),
        store.profiles.shards(),
        store.profiles.bars(SHARD),
        store.profiles.calibrated(SHARD, TAG),
        store.profiles.unmeasured(SHARD),
        store.alerts.of(ADA),
        store.alerts.waiting(ADA),
        *readings_of_readers(store),
    )
    blocks = [block.ids async for block in store.vectors.iterate(TAG)]
    rows = [block.fields for block in store.profiles.interest_blocks(SHARD, TAG)]
    return [[one.paper.id for one in stored], blocks, rows, *found]


def readings_of_readers(store: Store) -> list[Awaitable[object]]:
    """Every reading method of what people do."""
    workspace = ADA.workspace
    return [
        store.facts.of(SHARD),
        store.subscriptions.get(ADA),
        store.subscriptions.of_workspace(workspace),
        store.saved.of(ADA),
        store.saved.has(ADA, ["p1", "p2"]),
        store.saved.counts(workspace, ["p1", "p2"]),
        store.saved.savers(workspace, ["p1", "p2"], BEN),
        store.saved.savers(workspace, ["p1", "p2"], ADA),
        store.ratings.of(ADA),
        store.ratings.get(ADA, "p1"),
        store.sent.of(ADA),
        store.sent.known(ADA),
        store.sent.last_slot(ADA),
        store.messages.papers(workspace, "D7", "1772443800.000100"),
        store.messages.papers(workspace, CHANNEL.id, "1772443800.000200"),
        store.messages.direct(ADA),
        store.pending.of_workspace(workspace),
        store.pending.all(),
        store.people.get(*astuple(ADA)),
        store.channels.get(workspace, CHANNEL.id),
        store.acts.left(workspace),
        store.sources.all(),
        store.ends.of(ADA),
        store.links.of(ADA),
        store.links.opened(link().token),
        store.served.of(f"xoxb-of-{workspace}"),
        store.members.of(workspace, CHANNEL.id),
        store.outbox.dead(workspace),
        store.outbox.depth(workspace),
        store.outbox.state(ADA, "sent:ada"),
        store.export(ADA),
    ]


async def fill(store: Store) -> None:
    """One of everything, twice."""
    await store.papers.save([new(1), new(2)])
    await store.papers.remember_dump("ab" * 32, ["p1", "p2"])
    await store.papers.set_years_reached(2)
    await store.vectors.put(TAG, [PaperVector(f"p{n}", n, b"h" * 16, vector(n)) for n in (1, 2)])
    await store.vectors.cache(TAG, {b"h" * 16: vector()})
    await store.vectors.set_current_model(TAG)
    await store.vectors.set_reached(TAG, 2)
    await store.sources.tell(SOURCE)
    await fill_reader(store, ADA, "D7")
    await store.profiles.put_interest(ADA, interest("i2"), row(), TAG)
    await fill_workspace(store, ADA.workspace)


#: Read by scripts, or by nobody.
UNCOUNTED = (b":schema", b":history", b":receipt:", b":models", b":act:", b":outbox", b":parked", b":turn:", b":pause:")


@pytest.mark.parametrize("store_server", SERVERS, indirect=True)
async def test_no_value_of_another_type_stops_a_reader(store: Store, raw_store: Any) -> None:
    """Each key in turn becomes a list : everything else is read, what it held is not."""
    await fill(store)
    for key in raw_store.keys("*"):
        whole = raw_store.dump(key)
        before = store.skipped
        raw_store.unlink(key)
        raw_store.rpush(key, "nobody", "wrote", "this")
        await everything(store)
        if not any(part in key for part in UNCOUNTED):
            assert store.skipped > before, key
        raw_store.restore(key, 0, whole, replace=True)
    before = store.skipped
    await everything(store)
    assert store.skipped == before


@pytest.mark.parametrize("junk", [b"", b"-1", b"9" * 40, b"\xff\xfe", b"nan", b"{", b"1e400", b"\0" * 32, b"7.5"])
async def test_no_junk_in_any_place_stops_a_reader(store: Store, raw_store: Any, junk: bytes) -> None:
    """Every string and every field of every hash, and members added to every set, in turn become junk."""
    await fill(store)
    for key in raw_store.keys("*"):
        whole = raw_store.dump(key)
        match raw_store.type(key):
            case b"string":
                commands: list[tuple[object, ...]] = [("SET", key, junk)]
            case b"hash":
                commands = [("HSET", key, name, junk) for name in (*raw_store.hkeys(key), junk)]
            case b"set":
                commands = [("SADD", key, junk)]
            case b"stream":
                commands = [("XADD", key, "*", junk, junk)]
            case _:
                commands = [("ZADD", key, 5, junk)]
        for command in commands:
            raw_store.execute_command(*command)
            await everything(store)
        raw_store.restore(key, 0, whole, replace=True)


def spoil(raw_store: Any, key: bytes, junk: str) -> None:
    """Put another type, or ``junk`` in every place, where something of ours stood."""
    before = raw_store.type(key)
    fields: list[bytes] = raw_store.hkeys(key) if before == b"hash" else []
    raw_store.unlink(key)
    match junk, before:
        case ("list", _):
            raw_store.rpush(key, "x")
        case ("string", _) | (_, b"string"):
            raw_store.set(key, junk)
        case ("hash", _):
            raw_store.hset(key, "x", "y")
        case (_, b"hash"):
            raw_store.hset(key, mapping=dict.fromkeys(fields, junk))
        case (_, b"set"):
            raw_store.sadd(key, junk)
        case (_, b"stream"):
            raw_store.xadd(key, {junk: junk})
        case _:
            raw_store.zadd(key, {junk: 5})


@pytest.mark.parametrize("junk", ["list", "string", "hash", "nan", "9" * 40, "", "\0"])
async def test_every_write_goes_through_whatever_a_key_holds(store: Store, raw_store: Any, junk: str) -> None:
    """Each key in turn is spoilt: everything can be forgotten and written over it."""
    await fill(store)
    whole = {key: raw_store.dump(key) for key in raw_store.keys("pb:{*")}
    for key in whole:
        spoil(raw_store, key, junk)
        await store.forget(ADA)
        spoil(raw_store, key, junk)
        await fill_reader(store, ADA, "D7")
        await store.profiles.set_interest(ADA, interest())
        await store.profiles.set_interest(ADA, fact())
        await fill_workspace(store, ADA.workspace)
        await store.acts.done(ADA.workspace, "Ev9")
        await store.sources.tell(SOURCE)
        await store.sent.take_slot(ADA, date(2026, 3, 9))
        await store.alerts.remove(ADA, ["p3"])
        await store.saved.set_counted(ADA, counted=False)
        await everything(store)
        assert (await store.profiles.get(ADA)).interests[1:], key
        assert sorted(await store.profiles.rows(ADA, TAG)) == ["i1"], key
        raw_store.flushall()
        for name, value in whole.items():
            raw_store.restore(name, 0, value, replace=True)


@pytest.mark.parametrize("bad", BAD_RECORDS)
async def test_an_unreadable_paper_is_none_and_gives_way(store: Store, raw_store: Any, bad: bytes) -> None:
    """It is counted, its neighbours come, and the next dump that tells of the paper stores it anew."""
    await store.papers.save([new(6), PaperChange(FULL_PAPER, None, ("arxiv:7", "title:77"))])
    raw_store.execute_command("HSET", keys.paper("p7"), "paper", bad)
    found = await store.papers.get(["p6", "p7"])
    assert [stored and stored.paper.id for stored in found] == ["p6", None]
    assert store.skipped == 1
    again = PaperChange(FULL_PAPER, None, ("arxiv:7",))
    assert await save_one(store, again)
    [stored] = await store.papers.get(["p7"])
    assert stored is not None
    assert stored.paper == FULL_PAPER
    assert await store.papers.resolve(["title:77"]) == {"title:77": "p7"}
    assert await store.papers.unmatched() == ["p6", "p7"]


@pytest.mark.parametrize("damage", ["half", "version", "type", "gone"])
async def test_a_half_written_paper_gives_way(store: Store, raw_store: Any, damage: str) -> None:
    """A record without its text, its version or its type, or no record behind an alias: the new paper is stored."""
    await save_one(store, new(1, "arxiv:1", "title:aa"))
    key = keys.paper("p1")
    match damage:
        case "half":
            raw_store.hdel(key, "paper")
        case "version":
            raw_store.hset(key, "version", "two")
        case "type":
            raw_store.unlink(key)
            raw_store.set(key, "text")
        case _:
            raw_store.unlink(key)
    assert await store.papers.get(["p1"]) == [None]
    assert await save_one(store, new(2, "arxiv:2", "title:aa"))
    assert await store.papers.resolve(["arxiv:2", "title:aa"]) == {"arxiv:2": "p2", "title:aa": "p2"}
    found = await store.papers.get(["p1", "p2"])
    assert {stored.paper.id for stored in found if stored} == {"p2"}
    assert await save_one(store, new(3, "arxiv:3"))


async def test_a_ring_of_forwards_ends(store: Store, raw_store: Any) -> None:
    """Two ids that forward to each other are followed for a while only."""
    await save_one(store, new(1))
    raw_store.execute_command("HSET", keys.FORWARDS, "p1", "p2", "p2", "p1")
    assert len(await store.papers.get(["p1", "p2"])) == 2
    assert list(await store.papers.resolve(["arxiv:1"])) == ["arxiv:1"]


@pytest.mark.parametrize("value", [b"", row().tobytes()[:-1], row().tobytes() + b"\0", b"x" * 4_000])
async def test_a_row_of_another_length_is_left_out(store: Store, raw_store: Any, value: bytes) -> None:
    """The block's other rows come, each beside its own field."""
    for name in ("i1", "i2", "i3"):
        await store.profiles.put_interest(ADA, interest(name), row(int(name[1])), TAG)
    raw_store.execute_command("HSET", SHARD.vectors(TAG.key(), 0), b"ada\0i2", value)
    [block] = store.profiles.interest_blocks(SHARD, TAG)
    assert sorted(block.fields) == [b"ada\0i1", b"ada\0i3"]
    np.testing.assert_array_equal(block.rows[block.fields.index(b"ada\0i3")], row(3))
    assert sorted(await store.profiles.rows(ADA, TAG)) == ["i1", "i3"]
    assert store.skipped == 2


def test_lengths_that_make_up_for_each_other_are_seen() -> None:
    """One value four bytes short beside one four bytes long does not shift the rows between them."""
    whole = row().tobytes()
    skipped = Skipped()
    block = parsed(0, {b"a\0i": whole[:-4], b"b\0i": whole, b"c\0i": whole + b"\0\0\0\0"}, len(row()), skipped)
    assert (block.fields, skipped.count) == ([b"b\0i"], 2)
    np.testing.assert_array_equal(block.rows, row()[None])


@given(
    st.dictionaries(
        st.binary(max_size=12), st.one_of(st.binary(max_size=60), st.binary(min_size=48, max_size=48)), max_size=20
    )
)
def test_any_block_is_sifted(stored: dict[bytes, bytes]) -> None:
    """Whatever a block holds, what comes out is finite, named, and as many as were not counted out."""
    skipped = Skipped()
    block = parsed(0, stored, 12, skipped)
    assert len(block.fields) + skipped.count == len(stored)
    assert block.rows.shape == (len(block.fields), 12)
    assert np.isfinite(block.rows).all()
    for field, one in zip(block.fields, block.rows, strict=True):
        assert b"\0" in field
        assert one.tobytes() == stored[field]


async def test_a_key_of_another_type_is_replaced_by_a_write(store: Store, raw_store: Any) -> None:
    """Vectors, interests and alerts are stored over what somebody put in their place, which is counted."""
    await save_one(store, new(1))
    for key in (keys.paper_vectors(TAG, 0), SHARD.profile("ada"), SHARD.alerts("ada"), SHARD.readers, SHARD.models):
        raw_store.execute_command("SET", key, "text")
    await store.vectors.put(TAG, [PaperVector("p1", 1, b"h" * 16, vector())])
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    assert await store.alerts.add(SHARD, [alert()]) == 1
    assert (await store.vectors.sample(TAG, 1)).ids == ["p1"]
    assert (await store.profiles.get(ADA)).interests == (interest(),)
    assert await store.profiles.readers() == [ADA]
    assert await store.alerts.of(ADA) == [alert()]


async def test_values_under_another_name_are_not_taken(store: Store, raw_store: Any) -> None:
    """An alert or an interest copied to another reader, paper or id is left out."""
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    eve = UserId("local", "eve")
    raw_store.execute_command("HSET", SHARD.alerts("eve"), "p1", ALERT.dump(alert(ADA)))
    raw_store.execute_command("HSET", SHARD.alerts("ada"), "p2", ALERT.dump(alert(ADA, "p1")))
    raw_store.execute_command("HSET", SHARD.profile("ada"), "interest:i9", INTEREST.dump(interest("i1")))
    raw_store.hset(SHARD.ratings("eve"), "p1", records.RATING.dump(rating()))
    raw_store.hset(SHARD.saved("eve"), "p2", records.SAVE.dump(save("p1")))
    raw_store.hset(SHARD.sent("eve"), "p2", records.SENT.dump(sent("p1")))
    raw_store.hset(SHARD.pending, "eve\0002603.00001", records.PENDING.dump(pending()))
    raw_store.hset(SHARD.subscriptions, "eve", records.SUBSCRIPTION.dump(subscription()))
    raw_store.hset(SHARD.facts, mapping={b"eve\0f2": INTEREST.dump(fact()), b"eve\0i1": INTEREST.dump(interest())})
    raw_store.set(SHARD.person("eve"), records.PERSON.dump(person()))
    raw_store.set(SHARD.channel("C6"), records.CHANNEL.dump(CHANNEL))
    assert await store.alerts.of(eve) == []
    assert await store.alerts.of(ADA) == []
    assert (await store.profiles.get(ADA)).interests == (interest(),)
    assert store.skipped == 3
    assert await store.ratings.of(eve) == []
    assert await store.ratings.get(eve, "p1") is None
    assert await store.saved.of(eve) == []
    assert await store.saved.has(eve, ["p1", "p2"]) == set()
    assert await store.sent.of(eve) == []
    assert await store.pending.of_workspace("local") == []
    assert await store.subscriptions.get(eve) == Subscription(eve)
    assert await store.facts.of(SHARD) == []
    assert await store.people.get("local", "eve") is None
    assert await store.channels.get("local", "C6") is None
    assert store.skipped == 14
