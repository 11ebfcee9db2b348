"""Any RSS or Atom feed of papers, by its address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.settings import SourceSettings
from bot.sources import feed
from bot.sources.live.asking import FEED, LEAST, Judged, Kind, Known, Wanted
from bot.sources.live.shrinking import partly_read

PAGE = "feed"
_ENTRY = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)[\s>]")
_END = re.compile(r"</(?:\w{1,20}:)?(?:rss|feed|RDF)\s*>\s*\Z|<(?:rss|feed)\b[^<>]*/>\s*\Z")
_WEEKEND = 5


def is_whole(content: bytes) -> bool:
    """Whether it is a feed, up to its end."""
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    return feed.recognises(text) and _END.search(text) is not None


def is_empty(content: bytes) -> bool:
    """Whether it is a whole feed that has no entries."""
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    return is_whole(content) and _ENTRY.search(text) is None


def _wanted(source: SourceSettings, _today: date, _known: Known) -> Sequence[Wanted]:
    return [Wanted(PAGE, source.url or "", FEED)]


def _suspicion(judged: Judged) -> str | None:
    """A feed that had entries and has none; on weekends some have none, and on Mondays where it is still Sunday."""
    most = judged.before.most if judged.before else 0
    if not judged.entries and most >= LEAST and 0 < judged.today.weekday() < _WEEKEND:
        return f"lists no papers any more, where it had {most:,}."
    return partly_read(judged)


KIND = Kind(wanted=_wanted, is_empty=is_empty, suspicion=_suspicion)
