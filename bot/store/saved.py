"""Reading lists, and how many readers of a workspace saved a paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.models import Save, UserId
from bot.store import keys
from bot.store.connection import Command, Connection, Script
from bot.store.fields import adding, named, nouns, removing
from bot.store.records import SAVE

_REPLACE = Script("replace_rows")


class SavedPapers:
    """What readers keep to read. A paper's savers are those who let their saves be counted."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def add(self, reader: UserId, save: Save, counted: bool) -> bool:
        """Put a paper on the list, and the reader among its savers if ``counted``; whether it is new there."""
        shard = keys.shard_of(reader)
        key = shard.saved(reader.user)
        commands: list[Command] = [adding(shard, [key], [(2, save.paper_id, SAVE.dump(save), "")])]
        if counted:
            commands.append(("SADD", shard.savers(save.paper_id), reader.user))
        return (await self._connection.write_all(commands, at_once=True))[0] == 1

    async def remove(self, reader: UserId, paper_id: str) -> bool:
        """Take a paper off the list; whether it was there."""
        shard = keys.shard_of(reader)
        commands: list[Command] = [
            removing(shard, shard.saved(reader.user), [paper_id]),
            ("SREM", shard.savers(paper_id), reader.user),
        ]
        return (await self._connection.write_all(commands, at_once=True))[0] == 1

    async def of(self, reader: UserId) -> list[Save]:
        """The reader's list, newest first."""
        key = keys.shard_of(reader).saved(reader.user)
        found = await nouns(self._connection, key, SAVE, lambda save: save.paper_id)
        return sorted(found, key=lambda save: (save.at, save.paper_id), reverse=True)

    async def has(self, reader: UserId, paper_ids: Iterable[str]) -> set[str]:
        """Which of these papers are on the reader's list."""
        wanted = list(dict.fromkeys(paper_ids))
        if not wanted:
            return set()
        raws = await self._connection.read("HMGET", keys.shard_of(reader).saved(reader.user), *wanted)
        pairs = zip(wanted, raws or [None] * len(wanted), strict=True)
        found = (
            named(self._connection, paper_id.encode(), raw, SAVE, lambda save: save.paper_id) for paper_id, raw in pairs
        )
        return {save.paper_id for save in found if save is not None}

    async def note_code(self, reader: UserId, paper_ids: Iterable[str]) -> None:
        """The reader was told that these papers on the list have code; what was taken off it stays off."""
        key, wanted = keys.shard_of(reader).saved(reader.user), list(dict.fromkeys(paper_ids))
        if not wanted:
            return
        raws = await self._connection.read("HMGET", key, *wanted)
        rows: list[bytes | str] = []
        for paper_id, raw in zip(wanted, raws or [None] * len(wanted), strict=True):
            save = named(self._connection, paper_id.encode(), raw, SAVE, lambda found: found.paper_id)
            if save is not None and raw is not None:
                rows += (paper_id, raw, SAVE.dump(replace(save, had_code=True)))
        if rows:
            await self._connection.write(*_REPLACE([key], *rows))

    async def counts(self, workspace: str, paper_ids: Iterable[str]) -> dict[str, int]:
        """How many savers each of these papers has in the workspace; 0 for a paper that nobody saved."""
        wanted = list(dict.fromkeys(paper_ids))
        counts = dict.fromkeys(wanted, 0)
        for shard in keys.shards_of(workspace):
            sizes = await self._connection.read_all([("SCARD", shard.savers(paper_id)) for paper_id in wanted])
            for paper_id, size in zip(wanted, sizes, strict=True):
                counts[paper_id] += size or 0
        return counts

    async def savers(self, workspace: str, paper_ids: Iterable[str], reader: UserId) -> dict[str, int]:
        """As ``counts``, of others than the reader."""
        ids = list(dict.fromkeys(paper_ids))
        counts = await self.counts(workspace, ids)
        if reader.workspace != workspace:
            return counts
        shard = keys.shard_of(reader)
        own = await self._connection.read_all([("SISMEMBER", shard.savers(paper_id), reader.user) for paper_id in ids])
        return {paper_id: counts[paper_id] - bool(among) for paper_id, among in zip(ids, own, strict=True)}

    async def set_counted(self, reader: UserId, counted: bool) -> None:
        """The reader's saves count from now on, or count no longer."""
        shard = keys.shard_of(reader)
        verb = "SADD" if counted else "SREM"
        names = await self._connection.read("HKEYS", shard.saved(reader.user)) or ()
        ids = [paper_id for raw in names if (paper_id := self._skipped.text(raw))]
        await self._connection.write_all([(verb, shard.savers(paper_id), reader.user) for paper_id in ids])
