"""What a refusal means for a reader: why nothing is sent any more, or not to this address, and who is told what."""

from __future__ import annotations

from datetime import datetime

from bot.deliver.telling import note
from bot.errors import NotifierRefused
from bot.interests import is_channel
from bot.mailboxes import mark
from bot.models import Delivery, LinkPurpose, Suspension, UserId
from bot.store import Store

#: By Slack's word; what else it says makes a reader unreachable.
_CHANNELS = {
    "is_archived": (Suspension.ARCHIVED, "it was archived; unarchive it, and it goes on"),
    "not_in_channel": (Suspension.REMOVED, "I am no longer in it; invite me, and it goes on"),
    "channel_not_found": (Suspension.REMOVED, "I can no longer see it; invite me, and it goes on"),
}
_PEOPLE = {"user_disabled": Suspension.DEACTIVATED, "is_inactive": Suspension.DEACTIVATED}


async def whom_to_tell(
    store: Store, reader: UserId, failure: NotifierRefused, operator: str | None
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


async def of_address(
    store: Store, delivery: Delivery, failure: NotifierRefused, operator: str | None, now: datetime
) -> None:
    """The mail server takes nothing for this address: it is written to no more, and who chose it hears that in Slack.

    A person's digests come in Slack again, a channel's go to its other addresses. ``now`` is aware. Raises StoreError.
    """
    reader, address = delivery.reader, delivery.to
    why = f"The mail server takes nothing for {address} ({failure.code})."
    if not is_channel(reader):
        whom, sentence = (
            reader,
            f"{why} Your digests come in Slack alone from now on; Settings lets you choose e-mail again.",
        )
    else:
        subscription = await store.subscriptions.get(reader)
        owner = subscription.owner or operator
        whom = UserId(reader.workspace, owner) if owner else None
        known = await store.channels.get(reader.workspace, reader.user)
        name = f"#{known.name}" if known and known.name else "a channel that you set up"
        others = "; its other addresses do" if set(subscription.addresses) - {address} else ""
        sentence = f"{why} It gets the digests of {name} no more{others}."
    # In this order: once it is no address of the reader's any more, nobody would be told.
    if whom:
        await note(store, whom, sentence, topic=f"address-{mark(address)}", about=reader, now=now)
    await store.subscriptions.drop_address(reader, address)
    # What ends letters to it names it, and is of no more use.
    await store.links.remove(reader, LinkPurpose.UNSUBSCRIBE, address)


async def suspend(store: Store, reader: UserId, failure: NotifierRefused) -> None:
    """Send the reader nothing more; somebody who was forgotten stays so. Raises StoreError."""
    if is_channel(reader):
        because, _ = _CHANNELS.get(failure.code, (Suspension.UNREACHABLE, ""))
    else:
        because = _PEOPLE.get(failure.code, Suspension.UNREACHABLE)
    await store.subscriptions.suspend(reader, because)
