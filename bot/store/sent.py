"""What readers were told of, and for which day they had their last digest.

In the place of a paper that was sent stands where and when. Before that stands the claim of the one delivery that may
send it, see ``outbox``: it is claimed when the delivery is queued, and free again when it is withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from uuid import uuid4

from bot.models import Sent, UserId
from bot.store import keys
from bot.store.connection import Connection
from bot.store.fields import named, nouns
from bot.store.outbox.scripts import OutboxScript
from bot.store.outbox.slots import too_far
from bot.store.records import SENT

_CLAIM_WORD = b"claimed "
_MOMENT = re.compile(rb'"at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z"')

_TAKE = OutboxScript("take_slot")


class SentPapers:
    """Papers that were or are being sent, and the days of digests."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def confirm(self, reader: UserId, sent: Sequence[Sent]) -> None:
        """These papers were sent."""
        if fields := [part for one in sent for part in (one.paper_id, SENT.dump(one))]:
            await self._connection.write("HSET", keys.shard_of(reader).sent(reader.user), *fields)

    async def of(self, reader: UserId, since: datetime | None = None) -> list[Sent]:
        """What the reader was sent, newest first; ``since`` (aware): from this moment on."""
        key = keys.shard_of(reader).sent(reader.user)
        earliest = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}".encode() if since else b""

        def is_wanted(raw: bytes) -> bool:
            if raw.startswith(_CLAIM_WORD):
                return False
            # Years of old ones are not worth being read: moments in UTC are compared as they are written.
            moment = _MOMENT.search(raw) if earliest else None
            return moment is None or bytes(moment[1]) >= earliest

        found = await nouns(self._connection, key, SENT, lambda sent: sent.paper_id, is_wanted)
        return sorted(
            (one for one in found if since is None or one.at >= since),
            key=lambda one: (one.at, one.paper_id),
            reverse=True,
        )

    async def given(self, reader: UserId, paper_ids: Iterable[str]) -> dict[str, Sent]:
        """Where and when the reader was sent these papers; those that were not, or are only claimed, are left out."""
        ids = list(dict.fromkeys(paper_ids))
        if not ids:
            return {}
        raws = await self._connection.read("HMGET", keys.shard_of(reader).sent(reader.user), *ids)
        found = (
            named(self._connection, paper_id.encode(), raw, SENT, lambda sent: sent.paper_id)
            for paper_id, raw in zip(ids, raws or [None] * len(ids), strict=True)
            if raw is not None and not raw.startswith(_CLAIM_WORD)
        )
        return {sent.paper_id: sent for sent in found if sent is not None}

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
        """Take a local day for which nothing is sent; True for one caller, False once this day or a later one is taken.

        A day that was taken more than a week ahead, by a clock that was wrong, does not count.
        """
        shard, token = keys.shard_of(reader), uuid4().hex[:16]
        days = (day.isoformat(), too_far(day).isoformat())
        return await self._connection.write(*_TAKE.told(shard, reader.user, "", token, *days)) == 1
