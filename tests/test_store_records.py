"""A noun's form in the store is read back strictly: what is not exactly one is none, and counted."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_values import (
    ADA,
    CHANNEL,
    FULL_PAPER,
    SOURCE,
    TAG,
    alert,
    dead,
    full_delivery,
    interest,
    pending,
    person,
    rating,
    save,
    sent,
    slot_end,
    subscription,
)

from bot.models import Subscription
from bot.store import Store, records, shard_of
from bot.store.records import ALERT, INTEREST, PAPER, Record, Skipped
from bot.store.records import TAG as TAG_RECORD

SHARD = shard_of(ADA)
RECORDS: list[tuple[Record[Any], object]] = [
    (PAPER, FULL_PAPER),
    (INTEREST, interest()),
    (ALERT, alert()),
    (TAG_RECORD, TAG),
    (records.SUBSCRIPTION, subscription()),
    (records.RATING, rating()),
    (records.SAVE, save()),
    (records.SENT, sent()),
    (records.PENDING, pending()),
    (records.PERSON, person()),
    (records.CHANNEL, CHANNEL),
    (records.SOURCE, SOURCE),
    (records.DELIVERY, full_delivery()),
    (records.DEAD, dead()),
    (records.SLOT_END, slot_end()),
]


@pytest.mark.parametrize(
    ("record", "sound"),
    RECORDS,
    ids=lambda value: type(value).__name__.lower(),
)
def test_a_record_cut_anywhere_is_skipped(record: Record[Any], sound: object) -> None:
    """Every proper beginning of a record is refused, the whole one is read."""
    whole = record.dump(sound)
    skipped = Skipped()
    assert [record.load(whole[:end], skipped) for end in range(len(whole))] == [None] * len(whole)
    assert skipped.count == len(whole)
    assert record.load(whole, skipped) == sound


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_any_bytes_are_read_or_skipped(raw: bytes) -> None:
    """No bytes make reading fail, and none but a record's own are taken for one."""
    skipped = Skipped()
    assert [record.load(raw, skipped) for record, _ in RECORDS] == [None] * len(RECORDS)
    assert skipped.count == len(RECORDS)


@pytest.mark.parametrize(
    "change",
    [
        {"hour": 24},
        {"hour": -1},
        {"hour": 8.5},
        {"weekdays": []},
        {"weekdays": [7]},
        {"weekdays": [3, 1]},
        {"weekdays": [1, 1]},
        {"quiet_from": None},
        {"quiet_to": "25:00:00"},
        {"quiet_to": "07:00:00+01:00"},
        {"holiday_until": "2026-02-30"},
        {"cadence": "hourly"},
        {"suspended": "asleep"},
        {"reader": "ada"},
        {"paused": "yes"},
    ],
    ids=str,
)
async def test_a_subscription_that_makes_no_sense_is_none(store: Store, raw_store: Any, change: dict[str, Any]) -> None:
    """A reader whose subscription cannot be read has that of somebody who never chose; it is counted."""
    raw = json.loads(records.SUBSCRIPTION.dump(subscription())) | change
    raw_store.hset(SHARD.subscriptions, "ada", json.dumps(raw))
    assert await store.subscriptions.get(ADA) == Subscription(ADA)
    assert await store.subscriptions.of_workspace("local") == []
    assert store.skipped == 2


