"""Forgetting a reader and purging a workspace leave no trace, and touch nothing of anybody else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from store_values import (
    CHANNEL,
    NOW,
    SERVERS,
    TAG,
    delivery,
    fact,
    fill_reader,
    fill_workspace,
    interest,
    kept_keys,
    new,
    pending,
    rating,
    row,
    save,
    sent,
    subscription,
)

from bot.models import Channel, DeliveryKind, Medium, ModelTag, Subscription, UserId
from bot.store import Store, keys, shard_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)

#: Names that are no part of any other name or word here; the last would mean something else in a pattern.
ALMA, BORIS, CARLA = UserId("T1AAA", "U1ALMA"), UserId("T1AAA", "U2BORIS"), UserId("T2BBB", "U1ALMA")
ODD = UserId("T1AAA", "U[1]*?\\ODD")
TEAM = UserId("T1AAA", "C7TEAM")
DIRECTS = {ALMA: "D1ALMA", BORIS: "D2BORIS", CARLA: "D3CARLA", ODD: "D4ODD", TEAM: "C7TEAM"}


def everything(raw_store: Any) -> dict[bytes, Mapping[bytes, object]]:
    """Every key with all it holds, as fields or members and their values."""
    found: dict[bytes, Mapping[bytes, object]] = {}
    for key in raw_store.keys("*"):
        match raw_store.type(key):
            case b"hash":
                found[key] = dict(raw_store.hgetall(key))
            case b"set":
                found[key] = dict.fromkeys(raw_store.smembers(key))
            case b"zset":
                found[key] = dict(raw_store.zrange(key, 0, -1, withscores=True))
            case b"stream":
                found[key] = {entry_id: b" ".join(fields.values()) for entry_id, fields in raw_store.xrange(key)}
            case _:
                found[key] = {b"": raw_store.get(key)}
    return found


def without_receipts(stored: dict[bytes, Mapping[bytes, object]]) -> dict[bytes, Mapping[bytes, object]]:
    """Receipts hold a number only, and end after minutes."""
    return {key: held for key, held in stored.items() if b":receipt:" not in key}


def traces(stored: dict[bytes, Mapping[bytes, object]], name: str) -> list[tuple[bytes, ...]]:
    """Where a name stands: in a key, a field, or a value."""
    wanted = (name.encode(), json.dumps(name)[1:-1].encode())
    return [
        (key, field)
        for key, held in stored.items()
        for field, value in held.items()
        if any(word in part for word in wanted for part in (key, field, value) if isinstance(part, bytes))
    ]


def addresses_of(stored: dict[bytes, Mapping[bytes, object]], reader: UserId) -> list[tuple[bytes, bytes]]:
    """Where it stands what a reader's addresses open, outside of the reader's workspace."""
    key, whose = keys.LINKS.encode(), {"workspace": reader.workspace, "user": reader.user}
    return [
        (key, field)
        for field, value in stored.get(key, {}).items()
        if isinstance(value, bytes) and json.loads(value)["reader"] == whose
    ]


async def fill(store: Store) -> None:
    """Five readers of two workspaces, with everything there is, twice where that is possible, and of two models."""
    await store.papers.save([new(1), new(2)])
    other_model = ModelTag("b-model", "r1", TAG.dimension)
    for reader, direct in DIRECTS.items():
        await fill_reader(store, reader, direct)
        await store.profiles.put_interest(reader, interest("i2"), row(), other_model)
        await store.profiles.put_interest(reader, fact("f2"), None)
        await store.pending.add(pending(reader, "2603.00009"))
        for place in ("1", "2"):
            act = {"reader": [reader.workspace, reader.user], "channel": direct, "text": "follow"}
            await store.acts.keep(reader.workspace, f"Ev{list(DIRECTS).index(reader)}{place}", json.dumps(act).encode())
        await fill_workspace(store, reader.workspace)
        await store.subscriptions.put(replace(subscription(reader), owner=None))
    await store.channels.put(Channel(TEAM.user), TEAM.workspace)
    await store.subscriptions.put(Subscription(TEAM, owner=ALMA.user))
    await store.subscriptions.put(Subscription(UserId("T1AAA", "C8"), owner=BORIS.user))


@pytest.mark.parametrize("reader", DIRECTS, ids=lambda reader: reader.user.strip("\\"))
async def test_forgetting_leaves_no_trace(store: Store, raw_store: Any, reader: UserId) -> None:
    """Neither the name nor the conversation is in any key, field or value of the workspace; all else is as before."""
    await fill(store)
    # A place that was given before the words were written, as after a crash, is found too.
    raw_store.hset(shard_of(reader).places, f"{reader.user}\0i9", 1)
    before = without_receipts(everything(raw_store))
    own = [place for name in (reader.user, DIRECTS[reader]) for place in traces(before, name)]
    # What the queue calls this reader's deliveries tells nothing, and what waits under it goes too.
    assert len(own) > 30
    for medium, waiting in ((Medium.SLACK, 3), (Medium.EMAIL, 2)):
        shard = shard_of(reader).by(medium)
        tickets = {field for key, field in own if key == shard.deliveries.encode()}
        own += [(shard.parked.encode(), ticket) for ticket in tickets]
        assert len(tickets) == waiting
    assert await store.forget(reader) > 30
    after = without_receipts(everything(raw_store))
    prefix = f"pb:{{{reader.workspace}:".encode()
    for name in (reader.user, DIRECTS[reader]):
        assert [place for place in traces(after, name) if place[0].startswith(prefix)] == []
    opened = addresses_of(before, reader)
    assert len(opened) == 2
    assert addresses_of(after, reader) == []
    for key, held in before.items():
        for field, value in held.items():
            if (key, field) not in opened and (not key.startswith(prefix) or (key, field) not in own):
                assert after[key][field] == value, (key, field)
    assert {field for held in after.values() for field in held} <= {field for held in before.values() for field in held}
    assert await store.forget(reader) == 0
    await fill_reader(store, reader, DIRECTS[reader])
    assert len((await store.profiles.get(reader)).interests) == 2


async def test_a_channel_outlives_its_owner(store: Store) -> None:
    """Nobody owns it then; it is followed and subscribed as before."""
    await fill(store)
    await store.forget(ALMA)
    assert await store.subscriptions.get(TEAM) == Subscription(TEAM)
    assert len((await store.profiles.get(TEAM)).interests) == 4


async def test_conversations_are_found_by_what_was_sent_and_by_what_was_shown(store: Store, raw_store: Any) -> None:
    """Direct messages go with the reader, whether they held alerts or answers; a channel's messages stay."""
    await store.messages.remember("T1AAA", "D1", "1772443800.000100", ["p1"], reader=ALMA)
    await store.messages.remember("T1AAA", "D2", "1772443800.000200", ["p1"])
    await store.messages.remember("T1AAA", "C1", "1772443800.000300", ["p1"])
    await store.sent.confirm(ALMA, [sent("p1", "D2"), sent("p2", "C1"), sent("p3", "")])
    assert await store.forget(ALMA) == 4
    assert kept_keys(raw_store) == [shard_of(UserId("T1AAA", "C1")).messages("C1").encode()]


