"""How an attempt ends that posted nothing, or of which nobody knows: who waits, who is left alone, who is told."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clock import Clock
from bot.deliver.keeping import await_again, close_day, fail_day, letter_rows
from bot.deliver.outages import LONGEST, Outage
from bot.deliver.outcomes import Attempt, Outcome
from bot.deliver.reach import WORDS
from bot.deliver.refusing import of_address, suspend, whom_to_tell
from bot.deliver.seams import DeliverReport
from bot.deliver.telling import NAMES, key_of, note, tell_of_outage
from bot.errors import Concerns, NotifierAmbiguous, NotifierError, NotifierRefused, NotifierUnavailable, StoreError
from bot.models import Medium, UserId
from bot.settings import Settings
from bot.store import Entry, Outbox, Store

log = logging.getLogger(__name__)

#: A message that Slack finds fault with is tried so often.
_MOST_FAULTS = 3
#: Seconds until what failed by a mistake is tried again, to the power of its tries; at most ``LONGEST``.
_MISTAKE_SECONDS = 2.0
#: What nobody knows of for longer is tried as often as anything else.
_GIVEN_UP_AFTER = timedelta(days=1)
_TRIED_NO_MORE = "Some messages could not be sent and are tried no more. {reason} See `paperbot dead list`."
#: Slack can say so at once; of Slack's own absence its host hears when it is over.
_NO_MAIL = "The mail server {why}. Letters wait and nothing of them is lost: see `paperbot check`."
#: Seconds that a process that is ending takes to give back what it had not sent.
_GIVE_BACK_SECONDS = 2.0


@dataclass(frozen=True)
class Ends:
    """Ends attempts. Every method raises StoreError."""

    store: Store
    clock: Clock
    settings: Settings
    outage: Outage
    report: DeliverReport = field(default_factory=DeliverReport)
    medium: Medium = Medium.SLACK

    @property
    def outbox(self) -> Outbox:
        """The queue that is sent from."""
        return self.store.queue(self.medium)

    async def mistaken(self, attempt: Attempt) -> None:
        """Something went wrong that nobody thought of: it is logged, counts as a try, and the others go on."""
        log.exception("a delivery failed by a mistake of ours")  # noqa: LOG004 - it is called where that was caught
        seconds = min(LONGEST, _MISTAKE_SECONDS**attempt.begin.tries)
        await self.outbox.later(attempt.entry, seconds, ambiguous=attempt.was_out or attempt.is_out)
        self.ended(attempt, Outcome.LATER, why="a mistake of ours")

    async def put_off(self, attempt: Attempt, failure: NotifierError) -> None:
        """It is away, or asks to wait; nothing was sent by this attempt, which does not count.

        A mail server may ask that for one address for ever: after a day it counts.
        """
        counts = False
        if isinstance(failure, NotifierUnavailable) and failure.retry_after is not None:
            seconds = self.outage.put_off(attempt.delivery.reader, failure.retry_after)
            counts = self.medium is Medium.EMAIL and not self._is_young(attempt)
        else:
            seconds = self.outage.failed()
            if self.medium is Medium.EMAIL and self.outage.is_long():
                await self._say(attempt, _NO_MAIL.format(why="cannot be reached"))
        await self.outbox.later(attempt.entry, seconds, ambiguous=attempt.was_out, give_back_try=not counts)
        self.ended(attempt, Outcome.LATER, why=failure.cause)

    async def unknown(self, attempt: Attempt, failure: NotifierAmbiguous) -> None:
        """Nobody knows whether it was sent. In Slack that is not ours, so the attempt does not count, for a day."""
        delivery, lookup_after = attempt.delivery, self.settings.delivery.lookup_after
        # What there is of it may still be on its way, so it is not looked up at once.
        soonest = max(lookup_after - attempt.seconds(), lookup_after / 4)
        seconds = self.outage.doubted(delivery.id, soonest)
        # Nobody can look for a letter, so it is known by its tries how often it may have been sent.
        gives_back = self.medium is Medium.SLACK and self._is_young(attempt)
        await self.outbox.later(attempt.entry, seconds, ambiguous=True, give_back_try=gives_back)
        self.ended(attempt, Outcome.AMBIGUOUS, why=failure.cause)

    async def refused(self, attempt: Attempt, failure: NotifierRefused) -> None:
        """It will not be taken: what is wrong decides who is left alone, and who is told."""
        delivery, outbox, now = attempt.delivery, self.outbox, self.clock.now()
        if failure.concerns is Concerns.WORKSPACE:
            await self.refused_by_workspace(attempt, failure)
            return
        await self.way_works(attempt)
        if failure.concerns is Concerns.READER and delivery.medium is Medium.EMAIL:
            await of_address(self.store, delivery, failure, self.settings.slack.operator, now)
            await self.withdraw(attempt)
            log.error("an e-mail address is written to no more: %s", failure.cause)
            self.ended(attempt, Outcome.REFUSED, why=failure.cause)
        elif failure.concerns is Concerns.READER and delivery.kind not in WORDS:
            # In this order: a reader who is suspended already would be left out, and nobody told.
            if told := await whom_to_tell(self.store, delivery.reader, failure, self.settings.slack.operator):
                await note(self.store, *told, topic="suspended", about=delivery.reader, now=now)
            await suspend(self.store, delivery.reader, failure)
            await await_again(self.store, delivery)
            await self.withdraw(attempt)
            log.error("reader is suspended: %s", failure.cause)
            self.ended(attempt, Outcome.REFUSED, why=failure.cause)
        elif failure.concerns is Concerns.READER or attempt.begin.tries >= _MOST_FAULTS:
            await self.bury(attempt.entry, f"{NAMES[self.medium]} refused it ({failure.code}).", attempt)
        else:
            seconds = min(LONGEST, _MISTAKE_SECONDS**attempt.begin.tries)
            await outbox.later(attempt.entry, seconds, ambiguous=attempt.was_out)
            self.ended(attempt, Outcome.LATER, why=failure.cause)

    async def refused_by_workspace(self, attempt: Attempt, failure: NotifierRefused) -> None:
        """It would refuse everything: all wait, and are tried again when somebody has mended it."""
        seconds, is_new = self.outage.refused(failure.code)
        if is_new:
            told = NAMES[self.medium], failure.cause
            log.error("%s refuses everything, nothing is sent by it until that is mended: %s", *told)
            if self.medium is Medium.EMAIL:
                await self._say(attempt, _NO_MAIL.format(why=f"refuses everything ({failure.code})"))
        await self.outbox.later(attempt.entry, seconds, ambiguous=attempt.was_out, give_back_try=True)
        self.ended(attempt, Outcome.LATER, why=failure.cause)

    async def withdraw(self, attempt: Attempt) -> None:
        """It will not be sent: papers and day are free, but for what a letter may have told already."""
        delivery, now = attempt.delivery, self.clock.now()
        key = key_of(delivery.reader.workspace, delivery.id)
        told = letter_rows(delivery, key, now)
        is_out = self.medium is Medium.EMAIL and attempt.was_out and not delivery.copy_of
        free_slot = not delivery.copy_of
        if await self.outbox.withdraw(attempt.entry, free_slot=free_slot, told=told, is_out=is_out, key=key):
            await close_day(self.store, delivery, len(told), now)

    async def way_works(self, attempt: Attempt) -> None:
        """What its host should hear of an outage that is over now."""
        self.outage.worked()
        operator, ended = self.settings.slack.operator, self.outage.untold
        if ended is None or operator is None:
            return
        self.outage.untold = None
        try:
            workspace = attempt.delivery.reader.workspace
            await tell_of_outage(self.store, UserId(workspace, operator), ended, self.medium, self.clock.now())
        except StoreError as failure:
            log.warning("the end of an outage is told later: %s", failure.cause)
            self.outage.untold = ended

    async def _say(self, attempt: Attempt, sentence: str) -> None:
        """Tell the host in Slack that no letters go out, once a day."""
        if operator := self.settings.slack.operator:
            host = UserId(attempt.delivery.reader.workspace, operator)
            await note(self.store, host, sentence, topic="no-mail", about=host, now=self.clock.now())

    async def bury(self, entry: Entry, reason: str, attempt: Attempt | None = None) -> None:
        """It is tried no more until somebody says so; its day ended without it, and the host is told, once a day."""
        now, operator = self.clock.now(), self.settings.slack.operator
        if (delivery := entry.delivery) and operator and delivery.reader.user != operator:
            host = UserId(delivery.reader.workspace, operator)
            await note(self.store, host, _TRIED_NO_MORE.format(reason=reason), topic="dead", about=host, now=now)
        if delivery:
            await fail_day(self.store, delivery, now)
        await self.outbox.bury(entry, reason, now)
        log.error("a delivery is tried no more: %s", reason)
        if attempt:
            self.ended(attempt, Outcome.DEAD, why=reason)

    async def give_back(self, attempt: Attempt) -> None:
        """This process ends, and surely nothing was sent by this attempt: the next one need not wait."""
        try:
            async with asyncio.timeout(_GIVE_BACK_SECONDS):
                await self.outbox.later(attempt.entry, 0.0, ambiguous=attempt.was_out, give_back_try=True)
        except (StoreError, TimeoutError) as failure:
            log.warning("a delivery was not given back, and will be looked up: %r", failure)

    def _is_young(self, attempt: Attempt) -> bool:
        return self.clock.now() - attempt.delivery.queued < _GIVEN_UP_AFTER

    def ended(self, attempt: Attempt, outcome: Outcome, *, ts: str = "", papers: int = 0, why: str = "") -> None:
        """Tell and count how it ended."""
        if outcome is not Outcome.AMBIGUOUS:
            self.outage.settled(attempt.delivery.id)
        attempt.ended(self.report, outcome, ts=ts, papers=papers, why=why)
