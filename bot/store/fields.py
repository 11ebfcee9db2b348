"""Hashes of nouns: a name in each field, a noun as JSON in each value."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from typing import TypeVar
from uuid import uuid4

from bot.store import keys
from bot.store.connection import Command, Connection, Script
from bot.store.records import Record

Noun = TypeVar("Noun")

#: Fields that are asked for at once: reading their values takes some milliseconds.
_PAGE = 200

_ADD = Script("add_fields")
_REMOVE = Script("remove_fields")


async def pages(connection: Connection, key: str) -> AsyncGenerator[Mapping[bytes, bytes]]:
    """The fields of a hash with their values, some hundred at a time, in no order.

    What is there all the while comes at least once, and others have their turn in between.
    """
    cursor: int | None = None
    while cursor != 0:
        answer = await connection.read("HSCAN", key, cursor or 0, "COUNT", _PAGE)
        cursor = int(answer[0]) if answer else 0
        if answer:
            yield answer[1]


async def nouns(
    connection: Connection,
    key: str,
    record: Record[Noun],
    name: Callable[[Noun], str | None],
    is_wanted: Callable[[bytes], bool] | None = None,
) -> list[Noun]:
    """Every noun of a hash that stands under its own name, in no order; ``name`` gives None for one out of place.

    ``is_wanted`` leaves out values before they are read. The event loop is held for some milliseconds at a time.
    """
    found: dict[bytes, Noun] = {}
    async for page in pages(connection, key):
        for field, raw in page.items():
            if field not in found and (is_wanted is None or is_wanted(raw)):
                noun = named(connection, field, raw, record, name)
                if noun is not None:
                    found[field] = noun
    return list(found.values())


def named(
    connection: Connection, field: bytes, raw: object, record: Record[Noun], name: Callable[[Noun], str | None]
) -> Noun | None:
    """One noun, if it stands under its own name; counted if not."""
    noun = record.load(raw, connection.skipped)
    if noun is None:
        return None
    own = name(noun)
    if own is None or own.encode() != field:
        connection.skipped.add()
        return None
    return noun


def adding(shard: keys.Shard, hashes: Iterable[str], fields: Iterable[tuple[int, str, bytes, str]]) -> Command:
    """The command that adds fields where there are none yet, and gives how many are new, also when it is sent again.

    ``fields`` are the number of the hash, counted from 2, name, value, and the user without whom it is not added: it
    is if the user is among the shard's readers, or is "".
    """
    arguments = [part for field in fields for part in field]
    return _ADD([shard.receipt(uuid4().hex), *hashes, shard.readers], keys.RECEIPT_SECONDS, *arguments)


def removing(shard: keys.Shard, key: str, fields: Iterable[str]) -> Command:
    """The command that removes fields of one hash, and gives how many there were, also when it is sent again."""
    return _REMOVE([shard.receipt(uuid4().hex), key], keys.RECEIPT_SECONDS, *fields)