async def test_what_the_ledger_knows_no_more_goes_too(store: Store, raw_store: Any) -> None:
    """Dead letters and waiting deliveries outlive a ledger that ended or cannot be read, but not their reader."""
    await fill(store)
    before = len(await store.outbox.dead(BORIS.workspace))
    raw_store.unlink(shard_of(BORIS).ledger(BORIS.user))
    await store.forget(BORIS)
    dead = await store.outbox.dead(BORIS.workspace)
    assert (len(dead), [one for one in dead if one.delivery.reader == BORIS]) == (before - len(Medium), [])
    stored = everything(raw_store)
    assert [place for place in traces(stored, BORIS.user) if place[0].startswith(b"pb:{T1AAA:")] == []
    for shard in (shard_of(BORIS).by(medium) for medium in Medium):
        assert set(stored[shard.parked.encode()]) <= set(stored[shard.deliveries.encode()])


async def test_a_message_that_arrives_after_all_was_forgotten(store: Store, raw_store: Any) -> None:
    """Its conversation is remembered as long as somebody is there to forget it, and no longer."""
    stranger, ts = UserId("T1AAA", "U8HOST"), "1772443800.000300"
    note = delivery("note:U8HOST:1", stranger, kind=DeliveryKind.NOTE, notes=("Hello.",))
    await store.outbox.enqueue(note)
    await store.messages.remember("T1AAA", "D8", ts, ["p1"], reader=stranger, delivery_id=note.id)
    assert await store.messages.papers("T1AAA", "D8", ts) == ("p1",)
    assert await store.messages.direct(stranger) == "D8"
    await store.forget(stranger)
    await store.messages.remember("T1AAA", "D8", ts, ["p1"], reader=stranger, delivery_id=note.id)
    assert await store.messages.papers("T1AAA", "D8", ts) == ()
    assert await store.messages.direct(stranger) is None
    assert traces(everything(raw_store), "U8HOST") == []


async def test_forgetting_somebody_unknown(store: Store, raw_store: Any) -> None:
    """Nothing happens."""
    await fill(store)
    before = everything(raw_store)
    assert await store.forget(UserId("T1AAA", "U1")) == 0
    assert await store.forget(UserId("T9", "U1ALMA")) == 0
    assert everything(raw_store) == before


