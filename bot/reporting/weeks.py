"""What readers were sent in each week, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from math import sqrt
from statistics import median

from bot.models import Rating, Save, Sent, Taste

#: Of fewer readers than that, a median would tell what one of them does.
HIDDEN_BELOW = 3
#: Of the normal distribution, for 95 %.
_QUANTILE = 1.96


@dataclass(frozen=True, slots=True)
class Acts:
    """What one reader was sent and did, each paper under the id that it has now."""

    sent: Sequence[Sent] = ()
    ratings: Sequence[Rating] = ()
    saves: Sequence[Save] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """What readers were sent within some days, counted in papers and readers, and what became of just that.

    ``voted``, ``liked``, ``disliked`` and ``saved`` are of those papers, whenever it was done; ``elsewhere`` are votes
    given within these days on papers that the reader was not sent: from searches, channels and lists.
    """

    first: date
    #: The day after the last one.
    end: date
    sent: int = 0
    voted: int = 0
    liked: int = 0
    disliked: int = 0
    saved: int = 0
    #: Readers who were sent something, and those of them who liked some of it.
    readers: int = 0
    liking: int = 0
    elsewhere: int = 0

    @property
    def precision(self) -> float | None:
        """Likes among the votes; None without a vote."""
        return self.liked / self.voted if self.voted else None

    @property
    def liked_share(self) -> float | None:
        """Likes among what was sent, silence included; None where nothing was."""
        return self.liked / self.sent if self.sent else None

    @property
    def coverage(self) -> float | None:
        """Readers who liked something among those who were sent something; None where nobody was."""
        return self.liking / self.readers if self.readers else None


@dataclass(frozen=True, slots=True)
class Medians:
    """The reader in the middle, of those who were sent something."""

    readers: int
    #: Papers sent in a week.
    sent_a_week: float
    #: Votes among them.
    voted_share: float
    #: Likes among the votes of those who voted; None where that are too few readers to tell.
    precision: float | None


def weekly(readers: Iterable[Acts], weeks: int, today: date, zone: tzinfo) -> list[Week]:
    """The last ``weeks`` weeks, from Monday to Sunday in ``zone``, the oldest first; the last one is that of ``today``."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=ago) for ago in range(weeks - 1, -1, -1)]
    people = list(readers)
    return [_counted(people, first, first + timedelta(weeks=1), zone) for first in starts]


def total(readers: Iterable[Acts], weeks: Sequence[Week], zone: tzinfo) -> Week:
    """All those weeks as one; a reader counts once."""
    return _counted(readers, weeks[0].first, weeks[-1].end, zone)


def medians(readers: Iterable[Acts], weeks: Sequence[Week], zone: tzinfo) -> Medians | None:
    """What the reader in the middle had in those weeks; None for fewer than ``HIDDEN_BELOW`` readers."""
    each = [_counted([one], weeks[0].first, weeks[-1].end, zone) for one in readers]
    told = [one for one in each if one.sent]
    if len(told) < HIDDEN_BELOW:
        return None
    precisions = [one.precision for one in told if one.precision is not None]
    return Medians(
        readers=len(told),
        sent_a_week=median(one.sent / len(weeks) for one in told),
        voted_share=median(one.voted / one.sent for one in told),
        precision=median(precisions) if len(precisions) >= HIDDEN_BELOW else None,
    )


def interval(part: int, of: int) -> tuple[float, float]:
    """Within which a share lies with 95 % confidence, after ``part`` of ``of``: Wilson's score interval (1927)."""
    if not of:
        return 0.0, 1.0
    share, square = part / of, _QUANTILE**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _QUANTILE * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def _counted(readers: Iterable[Acts], first: date, end: date, zone: tzinfo) -> Week:
    def is_within(at: datetime) -> bool:
        return first <= at.astimezone(zone).date() < end

    sent = voted = liked = disliked = saved = people = liking = elsewhere = 0
    for acts in readers:
        tastes = {rating.paper_id: rating.taste for rating in acts.ratings}
        ever = {one.paper_id for one in acts.sent}
        papers = {one.paper_id for one in acts.sent if is_within(one.at)}
        likes = sum(tastes.get(one) is Taste.MORE for one in papers)
        votes = sum(one in tastes for one in papers)
        sent, voted, liked, disliked = sent + len(papers), voted + votes, liked + likes, disliked + votes - likes
        saved += len(papers & {save.paper_id for save in acts.saves})
        people, liking = people + bool(papers), liking + bool(likes)
        elsewhere += sum(one.paper_id not in ever and is_within(one.at) for one in acts.ratings)
    return Week(first, end, sent, voted, liked, disliked, saved, people, liking, elsewhere)
