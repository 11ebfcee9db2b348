"""Papers that somebody asked for before any dump told of them: sent once, as soon as they are there."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from bot import blocks, identity
from bot.acts import Message
from bot.blocks import Card
from bot.deliver.keeping import release
from bot.deliver.seams import Notifier
from bot.due import reachable
from bot.errors import Concerns, SlackError, SlackRefused, SlackUnavailable
from bot.interests import is_channel
from bot.models import Paper, Pending, Sent
from bot.notify import BrokenOff, Posted
from bot.settings import ScheduleSettings
from bot.store import Store

log = logging.getLogger(__name__)


async def bring(
    store: Store, notifier: Notifier, schedule: ScheduleSettings, pending: Pending, now: datetime, *, key: str
) -> bool:
    """Tell who asked that the paper is there; True if that is over and nothing is pending any more.

    Who paused or has quiet hours is told later, and so is everybody while Slack is away. The paper is claimed like one
    of a digest: what was sent, or may have been, is not sent again.
    """
    reader = pending.reader
    if not await store.pending.has(reader, pending.arxiv_id):
        # Forgotten since the list of those who wait was read.
        return True
    if not reachable(await store.subscriptions.get(reader), schedule, now):
        return False
    if (paper := await _paper(store, pending)) is None:
        return False
    message = await _message(store, pending, paper)
    if await store.sent.claim(reader, [paper.id], now):
        try:
            posted = await notifier.send(reader, message, key=key)
        except (SlackError, asyncio.CancelledError) as failure:
            # Where nobody knows whether it was sent, the claim stays.
            if _is_unsent(failure):
                await release(store, reader, [paper.id])
            if isinstance(failure, asyncio.CancelledError):
                raise
            log.warning("the paper that reader=%s asked for was not sent: %s", reader, failure.cause)
            if _is_for_later(failure):
                return False
        else:
            await _keep(store, pending, paper, posted, now)
    await store.pending.remove(reader, pending.arxiv_id)
    return True


async def _paper(store: Store, pending: Pending) -> Paper | None:
    known = await store.papers.resolve([identity.arxiv_alias(pending.arxiv_id)])
    [stored] = await store.papers.get(known.values()) or [None]
    return stored.paper if stored else None


async def _message(store: Store, pending: Pending, paper: Paper) -> Message:
    reader = pending.reader
    interests = (await store.profiles.get(reader)).interests
    interest = next((one for one in interests if one.paper_id == paper.id), None)
    of_channel = is_channel(reader)
    heading = "A paper that was asked for here has come" if of_channel else "The paper you asked for is here"
    followed = "This channel follows it now." if of_channel else "You follow it now."
    full = "It is not followed, for too much is followed already: unfollow something first."
    card = Card(
        paper,
        # What a channel follows is not for each of its readers to mute.
        interest_id=interest.id if interest and not of_channel else None,
        interest_name=interest.name if interest else None,
        saved=paper.id in await store.saved.has(reader, [paper.id]),
    )
    notes = [followed] if interest else [full] if pending.follow else []
    return blocks.papers_message(heading, [card], notes=notes)


async def _keep(store: Store, pending: Pending, paper: Paper, posted: Posted, now: datetime) -> None:
    reader = pending.reader
    if not await store.sent.known(reader):
        log.info("reader=%s was forgotten while a paper was sent", reader)
        return
    await store.sent.confirm(reader, [Sent(paper.id, now, posted.channel, posted.ts)])
    if posted.ts:
        person = None if is_channel(reader) else reader
        await store.messages.remember(reader.workspace, posted.channel, posted.ts, [paper.id], reader=person)


def _is_unsent(failure: SlackError | asyncio.CancelledError) -> bool:
    """Surely nothing was sent."""
    if isinstance(failure, SlackError):
        return isinstance(failure, SlackRefused | SlackUnavailable)
    known = BrokenOff.told(failure)
    return known is not None and known.posted is None


def _is_for_later(failure: SlackError) -> bool:
    """Slack is away, or refuses everything: another time it may be sent."""
    return isinstance(failure, SlackUnavailable) or (
        isinstance(failure, SlackRefused) and failure.concerns is Concerns.WORKSPACE
    )
