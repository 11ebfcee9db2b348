"""How a day without papers ends, and whether and how the reader hears of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from bot.models import DeliveryState, Ending, Near, SlotEnd, UserId

Silence: TypeAlias = Literal["daily", "when_it_matters", "weekly"]


@dataclass(frozen=True, slots=True)
class Before:
    """What came before a day, in expected days: as ``SlotEnd`` has it."""

    quiet_days: int = 0
    untold: int = 0
    week: tuple[int, int] = (0, 0)


def before_this(
    before: SlotEnd | None,
    reader: UserId,
    last_slot: date | None,
    digest: DeliveryState | None,
    *,
    at: datetime | None = None,
) -> SlotEnd | None:
    """How the reader's last slot ended, also where nobody has noted that: not yet, or the process stopped before it could.

    ``before`` is what was noted last, ``digest`` how far the digest of ``last_slot`` is, if there is one; ``at`` (aware,
    UTC) stands for when it ended where nobody knows.
    """
    if last_slot is None or (before is not None and before.day >= last_slot):
        return before
    moment = before.at if before else at
    if moment is None or (before is None and digest is None):
        return None
    ending = Ending.QUIET if digest is None else Ending.SENT
    return replace(ended(reader, last_slot, ending, moment, before), away=before.away if before else None)


def counted(before: SlotEnd | None, day: date) -> Before:
    """What came before the slot of ``day``; ``before`` is how the slot before ended, or that one itself at first."""
    if before is None:
        return Before()
    if before.day == day:
        return Before(before.quiet_days, before.untold, before.week)
    is_empty = before.is_empty
    days, empty = before.week
    return Before(
        before.quiet_days + 1 if is_empty else 0,
        before.untold + 1 if is_empty and not before.told else 0,
        (days + 1, empty + is_empty) if _monday(before.day) == _monday(day) else (0, 0),
    )


def ended(reader: UserId, day: date, ending: Ending, now: datetime, before: SlotEnd | None) -> SlotEnd:
    """A slot that ends so at ``now`` (aware, UTC)."""
    found = counted(before, day)
    return SlotEnd(reader, day, ending, now, quiet_days=found.quiet_days, untold=found.untold, week=found.week)


def speaks(
    silence: Silence,
    before: SlotEnd | None,
    day: date,
    *,
    is_at_fault: bool,
    slots_a_week: int,
    ends_week: bool,
    is_channel: bool,
) -> bool:
    """Whether the reader is told why the slot of ``day`` brings nothing.

    ``daily``: each time. ``weekly``: with the last slot of the week. ``when_it_matters``: when a source has come to be
    at fault, and when a week's slots in a row brought nothing and no word was said; then again after another week.
    Channels are told ``daily`` or not at all.
    """
    if silence == "daily" or is_channel:
        return silence == "daily"
    if silence == "weekly":
        return ends_week
    is_new = before is None or before.ending is not Ending.SOURCE or (before.day == day and before.told)
    return (is_at_fault and is_new) or counted(before, day).untold + 1 >= max(1, slots_a_week)


def without_papers(end: SlotEnd, *, faults: Sequence[str], best: Near | None, told: bool) -> SlotEnd:
    """A slot that ends with nothing."""
    return replace(end, best=best, note=" ".join(faults), told=told)


def week_words(end: SlotEnd, today: date, *, is_channel: bool = False) -> str:
    """On how many of the days of its week there were no papers, the day of ``end`` among them; "" for none.

    ``today`` is the reader's local day.
    """
    days, empty = end.week[0] + 1, end.week[1] + end.is_empty
    bar, whose = ("the bar", "") if is_channel else ("your bar", "your ")
    if not empty:
        return ""
    if days == 1:
        return f"No paper was above {bar} {'today' if end.day == today else f'on {end.day:%A}'}"
    if empty == days:
        return f"No paper was above {bar} on any of {whose}{days} days"
    return f"No paper was above {bar} on {empty} of {whose}{days} days"


def looking_back(
    end: SlotEnd, silence: Silence, faults: Sequence[str], today: date, *, is_channel: bool
) -> tuple[str, ...]:
    """What a look back, sent with the slot of ``end``, says of days without papers, so that no second message does.

    ``weekly``: on how many days of the week; else it is what the reader was to be told of this day, if anything.
    """
    is_empty = end.is_empty
    if is_channel and silence != "daily":
        return ()
    if silence != "weekly" and not (is_empty and end.told):
        return ()
    # Under ``daily`` the days before had their own words.
    is_alone = silence == "daily" and end.week[1] < end.week[0]
    words = week_words(replace(end, week=(0, 0)) if is_alone else end, today, is_channel=is_channel)
    told = (*(faults if is_empty else ()), f"{words}." if words else "")
    return tuple(filter(None, told))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
