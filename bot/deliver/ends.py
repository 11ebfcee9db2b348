"""How an attempt ends that posted nothing, or of which nobody knows: who waits, who is left alone, who is told."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clock import Clock
from bot.deliver.keeping import await_again, fail_day
from bot.deliver.outages import LONGEST, Outage
from bot.deliver.outcomes import Attempt, Outcome
from bot.deliver.reach import WORDS
from bot.deliver.refusing import suspend, whom_to_tell
from bot.deliver.seams import DeliverReport
from bot.deliver.telling import note, tell_of_outage
from bot.errors import Concerns, SlackAmbiguous, SlackError, SlackRefused, SlackUnavailable, StoreError
from bot.models import UserId
from bot.settings import Settings
from bot.store import Entry, Store

log = logging.getLogger(__name__)

#: A message that Slack finds fault with is tried so often.
_MOST_FAULTS = 3
#: Seconds until what failed by a mistake is tried again, to the power of its tries; at most ``LONGEST``.
_MISTAKE_SECONDS = 2.0
#: What nobody knows of for longer is tried as often as anything else.
_GIVEN_UP_AFTER = timedelta(days=1)
_TRIED_NO_MORE = "Some messages could not be sent and are tried no more. {reason} See `paperbot dead list`."
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

    async def mistaken(self, attempt: Attempt) -> None:
        """Something went wrong that nobody thought of: it is logged, counts as a try, and the others go on."""
        log.exception("a delivery failed by a mistake of ours")  # noqa: LOG004 - it is called where that was caught
        seconds = min(LONGEST, _MISTAKE_SECONDS**attempt.begin.tries)
        await self.store.outbox.later(attempt.entry, seconds, ambiguous=attempt.was_out or attempt.is_out)
        self.ended(attempt, Outcome.LATER, why="a mistake of ours")

    async def put_off(self, attempt: Attempt, failure: SlackError) -> None:
        """Slack is away, or asks to wait; nothing was sent by this attempt, which does not count."""
        if isinstance(failure, SlackUnavailable) and failure.retry_after is not None:
            seconds = self.outage.put_off(attempt.delivery.reader, failure.retry_after)
        else:
            seconds = self.outage.failed()
        await self.store.outbox.later(attempt.entry, seconds, ambiguous=attempt.was_out, give_back_try=True)
        self.ended(attempt, Outcome.LATER, why=failure.cause)

    async def unknown(self, attempt: Attempt, failure: SlackAmbiguous) -> None:
        """Nobody knows whether Slack has it. That is Slack's doing, so the attempt does not count, for a day."""
        delivery, lookup_after = attempt.delivery, self.settings.delivery.lookup_after
        # What Slack has of it may still be on its way, so it is not looked up at once.
        soonest = max(lookup_after - attempt.seconds(), lookup_after / 4)
        seconds = self.outage.doubted(delivery.id, soonest)
        is_young = self.clock.now() - delivery.queued < _GIVEN_UP_AFTER
        await self.store.outbox.later(attempt.entry, seconds, ambiguous=True, give_back_try=is_young)
        self.ended(attempt, Outcome.AMBIGUOUS, why=failure.cause)

    async def refused(self, attempt: Attempt, failure: SlackRefused) -> None:
        """Slack will not take it: what is wrong decides who is left alone, and who is told."""
        delivery, outbox, now = attempt.delivery, self.store.outbox, self.clock.now()
        if failure.concerns is Concerns.WORKSPACE:
            await self.refused_by_workspace(attempt, failure)
            return
        await self.slack_works(attempt)
        if failure.concerns is Concerns.READER and delivery.kind not in WORDS:
            # In this order: a reader who is suspended already would be left out, and nobody told.
            if told := await whom_to_tell(self.store, delivery.reader, failure, self.settings.slack.operator):
                await note(self.store, *told, topic="suspended", about=delivery.reader, now=now)
            await suspend(self.store, delivery.reader, failure)
            await await_again(self.store, delivery)
            await outbox.withdraw(attempt.entry, free_slot=True)
            log.error("reader is suspended: %s", failure.cause)
            self.ended(attempt, Outcome.REFUSED, why=failure.cause)
        elif failure.concerns is Concerns.READER or attempt.begin.tries >= _MOST_FAULTS:
            await self.bury(attempt.entry, f"Slack refused it ({failure.code}).", attempt)
        else:
            await outbox.later(attempt.entry, min(LONGEST, _MISTAKE_SECONDS**attempt.begin.tries))
            self.ended(attempt, Outcome.LATER, why=failure.cause)

    async def refused_by_workspace(self, attempt: Attempt, failure: SlackRefused) -> None:
        """It would refuse everything: all wait, and are tried again when somebody has mended it."""
        seconds, is_new = self.outage.refused(failure.code)
        if is_new:
            log.error("Slack refuses everything, nothing is sent until that is mended: %s", failure.cause)
        await self.store.outbox.later(attempt.entry, seconds, ambiguous=attempt.was_out, give_back_try=True)
        self.ended(attempt, Outcome.LATER, why=failure.cause)

    async def slack_works(self, attempt: Attempt) -> None:
        """What its host should hear of an outage that is over now."""
        self.outage.worked()
        operator, ended = self.settings.slack.operator, self.outage.untold
        if ended is None or operator is None:
            return
        self.outage.untold = None
        try:
            workspace = attempt.delivery.reader.workspace
            await tell_of_outage(self.store, UserId(workspace, operator), ended, self.clock.now())
        except StoreError as failure:
            log.warning("the end of an outage is told later: %s", failure.cause)
            self.outage.untold = ended

    async def bury(self, entry: Entry, reason: str, attempt: Attempt | None = None) -> None:
        """It is tried no more until somebody says so; its day ended without it, and the host is told, once a day."""
        now, operator = self.clock.now(), self.settings.slack.operator
        if (delivery := entry.delivery) and operator and delivery.reader.user != operator:
            host = UserId(delivery.reader.workspace, operator)
            await note(self.store, host, _TRIED_NO_MORE.format(reason=reason), topic="dead", about=host, now=now)
        if delivery:
            await fail_day(self.store, delivery, now)
        await self.store.outbox.bury(entry, reason, now)
        log.error("a delivery is tried no more: %s", reason)
        if attempt:
            self.ended(attempt, Outcome.DEAD, why=reason)

    async def give_back(self, attempt: Attempt) -> None:
        """This process ends, and surely nothing was sent by this attempt: the next one need not wait."""
        try:
            async with asyncio.timeout(_GIVE_BACK_SECONDS):
                await self.store.outbox.later(attempt.entry, 0.0, ambiguous=attempt.was_out, give_back_try=True)
        except (StoreError, TimeoutError) as failure:
            log.warning("a delivery was not given back, and will be looked up: %r", failure)

    def ended(self, attempt: Attempt, outcome: Outcome, *, ts: str = "", papers: int = 0, why: str = "") -> None:
        """Tell and count how it ended."""
        if outcome is not Outcome.AMBIGUOUS:
            self.outage.settled(attempt.delivery.id)
        attempt.ended(self.report, outcome, ts=ts, papers=papers, why=why)
