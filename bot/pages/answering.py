"""What an answer means: a page, something for later, or a no."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx

from bot.errors import PageError, PageRefused, PageUnavailable
from bot.pages.guard import Checked

log = logging.getLogger(__name__)

#: Of these a server is left alone, even when it does not say for how long.
TOO_MUCH = {429, 503}
#: No, but perhaps later; and everything from 500 on.
_LATER = {408, 409, 421, 423, 425, 429}
#: Characters of a header that is kept.
_LONGEST_HEADER = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: 200 with its content, or 304, not changed.

    ``url``: where it was found after redirects. ``etag``, ``modified``: for the next time, "" where the server told
    none. ``next_url``: the page that follows, where there is one on the same server.
    """

    url: str
    status: int
    content: bytes = b""
    etag: str = ""
    modified: str = ""
    content_type: str = ""
    next_url: str | None = None


def answer(page: Checked, response: httpx.Response, body: bytes) -> Answer:
    """The answer that a response with this body is."""
    following = response.links.get("next", {}).get("url")
    next_url: str | None = None
    if following:
        try:
            there, here = httpx.URL(urljoin(page.url, following)), httpx.URL(page.url)
        except (httpx.InvalidURL, ValueError):
            log.info("%s names a next page that is no address", named(page))
        else:
            is_same = (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port)
            next_url = str(there.copy_with(fragment=None)) if is_same and not there.userinfo else None
    return Answer(
        page.url,
        response.status_code,
        body,
        kept(response.headers.get("etag", "")),
        kept(response.headers.get("last-modified", "")),
        kept(response.headers.get("content-type", "")),
        next_url,
    )


def kept(header: str) -> str:
    """A header of a server's, "" for one that must not be sent back or stored."""
    return header if len(header) <= _LONGEST_HEADER and header.isascii() and header.isprintable() else ""


def no(page: Checked, status: int, retry_after: float | None) -> PageError:
    """What any status but 200 and 304 means."""
    cause = f"{named(page)}: HTTP {status}"
    if status in TOO_MUCH or (status in _LATER and retry_after is not None):
        return PageUnavailable(
            f"{page.host} asked to be left alone for a while. It is asked again then.",
            retry_after=retry_after,
            cause=cause,
        )
    if status in (404, 410):
        return PageRefused(f"{page.host} has no such page. Check its address.", code=f"HTTP_{status}", cause=cause)
    if 400 <= status < 500 and status not in _LATER:  # noqa: PLR2004 - what was asked is wrong, or nobody may ask it
        return PageRefused(
            f"{page.host} refuses to give this page (HTTP {status}). Check its address, and whether anybody may read it.",
            code=f"HTTP_{status}",
            cause=cause,
        )
    return PageUnavailable(
        f"{page.host} has trouble of its own (HTTP {status}). It may work later.",
        retry_after=retry_after,
        cause=cause,
    )


def late(page: Checked) -> PageUnavailable:
    """It took longer than anybody waits."""
    return PageUnavailable(
        f"{page.host} did not answer in time. It may work later.", cause=f"{named(page)}: out of time"
    )


def astray(page: Checked, where: str) -> PageRefused:
    """A redirect that is not followed. ``where`` it leads to, in words."""
    return PageRefused(
        f"{page.host} sends from this address to {where}: redirects are followed on the same server only, and only on the "
        "public internet. If that is right, use the address it leads to.",
        code="REDIRECT",
        cause=f"REDIRECT {named(page)}: to {where}",
    )


def named(page: Checked) -> str:
    """A page for the log, without its query."""
    return f"{page.netloc}{page.path}"
