"""Which of the papers that live sources brought are news: whoever takes them in, in whatever process, decides the same."""

from __future__ import annotations

from datetime import date, timedelta

from bot.models import Format, Paper
from bot.store import Store

#: Papers that came out longer ago are stored without a word to anybody.
NEWS = timedelta(days=14)
#: The day of these is when they were written, not what they list.
_FEEDS = frozenset({Format.FEED, Format.ARXIV})


def is_news(paper: Paper, today: date) -> bool:
    """Whether people may be alerted to a new paper on ``today`` (UTC).

    What somebody put into a folder always is, and so is what tells no day. What live sources alone tell of is for two
    weeks after it was last listed; else after the day of its page, else after it was published.
    """
    origins = [seen.origin for seen in paper.appearances]
    if not origins or not all(origin.page for origin in origins):
        return True
    pages = [origin.page_day for origin in origins if origin.page_day and origin.format not in _FEEDS]
    day = max(paper.listed or pages, default=None) or paper.day()
    return day is None or day >= today - NEWS


async def leave_out_old(store: Store, today: date) -> None:
    """Nobody is alerted to unmatched papers that are no news. Raises StoreError."""
    found = await store.papers.get(await store.papers.unmatched())
    await store.papers.mark_matched(one.paper.id for one in found if one and not is_news(one.paper, today))
