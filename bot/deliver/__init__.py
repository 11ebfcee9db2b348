"""The verb ``Deliver``: queued alerts to the people and channels they are for.

due reader ─► alerts that nobody sent ─► digest ─► claim ─► cards ─► notifier ─► confirm, remember the message

A paper is claimed before it is sent, so that no second process sends it. What surely was not sent is released and
tried again at the next round; where nobody knows, the claim stays and the paper is not sent a second time.

choosing        what of a reader's alerts goes into the digest
showing         the digest as a message
bringing        papers that were asked for before they were there
keeping         what the store keeps of the sending
refusing        what becomes of a reader whom Slack refuses messages for
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from bot.acts import Message
from bot.clock import Clock
from bot.deliver.bringing import bring
from bot.deliver.choosing import Chosen, choose
from bot.deliver.keeping import keep, release
from bot.deliver.refusing import suspend
from bot.deliver.seams import DeliverReport, Notifier
from bot.deliver.showing import shown
from bot.due import cadence, due, reachable
from bot.errors import Concerns, SlackAmbiguous, SlackError, SlackRefused, SlackUnavailable
from bot.interests import CHANNELS
from bot.models import Cadence, Pending, Subscription, UserId
from bot.notify import BrokenOff
from bot.settings import Settings
from bot.store import Store

__all__ = ["Deliver", "DeliverReport", "Notifier"]

log = logging.getLogger(__name__)

#: Readers who are written to at the same time; the notifier paces what it sends.
_AT_ONCE = 8
#: After so many readers in one round for whom Slack was away, the others wait for the next round.
_ENOUGH = 3


@dataclass(frozen=True)
class Deliver:
    """Sends what is due."""

    store: Store
    notifier: Notifier
    clock: Clock
    settings: Settings
    #: Readers who are being written to: a round that begins while another one works leaves them out.
    _busy: set[UserId] = field(default_factory=set[UserId], init=False, repr=False, compare=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False, compare=False)

    def stop(self) -> None:
        """Begin no further digest; those that are being sent are sent."""
        self._stopping.set()

    async def deliver_due(self, workspace: str) -> DeliverReport:
        """Send every reader of the workspace what is queued and due now. Raises StoreError.

        Slack's failures are no error: they are counted, logged, and what was not sent is sent in a later round.
        """
        report = DeliverReport()
        subscriptions = {one.reader: one for one in await self.store.subscriptions.of_workspace(workspace)}
        readers = [one for one in await self.store.profiles.readers() if one.workspace == workspace]
        gate = asyncio.Semaphore(_AT_ONCE)

        async def serve(reader: UserId) -> None:
            async with gate:
                if reader in self._busy or report.ended_early or self._stopping.is_set():
                    return
                self._busy.add(reader)
                try:
                    await self._serve(subscriptions.get(reader) or Subscription(reader), report)
                finally:
                    self._busy.discard(reader)

        # One reader's failure breaks off nobody else's sending.
        outcomes = await asyncio.gather(*(serve(reader) for reader in readers), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        return report

    async def tell(self, reader: UserId, message: Message) -> bool:
        """Send a note; False, and logged, if Slack did not take it."""
        try:
            await self.notifier.send(reader, message, key="")
        except SlackError as failure:
            log.warning("note to reader=%s was not sent: %s", reader, failure.cause)
            return False
        return True

    async def bring(self, pending: Pending) -> bool:
        """Send who asked for it a paper that is there now; False if that has to wait. Raises StoreError."""
        key = _key(pending.reader, [pending.arxiv_id])
        schedule, now = self.settings.schedule, self.clock.now()
        return not self._stopping.is_set() and await bring(self.store, self.notifier, schedule, pending, now, key=key)

    async def _serve(self, subscription: Subscription, report: DeliverReport) -> None:
        """Send one reader what is due, if anything is."""
        reader, now = subscription.reader, self.clock.now()
        if not reachable(subscription, self.settings.schedule, now):
            return
        is_channel = reader.user.startswith(CHANNELS)
        slot: date | None = None
        last: date | None = None
        if cadence(subscription, is_channel=is_channel) is not Cadence.AT_ONCE:
            last = await self.store.sent.last_slot(reader)
            slot = due(subscription, self.settings.schedule, is_channel=is_channel, last_slot=last, now=now)
            if slot is None:
                return
        chosen = await choose(self.store, reader, self.settings.digest.cap)
        if chosen and chosen.dropped:
            await self.store.alerts.remove(reader, chosen.dropped)
        is_empty = chosen is None or not chosen.digest.alerts
        if is_empty and last is None:
            # Nothing to say, and no digest came yet: the first one is sent as soon as there is something.
            return
        if slot is not None and not await self.store.sent.take_slot(reader, slot):
            return
        if chosen and not is_empty:
            await self._send(subscription, chosen, slot, report)

    async def _send(self, subscription: Subscription, chosen: Chosen, slot: date | None, report: DeliverReport) -> None:
        """Claim the papers of a digest, send it, and keep what became of it."""
        reader, now = subscription.reader, self.clock.now()
        claimed: list[str] = []
        try:
            claimed = await self.store.sent.claim(reader, [alert.paper_id for alert in chosen.digest.alerts], now)
            if not claimed:
                return
            chosen = chosen.only(claimed)
            message = await shown(self.store, self.settings, subscription, chosen)
        except BaseException:
            await release(self.store, reader, claimed, slot)
            raise
        try:
            posted = await self.notifier.send(reader, message, key=_key(reader, claimed))
        except SlackUnavailable as failure:
            await release(self.store, reader, claimed, slot)
            report.later += 1
            report.ended_early |= report.later >= _ENOUGH
            log.warning("digest for reader=%s waits: %s", reader, failure.cause)
        except SlackAmbiguous as failure:
            report.unknown += 1
            log.warning("digest for reader=%s papers=%d may have been sent: %s", reader, len(claimed), failure.cause)
        except SlackRefused as failure:
            await self._refused(subscription, claimed, slot, failure, report)
        except BaseException as failure:
            log.warning("digest for reader=%s papers=%d was broken off", reader, len(claimed))
            # Where nobody knows what was sent, the claim stays.
            if isinstance(failure, asyncio.CancelledError) and (known := BrokenOff.told(failure)):
                if known.posted is None:
                    await release(self.store, reader, claimed, slot)
                else:
                    await keep(self.store, chosen, message, known.posted, self.clock.now())
            raise
        else:
            report.readers += 1
            report.papers += await keep(self.store, chosen, message, posted, self.clock.now())
            report.later += isinstance(posted.ended, SlackUnavailable)
            report.unknown += isinstance(posted.ended, SlackAmbiguous)

    async def _refused(
        self,
        subscription: Subscription,
        claimed: Sequence[str],
        slot: date | None,
        failure: SlackRefused,
        report: DeliverReport,
    ) -> None:
        """Slack will not take it: a mistake of ours is not repeated, all else waits until somebody mends it."""
        reader = subscription.reader
        log.error("digest for reader=%s refused: %s", reader, failure.cause)
        if failure.concerns is Concerns.MESSAGE:
            report.unknown += 1
            return
        await release(self.store, reader, claimed, slot)
        if failure.concerns is Concerns.WORKSPACE:
            report.later += 1
            report.ended_early = True
            return
        report.suspended += 1
        if note := await suspend(self.store, reader, failure, self.settings.slack.operator):
            await self.tell(*note)


def _key(reader: UserId, paper_ids: Sequence[str]) -> str:
    """The same for the same papers to the same reader, so that a sent message can be found again."""
    return sha256("\n".join((str(reader), *sorted(paper_ids))).encode()).hexdigest()[:32]
