"""What preparing needs of others, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.models import Alert, Near, UserId


class Members(Protocol):
    """Who tells which people are in a channel."""

    async def members(self, channel: str) -> set[str]:
        """The users who are in it. Raises NotifierError where that cannot be told."""
        ...


class Nearest(Protocol):
    """Who tells what was near, and what is talked about; needs what the papers are matched with."""

    async def near_misses(self, reader: UserId, since: datetime, limit: int) -> list[Near]:
        """The best papers first seen after ``since`` (aware) that the reader was not sent, best first."""
        ...

    async def different(self, reader: UserId, since: datetime, told: Collection[str]) -> Alert | None:
        """A paper first seen after ``since`` (aware) that is a little outside what the reader follows, to be queued.

        It is below the reader's bar and unlike the papers ``told`` (ids).
        """
        ...

    async def trending_ids(self, limit: int) -> list[str]:
        """Ids of the papers that are talked about most."""
        ...


@dataclass(slots=True)
class PrepareReport:
    """What one look for what is due queued, counted in deliveries but for ``ended``."""

    #: Digests of a day or a week; papers as soon as they were there.
    digests: int = 0
    papers: int = 0
    #: Days without papers that are explained.
    quiet: int = 0
    roll_ups: int = 0
    #: Days that ended, in whatever way.
    ended: int = 0
