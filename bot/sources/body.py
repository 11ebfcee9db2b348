"""The papers of a page, line by line.

paper = [upvotes] title [link…] abstract… [link…] [meta],
meta = (authors | organisation)? separator? date [comments | link].

A number that stands alone after a date is the paper's comments or the next paper's upvotes; whether the page
prints upvotes at all decides. On trending pages the upvotes are labelled and belong to the paper above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.sources.decoding import MAX_PAPERS
from bot.sources.drafts import Draft
from bot.sources.lines import Kind, Unit, is_tail_like
from bot.sources.links import Link
from bot.sources.roles import Role, Roles
from bot.sources.titles import PROSE, next_unit

#: Trending pages show every paper twice.
MOST_TITLES = 2 * MAX_PAPERS


@dataclass(slots=True)
class Body:
    """What the papers' part of a page says."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    #: Lines between papers that belong to none, and lines after the last.
    strange: list[Unit] = field(default_factory=list[Unit])
    footer: list[Unit] = field(default_factory=list[Unit])


class BodyReader:
    """One pass over the units from the first title on; ``lead`` are the numbers and links right before it."""

    def __init__(self, units: Sequence[Unit], lead: Sequence[Unit], *, level: int, is_trending: bool) -> None:
        self._units = units
        self._level = level
        self._is_trending = is_trending
        self._roles = Roles(units, level=level, is_trending=is_trending)
        self._prints_upvotes = any(unit.kind is Kind.NUMBER for unit in lead) or self._has_dashes()
        self._body = Body()
        self._current: Draft | None = None
        self._titles = 0
        #: What was read before the title it belongs to.
        self._upvotes: int | None = None
        self._arxiv_id: str | None = None
        for unit in lead:
            self._upvotes = unit.number if unit.kind is Kind.NUMBER else self._upvotes
            self._arxiv_id = next((link.paper for link in unit.links if link.paper), self._arxiv_id)

    def read(self) -> Body:
        """Everything from the first title to the end, or to one title more than a page may have."""
        for place, unit in enumerate(self._units):
            if self._titles > MOST_TITLES:
                break
            if unit.kind is Kind.SHORT or (self._level and unit.line.heading == self._level and unit.kind in PROSE):
                self._short(place, unit)
            elif unit.kind is Kind.ABSTRACT:
                self._paragraph(place, unit)
            elif unit.kind is Kind.UNKNOWN:
                self._strange(place, unit)
            elif unit.kind is Kind.BANNER:
                self._finish(before_title=False)
            elif unit.kind is Kind.NUMBER:
                self._number(unit)
            else:
                self._meta(unit)
        self._finish(before_title=False)
        return self._body

    def _has_dashes(self) -> bool:
        """Whether a number that only upvotes have stands before a title."""
        dashes = (place for place, unit in enumerate(self._units) if unit.kind is Kind.NUMBER and unit.is_upvotes)
        titles = (next_unit(self._units, place) for place in dashes)
        return any(title and title.kind is Kind.SHORT and (title.line.heading or not self._level) for title in titles)

    def _short(self, place: int, unit: Unit) -> None:
        current = self._current
        role = self._roles.role(place, current)
        if role is Role.TITLE:
            self._open(unit)
        elif role is Role.STRANGE or current is None:
            self._strange(place, unit)
        elif role is Role.ORGANISATION:
            current.organisation = unit
            self._follow(unit)
        else:
            current.paragraphs.append(unit)
            if role is Role.TAIL:
                current.warn("TAIL_PARAGRAPH")
                current.is_doubtful = current.is_doubtful or not (self._level or is_tail_like(unit.text))
            self._follow(unit)

    def _paragraph(self, place: int, unit: Unit) -> None:
        current = self._current
        if current is None or current.has_meta:
            self._strange(place, unit)
            return
        current.paragraphs.append(unit)
        self._follow(unit)

    def _strange(self, place: int, unit: Unit) -> None:
        (self._body.footer if place > self._roles.last_title else self._body.strange).append(unit)

    def _meta(self, unit: Unit) -> None:
        current = self._current
        if current is not None:
            current.is_cut = current.is_cut or unit.kind is Kind.TRUNCATED
            if unit.is_label and current.upvotes is None:
                current.upvotes = unit.number
            if unit.authors is not None and current.authors is None:
                current.authors = unit.authors
            if unit.organisation is not None and current.organisation is None:
                current.organisation = unit
            if unit.date is not None and current.date is None:
                current.date, current.comments = unit.date, unit.number
        self._follow(unit)

    def _number(self, unit: Unit) -> None:
        """A number alone: what its own link, its sign or its place says, else to be decided at the next title."""
        current = self._current
        upvoted = next((link.paper for link in unit.links if link.is_upvote), None)
        if current is not None and any(link.is_discussion for link in unit.links):
            current.comments = unit.number
        elif current is not None and upvoted is not None and self._is_trending and upvoted == current.arxiv_id:
            current.upvotes = unit.number
        elif current is None or upvoted is not None or (unit.is_upvotes and not self._is_trending):
            self._upvotes = unit.number
        elif current.date is not None and not unit.is_upvotes:
            current.numbers.append(unit.number or 0)
        self._follow(unit)

    def _follow(self, unit: Unit) -> None:
        """Take ids, repositories and the meaning of the number above from the unit's links."""
        current = self._current
        for link in unit.links:
            if link.repository and current is not None and unit.kind is Kind.CHROME:
                current.code_url = current.code_url or link.repository
            if link.paper is None:
                continue
            if unit.kind is Kind.ADDRESS and current is not None and current.numbers:
                if link.is_discussion:
                    current.comments = current.numbers.pop()
                elif link.is_upvote:
                    self._upvotes = current.numbers.pop()
            if current is not None and self._is_of(current, link):
                current.arxiv_id = link.paper
            elif current is None or current.arxiv_id != link.paper:
                self._arxiv_id = link.paper

    def _is_of(self, current: Draft, link: Link) -> bool:
        """Whether a link to a paper leads to the current one: behind its date only the discussion's does."""
        if link.is_upvote or current.arxiv_id not in (None, link.paper):
            return False
        return current.arxiv_id is not None or current.date is None or link.is_discussion

    def _open(self, unit: Unit) -> None:
        self._finish(before_title=True)
        self._titles += 1
        own = next((link.paper for link in unit.links if link.paper and not link.is_upvote), None)
        self._current = Draft(unit, self._titles, arxiv_id=own or self._arxiv_id, upvotes=self._upvotes)
        self._upvotes, self._arxiv_id = None, None

    def _finish(self, *, before_title: bool) -> None:
        """Close the current paper; its last numbers become comments or the next paper's upvotes."""
        current = self._current
        if current is None:
            return
        if current.numbers and before_title and self._prints_upvotes and self._upvotes is None:
            self._upvotes = current.numbers.pop()
        if current.numbers and current.comments is None:
            current.comments = current.numbers[0]
        self._body.drafts.append(current)
        self._current = None
