"""A noun's form in the store is read back strictly: what is not exactly one is none, and counted."""

from __future__ import annotations

import json
from dataclasses import asdict
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
    interest,
    pending,
    person,
    rating,
    save,
    sent,
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
    assert [record.load(raw, skipped) for record, _ in RECORDS] == [None] * 12
    assert skipped.count == 12


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


def test_an_interest_from_before_learning_is_read() -> None:
    """Records without ``muted`` and ``learnt_from`` are those of an interest that is neither."""
    raw = json.loads(INTEREST.dump(interest()))
    del raw["muted"], raw["learnt_from"]
    skipped = Skipped()
    assert INTEREST.load(json.dumps(raw).encode(), skipped) == interest()
    assert skipped.count == 0


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
