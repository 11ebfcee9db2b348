"""Addresses of ours that readers have: told by their reader, opened by their token, of which a hash stands here.

The row beside the reader says what is; the row under the token's hash only where to look. So an address is taken back
the moment the reader's row goes, and what is left of it opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest

from bot.models import Link, LinkPurpose, UserId
from bot.store import keys
from bot.store.connection import Connection
from bot.store.fields import named, nouns, pages
from bot.store.records import LINK, is_token

#: Rows that are deleted at once.
_TOGETHER = 500


class Links:
    """Addresses by reader, purpose and what they are about; and by token."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def keep(self, link: Link) -> Link:
        """The address that there is for the same reader, purpose and matter; without one this one is kept, and given."""
        shard, field = keys.shard_of(link.reader), _field(link)
        await self._connection.write("HSETNX", shard.links, field, LINK.dump(link))
        if (there := await self.get(link.reader, link.purpose, link.about)) is None:
            # What stood there cannot be read.
            await self._connection.write("HSET", shard.links, field, LINK.dump(link))
            there = link
        await self._point(there)
        return there

    async def put(self, link: Link) -> None:
        """Store it in place of the one before, which opens nothing any more."""
        before = await self.get(link.reader, link.purpose, link.about)
        await self._connection.write("HSET", keys.shard_of(link.reader).links, _field(link), LINK.dump(link))
        await self._point(link)
        if before is not None and before.token != link.token:
            await self._connection.write("HDEL", keys.LINKS, _hash(before.token))

    async def get(self, reader: UserId, purpose: LinkPurpose, about: str = "") -> Link | None:
        """The address, None if there is none."""
        shard, field = keys.shard_of(reader), f"{reader.user}\0{purpose}\0{about}"
        raw = await self._connection.read("HGET", shard.links, field)
        return named(self._connection, field.encode("utf-8", "replace"), raw, LINK, lambda link: _own(link, shard))

    async def of(self, reader: UserId) -> list[Link]:
        """All of the reader's, by purpose and matter."""
        shard = keys.shard_of(reader)
        found = await nouns(self._connection, shard.links, LINK, lambda link: _own(link, shard))
        return sorted((link for link in found if link.reader == reader), key=lambda link: (link.purpose, link.about))

    async def opened(self, token: str) -> Link | None:
        """The address with this token; None if it was never given, or was taken back."""
        if not is_token(token):
            return None
        where = LINK.load(await self._connection.read("HGET", keys.LINKS, _hash(token)), self._skipped)
        if where is None:
            return None
        link = await self.get(where.reader, where.purpose, where.about)
        return link if link is not None and compare_digest(link.token, token) else None

    async def remove(self, reader: UserId, purpose: LinkPurpose, about: str = "") -> bool:
        """Take the address back; whether there was one."""
        link = await self.get(reader, purpose, about)
        await self._connection.write("HDEL", keys.shard_of(reader).links, f"{reader.user}\0{purpose}\0{about}")
        if link is not None:
            await self._connection.write("HDEL", keys.LINKS, _hash(link.token))
        return link is not None

    async def _point(self, link: Link) -> None:
        """Let the token lead to the reader's row, unless that was taken away meanwhile."""
        name = _hash(link.token)
        await self._connection.write("HSET", keys.LINKS, name, LINK.dump(replace(link, token="")))
        if await self.get(link.reader, link.purpose, link.about) != link:
            await self._connection.write("HDEL", keys.LINKS, name)


async def forget_links(connection: Connection, reader: UserId) -> int:
    """Delete the reader's addresses; gives how many fields that were."""
    shard = keys.shard_of(reader)
    own = await connection.fields(shard.links, f"{reader.user}\0")
    gone = sum(await connection.write_all([("HDEL", shard.links, name) for name in own]))
    return gone + await _unpoint(connection, lambda link: link.reader == reader)


async def purge_links(connection: Connection, workspace: str) -> None:
    """Delete what leads to addresses of a workspace, whose own keys are gone."""
    await _unpoint(connection, lambda link: link.reader.workspace == workspace)


async def _unpoint(connection: Connection, is_theirs: Callable[[Link], bool]) -> int:
    """It looks at every address there is, also at what a broken off change left behind: it is for rare occasions."""
    doomed = [
        name
        async for page in pages(connection, keys.LINKS)
        for name, raw in page.items()
        if (link := LINK.load(raw, connection.skipped)) is not None and is_theirs(link)
    ]
    gone = 0
    for at in range(0, len(doomed), _TOGETHER):
        gone += int(await connection.write("HDEL", keys.LINKS, *doomed[at : at + _TOGETHER]))
    return gone


def _field(link: Link) -> str:
    return f"{link.reader.user}\0{link.purpose}\0{link.about}"


def _own(link: Link, shard: keys.Shard) -> str | None:
    return _field(link) if link.reader.workspace == shard.workspace and link.token else None


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
