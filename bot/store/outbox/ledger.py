"""How far each delivery is, as its reader's ledger says; read from outside the scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.models import Delivery, DeliveryState, Medium, Place, UserId
from bot.store import keys
from bot.store.connection import Connection
from bot.store.outbox.scripts import OutboxScript
from bot.store.records import DELIVERY

_ROW = re.compile(rb"([a-z]+) \d{1,6} (?:\d{1,15}) (\d{1,14}) ([0-9a-f]+) [0-9a-f]+ [-ra] \S+ (\S+) (.+)", re.DOTALL)
#: What the scripts tell apart beyond the states.
_STATES = {"looking": DeliveryState.AMBIGUOUS, "claimed": DeliveryState.SENDING}
#: Deliveries that are looked at in one go.
_PAGE = 1_000

_FORGET = OutboxScript("forget")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One delivery as the ledger knows it."""

    delivery_id: str
    state: DeliveryState
    #: Aware, UTC, by the server's clock: when the state began, or the attempt of which it speaks.
    at: datetime
    #: What the queue calls the delivery.
    ticket: str
    #: Where it was sent.
    place: Place | None


async def ledger(connection: Connection, reader: UserId) -> list[LedgerRow]:
    """All rows of a reader, oldest first."""
    key = keys.shard_of(reader).ledger(reader.user)
    told: Mapping[bytes, bytes] = await connection.read("HGETALL", key) or {}
    rows = (_row(connection, field, raw) for field, raw in told.items())
    return sorted((row for row in rows if row), key=lambda row: (row.at, row.delivery_id))


async def state(connection: Connection, reader: UserId, delivery_id: str) -> DeliveryState | None:
    """How far a delivery is; None if nobody knows of it, or no more."""
    raw = await connection.read("HGET", keys.shard_of(reader).ledger(reader.user), delivery_id)
    row = _row(connection, delivery_id.encode(), raw) if raw is not None else None
    return row.state if row else None


async def waiting(connection: Connection, reader: UserId, rows: Iterable[LedgerRow]) -> list[Delivery]:
    """What these rows of a reader still have in the outbox."""
    tickets = [row.ticket for row in rows]
    if not tickets:
        return []
    asked = [("HMGET", keys.shard_of(reader).by(medium).deliveries, *tickets) for medium in Medium]
    raws = [raw for answer in await connection.read_all(asked) for raw in answer or ()]
    found = (DELIVERY.load(raw.partition(b" ")[2], connection.skipped) for raw in raws if raw is not None)
    return [delivery for delivery in found if delivery is not None and delivery.reader == reader]


async def forget_deliveries(connection: Connection, reader: UserId) -> int:
    """Remove what waits for somebody who is no reader any more, and what became of the rest; gives how many keys and fields.

    The stream names tickets alone: those that are left in it stand for nothing then.
    """
    home = keys.shard_of(reader)
    ways = [home.by(medium) for medium in Medium]
    beside = [key for way in ways if way != home for key in (way.deliveries, way.parked, way.dead)]
    gone = int(await connection.write(*_FORGET.told(home, reader.user, "", "0", beside=beside)))
    # What the ledger does not know of, or no more.
    for way in ways:
        if tickets := await _about(connection, way.deliveries, reader):
            gone += await connection.write("HDEL", way.deliveries, *tickets)
            await connection.write("ZREM", way.parked, *tickets)
        if names := await _about(connection, way.dead, reader):
            gone += await connection.write("HDEL", way.dead, *names)
    return gone


async def _about(connection: Connection, key: str, reader: UserId) -> list[bytes]:
    """The fields of a hash whose values have the reader's name in the place of a reader's name, readable or not."""
    # A quotation mark within a text has a backslash before it, so this stands in no text.
    names = {f'"user":{json.dumps(reader.user, ensure_ascii=is_ascii)}'.encode() for is_ascii in (True, False)}
    found: list[bytes] = []
    cursor: int | None = None
    while cursor != 0:
        answer = await connection.read("HSCAN", key, cursor or 0, "COUNT", _PAGE)
        cursor = answer[0] if answer else 0
        page: Mapping[bytes, bytes] = answer[1] if answer else {}
        found += [field for field, raw in page.items() if any(name in raw for name in names)]
    return list(dict.fromkeys(found))


def _row(connection: Connection, field: bytes, raw: bytes) -> LedgerRow | None:
    delivery_id = connection.skipped.text(field)
    if delivery_id is None:
        return None
    if parts := _ROW.fullmatch(raw):
        word, at, ticket, ts, channel = (part.decode("utf-8", "replace") for part in parts.groups())
        try:
            known = _STATES.get(word) or DeliveryState(word)
            moment = datetime.fromtimestamp(int(at) / 1_000, UTC)
        except (ValueError, OverflowError, OSError):
            pass
        else:
            place = Place(channel, ts) if known is DeliveryState.SENT and ts != "-" else None
            return LedgerRow(delivery_id, known, moment, ticket, place)
    connection.skipped.add()
    return None
