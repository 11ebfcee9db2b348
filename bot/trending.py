"""What is talked about: papers by their comments and upvotes, and by what colleagues keep. Pure.

A paper is measured against papers of its own age, since counts only grow: its comments and upvotes, as logarithms, less
the middle ones of that age. What it is ahead by fades with its days. A number that nobody printed is not zero: it is
taken to be the middle one of its age, so that a page without upvotes neither lifts nor sinks its papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import log, log1p
from statistics import median
from types import MappingProxyType

from bot.models import Count, Paper

#: How many days each period goes back. Printed days may be one day early, so today's papers may be of yesterday.
PERIODS: Mapping[str, int] = MappingProxyType({"day": 1, "week": 7, "month": 30})

#: Somebody who writes a comment cares more than somebody who clicks.
_COMMENT = 2.0
#: What a paper is ahead by is worth half after two days of a week, and after as large a part of the other periods:
#: of a month, two days would leave nothing but its last ones.
_HALF_LIFE = 2 / 7
#: Papers of the same age: so many with a known number, from as few days around as have them.
_OF_AN_AGE = 12
#: A colleague who keeps a paper or asks for more like it, beside strangers who click.
_COLLEAGUE = 1.0


@dataclass(frozen=True, slots=True)
class Here:
    """How many readers of one workspace did what with a paper, of those who let it be counted; of too few to tell, 0."""

    saved: int = 0
    #: Asked for more like it.
    liked: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """How much a paper is talked about; None: nobody printed it."""

    paper: Paper
    day: date
    comments: int | None
    upvotes: int | None
    here: Here = field(default_factory=Here)

    @property
    def is_any(self) -> bool:
        """Somebody said something of it."""
        return any((self.comments, self.upvotes, self.here.saved, self.here.liked))


def talked_about(
    papers: Iterable[Paper], period: str, today: date, here: Mapping[str, Here] = MappingProxyType({})
) -> list[Talk]:
    """The papers of the period (a key of ``PERIODS``) that somebody spoke of, most talked about first.

    ``here``: what colleagues did, by paper id. A paper's day is when it was published, else listed, else first seen
    (UTC). Of equals the newer one comes first.
    """
    days = PERIODS[period]
    first = today - timedelta(days=days)
    talks = [_talk(paper, here.get(paper.id, Here())) for paper in papers]
    known = [one for one in talks if first <= one.day <= today + timedelta(days=1)]
    usual_comments = _usual([(one.day, one.comments) for one in known])
    usual_upvotes = _usual([(one.day, one.upvotes) for one in known])
    half_life = max(1.0, days * _HALF_LIFE)

    def order(one: Talk) -> tuple[float, int, str]:
        ahead = _COMMENT * _ahead(one.comments, usual_comments[one.day])
        ahead += _ahead(one.upvotes, usual_upvotes[one.day])
        # As much for each colleague as an e-fold of both numbers: there are few colleagues, and many strangers.
        warmth = ahead / (_COMMENT + 1) + _COLLEAGUE * log1p(one.here.saved + one.here.liked)
        faded = log(2) * max(0, (today - one.day).days) / half_life
        return faded - warmth, -one.day.toordinal(), one.paper.id

    return sorted((one for one in known if one.is_any), key=order)


def counted(paper: Paper) -> str:
    """``why`` of a paper by its own numbers; "" where nobody printed any."""
    return why(_talk(paper, Here()))


def why(talk: Talk) -> str:
    """``310 upvotes and 24 comments since 3 March 2026 · 2 colleagues saved it``."""
    told = [
        f"{count:,} {noun if count == 1 else f'{noun}s'}"
        for count, noun in ((talk.upvotes, "upvote"), (talk.comments, "comment"))
        if count
    ]
    since = f"{' and '.join(told)} since {talk.day.day} {talk.day:%B %Y}" if told else ""
    return " · ".join(part for part in (since, _colleagues(talk.here)) if part)


def _colleagues(here: Here) -> str:
    told = [
        f"{count:,} colleagues {act}"
        for count, act in ((here.saved, "saved it"), (here.liked, "asked for more like it"))
        if count
    ]
    return ", ".join(told)


def _talk(paper: Paper, here: Here) -> Talk:
    return Talk(paper, paper.day() or paper.first_seen.date(), _newest(paper.comments), _newest(paper.upvotes), here)


def _newest(counts: tuple[Count, ...]) -> int | None:
    return max(0, counts[0].value) if counts else None


def _ahead(count: int | None, usual: float) -> float:
    return 0.0 if count is None else log1p(count) - usual


def _usual(counts: Sequence[tuple[date, int | None]]) -> dict[date, float]:
    """The middle of the known counts, as logarithms, around each of the days; 0 where none is known."""
    by_day: dict[date, list[float]] = {day: [] for day, _ in counts}
    for day, count in counts:
        if count is not None:
            by_day[day].append(log1p(count))
    return {day: median(near) if (near := _around(day, by_day)) else 0.0 for day in by_day}


def _around(day: date, by_day: Mapping[date, Sequence[float]]) -> list[float]:
    """What was counted on this day, and on as many days before and after as it takes to have enough."""
    apart = sorted({abs((other - day).days) for other in by_day})
    near: list[float] = []
    for distance in apart:
        if len(near) >= _OF_AN_AGE:
            break
        near += [one for other, counts in by_day.items() if abs((other - day).days) == distance for one in counts]
    return near
