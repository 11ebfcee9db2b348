"""What a look for what is due needs of many readers at once, in a few questions."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.models import Subscription, UserId
from bot.store import keys
from bot.store.connection import Connection, Script
from bot.store.fields import named
from bot.store.records import SUBSCRIPTION, Skipped

#: Readers of one page: reading their subscriptions takes some milliseconds.
PAGE = 200
#: Fields that are asked for at once.
_COUNT = 1_000

_SIZES = Script("size_hashes")
#: What stands in place of a paper that was sent: the delivery that it is claimed for.
_CLAIM = re.compile(rb"claimed [0-9a-f]+ (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A reader as a look for what is due sees it."""

    subscription: Subscription
    #: Local day of the last slot that ended; None before the first.
    last_slot: date | None
    #: Alerts there ever were, and papers that were sent or are claimed: while both stay the same, nothing new waits.
    alerts: int
    told: int

    @property
    def reader(self) -> UserId:
        """Who it is."""
        return self.subscription.reader


class Rounds:
    """Reads many readers at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def pages(self, workspace: str) -> AsyncGenerator[list[Row]]:
        """Everyone of the workspace who follows or chose something, each at most once, some hundred at a time."""
        for shard in keys.shards_of(workspace):
            met: set[str] = set()
            cursor: int | None = None
            while cursor != 0:
                answer = await self._connection.read("SSCAN", shard.readers, cursor or 0, "COUNT", PAGE)
                cursor, page = answer or (0, ())
                texts = (self._connection.skipped.text(raw) for raw in page)
                users = [user for user in texts if user and keys.is_name(user) and user not in met]
                met.update(users)
                for start in range(0, len(users), PAGE):
                    yield await self._rows(shard, users[start : start + PAGE])

    async def told(self, reader: UserId) -> tuple[set[str], dict[str, str]]:
        """Ids of the papers that were sent to the reader; and of those that are only claimed, with their deliveries."""
        key = keys.shard_of(reader).sent(reader.user)
        sent: set[str] = set()
        claims: dict[str, str] = {}
        cursor: int | None = None
        while cursor != 0:
            answer = await self._connection.read("HSCAN", key, cursor or 0, "COUNT", _COUNT)
            cursor = int(answer[0]) if answer else 0
            page: Mapping[bytes, bytes] = answer[1] if answer else {}
            for raw, value in page.items():
                if not (paper_id := self._connection.skipped.text(raw)):
                    continue
                if value.startswith(b"{"):
                    sent.add(paper_id)
                elif (claim := _CLAIM.fullmatch(value)) and (delivery_id := self._connection.skipped.text(claim[1])):
                    claims[paper_id] = delivery_id
        return sent, {paper_id: claims[paper_id] for paper_id in claims.keys() - sent}

    async def _rows(self, shard: keys.Shard, users: list[str]) -> list[Row]:
        hashes = [key for user in users for key in (shard.alerts(user), shard.sent(user))]
        subscriptions, slots, sizes = await self._connection.read_all(
            [("HMGET", shard.subscriptions, *users), ("HMGET", shard.slots, *users), _SIZES(hashes)]
        )
        nothing = [None] * len(users)
        rows: list[Row] = []
        for place, (user, raw, slot) in enumerate(zip(users, subscriptions or nothing, slots or nothing, strict=True)):
            reader = UserId(shard.workspace, user)
            found = named(
                self._connection,
                user.encode(),
                raw,
                SUBSCRIPTION,
                lambda one: one.reader.user if one.reader.workspace == shard.workspace else None,
            )
            day = _day(slot, self._connection.skipped)
            rows.append(Row(found or Subscription(reader), day, sizes[2 * place], sizes[2 * place + 1]))
        return rows


def _day(raw: object, skipped: Skipped) -> date | None:
    if (text := skipped.text(raw)) is None:
        return None
    try:
        return date.fromisoformat(text.partition(" ")[0])
    except ValueError:
        skipped.add()
        return None
