"""Who is in which channel, as Slack said within the last day."""

from __future__ import annotations

from collections.abc import Iterable

from bot.models import UserId
from bot.store import keys
from bot.store.connection import Command, Connection

#: Users in one command.
_TOGETHER = 1_000


class Members:
    """People of channels."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of(self, workspace: str, channel: str) -> set[str] | None:
        """The users in a channel; None: Slack has to be asked. Raises StoreError."""
        found = await self._connection.read("SMEMBERS", _key(workspace, channel))
        if not found:
            return None
        return {user for user in map(self._connection.skipped.text, found) if user}

    async def put(self, workspace: str, channel: str, users: Iterable[str]) -> None:
        """Remember for a day what Slack said now. Raises StoreError."""
        key = _key(workspace, channel)
        names = sorted(set(users))
        commands: list[Command] = [("DEL", key)]
        commands += [("SADD", key, *names[start : start + _TOGETHER]) for start in range(0, len(names), _TOGETHER)]
        commands.append(("EXPIRE", key, keys.MEMBERS_SECONDS))
        await self._connection.write_all(commands, at_once=True)

    async def forget(self, workspace: str, channel: str) -> None:
        """Ask Slack again: somebody came or left. Raises StoreError."""
        await self._connection.write("UNLINK", _key(workspace, channel))


def _key(workspace: str, channel: str) -> str:
    return keys.shard_of(UserId(workspace, channel)).members(channel)
