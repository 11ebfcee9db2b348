"""Puts one delivery into words, posts it, and has it written down."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot import blocks, failpoints
from bot.acts import Message
from bot.clock import Clock
from bot.deliver.choosing import Chosen, choose
from bot.deliver.ends import Ends
from bot.deliver.keeping import await_again, close_day, record_of, remember, write_down
from bot.deliver.outcomes import Attempt, Outcome, observe_latency
from bot.deliver.reach import wait_for
from bot.deliver.seams import Notifier
from bot.deliver.showing import picture_of, shown
from bot.deliver.telling import key_of
from bot.errors import SlackAmbiguous, SlackError, SlackRefused, SlackUnavailable, StoreError
from bot.models import Delivery, DeliveryKind, Place
from bot.notify import BrokenOff, Posted, begins_within
from bot.settings import Failpoint, Settings
from bot.store import Store

log = logging.getLogger(__name__)

#: Seconds after which what was read of a reader is read again: the wait for a turn may be long.
_STALE_SECONDS = 0.2
_MOST_PICTURES = 1_000
_UNKNOWN = "Nobody knows whether that was sent."


@dataclass(frozen=True)
class Posting:
    """Posts deliveries. What is public raises StoreError, and no failure of Slack's."""

    store: Store
    notifier: Notifier
    clock: Clock
    settings: Settings
    consumer: str
    ends: Ends
    #: Called when the store takes nothing more.
    on_full: Callable[[], None]
    #: Pictures that were handed over, by delivery.
    _pictures: dict[str, tuple[str, str] | None] = field(default_factory=dict[str, tuple[str, str] | None])

    async def send(self, attempt: Attempt) -> None:
        """Put it into words and post it, if it is still wanted when its turn has come."""
        try:
            await self._send(attempt)
        except SlackAmbiguous as failure:
            await self.ends.unknown(attempt, failure)
        except SlackRefused as failure:
            attempt.is_out = False
            await self.ends.refused(attempt, failure)
        except SlackError as failure:
            attempt.is_out = False
            await self.ends.put_off(attempt, failure)

    async def renewed(self, attempt: Attempt) -> bool:
        """Whether this attempt may post: it is made young again unless somebody has taken it over."""
        claimed = time.monotonic()
        if not await self.store.outbox.resend(attempt.entry, self.consumer):
            log.info("a delivery was taken over before it was sent")
            return False
        attempt.claimed = claimed
        return True

    async def keep(
        self, attempt: Attempt, chosen: Chosen, place: Place, papers: tuple[str, ...], outcome: Outcome
    ) -> None:
        """Slack has it: write that down, then what is convenient to know."""
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
            await close_day(self.store, delivery, len(chosen.papers), now)
            await self._drop(chosen)
        else:
            log.info("the reader was forgotten while being written to")
        self.reach("before_ack")
        await self.store.outbox.ack(entry)

    def shown(self, chosen: Chosen, picture: tuple[str, str] | None = None) -> Message:
        """The message, with a picture that Slack has (its id, and what is on it)."""
        return shown(self.settings, chosen, picture, self.clock.now())

    def reach(self, point: Failpoint) -> None:
        """This is a named point."""
        failpoints.reach(point, self.settings.testing)

    async def _send(self, attempt: Attempt) -> None:
        delivery, patience = attempt.delivery, self.settings.delivery
        looked = time.monotonic()
        if (chosen := await self._wanted(attempt)) is None:
            return
        picture = await self._picture(delivery)
        await self.notifier.turn(delivery.reader, parent=delivery.parent)
        if time.monotonic() - looked > _STALE_SECONDS and (chosen := await self._wanted(attempt)) is None:
            return
        message = self.shown(chosen, picture)
        if attempt.seconds() + patience.send_timeout > patience.lookup_after and not await self.renewed(attempt):
            return
        self.reach("before_post")
        attempt.is_out = True
        posted = await self._posted(attempt, message)
        self.reach("after_post")
        self._pictures.pop(delivery.id, None)
        place = Place(posted.channel, posted.ts)
        await self.keep(attempt, chosen, place, blocks.papers_in(message.blocks), Outcome.SENT)
        await self.ends.slack_works(attempt)

    async def _wanted(self, attempt: Attempt) -> Chosen | None:
        """What of it is still wanted; None: nothing now, and the attempt is ended."""
        delivery, outbox = attempt.delivery, self.store.outbox
        chosen = await choose(self.store, delivery)
        seconds = wait_for(delivery, chosen.subscription, self.settings.schedule, self.clock.now())
        if seconds:
            await outbox.later(attempt.entry, seconds, give_back_try=True)
            self.ends.ended(attempt, Outcome.LATER, why="quiet hours")
            return None
        if seconds is None or chosen.is_empty:
            # The day is given back: it may end with something else, or when the reader is there again.
            await self._drop(chosen)
            await await_again(self.store, delivery)
            await outbox.withdraw(attempt.entry, free_slot=True)
            why = "the reader is away" if seconds is None else "nothing of it is wanted any more"
            self.ends.ended(attempt, Outcome.WITHDRAWN, why=why)
            return None
        return chosen

    async def _picture(self, delivery: Delivery) -> tuple[str, str] | None:
        """The week as a picture that Slack has, handed over once however often the delivery is tried."""
        if delivery.kind is not DeliveryKind.ROLL_UP:
            return None
        if delivery.id not in self._pictures:
            if len(self._pictures) >= _MOST_PICTURES:
                self._pictures.clear()
            self._pictures[delivery.id] = await picture_of(self.notifier, delivery.days)
        return self._pictures[delivery.id]

    async def _posted(self, attempt: Attempt, message: Message) -> Posted:
        """One post, for as long as nobody else may take the attempt for dead.

        Raises SlackError and nothing else: what goes wrong in between leaves nobody knowing.
        """
        delivery = attempt.delivery
        key = key_of(delivery.reader.workspace, delivery.id)
        left = self.settings.delivery.lookup_after - attempt.seconds()
        try:
            async with asyncio.timeout(left):
                with begins_within(left - min(self.settings.delivery.send_timeout, left / 2)):
                    return await self.notifier.send(
                        delivery.reader, message, key=key, parent=delivery.parent, has_turn=True
                    )
        except TimeoutError as late:
            if isinstance(late.__cause__, asyncio.CancelledError) and is_unsent(late.__cause__):
                raise SlackUnavailable(_UNKNOWN, retry_after=1.0, cause="its turn did not come") from late
            raise SlackAmbiguous(_UNKNOWN, cause="it took too long") from late
        except SlackError:
            raise
        except Exception as mistake:
            log.exception("a message could not be sent by a mistake of ours")
            raise SlackAmbiguous(_UNKNOWN, cause=type(mistake).__name__) from mistake

    async def _drop(self, chosen: Chosen) -> None:
        """Nothing will come of what the reader no longer wants."""
        if unwanted := [one for one in chosen.dropped if one in chosen.alerts]:
            await self.store.alerts.remove(chosen.delivery.reader, unwanted)


def is_unsent(stopped: asyncio.CancelledError) -> bool:
    """The cancellation tells that nothing had been sent."""
    told = BrokenOff.told(stopped)
    return told is not None and told.posted is None
