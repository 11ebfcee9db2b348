"""Readers: what each follows, how much each wants to hear, and the vectors that papers are matched with.

An interest is two things that are written together: its words in the reader's profile and its row in a block of its
shard, or, where it is matched by facts, its words once more among the shard's facts. Its place among the shard's rows
never changes, whatever model the row is of.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.models import FACTS, ROW_EXTRA, Interest, ModelTag, Profile, UserId
from bot.store import keys
from bot.store.blocks import parsed
from bot.store.connection import Command, Script
from bot.store.records import INTEREST, Skipped
from bot.store.rows import Rows
from bot.store.vectors import Floats, packed, read_shards

#: A bar below would let half of all papers through, one above none ever.
LEAST_BAR, MOST_BAR = 0.5, 0.9999
MOST_CAP = 200

_INTEREST = "interest:"
_OLDEST = datetime.min.replace(tzinfo=UTC)
_PLACE = Script("place_interest")
_SET = Script("set_interest")
_CHANGE = Script("change_interest")
_SET_LEARNT = Script("set_learnt")


def profile_of(reader: UserId, stored: Mapping[bytes, bytes], skipped: Skipped) -> Profile:
    """The profile that a reader's hash holds, interests oldest first; what cannot be read is counted."""
    found: list[Interest] = []
    for name, raw in stored.items():
        if name.startswith(_INTEREST.encode()):
            interest = INTEREST.load(raw, skipped)
            if interest is not None and f"{_INTEREST}{interest.id}".encode() == name:
                found.append(interest)
            elif interest is not None:
                skipped.add()
    found.sort(key=lambda interest: (interest.created or _OLDEST, interest.id))
    bar = skipped.fraction(stored.get(b"bar"), LEAST_BAR, MOST_BAR)
    learnt = skipped.fraction(stored.get(b"learnt_bar"), LEAST_BAR, MOST_BAR)
    cap = skipped.fraction(stored.get(b"cap"), 1, MOST_CAP)
    return Profile(reader, tuple(found), bar, learnt, None if cap is None else int(cap))


