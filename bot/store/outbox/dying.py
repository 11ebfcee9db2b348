"""Deliveries that are tried no more until the host says so."""

from __future__ import annotations

from uuid import uuid4

from bot.models import DeadDelivery, DeliveryKind, Medium
from bot.store import keys
from bot.store.fields import named, nouns
from bot.store.outbox.queueing import Queueing, queues_of
from bot.store.outbox.scripts import OutboxScript
from bot.store.records import DEAD, DELIVERY

_REPLAY = OutboxScript("replay")
_DROP = OutboxScript("drop")


class Dying(Queueing):
    """The dead, for whoever hosts the bot."""

    async def dead(self, workspace: str) -> list[DeadDelivery]:
        """What is tried no more, oldest first."""
        found = [
            dead
            for shard in queues_of(workspace)
            for dead in await nouns(self._connection, shard.dead, DEAD, lambda dead, at=shard: _name(dead, at))
        ]
        return sorted(found, key=lambda dead: (dead.at, dead.delivery.id))

    async def replay(self, workspace: str, delivery_id: str) -> bool:
        """Queue a dead delivery again, with all its tries; whether it was dead.

        Where it may have been sent, that is looked up first. What could not be read cannot be sent: False.
        """
        for shard in queues_of(workspace):
            dead = await self._dead(shard, delivery_id)
            if dead is None or dead.delivery == _unreadable(dead):
                continue
            user, queued = dead.delivery.reader.user, max(1, round(dead.delivery.queued.timestamp() * 1_000))
            ticket, form = uuid4().hex[:16], DELIVERY.dump(dead.delivery)
            command = _REPLAY.told(shard, user, delivery_id, ticket, form, queued)
            if await self._connection.write(*command) == 1:
                return True
        return False

    async def drop(self, workspace: str, delivery_id: str) -> bool:
        """Let go of a dead delivery; whether it was dead.

        Its papers stay claimed and its id stays known, so that it is not sent by another way either.
        """
        for shard in queues_of(workspace):
            if dead := await self._dead(shard, delivery_id):
                command = _DROP.told(shard, dead.delivery.reader.user, delivery_id, "0", attempt=uuid4().hex[:16])
                if await self._connection.write(*command) == 1:
                    return True
        return False

    async def _dead(self, shard: keys.Shard, delivery_id: str) -> DeadDelivery | None:
        raw = await self._connection.read("HGET", shard.dead, delivery_id)
        return named(self._connection, delivery_id.encode(), raw, DEAD, lambda dead: _name(dead, shard))


def _name(dead: DeadDelivery, shard: keys.Shard) -> str | None:
    """Its id; None for what has no place there. What could not be read may stand in any queue."""
    return dead.delivery.id if keys.shard_of(dead.delivery.reader) == shard.by(Medium.SLACK) else None


def _unreadable(dead: DeadDelivery) -> object:
    return type(dead.delivery)(dead.delivery.id, dead.delivery.reader, DeliveryKind.NOTE, dead.at)
