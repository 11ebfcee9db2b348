"""The Daily Papers API: a page is one day's listing, which fills up for hours and whose counts settle for days.

The dump is what the site's own page carries: the list under ``dailyPapers`` beside the day that was asked for, so the
day of listing is told apart from the day of publication.
"""

from __future__ import annotations

import calendar
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import quote

from bot.arxiv_ids import without_subject
from bot.models import PageState
from bot.settings import SourceSettings
from bot.sources.live.asking import JSON, LEAST, Came, Judged, Kind, Known, NotThatPage, Wanted
from bot.sources.live.huggingface_items import ids_of, items_of, lacking, with_detail
from bot.sources.live.shrinking import partly_read, shrunk

HOST = "https://huggingface.co"
#: Days that are read again: a day fills up, and its counts settle late.
WINDOW = 14
#: The most items that the API gives at once.
PAGE_SIZE = 100
#: The site lists papers from 4 May 2023 on.
FIRST_DAY = date(2023, 5, 4)
_WEEKEND = 5
#: Pages of one listing that are asked for at most: more papers than one dump may list.
_MOST_PAGES = 50


def _address(source: SourceSettings, path: str) -> str:
    return f"{(source.base_url or HOST).rstrip('/')}{path}"


def _listing(source: SourceSettings, period: str, value: str, page: int = 0) -> str:
    return _address(source, f"/api/daily_papers?{period}={value}&limit={PAGE_SIZE}&p={page}")


def _day(source: SourceSettings, day: date, known: Known) -> Wanted:
    before = known.get(day.isoformat())
    # An unchanged first page says nothing about a second one.
    is_short = before is None or before.entries < PAGE_SIZE
    return Wanted(day.isoformat(), _listing(source, "date", day.isoformat()), JSON, day=day, is_conditional=is_short)


def _wanted(source: SourceSettings, today: date, known: Known) -> Sequence[Wanted]:
    """Today and yesterday at each look, the other days of the window once a day."""
    days = (today - timedelta(days=age) for age in range(WINDOW))
    return [_day(source, day, known) for day in days if (today - day).days <= 1 or not _asked(known, day, today)]


def _asked(known: Known, day: date, today: date) -> bool:
    before = known.get(day.isoformat())
    return before is not None and before.asked.date() >= today and not before.doubt


def is_settled(before: PageState | None, last: date) -> bool:
    """Whether a page was last asked for, and came whole, when nothing of it changed any more.

    ``last``: the last day that it lists.
    """
    if before is None or not before.is_whole or before.doubt:
        return False
    return before.asked.date() >= last + timedelta(days=WINDOW)


def _passed(known: Known, today: date) -> Sequence[str]:
    """Days that are not looked at any more; what a question for the past has settled is kept."""
    return [
        page
        for page, state in known.items()
        if (day := state.day) and day <= today - timedelta(days=WINDOW) and not is_settled(state, day)
    ]


def _past(source: SourceSettings, since: date, today: date, known: Known) -> Sequence[Wanted]:
    """Whole months that are settled by their month, the rest day by day, oldest first; what is settled is left out."""
    wanted: list[Wanted] = []
    day = max(since, FIRST_DAY)
    while day <= today:
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        if day.day == 1 and last + timedelta(days=WINDOW) <= today:
            wanted += _month(source, day, last, known)
            day = last + timedelta(days=1)
            continue
        if not is_settled(known.get(day.isoformat()), day):
            wanted.append(_day(source, day, known))
        day += timedelta(days=1)
    return wanted


def _month(source: SourceSettings, first: date, last: date, known: Known) -> list[Wanted]:
    month = f"{first:%Y-%m}"
    days = [first + timedelta(days=number) for number in range(last.day)]
    left = [_day(source, day, known) for day in days if not is_settled(known.get(day.isoformat()), day)]
    if is_settled(known.get(month), last) or not left:
        return []
    if len(left) < len(days):
        return left
    return [Wanted(month, _listing(source, "month", month), JSON, is_conditional=False, instead=tuple(left))]


