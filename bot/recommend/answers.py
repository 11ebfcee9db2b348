"""What ``Recommend`` answers with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.models import Closeness, Interest, Paper


@dataclass(frozen=True, slots=True)
class Pick:
    """A stored paper for a reader: the interest it is for, how near it is, and the reason in plain text."""

    paper: Paper
    interest: Interest
    closeness: Closeness
    why: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A paper that is talked about, and how much, in plain text."""

    paper: Paper
    why: str


class Verdict(StrEnum):
    """What became of a paper for a reader."""

    SENT = "sent"
    QUEUED = "queued"
    BELOW_BAR = "below_bar"
    #: Near enough, but it was there before the reader followed this, or stronger papers took the places.
    ABOVE_BAR = "above_bar"
    #: What it is near to is muted, or the reader asked for less of it.
    MUTED = "muted"
    DISLIKED = "disliked"
    NOTHING_FOLLOWED = "nothing_followed"


@dataclass(frozen=True, slots=True)
class WhyAnswer:
    """Why a paper was sent to a reader, or was not."""

    paper: Paper
    verdict: Verdict
    #: Cosine to the nearest interest; None where there is none.
    score: float | None
    #: Share of the stored papers that it must be closer than.
    bar: float
    closeness: Closeness | None
    interest: Interest | None
    #: When it was sent, aware, UTC.
    sent_at: datetime | None
    #: The answer in a sentence.
    words: str
