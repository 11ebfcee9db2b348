"""How and when a reader is reached, in words. Plain text: escape it where that matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.blocks.parts import share_words
from bot.blocks.reaching import reached_words, way_of
from bot.blocks.settings_view import BEST, CLOSE
from bot.models import Cadence, Subscription, Via
from bot.settings import ScheduleSettings

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY, _WORKING = tuple(range(7)), tuple(range(5))


def weekday_words(days: Sequence[int]) -> str:
    """``every day``, ``on weekdays``, ``on Mondays``, ``on Mon, Wed and Fri``; 0 is Monday."""
    chosen = tuple(sorted(set(days)))
    if chosen == _EVERY:
        return "every day"
    if chosen == _WORKING:
        return "on weekdays"
    if len(chosen) == 1:
        return f"on {DAY_NAMES[chosen[0]]}s"
    names = [_DAYS[day] for day in chosen]
    return f"on {', '.join(names[:-1])} and {names[-1]}" if names else "on no day"


def day_words(day: date) -> str:
    """``Monday, 23 March 2026``."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def bar_words(bar: float | None, learnt: float | None = None) -> str:
    """The bar as the settings call it; None: what votes taught if ``learnt``, else the host's."""
    if bar is None:
        return f"closer than {share_words(learnt)} of papers, learnt from your votes" if learnt else "balanced"
    return {BEST: "only the very best", CLOSE: "everything close"}.get(
        bar
    ) or f"closer than {share_words(bar)} of papers"


def suspended_words(*, is_channel: bool = False) -> str:
    """That nothing is sent because of Slack, and how to try again."""
    again = "channel digest on" if is_channel else "resume"
    return f"Nothing is sent, because Slack refused it: the command “{again}” tries again."


def near_day_words(day: date, today: date) -> str:
    """``today``, ``tomorrow``, ``yesterday``, else ``on Monday, 23 March 2026``."""
    names = {today: "today", today + timedelta(days=1): "tomorrow", today - timedelta(days=1): "yesterday"}
    return names.get(day) or f"on {day_words(day)}"


def held_words(
    subscription: Subscription,
    comes: datetime | None,
    *,
    today: date,
    quiet_until: datetime | None = None,
    is_channel: bool = False,
) -> str:
    """What keeps messages back now, and when the next one is due; "" where nothing does.

    ``comes`` is when the next slot can be used, ``quiet_until`` when the quiet hours of this moment end, both aware and on
    the reader's clock; ``today`` is the reader's local day.
    """
    if subscription.suspended:
        return suspended_words(is_channel=is_channel)
    if subscription.paused and subscription.paused_until is None:
        return "Paused: nothing is sent until you resume."
    at_once = (subscription.cadence or (Cadence.DAILY if is_channel else Cadence.AT_ONCE)) is Cadence.AT_ONCE
    away = [
        (until, word)
        for until, word in (
            (subscription.paused_until if subscription.paused else None, "Paused"),
            (subscription.holiday_until, "On holiday"),
        )
        if until and until >= today
    ]
    if away:
        until, word = max(away)
        return f"{word} until {day_words(until)}{_then(comes, today, at_once=at_once)}."
    if quiet_until is None:
        return ""
    # What waits at night for who is written to at once comes in the morning, not with a slot.
    then = quiet_until if at_once else comes
    return f"Quiet hours until {quiet_until:%H:%M}{_then(then, today, at_once=at_once)}."


def _then(comes: datetime | None, today: date, *, at_once: bool) -> str:
    if comes is None:
        return ""
    what = "what came meanwhile follows" if at_once else "the next digest is due"
    return f"; {what} {near_day_words(comes.date(), today)} at {clock_words(comes)}"


def slots_words(subscription: Subscription, schedule: ScheduleSettings) -> str:
    """When the days of this reader end: ``on weekdays at 9:00 (Europe/Berlin)``."""
    days, hour, zone = _slots(subscription, schedule)
    shown = days[:1] if subscription.cadence is Cadence.WEEKLY else days
    return f"{weekday_words(shown)} at {hour}:00 ({zone})"


def _slots(chosen: Subscription, schedule: ScheduleSettings) -> tuple[tuple[int, ...], int, str]:
    """Weekdays, hour and zone: as chosen, else the host's."""
    host = tuple(_SHORT_DAYS.index(day) for day in schedule.weekdays)
    return (
        chosen.weekdays if chosen.weekdays is not None else host,
        schedule.digest_hour if chosen.hour is None else chosen.hour,
        chosen.zone or schedule.zone,
    )


def clock_words(at: datetime) -> str:
    """``9:00``, as the reader's clock shows it."""
    return f"{at.hour}:{at:%M}"


def subscription_words(
    subscription: Subscription,
    schedule: ScheduleSettings,
    *,
    bar: float | None,
    cap: int,
    learnt: float | None = None,
    is_channel: bool = False,
    today: date | None = None,
    has_email: bool = False,
) -> str:
    """A few sentences: how often, when, how many, how close, by which way, and what keeps messages back.

    ``bar`` None: the ``learnt`` one if there is one, else the host's. ``has_email``: the host sends e-mail.

    A pause or a holiday that was over before ``today``, the reader's local day, is not told.
    """
    chosen = subscription
    # As ``due.cadence`` has it, whether or not the host sends e-mail just now.
    is_mailed = way_of(chosen, has_email=True) is not Via.SLACK
    cadence = chosen.cadence or (Cadence.DAILY if is_channel or is_mailed else Cadence.AT_ONCE)
    days, hour, zone = _slots(chosen, schedule)
    papers = "1 paper" if cap == 1 else f"{cap} papers"
    match cadence:
        case Cadence.AT_ONCE:
            when = f"Papers come at once, at most {cap} at a time"
        case Cadence.DAILY:
            when = f"A digest of at most {papers} comes {weekday_words(days)} at {hour}:00 ({zone})"
        case Cadence.WEEKLY:
            when = f"A digest of at most {papers} comes {weekday_words(days[:1])} at {hour}:00 ({zone})"
    sentences = [f"{when} (bar: {bar_words(bar, learnt)})."]
    if reached := reached_words(chosen, has_email=has_email, is_channel=is_channel):
        sentences.append(reached)
    if chosen.trending:
        sentences.append(f"While you follow nothing, what is talked about comes {slots_words(chosen, schedule)}.")
    if chosen.quiet_from is not None and chosen.quiet_to is not None:
        between = f"{chosen.quiet_from:%H:%M} to {chosen.quiet_to:%H:%M}"
        sentences.append(f"Quiet from {between}" + (f" ({zone})." if cadence is Cadence.AT_ONCE else "."))
    if chosen.paused and not _is_over(chosen.paused_until, today):
        sentences.append(
            f"Paused until {day_words(chosen.paused_until)}." if chosen.paused_until else "Paused until resumed."
        )
    if chosen.holiday_until and not _is_over(chosen.holiday_until, today):
        sentences.append(f"On holiday until {day_words(chosen.holiday_until)}.")
    if chosen.suspended:
        sentences.append(suspended_words(is_channel=is_channel))
    return " ".join(sentences)


def _is_over(until: date | None, today: date | None) -> bool:
    return until is not None and today is not None and until < today
