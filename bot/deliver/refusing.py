"""What a refusal of Slack's means for a reader: why nothing is sent any more, and who is told."""

from __future__ import annotations

from dataclasses import replace

from bot import blocks
from bot.acts import Message
from bot.errors import SlackRefused
from bot.interests import CHANNELS
from bot.models import Suspension, UserId
from bot.store import Store

#: By Slack's word; what else it says makes a reader unreachable.
_CHANNELS = {
    "is_archived": (Suspension.ARCHIVED, "it was archived; unarchive it, and it goes on"),
    "not_in_channel": (Suspension.REMOVED, "I am no longer in it; invite me, and it goes on"),
    "channel_not_found": (Suspension.REMOVED, "I can no longer see it; invite me, and it goes on"),
}
_PEOPLE = {"user_disabled": Suspension.DEACTIVATED, "is_inactive": Suspension.DEACTIVATED}


async def suspend(
    store: Store, reader: UserId, failure: SlackRefused, operator: str | None
) -> tuple[UserId, Message] | None:
    """Send the reader nothing more; gives whom to tell and what, None where nobody else needs to know.

    A channel's owner is told, else the operator.
    """
    is_channel = reader.user.startswith(CHANNELS)
    because, told = Suspension.UNREACHABLE, f"Slack refused it ({failure.code})"
    if is_channel:
        because, told = _CHANNELS.get(failure.code, (because, told))
    else:
        because = _PEOPLE.get(failure.code, because)
    # As it is now: somebody may have changed it while Slack was asked.
    subscription = await store.subscriptions.get(reader)
    await store.subscriptions.put(replace(subscription, suspended=because))
    whom = subscription.owner or operator
    if not is_channel or whom is None:
        return None
    known = await store.channels.get(reader.workspace, reader.user)
    name = f"#{known.name}" if known and known.name else "a channel that you set up"
    return UserId(reader.workspace, whom), blocks.sentence_message(f"Nothing is sent to {name} any more: {told}.")
