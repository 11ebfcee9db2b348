"""By which ways a delivery goes: Slack, e-mail, or both. Pure but for ``queue``, which queues it so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.interests import is_channel
from bot.mailboxes import mark
from bot.models import Delivery, DeliveryKind, Medium, Subscription, Via
from bot.settings import Settings
from bot.store import Store

#: What a person may be sent by e-mail; words about what somebody did in Slack stay there.
_LETTERS = frozenset(
    {DeliveryKind.PAPERS, DeliveryKind.DIGEST, DeliveryKind.QUIET, DeliveryKind.ROLL_UP, DeliveryKind.TRENDING}
)
#: What a channel's addresses are sent: its papers, each day or as they come.
_OF_CHANNELS = frozenset({DeliveryKind.PAPERS, DeliveryKind.DIGEST})


async def queue(
    store: Store, settings: Settings, delivery: Delivery, subscription: Subscription, *, requires_papers: bool = False
) -> tuple[str, ...] | None:
    """Queue it by the ways that its reader chose; see ``Outbox.enqueue``. Raises StoreError."""
    routed, copies = ways(delivery, subscription, has_email=settings.email.host is not None)
    return await store.outbox.enqueue(routed, requires_papers=requires_papers, copies=copies)


def ways(delivery: Delivery, subscription: Subscription, *, has_email: bool) -> tuple[Delivery, tuple[Delivery, ...]]:
    """The delivery by the way that claims its papers, and its copies by the other.

    By e-mail alone goes what a person wants so who has an address. Where both ways are wanted, Slack's is the one that
    claims, and each address gets a copy. Without a mail server (``has_email``) everything goes by Slack.
    """
    addresses = subscription.addresses
    if not (has_email and addresses):
        return delivery, ()
    if is_channel(delivery.reader):
        return delivery, _copies(delivery, addresses) if delivery.kind in _OF_CHANNELS else ()
    if delivery.kind not in _LETTERS:
        return delivery, ()
    match subscription.via:
        case Via.EMAIL:
            return replace(delivery, medium=Medium.EMAIL, to=addresses[0]), ()
        case Via.BOTH:
            return delivery, _copies(delivery, addresses[:1])
        case _:
            return delivery, ()


def _copies(delivery: Delivery, addresses: Iterable[str]) -> tuple[Delivery, ...]:
    """They end no day, for that is what the delivery does."""
    return tuple(
        replace(
            delivery,
            id=f"{delivery.id}@{mark(address)}",
            medium=Medium.EMAIL,
            to=address,
            copy_of=delivery.id,
            end=None,
        )
        for address in dict.fromkeys(addresses)
    )
