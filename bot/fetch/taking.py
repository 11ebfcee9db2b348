"""One page of a source: asked for, judged, put into the inbox, and only then remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from bot.dumps import Folder
from bot.errors import DumpRefused, PageRefused, PageUnavailable
from bot.fetch.answers import Answers, Page
from bot.fetch.tally import UNREADABLE
from bot.models import PageState, mark_of
from bot.sources.live import Judged, Known, NotThatPage, Wanted
from bot.store import Store

#: How servers say that they do not know a page.
UNKNOWN = ("HTTP_400", "HTTP_404", "HTTP_410")
#: Of a page that has one something else is asked for instead: what is too large in one may come in parts.
_INSTEAD = (*UNKNOWN, "TOO_LARGE")


#: Refusals of an answer that may be another one later, and what is said of them.
_FOR_NOW = {
    "RATE_LIMIT_PAGE": "The server says that it was asked too often. It may answer later.",
    "EMPTY": "The server sent an empty answer. It may be there later.",
}


@dataclass(frozen=True)
class Taking:
    """Takes the pages of one source into its inbox."""

    store: Store
    folder: Folder
    answers: Answers
    known: Known
    now: datetime

    async def take(self, wanted: Wanted) -> Sequence[Wanted]:
        """Take in one page as it is now; gives what has to be asked for instead of it, mostly nothing.

        Raises PageError, FolderError, StoreError.
        """
        tally, before = self.answers.tally, self._before(wanted)
        try:
            page = await self.answers.of(wanted, before, self.now.date())
        except PageRefused as refusal:
            if wanted.instead and refusal.code in _INSTEAD:
                return wanted.instead
            raise
        if page is None:
            tally.unchanged += 1
            tally.well.add(wanted.page)
            await self.store.pages.remember(replace(_known(before), asked=self.now))
            return ()
        if page.refusal is not None:
            if wanted.instead and page.refusal.code in _INSTEAD:
                return wanted.instead
            await self._refuse(wanted, page, page.refusal)
            return ()
        return await self._judge(wanted, page)

    def _before(self, wanted: Wanted) -> PageState | None:
        """How the page was; what came from another address says nothing about it."""
        before = self.known.get(wanted.page)
        return before if before and before.url == mark_of(wanted.url) else None

    async def _judge(self, wanted: Wanted, page: Page) -> Sequence[Wanted]:
        kind, tally, before = self.answers.kind, self.answers.tally, self._before(wanted)
        judged = Judged(wanted, page.came, page.reading, before, self.now.date(), page.last)
        try:
            doubt = kind.suspicion(judged)
        except NotThatPage as other:
            tally.notices.append((wanted.page, str(other)))
            return wanted.instead
        is_whole = kind.is_whole(judged)
        if not is_whole:
            tally.partial.append(wanted.page)
        day, digest = kind.day(judged), _digest(page)
        if not judged.entries or (before and before.digest == digest):
            tally.unchanged += 0 if doubt else 1
        else:
            name = page.file(self.answers.source.name, wanted.page)
            await asyncio.to_thread(self.folder.put, name, page.content)
            tally.new += 1
            tally.entries += judged.entries
            tally.rejected += len(judged.unread)
        most = max(judged.entries, before.most if before and before.day == day else 0)
        state = PageState(
            self.answers.source.name,
            wanted.page,
            self.now,
            entries=judged.entries,
            most=most,
            digest=digest,
            etag=page.etag,
            modified=page.modified,
            day=day,
            url=mark_of(wanted.url),
            found=mark_of(page.came.url),
            is_whole=is_whole,
        )
        if doubt is None:
            tally.well.add(wanted.page)
            await self.store.pages.remember(state)
        else:
            await self._doubt(wanted, doubt, digest)
        return ()

    async def _refuse(self, wanted: Wanted, page: Page, refusal: DumpRefused) -> None:
        """File away what cannot be read, and say so: a page that could be read before has changed."""
        before = self._before(wanted)
        if refusal.code in _FOR_NOW:
            raise PageUnavailable(_FOR_NOW[refusal.code], cause=refusal.code)
        name = page.file(self.answers.source.name, wanted.page)
        await asyncio.to_thread(self.folder.refuse, name, page.content, refusal)
        if before is None or not before.most:
            raise unreadable(refusal)
        self.answers.tally.unreadable.add(wanted.page)
        await self._doubt(wanted, f"{UNREADABLE} {_why(refusal)}", "")

    async def _doubt(self, wanted: Wanted, doubt: str, digest: str) -> None:
        """Tell it; the page is asked for at each look, and whole, until it is what it was."""
        self.answers.tally.drifts.append((wanted.page, doubt))
        source, mark = self.answers.source.name, mark_of(wanted.url)
        before = self._before(wanted) or PageState(source, wanted.page, self.now, day=wanted.day, url=mark)
        await self.store.pages.remember(replace(before, digest=digest, etag="", modified="", doubt=doubt))


def unreadable(refusal: DumpRefused) -> PageRefused:
    """The failure of a page in which no paper can be read."""
    return PageRefused(f"No paper can be read there. {_why(refusal)}", code=refusal.code, cause=str(refusal.reason))


def _why(refusal: DumpRefused) -> str:
    """What is wrong with it, without what a refusal says to somebody who saved the page; and where it is."""
    what = refusal.reason.partition(". ")[0].rstrip(".").replace("The file ", "The answer ", 1)
    return f"{what}. It stands in rejected/ of the source's folder."


def _digest(page: Page) -> str:
    """Of what was read: servers vary what surrounds it with each answer."""
    read = (page.reading.page_date, page.reading.entries) if page.reading else ()
    return sha256(repr(read).encode("utf-8", "surrogatepass")).hexdigest()


def _known(before: PageState | None) -> PageState:
    if before is None:
        raise ValueError("a page that nobody knows cannot be unchanged")
    return before