@pytest.mark.parametrize("workspace", ["T1AAA", "T2BBB"])
async def test_purging_leaves_no_trace(store: Store, raw_store: Any, workspace: str) -> None:
    """No key, field or value names the workspace any more; papers and the other workspace are as before."""
    await fill(store)
    before = everything(raw_store)
    prefix = f"pb:{{{workspace}:".encode()
    doomed = [key for key in before if key.startswith(prefix)]
    assert await store.purge(workspace) == len(doomed)
    after = everything(raw_store)
    assert traces(after, workspace) == []
    shards = keys.SHARD_NAMES.encode()
    for key, held in before.items():
        if key == shards:
            assert after[key] == {name: None for name in held if workspace.encode() not in name}
        elif key in {keys.LINKS.encode(), keys.SERVED.encode()}:
            assert after[key] == {name: value for name, value in held.items() if workspace not in str(value)}
        else:
            assert (after.get(key) == held) is (key not in doomed), key
    assert after.keys() <= before.keys()
    assert await store.purge(workspace) == 0


async def test_purging_a_workspace_whose_name_begins_another(store: Store, raw_store: Any) -> None:
    """Names with a meaning in patterns, and names that begin alike, are told apart."""
    names = ["T", "T1", "T1:0", "T*", "T?", "[T]1", "papers", "%", "\\"]
    for name in names:
        await fill_workspace(store, name)
        await store.subscriptions.put(Subscription(UserId(name, "U1")))
    for place, name in enumerate(names):
        assert await store.purge(name) > 3
        assert len(raw_store.smembers(keys.SHARD_NAMES)) == len(names) - place - 1
    assert kept_keys(raw_store) == []


async def test_an_export_holds_everything(store: Store) -> None:
    """All that is stored of a reader, as JSON; nothing of another reader's."""
    await fill_reader(store, ALMA, "D1ALMA")
    await fill_reader(store, BORIS, "D2BORIS")
    told = json.loads(json.dumps(await store.export(ALMA)))
    assert told["reader"] == {"workspace": "T1AAA", "user": "U1ALMA"}
    assert (told["bar"], told["cap"]) == (0.97, 4)
    assert [one["id"] for one in told["interests"]] == ["f1", "i1"]
    assert told["subscription"]["zone"] == "Europe/Berlin"
    assert [one["paper_id"] for one in told["alerts"]] == ["p2", "p1"]
    assert {one["paper_id"] for one in told["saved"]} == {save("p1").paper_id, "p2"}
    assert [one["interest_name"] for one in told["ratings"]] == [rating().interest_name]
    assert [one["channel"] for one in told["sent"]] == [sent("p1", "D1ALMA").channel] * 2
    assert told["being_sent"] == ["p-dead", "p-parked", "p-taken", "p-waits"]
    assert told["last_digest_for"] == "2026-03-02"
    assert [one["arxiv_id"] for one in told["pending"]] == [pending().arxiv_id]
    assert told["last_day_ended"]["note"] == "It is stale."
    states = {one["id"].partition(":")[0]: one["state"] for one in told["deliveries"]}
    by_mail = {"by-mail-later": "queued", "by-mail-waits": "sending", "by-mail-dead": "dead"}
    by_slack = {"waits": "queued", "parked": "queued", "taken": "sending", "sent": "sent", "dead": "dead"}
    assert states == by_slack | by_mail
    [place] = [one for one in told["deliveries"] if "channel" in one]
    assert (place["id"], place["channel"], place["message"]) == ("sent:U1ALMA", "D1ALMA", "1772443800.000100")
    waiting = {one["id"]: one["paper_ids"] for one in told["waiting_deliveries"]}
    assert waiting == {
        **{f"{name}:U1ALMA": [f"p-{name}"] for name in ("waits", "parked", "taken")},
        **{f"by-mail-{name}:U1ALMA": [] for name in ("waits", "later")},
    }
    reasons = {one["reason"] for one in told["dead_deliveries"]}
    assert reasons == {"Slack does not take it.", "The mail server does not take it."}
    assert told["in_channels"] == [CHANNEL.id]
    assert told["person"]["is_admin"] is True
    assert told["channel"] is None
    assert told["direct_messages"] == "D1ALMA"
    assert told["messages"] == [{"ts": "1772443800.000100", "papers": ["p1", "p2"]}]
    assert "BORIS" not in json.dumps(told)
    assert NOW.isoformat().replace("+00:00", "Z") in json.dumps(told)


async def test_an_export_of_somebody_unknown(store: Store, raw_store: Any) -> None:
    """Is empty, and stores nothing."""
    told = await store.export(ALMA)
    assert told["interests"] == told["alerts"] == told["saved"] == told["messages"] == told["deliveries"] == []
    assert kept_keys(raw_store) == []
