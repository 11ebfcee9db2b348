"""Everything in the store, key by key, for a backup; the bot may be at work meanwhile.

The order is what makes a backup of a store that is written to one that can be relied on. In it

1.  what says that something is still to be done (papers that nobody was matched with, acts, papers that are waited
    for), or was done up to here (vectors, a dump), comes before what it speaks of: what was done meanwhile is done
    again, which changes nothing, and nothing that was not done counts as done;
2.  then the records: papers, readers and all they have;
3.  then what leads to papers (aliases, the log of changes), with the papers that came meanwhile;
4.  then once more what is still to be done, of those papers too, and only after it the alerts: a paper of the backup
    waits to be matched with the readers in it, or they have the alerts that came of that; after all of them the
    counters: no number is given twice;
5.  last the outbox, and of each reader all of it at one moment: ledger, what was sent or is claimed, the day of the last
    digest, and what waits. So whatever a backup takes for waiting was not sent until that moment, and what it takes for
    sent is in no queue of it.

What is written between the beginning and the end of a backup may be in it or not. Left out are leases, receipts and the
signs of the queue: those are made anew from what waits.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from bot.models import Medium
from bot.progress import Report, silent
from bot.store import keys
from bot.store.connection import Command, Connection, Script
from bot.store.kept import OURS, Turn, named

#: Fields that are read at once: one may be a vector of some kilobytes.
_PAGE = 500
#: Keys that are asked for together.
_TOGETHER = 100
#: Papers that came meanwhile, looked for so often: each time there are fewer.
_LOOKS = 5
_READER = Script("backup_reader")
_LABEL = "Reading the store"

#: Names and values in turn of a hash, members and scores (as text) of a zset, members of a set, items of a list, or one
#: string.
Values: TypeAlias = Sequence[bytes]


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A key, or some of it: the parts of one key add up, a later one writes over an earlier one."""

    key: bytes
    #: hash, set, zset, string or list.
    type: str
    values: Values
    #: When it leaves, aware; None: it stays.
    ends: datetime | None = None


