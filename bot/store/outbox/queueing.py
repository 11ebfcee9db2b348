"""Deliveries on their way into the outbox, and how many there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from bot.models import Delivery, DeliveryKind, Medium, QueueDepth
from bot.store import keys
from bot.store.connection import Connection, Script
from bot.store.outbox.scripts import OutboxScript
from bot.store.outbox.slots import too_far
from bot.store.records import DELIVERY, Skipped

#: What may be said to somebody who is no reader.
_TO_ANYBODY = frozenset({DeliveryKind.NOTE, DeliveryKind.WELCOME})
#: What a reader gets one of for a local day.
_OF_A_DAY = frozenset({DeliveryKind.DIGEST, DeliveryKind.QUIET, DeliveryKind.TRENDING})
#: The way by which copies go, for each way of what they are copies of.
_OTHER = {Medium.SLACK: Medium.EMAIL, Medium.EMAIL: Medium.SLACK}
_PAPERS = b'"paper_ids":[]'
#: Deliveries that are looked at for the oldest; reading them takes the server some milliseconds.
_LOOKED_AT = 10_000

_ENQUEUE = OutboxScript("enqueue")
_DEPTH = Script("outbox_depth")


class Queueing:
    """Queues deliveries, each once, in the queue of the way that it goes."""

    def __init__(self, connection: Connection, medium: Medium = Medium.SLACK) -> None:
        self._connection = connection
        #: Whose queue entries are taken from; everything else is about all queues.
        self.medium = medium

    async def enqueue(
        self, delivery: Delivery, *, requires_papers: bool = False, copies: Sequence[Delivery] = ()
    ) -> tuple[str, ...] | None:
        """Queue a delivery once, in one script; gives the papers that it has, in the order asked.

        They are those of its ``paper_ids`` that were neither sent nor claimed before; they are claimed for it. None, and
        nothing happens, if a delivery of this id was queued before, if the day of a digest (``slot``) is taken, if
        nothing is free and ``requires_papers``, and if the reader is forgotten or unknown: notes and welcomes are for
        anybody, a paper that was asked for is for whoever still waits for it. A day more than a week ahead was taken by a clock that was wrong, and does not count.

        ``copies`` (``copy_of`` names this one, and they go by the other way) are queued with it, with the same papers,
        unless they were before. Raises ValueError for a delivery that could not be read back, and for another's copy.
        """
        shard, ticket = keys.shard_of(delivery.reader).by(delivery.medium), uuid4().hex[:16]
        other = shard.by(_OTHER[delivery.medium])
        ids = list(dict.fromkeys(delivery.paper_ids))
        head, tail = parts(replace(delivery, paper_ids=()))
        day = delivery.slot if delivery.kind in _OF_A_DAY else None
        command = _ENQUEUE.told(
            shard,
            delivery.reader.user,
            delivery.id,
            ticket,
            head,
            tail,
            _known_by(delivery),
            int(requires_papers),
            day.isoformat() if day else "",
            too_far(day).isoformat() if day else "",
            len(copies),
            *(part for copy in copies for part in _copied(copy, delivery)),
            *(part for paper_id in ids for part in (paper_id, json.dumps(paper_id))),
            beside=(other.outbox, other.deliveries, other.dead),
        )
        claimed: list[bytes] | None = await self._connection.write(*command)
        if claimed is None:
            return None
        texts = (self._connection.skipped.text(raw) for raw in claimed)
        return tuple(paper_id for paper_id in texts if paper_id is not None)

    async def depth(self, workspace: str, *, only: Medium | None = None) -> QueueDepth:
        """How much waits, in all queues or ``only`` in one; of more than 10,000 deliveries the oldest is that of a sample."""
        depth = QueueDepth()
        for shard in (shard.by(only) for shard in keys.shards_of(workspace)) if only else queues_of(workspace):
            command = _DEPTH([shard.outbox, shard.deliveries, shard.parked, shard.dead], _LOOKED_AT)
            stream, taken, parked, dead, oldest = map(int, await self._connection.write(*command))
            depth = QueueDepth(
                queued=depth.queued + max(0, stream - taken),
                parked=depth.parked + parked,
                taken=depth.taken + taken,
                dead=depth.dead + dead,
                oldest=max(depth.oldest, oldest / 1_000),
            )
        return depth


def queues_of(workspace: str) -> list[keys.Shard]:
    """The shards of a workspace, each as often as there are ways to people."""
    return [shard.by(medium) for shard in keys.shards_of(workspace) for medium in Medium]


def _copied(copy: Delivery, original: Delivery) -> tuple[str | bytes, ...]:
    """A copy as the script wants it."""
    is_its = copy.copy_of == original.id and copy.reader == original.reader and copy.paper_ids == original.paper_ids
    if not is_its or copy.medium is not _OTHER[original.medium]:
        raise ValueError(copy.id)
    return (uuid4().hex[:16], copy.id, *parts(replace(copy, paper_ids=())))


def _known_by(delivery: Delivery) -> bytes | str:
    """Who of those that follow and chose nothing may be written to."""
    beginning = f"{DeliveryKind.BROUGHT}:{delivery.reader.user}:"
    if delivery.kind is DeliveryKind.BROUGHT and delivery.id.startswith(beginning) and delivery.id != beginning:
        return keys.field(delivery.reader, delivery.id.removeprefix(beginning))
    return "anybody" if delivery.kind in _TO_ANYBODY else "reader"


def parts(delivery: Delivery) -> tuple[bytes, bytes]:
    """A delivery without papers as JSON, up to where they stand and after it. Raises ValueError if it is not sound."""
    if DELIVERY.load(whole := DELIVERY.dump(delivery), Skipped()) != delivery:
        raise ValueError(delivery.id)
    # A quotation mark within a text has a backslash before it, so this stands nowhere else.
    head, _, tail = whole.partition(_PAPERS)
    return head + _PAPERS[:-2], tail
