"""What looks before this one found, so that it is not read again; losing it costs time alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date

from bot.models import UserId
from bot.prepare.looking import Look

#: Seconds after which a reader is looked at again, though nothing seems to have changed, and a failure is logged again.
_STAYS = 600.0


@dataclass
class Memory:
    """What is known of readers from one look to the next; moments are monotonic seconds."""

    #: Readers for whom nothing waited: what they were like, and when that was.
    settled: dict[UserId, tuple[tuple[object, ...], float]] = field(
        default_factory=dict[UserId, tuple[tuple[object, ...], float]]
    )
    #: The last day with which a look back was made, or had nothing to say.
    weeks: dict[UserId, date] = field(default_factory=dict[UserId, date])
    #: The last day that passed while a reader was away.
    away: dict[UserId, date] = field(default_factory=dict[UserId, date])
    #: What the host was told of sources.
    topics: set[str] = field(default_factory=set[str])
    #: When Slack did not tell who is in a channel.
    untold: dict[UserId, float] = field(default_factory=dict[UserId, float])
    #: When it was logged that something went wrong for a reader.
    failed: dict[UserId, float] = field(default_factory=dict[UserId, float])

    def is_news(self, look: Look) -> bool:
        """Whether something may be due that the looks before this one did not find settled."""
        has_week = look.week is not None and self.weeks.get(look.reader) != look.week
        state, at = self.settled.get(look.reader, ((), 0.0))
        is_settled = state == look.state and time.monotonic() - at < _STAYS
        return has_week or not (is_settled or (look.slot is None and not look.at_once))

    def settle(self, look: Look) -> None:
        """Nothing is left to do for the reader until something changes."""
        self.settled[look.reader] = look.state, time.monotonic()

    def is_worth_logging(self, reader: UserId) -> bool:
        """Whether a failure for this reader was not logged lately: it may come with every look."""
        now = time.monotonic()
        if now - self.failed.get(reader, -_STAYS) < _STAYS:
            return False
        self.failed[reader] = now
        return True
