"""Alerts: matches queued once per reader and paper, with the reason as it was when they were queued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.models import Alert, UserId
from bot.store import keys
from bot.store.connection import Connection, Script
from bot.store.fields import adding, named, nouns, removing
from bot.store.records import ALERT

#: Alerts written by one script: a few milliseconds for the server.
CHUNK = 500

_WAITING = Script("waiting_alerts")


class Alerts:
    """What readers were or will be told."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, shard: keys.Shard, alerts: Sequence[Alert]) -> int:
        """Queue alerts of this shard's readers; gives how many papers are new to their reader, the others stay as they were.

        Nothing is queued for whoever is forgotten, or never followed or chose anything. Raises ValueError for a reader
        of another shard.
        """
        if any(keys.shard_of(alert.reader) != shard for alert in alerts):
            raise ValueError(shard)
        return sum([await self._add(shard, alerts[start : start + CHUNK]) for start in range(0, len(alerts), CHUNK)])

    async def of(self, reader: UserId) -> list[Alert]:
        """The reader's alerts, newest first, the strongest of one run first."""
        key = keys.shard_of(reader).alerts(reader.user)
        found = await nouns(
            self._connection, key, ALERT, lambda alert: alert.paper_id if alert.reader == reader else None
        )
        return sorted(found, key=_age, reverse=True)

    async def ids(self, reader: UserId) -> set[str]:
        """Ids of all papers that the reader has or had alerts of, however many."""
        names = await self._connection.read("HKEYS", keys.shard_of(reader).alerts(reader.user)) or ()
        return {paper_id for raw in names if (paper_id := self._connection.skipped.text(raw))}

    async def waiting(self, reader: UserId) -> list[Alert]:
        """The reader's alerts whose papers were neither sent nor are claimed, in the order of ``of``.

        The server picks them, so a reader with thousands of old ones costs one short answer.
        """
        shard = keys.shard_of(reader)
        told = await self._connection.read(*_WAITING([shard.alerts(reader.user), shard.sent(reader.user)])) or ()
        found = (
            named(self._connection, field, raw, ALERT, lambda alert: alert.paper_id if alert.reader == reader else None)
            for field, raw in zip(told[::2], told[1::2], strict=True)
        )
        return sorted((alert for alert in found if alert), key=_age, reverse=True)

    async def given(self, reader: UserId, paper_ids: Iterable[str]) -> dict[str, Alert]:
        """The reader's alerts of these papers, by paper; those that there are none of are left out."""
        wanted = list(dict.fromkeys(paper_ids))
        if not wanted:
            return {}
        raws = await self._connection.read("HMGET", keys.shard_of(reader).alerts(reader.user), *wanted)
        found = (
            named(self._connection, paper_id.encode(), raw, ALERT, lambda alert: _paper(alert, reader))
            for paper_id, raw in zip(wanted, raws or [None] * len(wanted), strict=True)
        )
        return {alert.paper_id: alert for alert in found if alert is not None}

    async def remove(self, reader: UserId, paper_ids: Iterable[str]) -> int:
        """Drop the reader's alerts of these papers; gives how many there were."""
        shard, ids = keys.shard_of(reader), list(dict.fromkeys(paper_ids))
        return int(await self._connection.write(*removing(shard, shard.alerts(reader.user), ids))) if ids else 0

    async def _add(self, shard: keys.Shard, alerts: Sequence[Alert]) -> int:
        users = list(dict.fromkeys(alert.reader.user for alert in alerts))
        places = {user: place for place, user in enumerate(users, start=2)}
        fields = [(places[alert.reader.user], alert.paper_id, ALERT.dump(alert), alert.reader.user) for alert in alerts]
        return int(await self._connection.write(*adding(shard, [shard.alerts(user) for user in users], fields)))


def _paper(alert: Alert, reader: UserId) -> str | None:
    return alert.paper_id if alert.reader == reader else None


def _age(alert: Alert) -> tuple[datetime, float, str]:
    return alert.queued, alert.strength, alert.paper_id
