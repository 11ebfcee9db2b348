"""One attempt to deliver one message, from its beginning in the ledger to its end there.

    begin ─► send      choose, into words, post ─► write down, remember, acknowledge
          ─► look up   ask Slack: there ─► write down …; not there ─► as send
          ─► wait, done, gone, poison

A process may end at any step. Before the post nothing has happened yet; after it the ledger says that a try began, so
whoever takes the entry up asks Slack first.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from bot import blocks, metrics
from bot.deliver.choosing import choose
from bot.deliver.company import APART_SECONDS, SUSPECT_FROM, Company
from bot.deliver.ends import Ends
from bot.deliver.keeping import close_day, remember_again
from bot.deliver.outcomes import Attempt, Outcome
from bot.deliver.posting import Posting, is_unsent
from bot.deliver.seams import Way
from bot.deliver.telling import key_of
from bot.errors import Concerns, NotifierError, NotifierRefused, StoreError, StoreFull, StoreUnreachable
from bot.interests import is_channel
from bot.models import DeliveryKind, Medium
from bot.settings import Settings
from bot.store import LATER_VERSION_SECONDS, MOST_TRIES, Begun, Entry, Store

log = logging.getLogger(__name__)

#: The app may not read this conversation's history; what else concerns the whole workspace makes everything wait.
_CLOSED_HISTORY = frozenset({"missing_scope", "no_permission", "not_allowed_token_type", "access_denied"})
_HELD = (
    "Nobody knows whether it was sent, and the history of the channel cannot be read ({code}): look there, then replay "
    "or drop it."
)
_HELD_LETTER = (
    "Nobody knows whether it was sent: it was being handed to the mail server, and whether that took it is not known. "
    "Look in its log, then replay or drop it."
)


class Again(Exception):
    """The store failed in the middle: ``entry`` is to be served again when it is there."""

    def __init__(self, entry: Entry, failure: StoreError) -> None:
        super().__init__(failure.cause)
        self.entry = entry
        self.failure = failure


@dataclass(frozen=True)
class Sending:
    """Sends single deliveries; several at the same time."""

    store: Store
    way: Way[Any]
    settings: Settings
    consumer: str
    ends: Ends
    posting: Posting
    company: Company = field(default_factory=Company)

    async def serve(self, entry: Entry) -> None:
        """Bring the entry to an end for now. Raises ``Again`` where the store fails meanwhile."""
        with self.company.joined():
            try:
                await self._serve(entry)
            except (StoreFull, StoreUnreachable) as failure:
                raise Again(entry, failure) from failure

    async def _serve(self, entry: Entry) -> None:
        outbox = self.ends.outbox
        if entry.is_later_version:
            log.info("a delivery of a later version is left to whoever knows it")
            await outbox.wait(entry, LATER_VERSION_SECONDS)
            return
        asked = time.monotonic()
        lookup_after = self.settings.delivery.lookup_after
        begin = await outbox.begin(entry, self.consumer, lookup_after, self.way.ahead(lookup_after))
        # Where the store failed in between, the same try had begun earlier.
        claimed = asked - begin.age
        delivery = entry.delivery
        if begin.begun is Begun.WAIT:
            await outbox.wait(entry, begin.seconds)
        elif begin.begun is Begun.POISON:
            reason = f"It was tried {begin.tries} times and never came to an end."
            await self.ends.bury(entry, reason if delivery else "What is stored of it cannot be read.")
        elif delivery is None or begin.begun is Begun.GONE:
            await outbox.ack(entry)
        elif begin.begun is Begun.DONE:
            if begin.place:
                await remember_again(self.store, delivery, begin.place)
                papers = delivery.trending if delivery.kind is DeliveryKind.TRENDING else delivery.told_ids
                await close_day(self.store, delivery, len(papers), self.ends.clock.now())
            await outbox.ack(entry)
        elif begin.tries < SUSPECT_FROM:
            await self._attempt(Attempt(entry, delivery, begin, claimed))
        else:
            async with self.company.alone() as is_alone:
                if is_alone:
                    await self._attempt(Attempt(entry, delivery, begin, claimed))
                else:
                    is_look_up = begin.begun is Begun.LOOK_UP
                    await outbox.later(entry, APART_SECONDS, ambiguous=is_look_up, give_back_try=True)

    async def _attempt(self, attempt: Attempt) -> None:
        try:
            if attempt.begin.begun is Begun.LOOK_UP:
                await self._look_up(attempt)
            else:
                self.posting.reach("after_claim")
                await self.posting.send(attempt)
        except asyncio.CancelledError as stopped:
            if not attempt.is_out or is_unsent(stopped):
                await self.ends.give_back(attempt)
            raise
        except (StoreFull, StoreUnreachable) as failure:
            raise _again(attempt, failure) from failure
        except Exception:  # noqa: BLE001 - it is logged there
            # Another failure of the store's is about this delivery, or ours: the others go on.
            try:
                await self.ends.mistaken(attempt)
            except (StoreFull, StoreUnreachable) as failure:
                raise _again(attempt, failure) from failure

    async def _look_up(self, attempt: Attempt) -> None:
        """Ask Slack whether an earlier attempt posted it."""
        delivery, begin = attempt.delivery, attempt.begin
        reader = delivery.reader
        direct = None if is_channel(reader) else await self.store.messages.direct(reader)
        try:
            key = key_of(reader.workspace, delivery.id)
            found = await self.way.find(delivery, key=key, since_ms=begin.since_ms, direct=direct)
        except NotifierRefused as failure:
            await self._without_history(attempt, failure)
            return
        except NotifierError as failure:
            await self.ends.put_off(attempt, failure)
            return
        if found is None:
            metrics.AMBIGUOUS.labels("absent").inc()
            await self._anew(attempt)
            return
        metrics.AMBIGUOUS.labels("found").inc()
        await self.ends.way_works(attempt)
        chosen = await choose(self.store, delivery)
        papers = blocks.papers_in(found.blocks)
        if not papers and not chosen.is_empty:
            # It was posted as text alone: what it told of is what it would tell of now.
            papers = await self.posting.papers(chosen)
        await self.posting.keep(attempt, chosen, found.place, papers, Outcome.FOUND)

    async def _without_history(self, attempt: Attempt, failure: NotifierRefused) -> None:
        """Nobody can look. A person hears rather twice than not at all; what is for several is held.

        A letter is sent twice and no more: it has the same Message-ID, by which most programs show it once.
        """
        is_letter = self.way.medium is Medium.EMAIL
        is_once_more = is_letter and attempt.begin.is_again
        if failure.concerns is Concerns.WORKSPACE and failure.code not in _CLOSED_HISTORY:
            await self.ends.refused_by_workspace(attempt, failure)
        elif (is_channel(attempt.delivery.reader) or is_once_more) and not attempt.begin.replayed:
            metrics.AMBIGUOUS.labels("held").inc()
            reason = _HELD_LETTER if is_letter else _HELD.format(code=failure.code)
            await self.ends.bury(attempt.entry, reason, attempt)
        else:
            metrics.AMBIGUOUS.labels("sent again").inc()
            await self._anew(attempt)

    async def _anew(self, attempt: Attempt) -> None:
        """Send it again, if this is still its turn."""
        if attempt.begin.tries > MOST_TRIES:
            await self.ends.bury(attempt.entry, f"It was tried {attempt.begin.tries - 1} times.", attempt)
        elif self.way.medium is Medium.EMAIL:
            await self.posting.send(attempt)
        elif await self.posting.renewed(attempt):
            attempt.was_out = False
            await self.posting.send(attempt)


def _again(attempt: Attempt, failure: StoreError) -> Again:
    """The same try goes on when the store is there again; another one, which looks first, where this one has posted."""
    entry = attempt.entry
    return Again(replace(entry, attempt=uuid4().hex[:16]) if attempt.is_out else entry, failure)
