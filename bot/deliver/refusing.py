"""What a refusal of Slack's means for a reader: why nothing is sent any more, and who is told what."""

from __future__ import annotations

from bot.errors import SlackRefused
from bot.interests import is_channel
from bot.models import Suspension, UserId
from bot.store import Store

#: By Slack's word; what else it says makes a reader unreachable.
_CHANNELS = {
    "is_archived": (Suspension.ARCHIVED, "it was archived; unarchive it, and it goes on"),
    "not_in_channel": (Suspension.REMOVED, "I am no longer in it; invite me, and it goes on"),
    "channel_not_found": (Suspension.REMOVED, "I can no longer see it; invite me, and it goes on"),
}
_PEOPLE = {"user_disabled": Suspension.DEACTIVATED, "is_inactive": Suspension.DEACTIVATED}


async def whom_to_tell(
    store: Store, reader: UserId, failure: SlackRefused, operator: str | None
) -> tuple[UserId, str] | None:
    """Who should know that nothing is sent to this reader any more, and why; None where nobody else needs to.

    A channel's owner is told, else the operator. Raises StoreError.
    """
    whom = (await store.subscriptions.get(reader)).owner or operator
    if not is_channel(reader) or whom is None:
        return None
    known = await store.channels.get(reader.workspace, reader.user)
    name = f"#{known.name}" if known and known.name else "a channel that you set up"
    _, why = _CHANNELS.get(failure.code, (None, f"Slack refused it ({failure.code})"))
    return UserId(reader.workspace, whom), f"Nothing is sent to {name} any more: {why}."


async def suspend(store: Store, reader: UserId, failure: SlackRefused) -> None:
    """Send the reader nothing more; somebody who was forgotten stays so. Raises StoreError."""
    if is_channel(reader):
        because, _ = _CHANNELS.get(failure.code, (Suspension.UNREACHABLE, ""))
    else:
        because = _PEOPLE.get(failure.code, Suspension.UNREACHABLE)
    await store.subscriptions.suspend(reader, because)
