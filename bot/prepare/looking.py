"""Whom to look at: readers for whom something may be due now. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot import due
from bot.interests import is_channel
from bot.models import Cadence, Subscription, UserId
from bot.settings import DigestSettings, ScheduleSettings
from bot.store.rounds import Row

#: Who heard nothing for so many expected days gets a choice of what came.
AWAY = 2


@dataclass(frozen=True, slots=True)
class Look:
    """A reader for whom something may be due."""

    row: Row
    #: The local day whose slot is due, None for none.
    slot: date | None
    #: Slots that fell due since the last one that ended; this one is one of them.
    passed: int
    #: Papers go out as soon as they are there.
    at_once: bool
    #: The local day with which the look back on its week is due, None for none.
    week: date | None

    @property
    def reader(self) -> UserId:
        """Who it is."""
        return self.row.reader

    @property
    def subscription(self) -> Subscription:
        """How and when the reader is reached."""
        return self.row.subscription

    @property
    def is_channel(self) -> bool:
        """A channel, no person."""
        return is_channel(self.reader)

    @property
    def is_newcomer(self) -> bool:
        """No slot of the reader's ended yet."""
        return self.row.last_slot is None

    @property
    def has_missed(self) -> bool:
        """Slots passed in which nothing could be sent: a pause, a holiday, the bot was down."""
        return self.slot is not None and self.passed - 1 >= AWAY

    @property
    def state(self) -> tuple[object, ...]:
        """While this stays the same, looking again finds the same."""
        return self.row.alerts, self.row.told, self.slot, self.at_once, self.has_missed


def looked_at(row: Row, schedule: ScheduleSettings, digest: DigestSettings, now: datetime) -> Look | None:
    """What may be due for a reader at ``now`` (aware); None for nothing, or while the reader cannot be reached."""
    subscription, of_channel = row.subscription, is_channel(row.reader)
    if not due.reachable(subscription, schedule, now):
        return None
    at_once = due.cadence(subscription, is_channel=of_channel) is Cadence.AT_ONCE
    slot = due.due(subscription, schedule, is_channel=of_channel, last_slot=row.last_slot, now=now)
    passed = due.passed(subscription, schedule, is_channel=of_channel, last_slot=row.last_slot, now=now)
    week = None
    if digest.roll_up and (subscription.roll_up or (subscription.roll_up is None and not of_channel)):
        week = due.roll_up_due(subscription, schedule, now)
    if slot is None and at_once:
        # Who comes back is not written to at the stroke of midnight, nor twice: what waited comes with the next slot.
        is_back = passed >= AWAY or (passed > 0 and due.is_early(subscription, schedule, now))
        at_once = not is_back and row.alerts > 0
    if slot is None and not at_once and week is None:
        return None
    return Look(row, slot, passed, at_once, week)


def missed(row: Row, schedule: ScheduleSettings, now: datetime) -> date | None:
    """The local day of the last slot that passed while the reader is away at ``now`` (aware), None for none."""
    of_channel = is_channel(row.reader)
    return due.passed_away(row.subscription, schedule, is_channel=of_channel, last_slot=row.last_slot, now=now)
