"""Deletes for good what is stored of a reader, or of a whole workspace."""

from __future__ import annotations

from bot.models import UserId
from bot.store import keys
from bot.store.acts import Acts
from bot.store.connection import Command, Connection
from bot.store.messages import Messages
from bot.store.sent import SentPapers
from bot.store.subscriptions import Subscriptions
from bot.store.vectors import read_shards


async def forget(connection: Connection, reader: UserId) -> int:
    """Delete every key and field of this reader; gives how many there were.

    That is the profile and all rows, alerts, lists, ratings, what was sent, the conversation of direct messages, acts
    that are not done, and the reader's name wherever it stands: among the savers of papers, and as the owner of
    channels. Acts come last: the one that asks for this is among them, and is done again if this is broken off.
    """
    shard, user = keys.shard_of(reader), reader.user
    gone = await Subscriptions(connection).disown(reader)
    conversations = {user}
    if direct := await Messages(connection).direct(reader):
        conversations.add(direct)
    conversations |= {sent.channel for sent in await SentPapers(connection).of(reader) if sent.channel.startswith("D")}
    commands: list[Command] = [
        *await _interests(connection, reader),
        *await _saves(connection, reader),
        *(("HDEL", shard.pending, name) for name in await connection.fields(shard.pending, f"{user}\0")),
        *(("HDEL", key, user) for key in (shard.subscriptions, shard.slots, shard.directs)),
        *(("UNLINK", key) for key in _own(shard, user)),
        ("SREM", shard.readers, user),
    ]
    for name in sorted(conversations):
        at = keys.shard_of(UserId(reader.workspace, name))
        gone += sum(await connection.write_all([("UNLINK", at.messages(name)), ("UNLINK", at.channel(name))]))
    gone += sum(await connection.write_all(commands, at_once=True))
    return gone + await Acts(connection).forget(reader)


async def purge(connection: Connection, workspace: str) -> int:
    """Delete every key of a workspace: readers, messages, acts, people and channels; gives how many there were."""
    known = [shard for shard in await read_shards(connection) if shard.workspace == workspace]
    shards = sorted({*keys.shards_of(workspace), *known})
    # Without readers an ingest at work writes nothing more.
    gone = await connection.write_all([("UNLINK", shard.readers) for shard in shards])
    found = [key for shard in shards for key in await connection.keys(shard.prefix)]
    acts = {shard.acts.encode() for shard in shards}
    # Acts come last: the one that asks for this is among them, and is done again if this is broken off.
    await connection.write_all([("UNLINK", key) for key in sorted(found, key=acts.__contains__)])
    await connection.write_all([("SREM", keys.SHARD_NAMES, str(shard)) for shard in shards])
    return sum(gone) + len(found)


def _own(shard: keys.Shard, user: str) -> tuple[str, ...]:
    """The keys that hold nothing but this reader's."""
    return (
        shard.profile(user),
        shard.alerts(user),
        shard.saved(user),
        shard.ratings(user),
        shard.sent(user),
        shard.person(user),
    )


async def _interests(connection: Connection, reader: UserId) -> list[Command]:
    """What removes the reader's interests from what the shard's readers share."""
    shard, skipped = keys.shard_of(reader), connection.skipped
    beginning = f"{reader.user}\0"
    names = await connection.fields(shard.places, beginning)
    raws = await connection.read("HMGET", shard.places, *names) if names else ()
    models = [text for raw in await connection.read("SMEMBERS", shard.models) or () if (text := skipped.text(raw))]
    rows: list[Command] = [
        ("HDEL", shard.vectors(model, place // keys.BLOCK), name)
        for name, raw in zip(names, raws or (), strict=False)
        if (place := skipped.number(raw)) is not None
        for model in models
    ]
    facts = await connection.fields(shard.facts, beginning)
    places: list[Command] = [("HDEL", shard.places, name) for name in names]
    return [*rows, *places, *(("HDEL", shard.facts, name) for name in facts)]


async def _saves(connection: Connection, reader: UserId) -> list[Command]:
    """What removes the reader from the savers of papers."""
    shard = keys.shard_of(reader)
    names = await connection.read("HKEYS", shard.saved(reader.user)) or ()
    ids = [paper_id for raw in names if (paper_id := connection.skipped.text(raw)) is not None]
    return [("SREM", shard.savers(paper_id), reader.user) for paper_id in ids]
