"""What the store keeps of a digest's sending: what was sent, what nobody knows of, and what may be sent again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime

from bot import blocks
from bot.acts import Message
from bot.deliver.choosing import Chosen
from bot.errors import Concerns, SlackAmbiguous, SlackError, SlackRefused
from bot.interests import CHANNELS
from bot.models import Sent, UserId
from bot.notify import Posted
from bot.store import Store

log = logging.getLogger(__name__)


async def keep(store: Store, chosen: Chosen, message: Message, posted: Posted, now: datetime) -> int:
    """What was sent, in which message; gives how many papers that were.

    Of a thread that broke off, what surely was not sent is released and comes with the reader's next digest. The
    message that it broke off at stays claimed where nobody knows of it, or where Slack would refuse it again.
    """
    reader = chosen.digest.reader
    if not await store.sent.known(reader):
        log.info("reader=%s was forgotten while its digest was sent", reader)
        return 0
    person = None if reader.user.startswith(CHANNELS) else reader
    messages = (message, *message.thread)
    stamps = (posted.ts, *posted.thread)
    papers = 0
    for ts, part in zip(stamps, messages, strict=False):
        ids = blocks.papers_in(part.blocks)
        papers += len(ids)
        await store.sent.confirm(reader, [Sent(chosen.claimed_as(one), now, posted.channel, ts) for one in ids])
        if ts:
            await store.messages.remember(reader.workspace, posted.channel, ts, ids, reader=person)
    if rest := messages[len(stamps) :]:
        log.warning("digest for reader=%s: %d of %d messages", reader, len(stamps), len(messages))
        unsent = rest[1:] if posted.ended is None or _stays_claimed(posted.ended) else rest
        again = [chosen.claimed_as(one) for part in unsent for one in blocks.papers_in(part.blocks)]
        await release(store, reader, again)
    if chosen.left_out:
        await store.alerts.remove(reader, chosen.left_out)
    return papers


async def release(store: Store, reader: UserId, claimed: Sequence[str], slot: date | None = None) -> None:
    """These papers were not sent and may be claimed again, and the digest of this day may be taken again."""
    await store.sent.release(reader, claimed)
    if slot is not None:
        await store.sent.give_back_slot(reader, slot)


def _stays_claimed(failure: SlackError) -> bool:
    return isinstance(failure, SlackAmbiguous) or (
        isinstance(failure, SlackRefused) and failure.concerns is Concerns.MESSAGE
    )
