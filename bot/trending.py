"""What is talked about: papers by their comments and upvotes, within a period of their own days. Pure.

A number that nobody printed is not zero: it is taken to be the middle one of the period, so that a page without upvotes
neither lifts nor sinks its papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import log1p
from statistics import median
from types import MappingProxyType

from bot.models import Count, Paper

#: How many days each period goes back. Printed days may be one day early, so today's papers may be of yesterday.
PERIODS: Mapping[str, int] = MappingProxyType({"day": 1, "week": 7, "month": 30})

#: Somebody who writes a comment cares more than somebody who clicks.
_COMMENT = 2.0


@dataclass(frozen=True, slots=True)
class Talk:
    """How much a paper is talked about; None: nobody printed it."""

    paper: Paper
    day: date
    comments: int | None
    upvotes: int | None


def talked_about(papers: Iterable[Paper], period: str, today: date) -> list[Talk]:
    """The papers of the period (a key of ``PERIODS``) that were commented or upvoted, most talked about first.

    A paper's day is when it was published, else listed, else first seen (UTC). Of equals the newer one comes first.
    """
    first = today - timedelta(days=PERIODS[period])
    talks = [_talk(paper) for paper in papers]
    known = [one for one in talks if first <= one.day <= today + timedelta(days=1) and (one.comments or one.upvotes)]
    usual_comments = _usual(one.comments for one in known)
    usual_upvotes = _usual(one.upvotes for one in known)

    def order(one: Talk) -> tuple[float, int, str]:
        comments = usual_comments if one.comments is None else log1p(one.comments)
        upvotes = usual_upvotes if one.upvotes is None else log1p(one.upvotes)
        return -(_COMMENT * comments + upvotes), -one.day.toordinal(), one.paper.id

    return sorted(known, key=order)


def why(talk: Talk) -> str:
    """``310 upvotes and 24 comments since 3 March 2026``."""
    told = [
        f"{count:,} {noun if count == 1 else f'{noun}s'}"
        for count, noun in ((talk.upvotes, "upvote"), (talk.comments, "comment"))
        if count
    ]
    return f"{' and '.join(told)} since {talk.day.day} {talk.day:%B %Y}"


def _talk(paper: Paper) -> Talk:
    return Talk(paper, paper.day() or paper.first_seen.date(), _newest(paper.comments), _newest(paper.upvotes))


def _newest(counts: tuple[Count, ...]) -> int | None:
    return max(0, counts[0].value) if counts else None


def _usual(counts: Iterable[int | None]) -> float:
    """The middle of the known counts, on the scale that they are added on."""
    known = [log1p(count) for count in counts if count is not None]
    return median(known) if known else 0.0
