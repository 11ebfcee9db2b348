"""The weekly look back: what was near, what is talked about, what was learnt, and seven days in figures."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from bot.due import came_since, local_days
from bot.models import (
    DayCount,
    Delivery,
    DeliveryKind,
    Profile,
    Rating,
    SourceState,
    Subscription,
    Taste,
    UserId,
)
from bot.prepare.seams import Nearest
from bot.settings import ScheduleSettings
from bot.store import Store

_DAYS = 7
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_MOST_NEAR, _MOST_TRENDING, _MOST_NOTES = 3, 5, 5


def roll_up_id(reader: UserId, day: date) -> str:
    """What the look back on the week of a day is called: one a week, from Monday to Sunday."""
    return f"roll:{reader.user}:{(day - timedelta(days=day.weekday())).isoformat()}"


def is_new(subscription: Subscription, schedule: ScheduleSettings, profile: Profile, day: date, told: int) -> bool:
    """Whether the reader came in the week of ``day`` (from Monday on) and was sent nothing yet: then it gets none.

    ``told`` papers were sent so far, or are about to be.
    """
    return not told and _came(profile) >= _days_before(subscription, schedule, day)[_DAYS - day.weekday()]


async def roll_up(
    store: Store,
    near: Nearest,
    schedule: ScheduleSettings,
    subscription: Subscription,
    day: date,
    *,
    now: datetime,
    sources: Sequence[SourceState],
    told: int,
    silence: Sequence[str] = (),
) -> Delivery | None:
    """The look back of a local day on the seven whole ones before it, made at ``now`` (aware, UTC); None for nothing to say.

    What is near is so since the look back before this one. ``told`` is that of ``is_new``, ``silence`` what is said of
    days without papers, in sentences. Raises StoreError.
    """
    reader = subscription.reader
    profile = await store.profiles.get(reader)
    if subscription.trending and not profile.interests:
        # What is talked about is what such a reader hears of all week.
        return None
    if is_new(subscription, schedule, profile, day, told):
        return None
    begins = _days_before(subscription, schedule, day)
    sent = [one.at for one in await store.sent.of(reader, since=begins[0])]
    ratings = [one for one in await store.ratings.of(reader) if begins[0] <= one.at < begins[-1]]
    liked = {one.paper_id: one.at for one in ratings if one.taste is Taste.MORE}
    for save in await store.saved.of(reader):
        liked.setdefault(save.paper_id, save.at)
    days = _counted(day - timedelta(days=1), begins, sources, sent, liked.values())
    notes = learnt(profile, ratings)
    misses = await near.near_misses(reader, came_since(subscription, schedule, day, is_week=True), _MOST_NEAR)
    trending = await near.trending_ids(_MOST_TRENDING)
    if not (misses or trending or notes or silence or any(one.sent or one.liked for one in days)):
        return None
    return Delivery(
        id=roll_up_id(reader, day),
        reader=reader,
        kind=DeliveryKind.ROLL_UP,
        queued=now,
        notes=notes,
        silence=tuple(silence),
        near=tuple(misses),
        trending=tuple(trending),
        days=days,
    )


def learnt(profile: Profile, ratings: Iterable[Rating]) -> tuple[str, ...]:
    """What ratings changed in what the reader follows, a sentence for each interest, the most rated first."""
    names = {interest.id: interest.name for interest in profile.interests}
    counts = Counter((one.interest_id, one.taste) for one in ratings if one.interest_id in names)
    opened = {one.interest_id for one in ratings if one.opened}
    return tuple(
        _sentence(names[interest_id], taste, count, is_new=interest_id in opened)
        for (interest_id, taste), count in counts.most_common(_MOST_NOTES)
    )


def _sentence(name: str, taste: Taste, count: int, *, is_new: bool) -> str:
    papers = "a paper" if count == 1 else f"{count} papers"
    if taste is Taste.LESS:
        return f"Less like “{name}”, after {papers} that {'was' if count == 1 else 'were'} not for you."
    if is_new:
        return f"“{name}” is new, after {papers} you wanted more of."
    return f"“{name}” moved towards {papers} you wanted more of."


def _days_before(subscription: Subscription, schedule: ScheduleSettings, day: date) -> list[datetime]:
    """Where the seven days before ``day`` begin, and ``day`` itself."""
    return local_days(subscription, schedule, day - timedelta(days=1), _DAYS)


def _came(profile: Profile) -> datetime:
    """When the reader first followed something that it follows still; long ago where nobody noted that."""
    return min((one.created for one in profile.interests if one.created), default=_LONG_AGO)


def _counted(
    last: date,
    begins: Sequence[datetime],
    sources: Iterable[SourceState],
    sent: Iterable[datetime],
    liked: Iterable[datetime],
) -> tuple[DayCount, ...]:
    """The days that begin so, the last one of them named; sources count by UTC's days."""
    came: Counter[date] = Counter()
    for state in sources:
        came.update(dict(state.daily))
    told, wanted = _by_day(begins, sent), _by_day(begins, liked)
    days = [last - timedelta(days=back) for back in range(len(begins) - 2, -1, -1)]
    return tuple(DayCount(day, came[day], told[place], wanted[place]) for place, day in enumerate(days))


def _by_day(begins: Sequence[datetime], moments: Iterable[datetime]) -> Mapping[int, int]:
    """How many moments lie in each of the days that begin so; the last beginning is the end of all."""
    return Counter(bisect_right(begins, moment) - 1 for moment in moments if begins[0] <= moment < begins[-1])
