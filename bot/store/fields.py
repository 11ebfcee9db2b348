"""Hashes of nouns: a name in each field, a noun as JSON in each value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar
from uuid import uuid4

from bot.store import keys
from bot.store.connection import Command, Connection, Script
from bot.store.records import Record

Noun = TypeVar("Noun")

_ADD = Script("add_fields")
_REMOVE = Script("remove_fields")


async def nouns(
    connection: Connection, key: str, record: Record[Noun], name: Callable[[Noun], str | None]
) -> list[Noun]:
    """Every noun of a hash that stands under its own name, in no order; ``name`` gives None for one out of place."""
    stored: Mapping[bytes, bytes] = await connection.read("HGETALL", key) or {}
    return [noun for field, raw in stored.items() if (noun := named(connection, field, raw, record, name)) is not None]


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
