"""Alerts: matches queued once per reader and paper, with the reason as it was when they were queued."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from bot.models import Alert, UserId
from bot.store import keys
from bot.store.connection import Connection, Script
from bot.store.records import ALERT

#: Alerts written by one script: a few milliseconds for the server.
CHUNK = 500

_ADD = Script("add_alerts")


class Alerts:
    """What readers were or will be told."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def add(self, shard: keys.Shard, alerts: Sequence[Alert]) -> int:
        """Queue alerts of this shard's readers; gives how many papers are new to their reader, the others stay as they were.

        Raises ValueError for a reader of another shard.
        """
        if any(keys.shard_of(alert.reader) != shard for alert in alerts):
            raise ValueError(shard)
        return sum([await self._add(shard, alerts[start : start + CHUNK]) for start in range(0, len(alerts), CHUNK)])

    async def of(self, reader: UserId) -> list[Alert]:
        """The reader's alerts, newest first, the strongest of one run first."""
        key = keys.shard_of(reader).alerts(reader.user)
        stored: dict[bytes, bytes] = await self._connection.read("HGETALL", key) or {}
        found: list[Alert] = []
        for paper_id, raw in stored.items():
            alert = ALERT.load(raw, self._skipped)
            if alert is not None and alert.reader == reader and alert.paper_id.encode() == paper_id:
                found.append(alert)
            elif alert is not None:
                self._skipped.add()
        return sorted(found, key=lambda alert: (alert.queued, alert.strength, alert.paper_id), reverse=True)

    async def _add(self, shard: keys.Shard, alerts: Sequence[Alert]) -> int:
        places = {
            user: place for place, user in enumerate(dict.fromkeys(alert.reader.user for alert in alerts), start=2)
        }
        arguments = [
            part for alert in alerts for part in (places[alert.reader.user], alert.paper_id, ALERT.dump(alert))
        ]
        script_keys = [shard.receipt(uuid4().hex), *(shard.alerts(user) for user in places)]
        return int(await self._connection.write(*_ADD(script_keys, keys.RECEIPT_SECONDS, *arguments)))