@pytest.mark.parametrize(
    ("record", "noun", "fields"),
    [
        (INTEREST, interest(), ("muted", "learnt_from")),
        (records.SAVE, replace(save(), had_code=True), ("had_code",)),
        (records.SUBSCRIPTION, replace(subscription(), roll_up=None), ("roll_up",)),
        (records.SOURCE, replace(SOURCE, daily=()), ("daily",)),
    ],
    ids=lambda value: type(value).__name__.lower(),
)
def test_a_record_from_before_a_field_is_read(record: Record[Any], noun: object, fields: tuple[str, ...]) -> None:
    """What was stored when nobody knew of the field has what it says of those."""
    raw = json.loads(record.dump(noun))
    for field in fields:
        del raw[field]
    skipped = Skipped()
    assert record.load(json.dumps(raw).encode(), skipped) == noun
    assert skipped.count == 0


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": "a\0b"},
        {"reader": {"workspace": "local", "user": "a\0b"}},
        {"reader": {"workspace": "", "user": "ada"}},
        {"version": 0},
        {"version": 3},
        {"kind": "hologram"},
        {"queued": "2026-03-02T09:30:00"},
        {"paper_ids": [""]},
        {"missed": -1},
        {"near": [{"paper_id": "p1", "closer_than": 1.5, "interest_name": ""}]},
        {"near": [{"paper_id": "", "closer_than": None, "interest_name": ""}]},
        {"days": [{"day": "2026-03-02", "seen": -1, "sent": 0, "liked": 0}]},
        {"days": [{"day": "2026-02-30", "seen": 1, "sent": 0, "liked": 0}]},
        {"parent": {"channel": "", "ts": "1.0"}},
        {"parent": {"channel": "D1", "ts": ""}},
        {"slot": "yesterday"},
        {"notes": "one"},
    ],
    ids=str,
)
def test_a_delivery_that_makes_no_sense_is_none(change: dict[str, Any]) -> None:
    """Neither is a dead one with it in its grave; both are counted."""
    skipped = Skipped()
    raw = json.loads(records.DELIVERY.dump(full_delivery())) | change
    assert records.DELIVERY.load(json.dumps(raw).encode(), skipped) is None
    buried = json.loads(records.DEAD.dump(dead())) | {"delivery": raw}
    assert records.DEAD.load(json.dumps(buried).encode(), skipped) is None
    assert skipped.count == 2


@pytest.mark.parametrize(
    ("record", "noun", "change"),
    [
        (records.DEAD, dead(), {"tries": -1}),
        (records.DEAD, dead(), {"at": "2026-03-02T09:30:00"}),
        (records.SLOT_END, slot_end(), {"papers": -1}),
        (records.SLOT_END, slot_end(), {"quiet_days": -1}),
        (records.SLOT_END, slot_end(), {"ending": "loud"}),
        (records.SLOT_END, slot_end(), {"at": "2026-03-02T09:30:00"}),
        (records.SLOT_END, slot_end(), {"best": {"paper_id": "p1", "closer_than": -0.1, "interest_name": ""}}),
        (records.SOURCE, SOURCE, {"daily": [["2026-03-02", -1]]}),
        (records.SOURCE, SOURCE, {"daily": [["2026-03-02", 1], ["2026-03-01", 1]]}),
        (records.SOURCE, SOURCE, {"daily": [["2026-03-02", 1], ["2026-03-02", 1]]}),
    ],
)
def test_what_makes_no_sense_is_none(record: Record[Any], noun: object, change: dict[str, Any]) -> None:
    """Counts below nothing, days out of order, moments without a zone."""
    skipped = Skipped()
    assert record.load(json.dumps(json.loads(record.dump(noun)) | change).encode(), skipped) is None
    assert skipped.count == 1


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", '"3"', "null", "true"])
def test_no_alert_from_a_number_that_is_none(number: str) -> None:
    """Strength and score are finite numbers, an interest's weight too, and not zero."""
    skipped = Skipped()
    for field in ("strength", "score"):
        raw = ALERT.dump(alert()).decode()
        value = asdict(alert())["strength"] if field == "strength" else alert().closeness.score
        assert ALERT.load(raw.replace(f'"{field}":{value}', f'"{field}":{number}').encode(), skipped) is None
    raw = INTEREST.dump(interest()).decode()
    for weight in (number, "0.0"):
        assert INTEREST.load(raw.replace('"weight":1.0', f'"weight":{weight}').encode(), skipped) is None
    assert skipped.count == 4
