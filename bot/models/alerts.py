"""Why a paper concerns a reader, and what the reader was told and thought of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.models.readers import UserId


@dataclass(frozen=True, slots=True)
class Closeness:
    """How near a paper is to an interest, said in terms of the stored papers.

    ``rank`` is 1 for the nearest of the ``corpus`` stored papers; ``closer_than`` is the share of them that are
    farther away (0 to 1), None while fewer than 200 papers are stored and a share would pretend too much.
    """

    score: float
    rank: int
    corpus: int
    closer_than: float | None


@dataclass(frozen=True, slots=True)
class Match:
    """A paper for a reader, with the interest it came from."""

    reader: UserId
    paper_id: str
    interest_id: str
    closeness: Closeness
    #: What matches are ordered by, higher first: standard deviations above the interest's mean, times its weight.
    strength: float
    #: Id of the rated paper that it is nearest to, where the interest learnt from papers.
    near: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A match queued once per reader and paper; it keeps the reason as it was when it was queued."""

    reader: UserId
    paper_id: str
    interest_id: str
    interest_name: str
    closeness: Closeness
    strength: float
    why: str
    #: Aware, UTC.
    queued: datetime
    #: The sentence of the abstract that speaks most for it, as it is shown; "" where none was looked for.
    passage: str = ""
    #: Words of the passage that the interest knows, as they stand in it.
    words: tuple[str, ...] = ()
    #: It is below the bar, and sent as something different.
    exploring: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """Alerts delivered together to one reader, strongest first."""

    reader: UserId
    alerts: tuple[Alert, ...]
    #: How many more papers there were than the cap let through.
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A paper that a reader was told of: where and when."""

    paper_id: str
    #: Aware, UTC.
    at: datetime
    #: Slack's conversation and the message's ts, "" where there is none.
    channel: str = ""
    message: str = ""


class Taste(StrEnum):
    """What a reader asked for under a paper."""

    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Rating:
    """More or less of this paper; it names the interest that it joined or opened."""

    reader: UserId
    paper_id: str
    taste: Taste
    interest_id: str
    #: As it was called then.
    interest_name: str
    #: The interest was opened by this rating.
    opened: bool
    #: Aware, UTC.
    at: datetime


@dataclass(frozen=True, slots=True)
class Save:
    """A paper on a reader's reading list."""

    paper_id: str
    #: Aware, UTC.
    at: datetime
    #: It had code then, or the reader was told since that it has; also where nobody noted it.
    had_code: bool = True


@dataclass(frozen=True, slots=True)
class Pending:
    """A paper that a reader asked for before any dump told of it."""

    reader: UserId
    arxiv_id: str
    #: The reader wants to follow it as soon as it is there.
    follow: bool
    #: Aware, UTC.
    asked: datetime
