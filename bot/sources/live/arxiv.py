"""arXiv: what its categories announced, by RSS or Atom, and single papers by its query API.

One request in three seconds on one connection (arXiv API terms of use). Announcements come from Sunday to Thursday
evening, US Eastern time, and not on holidays: an empty feed is a quiet day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from urllib.parse import quote

from bot.arxiv_ids import without_subject
from bot.settings import SourceSettings
from bot.sources.live.asking import FEED, Judged, Kind, Known, Wanted
from bot.sources.live.feed import is_empty, is_whole
from bot.sources.live.shrinking import partly_read

FEEDS = "https://rss.arxiv.org"
API = "https://export.arxiv.org"
PAGE = "announced"
PACE = 3.0
_ARXIV = re.compile(rb"<id>\s*https?://(?:export\.)?arxiv\.org/(?:abs/|api/errors)")
#: arXiv asks for no more ids at once.
IDS_AT_ONCE = 100


def _wanted(source: SourceSettings, _today: date, _known: Known) -> Sequence[Wanted]:
    """One feed of all categories; a source without any is only asked for single papers."""
    if not source.categories:
        return ()
    base, names = (source.base_url or FEEDS).rstrip("/"), "+".join(source.categories)
    atom = Wanted(PAGE, f"{base}/atom/{names}", FEED, PACE)
    return [Wanted(PAGE, f"{base}/rss/{names}", FEED, PACE, instead=(atom,))]


def _suspicion(judged: Judged) -> str | None:
    return partly_read(judged)


def _papers(source: SourceSettings, arxiv_ids: Sequence[str]) -> Sequence[Wanted]:
    return [query(source, arxiv_ids[start : start + IDS_AT_ONCE]) for start in range(0, len(arxiv_ids), IDS_AT_ONCE)]


def query(source: SourceSettings, arxiv_ids: Sequence[str]) -> Wanted:
    """The question for these papers. arXiv answers none of them where it takes one for misspelt: then in halves."""
    names = ",".join(without_subject(arxiv_id) for arxiv_id in arxiv_ids)
    url = (
        f"{(source.base_url or API).rstrip('/')}/api/query?id_list={quote(names, safe=',/')}&max_results={IDS_AT_ONCE}"
    )
    page = f"papers-{sha256(names.encode()).hexdigest()[:12]}"
    half = len(arxiv_ids) // 2
    halves = (query(source, arxiv_ids[:half]), query(source, arxiv_ids[half:])) if half else ()
    return Wanted(page, url, FEED, PACE, is_conditional=False, instead=halves, ids=tuple(arxiv_ids))


def _is_final(content: bytes) -> bool:
    """A whole feed of papers of arXiv's, of none, or of its word that an id is misspelt."""
    return is_whole(content) and (is_empty(content) or _ARXIV.search(content) is not None)


KIND = Kind(wanted=_wanted, is_empty=is_empty, suspicion=_suspicion, papers=_papers, is_final=_is_final)
