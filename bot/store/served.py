"""Which workspace a token of Slack's serves, as Slack said: a start while Slack is away goes on with that."""

from __future__ import annotations

import re
from hashlib import sha256

from bot.store import keys
from bot.store.connection import Connection
from bot.store.fields import pages

_ROW = re.compile(r"([!-~]{1,64}) ([!-~]{1,64})")


class ServedWorkspaces:
    """Workspace and bot user by a hash of the token; the token itself stands nowhere."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def remember(self, token: str, workspace: str, bot_user: str) -> None:
        """Slack says that this token is that of this workspace, whose tokens before it count no more. Raises StoreError."""
        name, row = _hash(token), f"{workspace} {bot_user}"
        if _ROW.fullmatch(row) is None:
            return
        await self._connection.write("HSET", keys.SERVED, name, row)
        await _forget(self._connection, workspace, but=name)

    async def of(self, token: str) -> tuple[str, str] | None:
        """The workspace and the bot user of this token; None where Slack never told. Raises StoreError."""
        text = self._connection.skipped.text(await self._connection.read("HGET", keys.SERVED, _hash(token)))
        if text is None:
            return None
        if (found := _ROW.fullmatch(text)) is None:
            self._connection.skipped.add()
            return None
        return found[1], found[2]


async def purge_served(connection: Connection, workspace: str) -> None:
    """No token is known to be that of this workspace any more."""
    await _forget(connection, workspace)


async def _forget(connection: Connection, workspace: str, but: str = "") -> None:
    beginning, kept = f"{workspace} ".encode(), but.encode()
    doomed = [
        name
        async for page in pages(connection, keys.SERVED)
        for name, row in page.items()
        if row.startswith(beginning) and name != kept
    ]
    if doomed:
        await connection.write("HDEL", keys.SERVED, *doomed)


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
