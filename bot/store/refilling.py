"""A store made from the parts of a backup.

Nobody opens it while it is asked who works on it, which ends by itself. It is marked before anything is changed and as
long as not everything is written: one that was left in the middle is begun anew. Every command may be sent twice.

What the backup has as waiting is sent by the new store, but asked after first: it may have been sent since the backup
was made, or while it was. A delivery that can be found in Slack is not sent again; where nobody can look, it is sent,
but for letters to a list, which are held for the host as those of a running bot are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from bot.errors import BackupDamaged
from bot.models import Medium
from bot.progress import Report, silent
from bot.store import keys, schema
from bot.store.connection import Command, Connection
from bot.store.dumping import StoredPart
from bot.store.kept import OURS, Turn, is_trivial, named

#: Keys that are removed together.
_TOGETHER = 500
#: What the connections of any Paperbot are called begins so.
_OURS = "paperbot"
#: How long a stored number is at most: what is longer is of no clock.
_DIGITS = 15
#: A row of the ledger, see ``outbox_rows``.
_ROW = re.compile(rb"([a-z]+) (\d{1,6}) (\d{1,15}) (\d{1,15}) ([0-9a-f]+ [0-9a-f]+) ([-ra]) (.+)", re.DOTALL)
#: The id of a copy to an address: that of what it is a copy of, and what stands for the address.
_COPY = re.compile(rb".+@[0-9a-f]{12}", re.DOTALL)
#: The mark of what was handed over twice already.
_TWICE = b"a"
_WAITS = frozenset({b"queued", b"claimed", b"ambiguous", b"sending", b"looking"})
_WAYS = {b"": "", **{medium.value.encode(): f":{medium.value}" for medium in Medium if medium is not Medium.SLACK}}


def connection_name() -> str:
    """What the connections of one restore are called, so that it knows them from all others."""
    return f"{_OURS}-restore-{uuid4().hex[:12]}"


class Refilling:
    """Empties a store that nobody else works on, and fills it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def holds(self) -> int:
        """How many keys it has that say more than that it was opened once."""
        return sum(not is_trivial(key) for key in await self._connection.keys(OURS))

    async def is_unfinished(self) -> bool:
        """Whether an earlier restore into it was begun and not finished."""
        return await schema.is_restoring(self._connection)

    async def others(self) -> int | None:
        """How many connections other Paperbots have to the server; None where it does not say."""
        names = await self._connection.clients()
        own = self._connection.address.client
        return None if names is None else sum(name.startswith(_OURS) and name != own for name in names)

    async def ask(self) -> bool:
        """Nobody opens the store for a minute or until ``leave``; False where another restore has it."""
        return await schema.ask_restore(self._connection, self._connection.address.client)

    async def leave(self) -> None:
        """Who works on the store is known: others may open it, unless ``begin`` marked it."""
        await schema.end_asking(self._connection, self._connection.address.client)

    async def begin(self) -> None:
        """Nobody opens the store from now on until ``finish``. Raises StoreInUse unless ``ask`` was just now."""
        await schema.mark_restoring(self._connection, self._connection.address.client)

    async def empty(self, *, report: Report = silent) -> None:
        """Remove every key of ours but the mark that nobody may open the store."""
        doomed = [key for key in await self._connection.keys(OURS) if key != keys.SCHEMA.encode()]
        for start in range(0, len(doomed), _TOGETHER):
            report("Emptying the store", start, len(doomed))
            await self._connection.write_all([("UNLINK", key) for key in doomed[start : start + _TOGETHER]])
        report("Emptying the store", len(doomed), len(doomed))

    async def put(self, part: StoredPart, now: datetime) -> bool:
        """Write a part; False for one whose time is over. ``now``: aware. Raises BackupDamaged for what no backup has."""
        told = named(part.key)
        if told.turn is Turn.NEVER:
            raise BackupDamaged(f"The backup names a key that none of ours is: {part.key[:80]!r}.")
        left = None if part.ends is None else part.ends - now
        if left is not None and left < timedelta(milliseconds=1):
            return False
        if told.kind == b"ledger" and part.type == "hash":
            part = StoredPart(part.key, part.type, _asked_first(part.values), part.ends)
        commands = list(_writing(part))
        if told.kind == b"deliveries" and part.type == "hash" and told.rest in _WAYS:
            commands.append(_sign(told.prefix, _WAYS[told.rest], part.values))
        if left is not None:
            commands.append(("PEXPIRE", part.key, round(left / timedelta(milliseconds=1))))
        await self._connection.write_all(commands, at_once=True)
        return True

    async def finish(self, version: int) -> None:
        """Everything is written, in the form of this version: it is brought up to date, and open again."""
        await schema.finish_restore(self._connection, version)
        await schema.bring_up_to_date(self._connection)


def _writing(part: StoredPart) -> Sequence[Command]:
    values, key = part.values, part.key
    if not values or (part.type in {"hash", "zset"} and len(values) % 2):
        raise BackupDamaged(f"The backup has a key without its values: {key[:80]!r}.")
    match part.type:
        case "string":
            return [("SET", key, values[0])]
        case "hash":
            return [("HSET", key, *values)]
        case "set":
            return [("SADD", key, *values)]
        case "zset":
            return [("ZADD", key, *(part for at in range(0, len(values), 2) for part in (values[at + 1], values[at])))]
        case "list":
            # As a whole, for what is pushed twice is there twice.
            return [("UNLINK", key), ("RPUSH", key, *values)]
        case _:
            raise BackupDamaged(f"The backup has a key of a kind that nobody knows: {part.type[:20]}.")


def _sign(prefix: bytes, way: str, values: Sequence[bytes]) -> Command:
    """What queues these deliveries at the next look, the one that waited longest first."""
    key = prefix + f"parked{way}".encode()
    moments = [raw.partition(b" ")[0] for raw in values[1::2]]
    numbers = [int(raw) if raw.isdigit() and len(raw) <= _DIGITS else 0 for raw in moments]
    return ("ZADD", key, *(part for pair in zip(numbers, values[::2], strict=True) for part in pair))


def _asked_first(rows: Sequence[bytes]) -> list[bytes]:
    """A reader's ledger in which what waits is looked up before it is sent, and sent where nobody can look.

    A copy, which goes by e-mail, is treated as a running bot treats it: a list's is held.
    """
    found = list(rows)
    for at in range(1, len(found), 2):
        row = _ROW.fullmatch(found[at])
        if row and row[1] in _WAITS:
            _, tries, since, moment, names, mark, rest = row.groups()
            # "0": whoever had begun it is gone, so nobody is waited for.
            first = since if int(since) else moment
            if mark != _TWICE:
                mark = b"-" if _COPY.fullmatch(found[at - 1]) else b"r"
            found[at] = b" ".join((b"ambiguous", tries, first, b"0", names, mark, rest))
    return found
