"""What Slack says of users and conversations, remembered for a while so that it is not asked at every click."""

from __future__ import annotations

from bot.models import Channel, Person, UserId
from bot.store import keys
from bot.store.connection import Connection
from bot.store.records import CHANNEL, PERSON


class People:
    """Users, for 7 days."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, workspace: str, user: str) -> Person | None:
        """What was said last; None if that is too long ago."""
        reader = UserId(workspace, user)
        raw = await self._connection.read("GET", keys.shard_of(reader).person(user))
        person = PERSON.load(raw, self._connection.skipped)
        if person is None or person.reader == reader:
            return person
        self._connection.skipped.add()
        return None

    async def put(self, person: Person) -> None:
        """Remember what Slack said now."""
        key = keys.shard_of(person.reader).person(person.reader.user)
        await self._connection.write("SET", key, PERSON.dump(person), "EX", keys.PERSON_SECONDS)

    async def forget(self, workspace: str, user: str) -> None:
        """Remember nothing of a user."""
        await self._connection.write("UNLINK", keys.shard_of(UserId(workspace, user)).person(user))


class Channels:
    """Conversations, for a day."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, workspace: str, channel: str) -> Channel | None:
        """What was said last; None if that is too long ago."""
        raw = await self._connection.read("GET", keys.shard_of(UserId(workspace, channel)).channel(channel))
        found = CHANNEL.load(raw, self._connection.skipped)
        if found is None or found.id == channel:
            return found
        self._connection.skipped.add()
        return None

    async def put(self, channel: Channel, workspace: str) -> None:
        """Remember what Slack said now."""
        key = keys.shard_of(UserId(workspace, channel.id)).channel(channel.id)
        await self._connection.write("SET", key, CHANNEL.dump(channel), "EX", keys.CHANNEL_SECONDS)

    async def forget(self, workspace: str, channel: str) -> None:
        """Remember nothing of a conversation."""
        await self._connection.write("UNLINK", keys.shard_of(UserId(workspace, channel)).channel(channel))
