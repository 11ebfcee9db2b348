"""What became of a paper for a reader, as the store has it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.models import DeliveryState, UserId
from bot.recommend.explaining import History
from bot.store import Store

#: A paper is matched by the first run after it was stored, within this time.
_SOON = timedelta(days=1)


async def history_of(store: Store, reader: UserId, ids: Collection[str], zone: ZoneInfo, *, came: datetime) -> History:
    """Of the paper of these ids, now and when it was told, for a reader whose clock is that of ``zone``.

    ``came`` (aware) is when it was first seen. Raises StoreError.
    """
    sent = next(iter((await store.sent.given(reader, ids)).values()), None)
    alert = next(iter((await store.alerts.given(reader, ids)).values()), None)
    ratings = [await store.ratings.get(reader, one) for one in sorted(ids)]
    return History(
        sent=sent,
        alert=alert,
        rating=next((one for one in ratings if one), None),
        claim=await _claim(store, reader, ids) if sent is None else None,
        zone=zone,
        beside=await _beside(store, reader, came) if sent is None and alert is None else 0,
    )


async def _beside(store: Store, reader: UserId, came: datetime) -> int:
    """How many alerts the reader has of the first run that queued any soon after ``came``."""
    queued = [one.queued for one in await store.alerts.of(reader) if not one.exploring]
    runs = [moment for moment in queued if came <= moment < came + _SOON]
    return runs.count(min(runs)) if runs else 0


async def _claim(store: Store, reader: UserId, ids: Collection[str]) -> DeliveryState | None:
    """How far the delivery is that is to bring one of these papers; None where there is none."""
    _, claims = await store.rounds.told(reader)
    held = next((claims[one] for one in sorted(ids) if one in claims), None)
    return await store.outbox.state(reader, held) if held else None
