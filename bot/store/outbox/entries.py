"""What is taken from the outbox, and what is said when its sending begins."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import uuid4

from bot.models import DELIVERY_VERSION, Delivery, Medium, Place, UserId
from bot.store.keys import Shard, is_name, shard_of
from bot.store.records import DELIVERY, Skipped, is_delivery_id

log = logging.getLogger(__name__)

#: A delivery that began so often and did not end is tried no more.
MOST_TRIES = 8
#: Seconds until a delivery of a later version is offered again: to a process that knows it, it is hoped.
LATER_VERSION_SECONDS = 15.0


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One sign that a delivery waits, and at the same time one try to send it.

    There may be several of one delivery; what is true of it stands in the ledger, so ``begin`` comes before all else.
    """

    shard: Shard
    #: The stream's own id.
    entry_id: str
    #: "" where nothing is left of the delivery, or nothing readable.
    delivery_id: str
    #: None: it is over or forgotten, cannot be read, or is of a later version.
    delivery: Delivery | None
    is_later_version: bool = False
    #: Whose it is, as far as that can be read.
    reader: UserId | None = None
    #: What the queue calls this delivery.
    ticket: str = ""
    #: Tells this try from every other one.
    attempt: str = field(default_factory=lambda: uuid4().hex[:16], repr=False)


class Begun(StrEnum):
    """What is to be done with an entry."""

    #: It is this try's to send.
    SEND = "send"
    #: Nobody knows whether an earlier try sent it: look, and nobody else does meanwhile.
    LOOK_UP = "look_up"
    #: Somebody is sending it, or it is too early to look.
    WAIT = "wait"
    #: It was sent, or is dead: acknowledge it.
    DONE = "done"
    #: Nothing is left of it (forgotten, withdrawn): acknowledge it.
    GONE = "gone"
    #: Tried too often, or unreadable: bury it.
    POISON = "poison"


@dataclass(frozen=True, slots=True)
class Begin:
    """What ``Outbox.begin`` found."""

    begun: Begun
    #: Tries, with this one; more than ``MOST_TRIES`` after a look-up: if it was not sent, bury it.
    tries: int = 0
    #: When the first attempt began whose end nobody knows, in ms since 1970 of the server's clock; 0: there is none.
    since_ms: int = 0
    #: DONE: where it was sent; None for a dead one.
    place: Place | None = None
    #: WAIT: so many seconds.
    seconds: float = 0.0
    #: LOOK_UP: the host asked for it again; where Slack cannot tell whether it was sent, it is sent.
    replayed: bool = False
    #: SEND and LOOK_UP: so many seconds ago the claim began, where this try had begun before.
    age: float = field(default=0.0, compare=False)
    #: LOOK_UP: it was sent again already though nobody knew of an earlier time.
    is_again: bool = field(default=False, kw_only=True)


def entry_of(shard: Shard, entry_id: str, ticket: str, raw: bytes | None, skipped: Skipped) -> Entry:
    """The entry of a ticket, with the delivery that stands under it (None: nothing does)."""
    if raw is None:
        return Entry(shard, entry_id, "", None, ticket=ticket)
    form = raw.partition(b" ")[2]
    delivery = DELIVERY.load(form, Skipped())
    home = shard.by(Medium.SLACK)
    if delivery is not None and shard_of(delivery.reader) == home and delivery.medium is shard.medium:
        return Entry(shard, entry_id, delivery.id, delivery, reader=delivery.reader, ticket=ticket)
    delivery_id, reader, version = _heading(form)
    if reader is not None and shard_of(reader) != home:
        delivery_id, reader = "", None
    if version > DELIVERY_VERSION:
        return Entry(shard, entry_id, delivery_id, None, is_later_version=True, reader=reader, ticket=ticket)
    skipped.add()
    log.error("a queued delivery cannot be read", extra={"delivery_id": delivery_id})
    return Entry(shard, entry_id, delivery_id, None, reader=reader, ticket=ticket)


def _heading(form: bytes) -> tuple[str, UserId | None, int]:
    """Id, reader and version of a delivery, as far as they can be read."""
    try:
        told: Any = json.loads(form)
        delivery_id, version = told["id"], told["version"]
        workspace, user = told["reader"]["workspace"], told["reader"]["user"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", None, 0
    if not all(isinstance(text, str) for text in (delivery_id, workspace, user)) or type(version) is not int:
        return "", None, 0
    is_sound = is_name(workspace) and is_name(user) and is_delivery_id(delivery_id)
    return (delivery_id, UserId(workspace, user), version) if is_sound else ("", None, version)