class Profiles(Rows):
    """The readers of all workspaces."""

    async def get(self, reader: UserId) -> Profile:
        """The reader's profile, interests oldest first; an empty one for somebody unknown."""
        shard = keys.shard_of(reader)
        stored: Mapping[bytes, bytes] = await self._connection.read("HGETALL", shard.profile(reader.user)) or {}
        return profile_of(reader, stored, self._skipped)

    async def put_interest(
        self, reader: UserId, interest: Interest, row: Floats | None, tag: ModelTag | None = None
    ) -> None:
        """Store an interest and its row, float32[d + ROW_EXTRA], of model ``tag``; over an older one of the same id.

        An interest that is matched by facts has no row: both are None then, and only then, or it is a ValueError.
        Raises BadVector, before anything is written, unless the row is finite and of the model's dimension.
        """
        shard, field = keys.shard_of(reader), keys.field(reader, interest.id)
        value = INTEREST.dump(interest)
        if row is not None and tag is not None and interest.kind not in FACTS:
            packed_row = packed(row, tag.dimension + ROW_EXTRA)
            place = int(await self._connection.write(*_PLACE([shard.places, shard.place], field)))
            beside: list[Command] = [
                ("SADD", shard.models, tag.key()),
                ("HSET", shard.vectors(tag.key(), place // keys.BLOCK), field, packed_row),
                ("HDEL", shard.facts, field),
            ]
        elif row is None and interest.kind in FACTS:
            beside = [*await self._without_rows(shard, field), ("HSET", shard.facts, field, value)]
        else:
            raise ValueError(interest.kind)
        words: Command = ("HSET", shard.profile(reader.user), f"{_INTEREST}{interest.id}", value)
        await self._connection.write("SADD", keys.SHARD_NAMES, str(shard))
        await self._connection.write_all([*beside, words, ("SADD", shard.readers, reader.user)], at_once=True)

    async def set_interest(self, reader: UserId, interest: Interest) -> bool:
        """Change the words of an interest and leave its row as it is; whether the reader has it (still)."""
        shard = keys.shard_of(reader)
        name, value = f"{_INTEREST}{interest.id}", INTEREST.dump(interest)
        if interest.kind in FACTS:
            field = keys.field(reader, interest.id)
            command = _SET([shard.profile(reader.user), shard.facts], name, value, field)
        else:
            command = _SET([shard.profile(reader.user)], name, value)
        return await self._connection.write(*command) == 1

    async def change_interest(
        self,
        reader: UserId,
        before: Interest,
        after: Interest,
        row: Floats | None = None,
        tag: ModelTag | None = None,
        *,
        was: Floats | None = None,
    ) -> bool:
        """Make an interest that has a place, ``before``, another one of the same id; whether it was (still) that one.

        With a ``row`` float32[d + ROW_EXTRA] of model ``tag`` that is written too; ``was``: only over this one. What
        somebody removed or changed meanwhile stays so. Raises BadVector, before anything is written.
        """
        shard, name, field = keys.shard_of(reader), f"{_INTEREST}{after.id}", keys.field(reader, after.id)
        profile = shard.profile(reader.user)
        raw, place = await self._connection.read_all([("HGET", profile, name), ("HGET", shard.places, field)])
        if not isinstance(raw, bytes) or INTEREST.load(raw, self._skipped) != before:
            return False
        value = INTEREST.dump(after)
        if row is None or tag is None:
            return await self._connection.write(*_CHANGE([profile], name, raw, value)) == 1
        packed_row = packed(row, tag.dimension + ROW_EXTRA)
        expected = b"" if was is None else packed(was, tag.dimension + ROW_EXTRA)
        if (number := self._skipped.number(place)) is None:
            number = int(await self._connection.write(*_PLACE([shard.places, shard.place], field)))
        block = shard.vectors(tag.key(), number // keys.BLOCK)
        arguments = (name, raw, value, tag.key(), field, expected, packed_row)
        return await self._connection.write(*_CHANGE([profile, block, shard.models], *arguments)) == 1

    async def remove_interest(self, reader: UserId, interest_id: str) -> None:
        """Forget an interest and its rows; nothing happens if there is none."""
        shard, field = keys.shard_of(reader), keys.field(reader, interest_id)
        rows = await self._without_rows(shard, field)
        words: Command = ("HDEL", shard.profile(reader.user), f"{_INTEREST}{interest_id}")
        await self._connection.write_all([*rows, words, ("HDEL", shard.facts, field)], at_once=True)

    async def _without_rows(self, shard: keys.Shard, field: bytes) -> list[Command]:
        """What removes the rows of one interest, and its place."""
        raw, models = await self._connection.read_all([("HGET", shard.places, field), ("SMEMBERS", shard.models)])
        place = self._skipped.number(raw)
        rows: list[Command] = []
        if place is not None:
            tags = [text for model in models or () if (text := self._skipped.text(model))]
            rows = [("HDEL", shard.vectors(model, place // keys.BLOCK), field) for model in tags]
        return [*rows, ("HDEL", shard.places, field)]

    async def set_bar(self, reader: UserId, bar: float | None) -> None:
        """The share of stored papers that an alert must beat, 0.5 to 0.9999; None: what was learnt, or the host's."""
        await self._set(reader, "bar", _checked_bar(bar))

    async def set_learnt_bar(self, reader: UserId, bar: float | None) -> None:
        """The bar that the reader's votes ask for, 0.5 to 0.9999, None for none; only of somebody who is a reader.

        The reader's rows are measured for it by the next ingest: ``Rows.unmeasured``.
        """
        shard = keys.shard_of(reader)
        value = "" if _checked_bar(bar) is None else repr(bar)
        names = [shard.profile(reader.user), shard.readers, shard.learnt]
        command = _SET_LEARNT(names, reader.user, "learnt_bar", value)
        await self._connection.write(*command)

    async def set_cap(self, reader: UserId, cap: int | None) -> None:
        """At most so many alerts from one ingest run, from 1; None: the host's setting."""
        if cap is not None and not 1 <= cap <= MOST_CAP:
            raise ValueError(cap)
        await self._set(reader, "cap", cap)

    async def readers(self) -> list[UserId]:
        """Everybody who ever followed or chose something, sorted."""
        shards = await self.shards()
        answers = await self._connection.read_all([("SMEMBERS", shard.readers) for shard in shards])
        return sorted(
            UserId(shard.workspace, user)
            for shard, members in zip(shards, answers, strict=True)
            for raw in members or ()
            if (user := self._skipped.text(raw))
        )

    async def shards(self) -> list[keys.Shard]:
        """The shards that have readers, sorted."""
        return await read_shards(self._connection)

    async def bars(self, shard: keys.Shard, *, learnt: bool = True) -> dict[str, float]:
        """The bars of those readers of the shard who chose one, or else, if ``learnt``, of whose votes one was learnt."""
        members = await self._connection.read("SMEMBERS", shard.readers) or ()
        users = [user for raw in members if (user := self._skipped.text(raw))]
        names = ("bar", "learnt_bar") if learnt else ("bar",)
        raws = await self._connection.read_all([("HMGET", shard.profile(user), *names) for user in users])
        found: dict[str, float] = {}
        for user, answer in zip(users, raws, strict=True):
            bars = [self._skipped.fraction(raw, LEAST_BAR, MOST_BAR) for raw in answer or ()]
            if (bar := next((one for one in bars if one is not None), None)) is not None:
                found[user] = bar
        return found

    async def rows(self, reader: UserId, tag: ModelTag) -> dict[str, Floats]:
        """The reader's rows of this model, float32[d + ROW_EXTRA], by interest id."""
        shard = keys.shard_of(reader)
        ids = [interest.id for interest in (await self.get(reader)).interests]
        fields = [keys.field(reader, interest_id) for interest_id in ids]
        raws: list[bytes | None] | None = (
            await self._connection.read("HMGET", shard.places, *fields) if fields else None
        )
        places = {n: p for n, raw in zip(ids, raws or (), strict=False) if (p := self._skipped.number(raw)) is not None}
        commands: list[Command] = [
            ("HGET", shard.vectors(tag.key(), place // keys.BLOCK), keys.field(reader, interest_id))
            for interest_id, place in places.items()
        ]
        found: dict[str, Floats] = {}
        for interest_id, raw in zip(places, await self._connection.read_all(commands), strict=True):
            if raw is not None:
                block = parsed(0, {b"\0": raw}, tag.dimension + ROW_EXTRA, self._skipped)
                if block.fields:
                    found[interest_id] = block.rows[0]
        return found

    async def _set(self, reader: UserId, name: str, value: float | None) -> None:
        shard = keys.shard_of(reader)
        profile = shard.profile(reader.user)
        command: Command = ("HDEL", profile, name) if value is None else ("HSET", profile, name, repr(value))
        await self._connection.write("SADD", keys.SHARD_NAMES, str(shard))
        await self._connection.write_all([command, ("SADD", shard.readers, reader.user)], at_once=True)


def _checked_bar(bar: float | None) -> float | None:
    if bar is not None and not LEAST_BAR <= bar <= MOST_BAR:
        raise ValueError(bar)
    return bar
