"""One paper more for a digest, a little outside what its reader follows."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import date

from bot.due import cadence, came_since
from bot.errors import EmbedderError
from bot.models import Cadence
from bot.prepare.choosing import Chosen
from bot.prepare.looking import Look
from bot.prepare.seams import Nearest
from bot.settings import Settings
from bot.store import Store, shard_of

log = logging.getLogger(__name__)

#: A digest of fewer papers has none; nor has one whose reader wants fewer than one more at a time.
LEAST = 2
#: Seconds of one look in which digests are explored beyond: that they come on time goes before.
PATIENCE = 20.0


@dataclass(frozen=True)
class Exploring:
    """Adds it, while one look lasts. Raises StoreError."""

    store: Store
    settings: Settings
    #: None while the model is being loaded: digests go without.
    near: Nearest | None
    _until: float = field(default_factory=lambda: time.monotonic() + PATIENCE, init=False)

    async def added(self, look: Look, slot: date, chosen: Chosen) -> tuple[str, ...]:
        """The papers of the digest of a local day, with one that is different where there is one; its alert is queued.

        It stands last: in the thread, where all places of the message are taken by what was asked for. People get one who
        were there all the time: a channel is not for one person to explore for, and after an absence there is enough to
        read.
        """
        told = chosen.paper_ids
        if (
            self.near is None
            or not self.settings.digest.explore
            or look.is_channel
            or look.has_missed
            or len(told) < LEAST
            or chosen.cap <= LEAST
            or time.monotonic() > self._until
        ):
            return told
        is_week = cadence(look.subscription, is_channel=False) is Cadence.WEEKLY
        since = came_since(look.subscription, self.settings.schedule, slot, is_week=is_week)
        try:
            alert = await self.near.different(look.reader, since, told)
        except EmbedderError as error:
            # The papers above the bar do not wait for one below it.
            log.warning("nothing is explored for reader=%s: %s", look.reader, error.cause)
            return told
        if alert is None or not await self.store.alerts.add(shard_of(look.reader), [alert]):
            return told
        return (*told, alert.paper_id)
