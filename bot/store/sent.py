"""What readers were told of, and for which day they had their last digest.

Whoever sends a paper claims it first, so no two processes send it. What was sent is then confirmed; what surely was
not is released. A claim that is neither stays: nobody knows whether the reader saw the paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from bot.models import Sent, UserId
from bot.store import keys
from bot.store.connection import Connection, Script
from bot.store.fields import named
from bot.store.records import SENT

#: A day further ahead was taken by a clock that was wrong; zones differ by two days at most.
_AHEAD = timedelta(days=7)
_CLAIM_WORD = b"claimed "

_CLAIM = Script("claim_papers")
_RELEASE = Script("release_papers")
_TAKE = Script("take_slot")
_GIVE_BACK = Script("give_back_slot")


class SentPapers:
    """Papers that were or are being sent, and the days of digests."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def claim(self, reader: UserId, paper_ids: Iterable[str], at: datetime) -> list[str]:
        """Claim papers for sending at ``at`` (aware); gives those that nobody had claimed, in the order asked."""
        ids = list(dict.fromkeys(paper_ids))
        if not ids:
            return []
        claim = _CLAIM_WORD + f"{uuid4().hex} {at.isoformat()}".encode()
        key = keys.shard_of(reader).sent(reader.user)
        claimed = {bytes(raw) for raw in await self._connection.write(*_CLAIM([key], claim, *ids))}
        return [paper_id for paper_id in ids if paper_id.encode() in claimed]

    async def confirm(self, reader: UserId, sent: Sequence[Sent]) -> None:
        """These papers were sent."""
        if fields := [part for one in sent for part in (one.paper_id, SENT.dump(one))]:
            await self._connection.write("HSET", keys.shard_of(reader).sent(reader.user), *fields)

    async def release(self, reader: UserId, paper_ids: Iterable[str]) -> None:
        """These papers were not sent after all and may be claimed again; those that were confirmed stay."""
        if ids := list(paper_ids):
            await self._connection.write(*_RELEASE([keys.shard_of(reader).sent(reader.user)], *ids))

    async def of(self, reader: UserId) -> list[Sent]:
        """What the reader was sent, newest first."""
        stored: Mapping[bytes, bytes] = (
            await self._connection.read("HGETALL", keys.shard_of(reader).sent(reader.user)) or {}
        )
        found = (
            named(self._connection, field, raw, SENT, lambda sent: sent.paper_id)
            for field, raw in stored.items()
            if not raw.startswith(_CLAIM_WORD)
        )
        return sorted((one for one in found if one), key=lambda one: (one.at, one.paper_id), reverse=True)

    async def known(self, reader: UserId) -> set[str]:
        """Ids of all papers that were sent to the reader or are claimed for it."""
        names = await self._connection.read("HKEYS", keys.shard_of(reader).sent(reader.user)) or ()
        return {paper_id for raw in names if (paper_id := self._skipped.text(raw))}

    async def last_slot(self, reader: UserId) -> date | None:
        """The local day of the reader's last digest, as its zone was then; None before the first."""
        raw = await self._connection.read("HGET", keys.shard_of(reader).slots, reader.user)
        text = self._skipped.text(raw)
        if text is None:
            return None
        try:
            return date.fromisoformat(text.partition(" ")[0])
        except ValueError:
            self._skipped.add()
            return None

    async def take_slot(self, reader: UserId, day: date) -> bool:
        """Take the digest of a local day; True for one caller, False once this day or a later one is taken.

        A day that was taken more than a week ahead, by a clock that was wrong, does not count.
        """
        too_far = min(day, date.max - _AHEAD) + _AHEAD
        key = keys.shard_of(reader).slots
        command = _TAKE([key], reader.user, day.isoformat(), uuid4().hex, too_far.isoformat())
        return await self._connection.write(*command) == 1

    async def give_back_slot(self, reader: UserId, day: date) -> None:
        """The digest of this day could not be sent and may be taken again; the one before it is the last again."""
        await self._connection.write(*_GIVE_BACK([keys.shard_of(reader).slots], reader.user, day.isoformat()))
