"""One try to send a delivery, from its beginning to what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from bot.models import DeadDelivery, Delivery, DeliveryKind, Medium, Place, Sent
from bot.store.outbox.entries import LATER_VERSION_SECONDS, MOST_TRIES, Begin, Begun, Entry
from bot.store.outbox.parking import Parking, milliseconds
from bot.store.outbox.queueing import parts
from bot.store.outbox.scripts import OutboxScript
from bot.store.records import DEAD, DELIVERY, SENT

_BEGIN = OutboxScript("begin")
_RESEND = OutboxScript("resend")
_CONFIRM = OutboxScript("confirm")
_ACK = OutboxScript("ack")
_LATER = OutboxScript("later")
_WITHDRAW = OutboxScript("withdraw")
_BURY = OutboxScript("bury")

_TRIES = b'"tries":0'
#: What ``begin`` says of how a delivery came to be tried.
_REPLAYED, _AGAIN = 1, 2
#: What ``withdraw`` says where a delivery counts as sent.
_COUNTS = 2


class Trying(Parking):
    """What becomes of the entries that were taken."""

    async def begin(self, entry: Entry, consumer: str, lookup_after: float, ahead: float = 0.0) -> Begin:  # noqa: ARG002 - who it is tells the log; the try has a name of its own
        """Begin a try, if it is this one's turn; the same ``entry`` again is the same try, with the same claim.

        The claim lasts ``lookup_after`` seconds from the first of these calls (``Begin.age`` tells how long ago that
        was), by the server's clock: after that whoever begins next, be it this try, looks up whether it was sent. So a
        post must be over by then, or ``resend`` be asked right before it.

        ``ahead``: nothing is posted before ``resend`` was asked, and that takes so many seconds at most. Until then it
        is only claimed: whoever begins next sends it, and need not look.
        """
        if entry.is_later_version:
            return Begin(Begun.WAIT, seconds=LATER_VERSION_SECONDS)
        if entry.reader is None:
            return Begin(Begun.GONE)
        answer = await self._connection.write(
            *_BEGIN.about(entry, milliseconds(lookup_after), MOST_TRIES, milliseconds(ahead))
        )
        begun = Begun(answer[0].decode())
        if begun is Begun.GONE:
            return Begin(begun)
        tries, since, wait, mark, age = map(int, answer[1:6])
        ts, channel = (raw.decode() for raw in answer[6:8])
        if entry.delivery is None and begun in (Begun.SEND, Begun.LOOK_UP):
            begun = Begun.POISON
        place = Place(channel, ts) if begun is Begun.DONE and ts != "-" else None
        return Begin(
            begun, tries, since, place, wait / 1_000, mark == _REPLAYED, max(0, age) / 1_000, is_again=mark == _AGAIN
        )

    async def resend(self, entry: Entry, consumer: str) -> bool:  # noqa: ARG002 - as ``begin``
        """The try posts it from now on: it was only claimed, a look-up found nothing, or it waited long for its turn.

        False if the try has lost it to another one: then it must not be posted. The first attempt whose end nobody
        knows stays the one that a look-up begins at.
        """
        return await self._connection.write(*_RESEND.about(entry, int(entry.shard.medium is Medium.EMAIL))) == 1

    async def confirm(self, entry: Entry, place: Place, sent: Sequence[Sent], follow: Delivery | None = None) -> bool:
        """Slack has it at ``place``, whoever sent it: the ledger and ``sent`` say so, and ``follow`` is queued.

        All or nothing, and once: where it is known already nothing changes. Papers of the delivery that are neither in
        ``sent`` nor in ``follow`` were not sent and may be claimed again. False, and nothing is kept, if the reader was
        forgotten meanwhile. Raises ValueError for a ``follow`` of another reader.
        """
        told: list[bytes | str | int] = [place.ts or "-", place.channel or "-", len(sent)]
        told += [part for one in sent for part in (one.paper_id, SENT.dump(one))]
        own = entry.delivery.paper_ids if entry.delivery else ()
        told += [len(own), *own]
        if follow is None:
            told.append("")
        else:
            if follow.reader != entry.reader:
                raise ValueError(follow.id)
            parts(replace(follow, paper_ids=()))
            told += [uuid4().hex[:16], follow.id, DELIVERY.dump(follow), len(follow.paper_ids), *follow.paper_ids]
        return await self._connection.write(*_CONFIRM.about(entry, *told)) == 1

    async def ack(self, entry: Entry) -> None:
        """Nothing is left to do for what was sent, is dead or is gone."""
        await self._connection.write(*_ACK.about(entry))
        self._ended(entry)

    async def later(
        self, entry: Entry, seconds: float, *, ambiguous: bool = False, give_back_try: bool = False
    ) -> None:
        """The try is over, the next one comes in so many seconds (a day at most).

        ``ambiguous``: nobody knows whether it was sent; else it surely was not by this try. ``give_back_try``: it does
        not count. Nothing changes if the try has lost the delivery to another one.
        """
        told = (milliseconds(seconds), int(ambiguous), int(give_back_try))
        await self._connection.write(*_LATER.about(entry, *told))
        self._ended(entry)

    async def withdraw(
        self, entry: Entry, *, free_slot: bool = False, told: Sequence[Sent] = (), is_out: bool = False, key: str = ""
    ) -> bool:
        """It was not sent and will not be: its papers may be claimed and its id queued again.

        ``free_slot``: so may its day. Where it (``is_out``), or a copy of the papers ``told``, may have left by e-mail,
        it counts as sent instead, as the letter ``key``; whether it does. Nothing changes if the try has lost
        the delivery to another one.
        """
        delivery = entry.delivery
        day = delivery.slot if free_slot and delivery else None
        papers = delivery.paper_ids if delivery else ()
        rows = [part for one in told for part in (one.paper_id, SENT.dump(one))]
        how = (day.isoformat() if day else "", int(is_out), key or "-", len(told))
        answer = await self._connection.write(*_WITHDRAW.about(entry, *how, *rows, *papers))
        self._ended(entry)
        return answer == _COUNTS

    async def bury(self, entry: Entry, reason: str, at: datetime) -> None:
        """It is tried no more until the host says so; its papers stay claimed. ``at``: aware.

        What cannot be read is kept by its name alone. Nothing changes if the try has lost the delivery to another one.
        """
        delivery = entry.delivery
        if delivery is None and entry.reader is not None:
            delivery = Delivery(entry.delivery_id, entry.reader, DeliveryKind.NOTE, at)
        if delivery is None:
            await self.ack(entry)
            return
        # A quotation mark within a text has a backslash before it, so this stands nowhere else.
        head, _, tail = DEAD.dump(DeadDelivery(delivery, reason, 0, at)).rpartition(_TRIES)
        await self._connection.write(*_BURY.about(entry, head + _TRIES[:-1], tail))
        self._ended(entry)
