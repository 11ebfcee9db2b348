"""What a link on a page tells: the paper it leads to, its discussion, the page's own day or search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote, unquote_plus

from bot.arxiv_ids import normalise_arxiv_id

_LENGTH = 2_000
_SITE = re.compile(
    r"(?:(?:https?:)?//)?(?:www\.)?(?:huggingface\.co|hf\.co)(?=[/?#]|$)|file://(?:localhost)?(?=/)", re.ASCII
)
_ADDRESS = re.compile(r"(?:(?:https?|file|mailto):\S+|www\.\S+|//\S+|[/#]\S*)")
_ARXIV = re.compile(r"(?:https?:)?//(?:www\.|export\.)?arxiv\.org/", re.ASCII)
_GITHUB = re.compile(r"https?://(?:www\.)?github\.com/[\w.-]{1,100}/[\w.-]{1,100}", re.ASCII)
_LOGIN = re.compile(r"/login\?next=(?P<next>[^&#]{1,200}).*", re.ASCII)
_DAY = re.compile(r"/papers(?:/date/|\?(?:.*&)?date=)(\d{4}-\d\d-\d\d)(?:[#?&].*)?", re.ASCII)
_PERIOD = re.compile(r"/papers/(?:week|month)/(\d{4})-(?:W\d\d|\d\d)(?:[#?].*)?", re.ASCII)
_QUERY = re.compile(r"/papers/?\?(?:[^#]*&)?q=([^&#]{1,300})")
_HANDLE = re.compile(r"/(?P<handle>[A-Za-z0-9][\w.-]{0,95})/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Link:
    """One address; of the fields at most two are set."""

    #: The paper it leads to.
    paper: str | None = None
    #: It is the button that upvotes ``paper``.
    is_upvote: bool = False
    #: It leads to the discussion of ``paper``.
    is_discussion: bool = False
    #: A listing of this day, or of a period in ``year``.
    day: date | None = None
    year: int | None = None
    #: A search on the site.
    query: str | None = None
    #: A person's or organisation's page on the site.
    handle: str | None = None
    #: A code repository.
    repository: str | None = None


def link(address: str) -> Link | None:
    """What an address tells; None for text that is no address. Relative addresses belong to the papers site."""
    address = address.strip("<>")
    if len(address) > _LENGTH or not _ADDRESS.fullmatch(address):
        return None
    if _ARXIV.match(address):
        return Link(paper=normalise_arxiv_id(address))
    if found := _GITHUB.match(address):
        return Link(repository=found[0])
    if site := _SITE.match(address):
        return _on_site(address[site.end() :])
    return _on_site(address) if address.startswith("/") and not address.startswith("//") else Link()


def iso_day(text: str) -> date | None:
    """The day of YYYY-MM-DD, None where there is no such day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _on_site(path: str) -> Link:
    if path.startswith("/papers/") and (paper := normalise_arxiv_id(path)):
        return Link(paper=paper, is_discussion="#community" in path)
    if found := _LOGIN.fullmatch(path):
        return Link(paper=normalise_arxiv_id(unquote(found["next"])), is_upvote=True)
    if found := _DAY.fullmatch(path):
        day = iso_day(found[1])
        return Link(day=day, year=day.year if day else None)
    if found := _PERIOD.fullmatch(path):
        return Link(year=int(found[1]))
    if found := _QUERY.match(path):
        return Link(query=unquote_plus(found[1]).strip() or None)
    found = _HANDLE.fullmatch(path)
    return Link(handle=found["handle"] if found else None)
