"""Terms of papers' texts in blocks of 1,000, beside their vectors; the same whatever model made those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.store import keys
from bot.store.connection import Command, Connection
from bot.terms import Terms


class PaperTerms:
    """Which words the papers' texts are made of, by the papers' ordinals."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def put(self, terms: Mapping[int, Terms]) -> None:
        """Store the terms of these papers, over any older ones."""
        blocks: dict[int, list[int | bytes]] = {}
        for ordinal, one in terms.items():
            blocks.setdefault(ordinal // keys.BLOCK, []).extend((ordinal, one.packed()))
        await self._connection.write_all([("HSET", keys.terms(block), *fields) for block, fields in blocks.items()])

    async def get(self, ordinals: Iterable[int]) -> dict[int, Terms]:
        """The terms of the papers of these ordinals; those that have none, or unreadable ones, are left out."""
        blocks: dict[int, list[int]] = {}
        for ordinal in dict.fromkeys(ordinals):
            blocks.setdefault(ordinal // keys.BLOCK, []).append(ordinal)
        commands: list[Command] = [("HMGET", keys.terms(block), *part) for block, part in blocks.items()]
        answers = await self._connection.read_all(commands)
        found: dict[int, Terms] = {}
        for part, answer in zip(blocks.values(), answers, strict=True):
            for ordinal, raw in zip(part, answer or (), strict=False):
                if raw is None:
                    continue
                if (terms := Terms.unpacked(raw)) is None:
                    self._skipped.add()
                else:
                    found[ordinal] = terms
        return found
