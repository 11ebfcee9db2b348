"""All answers that make one page, as one dump that has been read once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot import sources
from bot.errors import DumpRefused, PageError, PageUnavailable
from bot.fetch.seams import Asks
from bot.fetch.tally import Tally
from bot.models import Format, PageState, Reading
from bot.settings import SourceSettings
from bot.sources.live import Came, Kind, Wanted, breaks_off

if TYPE_CHECKING:
    from bot.pages import Answer

_NOT_MODIFIED = 304
_HEAD = 2_000
_SUFFIXES = {Format.JSON: "json", Format.HTML: "html", Format.FEED: "xml", Format.ARXIV: "xml", Format.TEXT: "txt"}


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came now."""

    #: The first answer's, "" where the page is made of several.
    etag: str
    modified: str
    came: Came
    #: The last answer, which is the first where the page is made of one.
    last: Came
    content: bytes
    #: None: it lists nothing, or nothing in it can be read; then ``refusal`` says which.
    reading: Reading | None
    refusal: DumpRefused | None = None

    def file(self, source: str, page: str) -> str:
        """The name of its dump; one that began with a point would be taken for unfinished."""
        suffix = _SUFFIXES[self.reading.format] if self.reading else _suffix(self.content)
        return f"{source}-{page}.{suffix}".lstrip(".")


@dataclass(frozen=True)
class Answers:
    """Asks for all of a page."""

    asks: Asks
    source: SourceSettings
    kind: Kind
    tally: Tally

    async def of(self, wanted: Wanted, before: PageState | None, today: date) -> Page | None:
        """The page, read on ``today`` (UTC); None where it has not changed.

        Raises PageError; of papers' own pages those that fail cost themselves only.
        """
        known = before if wanted.is_conditional else None
        first = await self._get(wanted, known)
        if first.status == _NOT_MODIFIED:
            if known is None:
                sentence = "The server says that nothing has changed, though it was asked for all."
                raise PageUnavailable(sentence, cause=f"304 for {wanted.page}")
            return None
        answers = [_came(first)]
        try:
            while url := self.kind.following(wanted, answers):
                answers.append(_came(await self._get(replace(wanted, url=url), None)))
            details, is_whole = await self._details(self.kind.lacking(answers))
            content = await asyncio.to_thread(self.kind.compose, wanted, answers, details)
        except ValueError:
            # Readers say better what is wrong with it.
            is_whole, content = False, answers[0].content
        # What is missing is not had by hearing that nothing has changed.
        etag, modified = (first.etag, first.modified) if len(answers) == 1 and is_whole else ("", "")
        try:
            reading = await asyncio.to_thread(sources.read, content, name=wanted.page, today=today)
        except DumpRefused as refusal:
            told = None if self.kind.is_empty(answers[0].content) else refusal
            return Page(etag, modified, answers[0], answers[-1], content, None, told)
        return Page(etag, modified, answers[0], answers[-1], content, reading)

    async def _get(self, wanted: Wanted, known: PageState | None) -> Answer:
        from bot.pages import Ask

        etag, modified, found = (known.etag, known.modified, known.found) if known else ("", "", "")
        answer = await self.asks.get(Ask(wanted.url, wanted.accept, etag, modified, pace=wanted.pace, found=found))
        if await asyncio.to_thread(breaks_off, answer.content):
            sentence = "The answer breaks off in the middle: nothing of it is taken in. It may be whole later."
            raise PageUnavailable(sentence, cause=f"{wanted.page}: {len(answer.content)} bytes without their end")
        return answer

    async def _details(self, arxiv_ids: Sequence[str]) -> tuple[dict[str, bytes], bool]:
        """What papers' own pages tell, and whether all were asked for; one that tells nothing costs itself only."""
        found: dict[str, bytes] = {}
        if self.kind.detail is None:
            return found, True
        is_whole = len(arxiv_ids) <= self.tally.details_left
        for arxiv_id in arxiv_ids[: self.tally.details_left]:
            self.tally.details_left -= 1
            try:
                found[arxiv_id] = (await self._get(self.kind.detail(self.source, arxiv_id), None)).content
            except PageError as failure:
                self.tally.notices.append((arxiv_id, f"Its text could not be had. {failure.sentence}"))
                if isinstance(failure, PageUnavailable):
                    return found, False
        return found, is_whole


def _suffix(content: bytes) -> str:
    """For who opens what nothing could read."""
    start = content[:_HEAD].lstrip().lower()
    if b"<html" in start or start.startswith(b"<!doctype"):
        return "html"
    return "xml" if start.startswith(b"<") else "json" if start.startswith((b"{", b"[")) else "txt"


def _came(answer: Answer) -> Came:
    return Came(answer.url, answer.content, answer.next_url)
