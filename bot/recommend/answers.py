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
    #: Id of the rated paper that speaks most for it, where the interest learnt from papers.
    near: str | None = None


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
    #: Near enough now, but it came before the reader followed this, stronger papers took the places, or it was not then.
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
    #: Score in meaning and words together with the nearest interest; None where there is none.
    score: float | None
    #: Share of the stored papers that it must be closer than.
    bar: float
    #: None also where it would mislead: nothing stored is nearer, and yet it has hardly anything to do with the interest.
    closeness: Closeness | None
    interest: Interest | None
    #: When it was sent, aware, UTC.
    sent_at: datetime | None
    #: The answer in a sentence or two.
    words: str
    #: Title of the rated paper that speaks most for it, where the interest learnt from papers.
    near: str | None = None
    #: The sentence of the abstract that speaks most for the interest, as it is shown; "" where none was looked for.
    passage: str = ""
    #: Words of the passage that the interest knows, as they stand in it.
    marked: tuple[str, ...] = ()
    #: How many others saved it, of those who let themselves be counted.
    colleagues: int = 0
    #: Standard deviations of meaning, and of words, above what is usual in each for the interest; None where the score
    #: has no such parts: for a fact, and for what the interest was made from.
    in_meaning: float | None = None
    in_words: float | None = None
