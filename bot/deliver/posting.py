"""Puts one delivery into words, sends it by one way, and has it written down."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot import failpoints
from bot.clock import Clock
from bot.deliver.choosing import Chosen, choose
from bot.deliver.ends import Ends
from bot.deliver.keeping import await_again, close_day, record_of, remember, write_down
from bot.deliver.outcomes import Attempt, Outcome, observe_latency
from bot.deliver.reach import is_reached, wait_for
from bot.deliver.seams import Way, Written
from bot.deliver.telling import key_of
from bot.errors import NotifierAmbiguous, NotifierError, NotifierRefused, NotifierUnavailable, StoreError
from bot.models import Place
from bot.notify import BrokenOff, Posted, begins_within
from bot.settings import Failpoint, Settings
from bot.store import Store

log = logging.getLogger(__name__)

#: Seconds after which what was read of a reader is read again: the wait for a turn may be long.
_STALE_SECONDS = 0.2
_UNKNOWN = "Nobody knows whether that was sent."
_TOO_SLOW = "The mail server is too slow to be handed anything."


class _TakenOver(Exception):
    """Somebody else has the delivery by now."""


@dataclass(frozen=True)
class Posting:
    """Sends deliveries by one way. What is public raises StoreError, and no failure of that way's."""

    store: Store
    way: Way[Any]
    clock: Clock
    settings: Settings
    consumer: str
    ends: Ends
    #: Called when the store takes nothing more.
    on_full: Callable[[], None]

    async def send(self, attempt: Attempt) -> None:
        """Put it into words and post it, if it is still wanted when its turn has come."""
        try:
            await self._send(attempt)
        except NotifierAmbiguous as failure:
            await self.ends.unknown(attempt, failure)
        except NotifierRefused as failure:
            attempt.is_out = False
            await self.ends.refused(attempt, failure)
        except NotifierError as failure:
            attempt.is_out = False
            await self.ends.put_off(attempt, failure)

    async def renewed(self, attempt: Attempt) -> bool:
        """Whether this attempt may post: it is made young again unless somebody has taken it over."""
        claimed = time.monotonic()
        if not await self.ends.outbox.resend(attempt.entry, self.consumer):
            log.info("a delivery was taken over before it was sent")
            return False
        attempt.claimed = claimed
        return True

    async def keep(
        self, attempt: Attempt, chosen: Chosen, place: Place, papers: tuple[str, ...], outcome: Outcome
    ) -> None:
        """It was taken: write that down, then what is convenient to know."""
        entry, delivery = attempt.entry, attempt.delivery
        now = self.clock.now()
        record = record_of(chosen, place, papers, now)
        try:
            is_known = await write_down(self.store, entry, record, self.on_full)
        except StoreError as failure:
            log.error("what was sent is not written down, and will be looked up: %s", failure.cause)  # noqa: TRY400
            self.ends.ended(attempt, Outcome.AMBIGUOUS, ts=place.ts, why="the store refused")
            return
        self.reach("after_ledger")
        self.ends.ended(attempt, outcome, ts=place.ts, papers=len(record.sent))
        observe_latency(delivery, now)
        if is_known:
            await remember(self.store, delivery, place, record.shown)
            await close_day(self.store, delivery, chosen.count, now)
            await self._drop(chosen)
        else:
            log.info("the reader was forgotten while being written to")
        self.reach("before_ack")
        await self.ends.outbox.ack(entry)

    async def papers(self, chosen: Chosen) -> tuple[str, ...]:
        """Ids of the papers that it would show."""
        return (await self.way.write(chosen, None, self.clock.now())).papers

    def reach(self, point: Failpoint) -> None:
        """This is a named point."""
        failpoints.reach(point, self.settings.testing)

    async def _send(self, attempt: Attempt) -> None:
        delivery, patience = attempt.delivery, self.settings.delivery
        looked = time.monotonic()
        if (chosen := await self._wanted(attempt)) is None:
            return
        picture = await self.way.picture(delivery)
        await self.way.turn(delivery)
        if time.monotonic() - looked > _STALE_SECONDS and (chosen := await self._wanted(attempt)) is None:
            return
        written = await self.way.write(chosen, picture, self.clock.now())
        if self.way.ahead(patience.lookup_after):
            self.reach("before_post")
        else:
            if attempt.seconds() + patience.send_timeout > patience.lookup_after and not await self.renewed(attempt):
                return
            self.reach("before_post")
            attempt.is_out = True
        try:
            posted = await self._posted(attempt, written)
        except _TakenOver:
            return
        self.reach("after_post")
        await self.keep(attempt, chosen, Place(posted.channel, posted.ts), written.papers, Outcome.SENT)
        await self.ends.way_works(attempt)

    async def _wanted(self, attempt: Attempt) -> Chosen | None:
        """What of it is still wanted; None: nothing now, and the attempt is ended."""
        delivery, outbox = attempt.delivery, self.ends.outbox
        chosen = await choose(self.store, delivery)
        seconds = wait_for(delivery, chosen.subscription, self.settings.schedule, self.clock.now())
        is_known = is_reached(delivery, chosen.subscription)
        if seconds and is_known:
            await outbox.later(attempt.entry, seconds, give_back_try=True)
            self.ends.ended(attempt, Outcome.LATER, why="quiet hours")
            return None
        if seconds is None or not is_known or chosen.is_empty:
            # The day is given back: it may end with something else, or when the reader is there again.
            await self._drop(chosen)
            await await_again(self.store, delivery)
            await self.ends.withdraw(attempt)
            why = "the reader is away" if seconds is None else "nothing of it is wanted any more"
            why = why if is_known else "the address is the reader's no more"
            self.ends.ended(attempt, Outcome.WITHDRAWN, why=why)
            return None
        return chosen

    async def _posted(self, attempt: Attempt, written: Written[Any]) -> Posted:
        """Sent once, for as long as nobody else may take the attempt for dead.

        Raises NotifierError, and StoreError or _TakenOver where it came to nothing at the last moment: what goes wrong
        in between leaves nobody knowing.
        """
        delivery, patience = attempt.delivery, self.settings.delivery
        key = key_of(delivery.reader.workspace, delivery.id)
        left = (self.way.ahead(patience.lookup_after) or patience.lookup_after) - attempt.seconds()

        async def ready() -> None:
            if not await self.renewed(attempt):
                raise _TakenOver
            limit.reschedule(asyncio.get_running_loop().time() + patience.lookup_after - attempt.seconds())
            attempt.is_out = True

        limit = asyncio.timeout(left)
        try:
            async with limit:
                with begins_within(left - min(patience.send_timeout, left / 2)):
                    return await self.way.send(delivery, written.content, key=key, ready=ready)
        except TimeoutError as late:
            if not attempt.is_out:
                raise NotifierUnavailable(_TOO_SLOW, cause="it took too long before the letter") from late
            if isinstance(late.__cause__, asyncio.CancelledError) and is_unsent(late.__cause__):
                raise NotifierUnavailable(_UNKNOWN, retry_after=1.0, cause="its turn did not come") from late
            raise NotifierAmbiguous(_UNKNOWN, cause="it took too long") from late
        except (NotifierError, StoreError, _TakenOver):
            raise
        except Exception as mistake:
            if not attempt.is_out:
                raise
            log.exception("a message could not be sent by a mistake of ours")
            raise NotifierAmbiguous(_UNKNOWN, cause=type(mistake).__name__) from mistake

    async def _drop(self, chosen: Chosen) -> None:
        """Nothing will come of what the reader no longer wants."""
        if chosen.delivery.copy_of:
            return
        if unwanted := [one for one in chosen.dropped if one in chosen.alerts]:
            await self.store.alerts.remove(chosen.delivery.reader, unwanted)


def is_unsent(stopped: asyncio.CancelledError) -> bool:
    """The cancellation tells that nothing had been sent."""
    told = BrokenOff.told(stopped)
    return told is not None and told.posted is None
