"""What the host and the owners of channels hear of delivering: queued like everything else, once each."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from bot.deliver.outages import Ended
from bot.models import Delivery, DeliveryKind, Medium, UserId
from bot.store import Store

#: Several processes notice the same thing within this time.
_TOGETHER = timedelta(minutes=10)
_MINUTES_OF_AN_HOUR = 60
#: What each way is called to its host.
NAMES = {Medium.SLACK: "Slack", Medium.EMAIL: "The mail server"}


def key_of(workspace: str, delivery_id: str) -> str:
    """What a message is found by in Slack, and a letter named by: 32 characters that say nothing about what it is."""
    return sha256(f"{workspace}\n{delivery_id}".encode()).hexdigest()[:32]


async def note(store: Store, whom: UserId, sentence: str, *, topic: str, about: UserId, now: datetime) -> None:
    """Queue a word to somebody about a reader, once for each topic and day (``now``, aware). Raises StoreError."""
    # What stands with one reader names no other: it would outlive that one's being forgotten.
    name = sha256(f"{about}\n{topic}".encode()).hexdigest()[:16]
    note_id = f"note:{whom.user}:{topic}-{name}:{now:%Y-%m-%d}"
    await store.outbox.enqueue(Delivery(note_id, whom, DeliveryKind.NOTE, now, notes=(sentence,)))


async def tell_of_outage(store: Store, operator: UserId, ended: Ended, medium: Medium, now: datetime) -> None:
    """Queue for the host how long nothing could be sent and how much waited, once however many processes saw it.

    ``now`` is aware, UTC. Raises StoreError.
    """
    depth = await store.outbox.depth(operator.workspace, only=medium)
    waited = depth.queued + depth.parked
    messages = "1 message" if waited == 1 else f"{waited:,} messages"
    name = NAMES[medium]
    why = f"{name} refused everything ({ended.code})" if ended.code else f"{name} could not be reached"
    sentence = f"{why} for {_span(ended.seconds)}. It works again; {messages} waited and go out now."
    # The hour of its end names it: who notices it just after a full hour looks for a note of the hour before.
    ids = [f"note:{operator.user}:{medium}-away:{moment:%Y-%m-%dT%H}" for moment in (now - _TOGETHER, now)]
    if ids[0] != ids[1] and await store.outbox.state(operator, ids[0]) is not None:
        return
    await store.outbox.enqueue(Delivery(ids[1], operator, DeliveryKind.NOTE, now, notes=(sentence,)))


def _span(seconds: float) -> str:
    """``25 minutes``, ``2 hours 5 minutes``."""
    hours, minutes = divmod(max(1, round(seconds / 60)), _MINUTES_OF_AN_HOUR)
    words = [(hours, "hour"), (minutes, "minute")]
    return " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in words if number)
