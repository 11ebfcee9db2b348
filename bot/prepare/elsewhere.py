"""What people see in the channels they are in, so that it is not sent to them once more."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import NotifierError
from bot.interests import is_channel
from bot.models import Alert, DeliveryState, Near, UserId
from bot.prepare.seams import Members, Nearest
from bot.store import Store

log = logging.getLogger(__name__)

#: How far a delivery is whose message is on its way.
GOING = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.AMBIGUOUS})
#: Seconds after which Slack is asked again who is in a channel, where it did not tell.
_ASK_AGAIN = 600.0
#: Near misses that are looked at beyond those that are wanted, in place of what stood in a channel.
_BESIDE = 10


@dataclass
class Elsewhere:
    """What channels of one workspace were sent, and who is in them, as one look for what is due sees it."""

    store: Store
    members: Members
    channels: Iterable[UserId]
    #: When (monotonic) Slack did not tell who is in a channel; kept from look to look.
    untold: dict[UserId, float]
    _told: dict[UserId, tuple[set[str], set[str]]] | None = None
    _members: dict[UserId, set[str]] = field(default_factory=dict[UserId, set[str]])
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def seen(self, reader: UserId, paper_ids: Collection[str]) -> tuple[set[str], set[str]]:
        """Which of these papers were sent to a channel that the reader is in, and which are on their way to one.

        Where nobody can tell who is in a channel, the reader is taken not to be. Raises StoreError.
        """
        wanted = set(paper_ids)
        sent, coming = set[str](), set[str]()
        for channel, (told, claimed) in (await self._channels()).items():
            if wanted & (told | claimed) and reader.user in await self._in(channel):
                sent |= wanted & told
                coming |= wanted & claimed
        return sent, coming - sent

    async def _channels(self) -> dict[UserId, tuple[set[str], set[str]]]:
        async with self._reading:
            if self._told is None:
                self._told = {channel: await self._of(channel) for channel in self.channels}
        return self._told

    async def _of(self, channel: UserId) -> tuple[set[str], set[str]]:
        """What a channel was sent, and what is on its way to it; what was claimed and given up is neither.

        A delivery may have arrived since its claims were read.
        """
        sent, claims = await self.store.rounds.told(channel)
        states = {one: await self.store.outbox.state(channel, one) for one in set(claims.values())}
        sent |= {paper_id for paper_id, one in claims.items() if states[one] is DeliveryState.SENT}
        return sent, {paper_id for paper_id, one in claims.items() if states[one] in GOING}

    async def _in(self, channel: UserId) -> set[str]:
        async with self._reading:
            if channel not in self._members:
                self._members[channel] = await self._asked(channel)
        return self._members[channel]

    async def _asked(self, channel: UserId) -> set[str]:
        known = await self.store.members.of(channel.workspace, channel.user)
        if known is not None:
            return known
        now = time.monotonic()
        if now - self.untold.get(channel, -_ASK_AGAIN) < _ASK_AGAIN:
            return set()
        try:
            found = await self.members.members(channel.user)
        except NotifierError as failure:
            self.untold[channel] = now
            log.info("who is in channel=%s is not known: %s", channel, failure.cause)
            return set()
        await self.store.members.put(channel.workspace, channel.user, found)
        return found


@dataclass(frozen=True)
class Unseen:
    """What was near, but for what the reader saw in a channel."""

    near: Nearest
    elsewhere: Elsewhere

    async def near_misses(self, reader: UserId, since: datetime, limit: int) -> list[Near]:
        """As ``Nearest`` has it."""
        found = await self.near.near_misses(reader, since, limit + _BESIDE)
        if is_channel(reader) or not found:
            return found[:limit]
        sent, coming = await self.elsewhere.seen(reader, [one.paper_id for one in found])
        return [one for one in found if one.paper_id not in sent | coming][:limit]

    async def different(self, reader: UserId, since: datetime, told: Collection[str]) -> Alert | None:
        """As ``Nearest`` has it."""
        return await self.near.different(reader, since, told)

    async def trending_ids(self, limit: int) -> list[str]:
        """As ``Nearest`` has it."""
        return await self.near.trending_ids(limit)
