"""The outbox: deliveries from the moment they are due until Slack has them.

    queueing        into the outbox, each once
    taking          out of it, each to one consumer
    parking         what waits for a moment
    trying          one try to send, and what came of it
    dying           what is tried no more
    ledger          how far each delivery is
    entries         what those who send see
    scripts         how all of it is asked for

The ledger is the truth: one row for each delivery, under its id. The stream, its consumers' pending entries and the
parked tickets are signs that something is to be done, and nothing more: there may be several for one delivery, they may
come late, and ``begin`` gives a delivery to one try at a time whatever they say.

    queued ─► sending ─► sent            begin, confirm; a letter is ``claimed`` first, and sending from ``resend`` on
                │  ▲
                ▼  │ resend
             ambiguous ◄─► looking       later, begin; a try that was killed while it was sending counts as ambiguous
                │
                ▼
              dead ─► queued             bury, replay

There is one queue for each way to people, so that one that is down holds up no other; the ledger is the same for all of
them. Copies, which say by another way what a delivery says, are queued in its script.

Each of these is one script. Sent again because its answer was lost, a script changes nothing more and answers the
same: it tells its own try, by ``Entry.attempt``, and its own delivery, by the ticket, from every other one. A script
that comes when its try has lost the delivery to another changes nothing at all. All moments are the server's.
"""

from __future__ import annotations

from bot.models import DeliveryState, UserId
from bot.store.outbox.dying import Dying
from bot.store.outbox.entries import LATER_VERSION_SECONDS, MOST_TRIES, Begin, Begun, Entry
from bot.store.outbox.ledger import state
from bot.store.outbox.trying import Trying

__all__ = ["LATER_VERSION_SECONDS", "MOST_TRIES", "Begin", "Begun", "Entry", "Outbox"]


class Outbox(Trying, Dying):
    """Deliveries that wait, are being sent, or are dead; entries are taken from one way's queue."""

    async def state(self, reader: UserId, delivery_id: str) -> DeliveryState | None:
        """How far a delivery is; None if nobody knows of it, or no more."""
        return await state(self._connection, reader, delivery_id)
