"""What the store keeps of a message that Slack has: where it is, what was on it, and what follows in its thread."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.deliver.choosing import MATCHED, Chosen
from bot.errors import StoreError, StoreFull, StoreUnreachable
from bot.interests import is_channel
from bot.models import Delivery, DeliveryKind, Ending, Medium, Pending, Place, Sent, SlotEnd
from bot.store import Entry, Store

log = logging.getLogger(__name__)

#: Seconds between two attempts to write down what was posted, while the store is full or away.
FULL_SECONDS = 2.0
AWAY_SECONDS = 0.5
#: Another failure than these is a mistake: after so many attempts the entry is left to whoever looks it up.
_MOST_ATTEMPTS = 10
#: A day so far ahead was taken by a clock that was wrong.
_AHEAD = timedelta(days=7)
_PART = re.compile(r"(.*)\+(\d{1,6})", re.DOTALL)
#: Kinds whose cards count as sent.
_TELLING = MATCHED | {DeliveryKind.BROUGHT}


@dataclass(frozen=True, slots=True)
class Record:
    """What is to be written down of one message."""

    place: Place
    sent: tuple[Sent, ...]
    #: Ids of the papers with cards on it, as they are on it.
    shown: tuple[str, ...]
    follow: Delivery | None


def record_of(chosen: Chosen, place: Place, shown: Sequence[str], now: datetime) -> Record:
    """What a message at ``place`` means that has these papers' cards; the others go on in its thread.

    ``now`` is aware, UTC.
    """
    delivery = chosen.delivery
    if delivery.kind not in _TELLING or delivery.copy_of:
        return Record(place, (), tuple(shown), None)
    told = [chosen.claimed_as(paper_id) for paper_id in shown]
    # Of two that were joined meanwhile there is one card.
    told += [paper_id for paper_id, paper in chosen.papers.items() if paper.id in shown and paper_id not in told]
    if delivery.kind in MATCHED and not chosen.papers.keys() & set(told):
        # Its cards cannot be told apart, so what goes on in its thread would be all of it again, for ever.
        told = list(chosen.papers)
    sent = tuple(Sent(paper_id, now, place.channel, place.ts) for paper_id in told)
    rest = tuple(paper_id for paper_id in chosen.papers if paper_id not in told)
    follow = None
    if rest and delivery.kind in MATCHED and delivery.medium is Medium.SLACK:
        head = delivery.parent.ts if delivery.parent else place.ts
        parent = Place(place.channel, head)
        follow = Delivery(_next(delivery.id), delivery.reader, DeliveryKind.THREAD, now, rest, parent=parent)
    return Record(place, sent, tuple(shown), follow)


def letter_rows(delivery: Delivery, key: str, now: datetime) -> tuple[Sent, ...]:
    """What counts as told of a delivery that left as the letter ``key``, or of which a copy did; of a copy nothing does."""
    if delivery.kind not in _TELLING or delivery.copy_of:
        return ()
    return tuple(Sent(paper_id, now, Medium.EMAIL, key) for paper_id in delivery.told_ids)


async def write_down(store: Store, entry: Entry, record: Record, on_full: Callable[[], None]) -> bool:
    """Confirm what was posted, however long the store is full or away; False if the reader was forgotten meanwhile.

    Slack has the message, so it must be known here: until it is, this process keeps it in memory. If it ends before, an
    entry that was begun is left, and whoever takes it up asks Slack. ``on_full`` is called each time the store takes
    nothing. Raises StoreError for a store that refuses for another reason again and again.
    """
    outbox, attempts, delivery = store.outbox, 0, entry.delivery
    while True:
        try:
            if delivery and delivery.left_out and not delivery.copy_of:
                # First: once it is written down, they may be claimed again.
                await store.alerts.remove(delivery.reader, delivery.left_out)
            return await outbox.confirm(entry, record.place, record.sent, record.follow)
        except StoreError as failure:
            attempts += 1
            if attempts == 1:
                log.warning("a message was sent and is not written down yet: %s", failure.cause)
            if isinstance(failure, StoreFull):
                on_full()
            elif not isinstance(failure, StoreUnreachable) and attempts >= _MOST_ATTEMPTS:
                raise
            await asyncio.sleep(FULL_SECONDS if isinstance(failure, StoreFull) else AWAY_SECONDS)


async def remember(store: Store, delivery: Delivery, place: Place, shown: Sequence[str]) -> None:
    """Which papers the message shows, so that a reaction finds them: in Slack. Raises StoreError."""
    if place.ts and shown and delivery.medium is Medium.SLACK:
        reader = delivery.reader
        person = None if is_channel(reader) else reader
        await store.messages.remember(
            reader.workspace, place.channel, place.ts, shown, reader=person, delivery_id=delivery.id
        )


async def close_day(store: Store, delivery: Delivery, papers: int, now: datetime) -> None:
    """What is true now that Slack has the message: code was told of, and the day of a digest ended with these papers.

    A copy ends nothing. ``now`` is aware, UTC. Raises StoreError.
    """
    if delivery.copy_of:
        return
    await store.saved.note_code(delivery.reader, delivery.with_code)
    if delivery.end:
        await _tell_end(store, replace(delivery.end, papers=papers, at=now))


async def fail_day(store: Store, delivery: Delivery, now: datetime) -> None:
    """The day of a digest that is tried no more ended without it. ``now`` is aware, UTC. Raises StoreError."""
    if delivery.end:
        await _tell_end(store, replace(delivery.end, ending=Ending.FAILED, at=now))


async def _tell_end(store: Store, end: SlotEnd) -> None:
    known = await store.ends.of(end.reader)
    # A later day may have ended meanwhile; one that is far ahead was told by a clock that was wrong.
    is_over = known is not None and timedelta(0) < known.day - end.day < _AHEAD
    is_known = known is not None and known.day == end.day and known.ending is end.ending
    if not is_over and not is_known:
        await store.ends.tell(end)


async def remember_again(store: Store, delivery: Delivery, place: Place) -> None:
    """As ``remember``, for a message that was written down by a process that ended then. Raises StoreError."""
    if delivery.medium is not Medium.SLACK:
        return
    rows = await store.sent.of(delivery.reader)
    ids = [row.paper_id for row in rows if (row.channel, row.message) == (place.channel, place.ts)]
    now = await store.papers.current_ids(ids)
    await remember(store, delivery, place, list(dict.fromkeys(now[paper_id] for paper_id in reversed(ids))))


async def await_again(store: Store, delivery: Delivery) -> None:
    """What was asked for and is not sent now is waited for again. Raises StoreError."""
    reader, arxiv_id = delivery.reader, delivery.id.rpartition(":")[2]
    if delivery.kind is not DeliveryKind.BROUGHT:
        return
    await store.pending.add(Pending(reader, arxiv_id, follow=bool(delivery.notes), asked=delivery.queued))
    if await store.outbox.state(reader, delivery.id) is None:
        # The reader was forgotten meanwhile.
        await store.pending.remove(reader, arxiv_id)


def _next(delivery_id: str) -> str:
    """``<id>+1`` follows ``<id>``, ``<id>+2`` that."""
    part = _PART.fullmatch(delivery_id)
    return f"{part[1]}+{int(part[2]) + 1}" if part else f"{delivery_id}+1"