def _following(_wanted: Wanted, answers: Sequence[Came]) -> str | None:
    """The server's own word, else the next page after a full one; none once a page brings nothing that is new."""
    *earlier, last = answers
    items = items_of(last.content)
    known = {arxiv_id for came in earlier for arxiv_id in ids_of(items_of(came.content))}
    if not items or len(answers) >= _MOST_PAGES or (earlier and set(ids_of(items)) <= known):
        return None
    if last.next_url:
        return last.next_url
    before, is_numbered, number = answers[0].url.partition("&p=")
    return f"{before}&p={len(answers)}" if is_numbered and number == "0" and len(items) >= PAGE_SIZE else None


def _lacking(answers: Sequence[Came]) -> Sequence[str]:
    return lacking([item for came in answers for item in items_of(came.content)])


def _detail(source: SourceSettings, arxiv_id: str) -> Wanted:
    page = f"paper-{arxiv_id.replace('/', '_')}"
    path = f"/api/papers/{quote(without_subject(arxiv_id))}"
    return Wanted(page, _address(source, path), JSON, is_conditional=False, ids=(arxiv_id,))


def _compose(wanted: Wanted, answers: Sequence[Came], details: Mapping[str, bytes]) -> bytes:
    if wanted.ids:
        return answers[0].content
    items = [with_detail(item, details) for came in answers for item in items_of(came.content)]
    told: dict[str, object] = {"dailyPapers": items}
    if wanted.day:
        told = {"dateString": wanted.day.isoformat(), "periodType": "day", **told}
    else:
        told = {"periodType": "month", **told}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _is_empty(content: bytes) -> bool:
    """Whether there is a list, and nothing in it."""
    try:
        return not items_of(content)
    except ValueError:
        return False


def _suspicion(judged: Judged) -> str | None:
    """A day that loses its papers; a month that is not the one asked for is asked for day by day."""
    if judged.wanted.instead:
        _check_month(judged)
    return partly_read(judged) or shrunk(judged)


def _check_month(judged: Judged) -> None:
    listed = [entry.listed for entry in judged.reading.entries if entry.listed] if judged.reading else []
    inside = sum(f"{day:%Y-%m}" == judged.wanted.page for day in listed)
    if judged.entries < LEAST or 2 * inside < len(listed):
        raise NotThatPage("The server does not list whole months: its days are asked for one by one.")
    days = {one.day for one in judged.wanted.instead if one.day and _has_papers(one.day)}
    if _is_cut(judged) or not days <= set(listed):
        raise NotThatPage("The server's list of the month ends early: its days are asked for one by one.")


def _has_papers(day: date) -> bool:
    return day.weekday() < _WEEKEND


def _is_cut(judged: Judged) -> bool:
    """Whether a list ends behind a full page: it may be that long by chance, or the rest did not come."""
    last = judged.last or judged.came
    try:
        items = items_of(last.content)
    except ValueError:
        return True
    return len(items) >= PAGE_SIZE or (last is not judged.came and not items)


def _is_whole(judged: Judged) -> bool:
    """A weekday long past that lists nothing is no quiet day."""
    day = judged.wanted.day
    is_young = day is None or judged.today < day + timedelta(days=WINDOW)
    return not _is_cut(judged) and (judged.entries > 0 or is_young or not _has_papers(day or judged.today))


def _papers(source: SourceSettings, arxiv_ids: Sequence[str]) -> Sequence[Wanted]:
    return [_detail(source, arxiv_id) for arxiv_id in arxiv_ids]


KIND = Kind(
    wanted=_wanted,
    is_empty=_is_empty,
    suspicion=_suspicion,
    following=_following,
    lacking=_lacking,
    detail=_detail,
    compose=_compose,
    past=_past,
    papers=_papers,
    is_whole=_is_whole,
    passed=_passed,
)
