"""Subscriptions: how and when each reader is reached."""

from __future__ import annotations

from dataclasses import replace

from bot.models import Subscription, Suspension, UserId, Via
from bot.store import keys
from bot.store.connection import Command, Connection, Script
from bot.store.fields import named, nouns
from bot.store.records import SUBSCRIPTION

_REPLACE = Script("replace_rows")
_SUSPEND = Script("suspend_reader")
#: What the script says of a row that is not as it was read.
_CHANGED = 2


class Subscriptions:
    """What people and channels chose, and what keeps them from being reached."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, reader: UserId) -> Subscription:
        """The reader's; one of defaults for a reader who never chose."""
        shard = keys.shard_of(reader)
        raw = await self._connection.read("HGET", shard.subscriptions, reader.user)
        stored = named(self._connection, reader.user.encode(), raw, SUBSCRIPTION, lambda found: _user(found, shard))
        return stored or Subscription(reader)

    async def put(self, subscription: Subscription) -> None:
        """Store it over the one before; what a later Paperbot keeps there stays."""
        shard, user = keys.shard_of(subscription.reader), subscription.reader.user
        await self._connection.write("SADD", keys.SHARD_NAMES, str(shard))
        value = SUBSCRIPTION.dump_over(subscription, await self._connection.read("HGET", shard.subscriptions, user))
        commands: list[Command] = [("HSET", shard.subscriptions, user, value)]
        if subscription.trending:
            # Who follows nothing and wants to hear all the same is a reader, too.
            commands.append(("SADD", shard.readers, user))
        await self._connection.write_all(commands, at_once=True)

    async def suspend(self, reader: UserId, because: Suspension) -> bool:
        """Nothing can be sent to the reader; whatever else is changed meanwhile stays. False for who is no reader."""
        shard = keys.shard_of(reader)
        while True:
            old = await self._connection.read("HGET", shard.subscriptions, reader.user)
            found = SUBSCRIPTION.load(old, self._connection.skipped) or Subscription(reader)
            if found.suspended is because:
                return True
            new = SUBSCRIPTION.dump_over(replace(found, suspended=because), old)
            command = _SUSPEND([shard.subscriptions, shard.readers], reader.user, old or b"", new)
            told = int(await self._connection.write(*command))
            # Somebody may have changed it in between: then it is read again.
            if told != _CHANGED:
                return told == 1

    async def drop_address(self, reader: UserId, address: str) -> bool:
        """Nothing is sent to this e-mail address any more; a person without one hears in Slack. Whether it was there.

        Whatever else is changed meanwhile stays.
        """
        key = keys.shard_of(reader).subscriptions
        while True:
            old = await self._connection.read("HGET", key, reader.user)
            found = SUBSCRIPTION.load(old, self._connection.skipped)
            if found is None or address not in found.addresses:
                return False
            left = tuple(one for one in found.addresses if one != address)
            via = found.via if left or found.via is None else Via.SLACK
            new = SUBSCRIPTION.dump_over(replace(found, addresses=left, via=via), old)
            # Somebody may have changed it in between: then it is read again.
            if await self._connection.write(*_REPLACE([key], reader.user, old, new)):
                return True

    async def of_workspace(self, workspace: str) -> list[Subscription]:
        """Everyone's who has one, sorted by reader."""
        found = [
            subscription
            for shard in keys.shards_of(workspace)
            for subscription in await nouns(
                self._connection, shard.subscriptions, SUBSCRIPTION, lambda found, at=shard: _user(found, at)
            )
        ]
        return sorted(found, key=lambda subscription: subscription.reader)

    async def disown(self, reader: UserId) -> int:
        """Nobody owns what this reader owned; gives how many subscriptions that were."""
        owned = [found for found in await self.of_workspace(reader.workspace) if found.owner == reader.user]
        for subscription in owned:
            await self._disown(subscription.reader, reader.user)
        return len(owned)

    async def _disown(self, reader: UserId, owner: str) -> None:
        key = keys.shard_of(reader).subscriptions
        while True:
            old = await self._connection.read("HGET", key, reader.user)
            found = SUBSCRIPTION.load(old, self._connection.skipped)
            if found is None or found.owner != owner:
                return
            new = SUBSCRIPTION.dump_over(replace(found, owner=None), old)
            # Somebody may have changed it in between: then it is read again.
            if await self._connection.write(*_REPLACE([key], reader.user, old, new)):
                return


def _user(found: Subscription, shard: keys.Shard) -> str | None:
    return found.reader.user if found.reader.workspace == shard.workspace else None
