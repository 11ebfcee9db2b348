"""What became of a paper for a reader, as the store has it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.interests import is_channel
from bot.models import DeliveryState, Paper, UserId
from bot.recommend.explaining import History, Shown
from bot.store import Store

#: A paper is matched by the first run after it was stored, within this time.
_SOON = timedelta(days=1)


async def history_of(store: Store, reader: UserId, paper: Paper, ids: Collection[str], zone: ZoneInfo) -> History:
    """Of a paper that has or had these ids, for a reader whose clock is that of ``zone``. Raises StoreError."""
    came = paper.first_seen
    sent = next(iter((await store.sent.given(reader, ids)).values()), None)
    alert = next(iter((await store.alerts.given(reader, ids)).values()), None)
    ratings = [await store.ratings.get(reader, one) for one in sorted(ids)]
    brought = f"brought:{reader.user}:{paper.arxiv_id}"
    return History(
        sent=sent,
        alert=alert,
        rating=next((one for one in ratings if one), None),
        claim=await _claim(store, reader, ids) if sent is None else None,
        zone=zone,
        beside=await _beside(store, reader, came) if sent is None and alert is None else 0,
        was_asked_for=bool(
            sent and not alert and paper.arxiv_id and await store.outbox.state(reader, brought) is DeliveryState.SENT
        ),
    )


async def shown_elsewhere(store: Store, reader: UserId, ids: Collection[str]) -> Shown | None:
    """Where the paper of these ids stood in a channel that the reader is in, or may be in; None for nowhere.

    Who is in a channel is known for a day after it mattered. Raises StoreError.
    """
    found: list[Shown] = []
    async for page in store.rounds.pages(reader.workspace):
        for channel in (row.reader for row in page if is_channel(row.reader)):
            if not (sent := list((await store.sent.given(channel, ids)).values())):
                continue
            members = await store.members.of(channel.workspace, channel.user)
            if members is None:
                found.append(Shown("", sent[0].at, None))
            elif reader.user in members:
                known = await store.channels.get(channel.workspace, channel.user)
                found.append(Shown(known.name if known else "", sent[0].at, is_member=True))
    return min(found, key=lambda one: (not one.is_member, one.at), default=None)


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