class Dumping:
    """Reads all keys of ours, on any kind of store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keys(self) -> list[bytes]:
        """Every key of ours, sorted."""
        return await self._connection.keys(OURS)

    async def parts(self, now: datetime, *, report: Report = silent) -> AsyncGenerator[StoredPart]:
        """All that a backup takes, in the order told above; ``now``, aware, is what lifetimes are counted from.

        Raises StoreError.
        """
        # One scan names what is read first: what comes into being later is of no use to it.
        names = await self.keys()
        done = 0

        async def some(turns: Iterable[Turn], among: Iterable[bytes]) -> AsyncGenerator[StoredPart]:
            nonlocal done
            wanted = [key for turn in turns for key in among if named(key).is_of(turn)]
            for start in range(0, len(wanted), _TOGETHER):
                group = wanted[start : start + _TOGETHER]
                async for part in self._of(group, now):
                    yield part
                done += len(group)
                report(_LABEL, min(done, len(names)), len(names) + 1)

        async for part in some([Turn.FIRST], names):
            yield part
        since = await self._change()
        names = await self.keys()
        # A profile stands before the vectors in the alphabet, so no interest that came meanwhile has words without a row.
        async for part in some([Turn.RECORDS, Turn.SIGNS], names):
            yield part
        async for part in self._papers_since(since, now):
            yield part
        # Whoever got a first alert, or did a first act, since the last scan has a key that it did not name.
        names = await self.keys()
        async for part in some([Turn.AGAIN, Turn.ALERTS, Turn.COUNTERS], names):
            yield part
        async for part in self._outbox(now, report):
            yield part
        report(_LABEL, 1, 1)

    async def _of(self, group: Sequence[bytes], now: datetime) -> AsyncGenerator[StoredPart]:
        asked: list[Command] = [(word, key) for key in group for word in ("TYPE", "PTTL")]
        told = await self._connection.read_all(asked)
        for key, kind, left in zip(group, told[::2], told[1::2], strict=True):
            ends = now + timedelta(milliseconds=left) if left is not None and left >= 0 else None
            word = kind.decode() if isinstance(kind, bytes) else str(kind)
            if read := _READ.get(word):
                async for values in read(self._connection, key):
                    yield StoredPart(key, word, values, ends)

    async def _change(self) -> int:
        return self._connection.skipped.number(await self._connection.read("GET", keys.CHANGE)) or 0

    async def _papers_since(self, since: int, now: datetime) -> AsyncGenerator[StoredPart]:
        """The papers that were stored or changed since, what leads to them, the log of it, and which are unmatched."""
        for _ in range(_LOOKS):
            reached = await self._change()
            if reached <= since:
                break
            raws: list[bytes] = await self._connection.read("ZRANGEBYSCORE", keys.CHANGES, f"({since}", "+inf") or []
            papers = [keys.paper("").encode() + raw for raw in raws]
            shared = [key.encode() for key in (keys.FORWARDS, keys.ALIASES, keys.CHANGES)]
            async for part in self._of([*shared, *papers], now):
                yield part
            since = reached
        async for part in self._of([keys.UNMATCHED.encode()], now):
            yield part

    async def _outbox(self, now: datetime, report: Report) -> AsyncGenerator[StoredPart]:
        """Each reader's deliveries, and at the end the dead of all."""
        names = [(key, told) for key in await self.keys() if (told := named(key)).turn is Turn.OUTBOX]
        dead = {key: await self._hash(key) for key, told in names if told.kind == b"dead"}
        readers = {(told.prefix, told.rest) for _, told in names if told.kind in {b"ledger", b"sent"}}
        for key, told in names:
            if told.kind == b"slots":
                readers.update((told.prefix, user) for user in await self._connection.read("HKEYS", key) or ())
        for place, (prefix, user) in enumerate(sorted(readers)):
            async for part in self._reader(prefix, user, dead, now):
                yield part
            report("Reading deliveries", place + 1, len(readers))
        for key, forms in dead.items():
            if forms:
                yield StoredPart(key, "hash", _flat(forms.items()))

    async def _reader(
        self, prefix: bytes, user: bytes, dead: dict[bytes, dict[bytes, bytes]], now: datetime
    ) -> AsyncGenerator[StoredPart]:
        ledger, sent, slots = prefix + b"ledger:" + user, prefix + b"sent:" + user, prefix + b"slots"
        ways = [prefix + kind + suffix for suffix in _WAYS for kind in (b"deliveries", b"dead")]
        script = _READER([key.decode() for key in (ledger, sent, slots, *ways)], user)
        answer, left = await self._connection.read_all([script, ("PTTL", ledger)])
        rows, papers, slot, *lists = answer
        # What the ledger tells of is as it says: it is dead, or it is not.
        for key in ways:
            for delivery_id in rows[::2] if key in dead else ():
                dead[key].pop(delivery_id, None)
        ends = now + timedelta(milliseconds=left) if left is not None and left >= 0 else None
        for key, values, until in ((ledger, rows, ends), (sent, papers, None)):
            for start in range(0, len(values), 2 * _PAGE):
                yield StoredPart(key, "hash", values[start : start + 2 * _PAGE], until)
        if slot:
            yield StoredPart(slots, "hash", (user, slot))
        for key, values in zip(ways, lists, strict=True):
            if named(key).kind == b"dead":
                dead.setdefault(key, {}).update(zip(values[::2], values[1::2], strict=True))
            elif values:
                yield StoredPart(key, "hash", values)

    async def _hash(self, key: bytes) -> dict[bytes, bytes]:
        return dict(await self._connection.read("HGETALL", key) or {})


_WAYS = [b"" if medium is Medium.SLACK else b":" + medium.value.encode() for medium in Medium]


def _flat(pairs: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    return [part for pair in pairs for part in pair]


async def _string(connection: Connection, key: bytes) -> AsyncGenerator[Values]:
    value: bytes | None = await connection.read("GET", key)
    if value is not None:
        yield [value]


async def _list(connection: Connection, key: bytes) -> AsyncGenerator[Values]:
    items: list[bytes] = await connection.read("LRANGE", key, 0, -1) or []
    if items:
        yield items


def _scanned(word: str, values: Callable[[Any], Values]) -> Callable[[Connection, bytes], AsyncGenerator[Values]]:
    async def read(connection: Connection, key: bytes) -> AsyncGenerator[Values]:
        cursor: int | None = None
        while cursor != 0:
            answer = await connection.read(word, key, cursor or 0, "COUNT", _PAGE)
            cursor, page = (int(answer[0]), answer[1]) if answer else (0, ())
            # One that is small comes as a whole, whatever was asked for.
            flat = values(page)
            for start in range(0, len(flat), 2 * _PAGE):
                yield flat[start : start + 2 * _PAGE]

    return read


def _scores(page: Iterable[tuple[bytes, float]]) -> list[bytes]:
    return [part for member, score in page for part in (member, repr(score).encode())]


_READ: dict[str, Callable[[Connection, bytes], AsyncGenerator[Values]]] = {
    "string": _string,
    "list": _list,
    "hash": _scanned("HSCAN", lambda page: _flat(dict(page).items())),
    "set": _scanned("SSCAN", list),
    "zset": _scanned("ZSCAN", _scores),
}
