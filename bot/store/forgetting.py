"""Deletes for good what is stored of a reader, or of a whole workspace."""

from __future__ import annotations

from bot.models import UserId
from bot.store import keys
from bot.store.acts import Acts
from bot.store.connection import Command, Connection
from bot.store.links import forget_links, purge_links
from bot.store.messages import Messages
from bot.store.outbox.ledger import forget_deliveries, ledger
from bot.store.sent import SentPapers
from bot.store.served import purge_served
from bot.store.subscriptions import Subscriptions
from bot.store.vectors import read_shards

#: Looks for keys of a workspace that goes; the second one finds nothing, unless somebody is still writing.
_PASSES = 5


async def forget(connection: Connection, reader: UserId) -> int:
    """Delete every key and field of this reader; gives how many there were.

    That is the profile and all rows, alerts, lists, ratings, what was sent, what waits to be sent and what became of
    the rest, the conversation of direct messages, addresses of ours, acts that are not done, and the reader's name
    wherever it stands: among the savers of papers, in channels, and as the owner of channels. Acts come last: the one that asks for this is
    among them, and is done again if this is broken off.
    """
    shard, user = keys.shard_of(reader), reader.user
    gone = await Subscriptions(connection).disown(reader)
    gone += await _conversations(connection, reader)
    commands: list[Command] = [
        *await _interests(connection, reader),
        *await _saves(connection, reader),
        *(("HDEL", shard.pending, name) for name in await connection.fields(shard.pending, f"{user}\0")),
        *(("HDEL", key, user) for key in (shard.subscriptions, shard.slots, shard.ends, shard.learnt)),
        *(("UNLINK", key) for key in _own(shard, user)),
        ("SREM", shard.readers, user),
    ]
    gone += sum(await connection.write_all(commands, at_once=True))
    # Nothing is queued for the reader any more; what was queued until now goes.
    gone += await forget_deliveries(connection, reader)
    gone += await forget_links(connection, reader)
    # What was sent meanwhile is remembered no more; where it was sent may have become known since.
    gone += await _conversations(connection, reader)
    channels = await channels_of(connection, reader)
    gone += sum(await connection.write_all([("SREM", key, user) for key in channels.values()]))
    gone += await connection.write("HDEL", shard.directs, user)
    return gone + await Acts(connection).forget(reader)


async def purge(connection: Connection, workspace: str) -> int:
    """Delete every key of a workspace: readers, messages, acts, people and channels; gives how many there were."""
    known = [shard for shard in await read_shards(connection) if shard.workspace == workspace]
    shards = sorted({*keys.shards_of(workspace), *known})
    # Without readers an ingest at work writes nothing more, and nothing is queued.
    known_by = [key for shard in shards for key in (shard.readers, shard.subscriptions)]
    gone = sum(await connection.write_all([("UNLINK", key) for key in known_by]))
    acts = {shard.acts.encode() for shard in shards}
    for _ in range(_PASSES):
        found = [key for shard in shards for key in await connection.keys(shard.prefix) if key not in acts]
        if not found:
            break
        # A message that is on its way meanwhile is written down when it has arrived: that goes with the next pass.
        gone += sum(await connection.write_all([("UNLINK", key) for key in found]))
    await purge_links(connection, workspace)
    await purge_served(connection, workspace)
    # Acts come last: the one that asks for this is among them, and is done again if this is broken off.
    gone += sum(await connection.write_all([("UNLINK", key) for key in sorted(acts)]))
    await connection.write_all([("SREM", keys.SHARD_NAMES, str(shard)) for shard in shards])
    return gone


async def channels_of(connection: Connection, reader: UserId) -> dict[str, str]:
    """The channels that the reader is known to be in, each with the key that says so."""
    found: dict[str, str] = {}
    for shard in keys.shards_of(reader.workspace):
        beginning = shard.members("")
        names = [text for raw in await connection.keys(beginning) if (text := connection.skipped.text(raw)) is not None]
        among = await connection.read_all([("SISMEMBER", name, reader.user) for name in names])
        found |= {name.removeprefix(beginning): name for name, is_in in zip(names, among, strict=True) if is_in}
    return found


async def _conversations(connection: Connection, reader: UserId) -> int:
    """Delete what is remembered of the conversations that are the reader's alone; gives how many keys."""
    places = [sent.channel for sent in await SentPapers(connection).of(reader)]
    places += [row.place.channel for row in await ledger(connection, reader) if row.place]
    names = {reader.user, *(place for place in places if place.startswith("D"))}
    if direct := await Messages(connection).direct(reader):
        names.add(direct)
    commands: list[Command] = []
    for name in sorted(names):
        at = keys.shard_of(UserId(reader.workspace, name))
        doomed = [at.messages(name), at.channel(name), at.members(name), *_turns(reader.workspace, name)]
        commands += [("UNLINK", key) for key in doomed]
    return sum(await connection.write_all(commands))


def _turns(workspace: str, channel: str) -> list[str]:
    return [shard.turn(channel) for shard in keys.shards_of(workspace)]


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
