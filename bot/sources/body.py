"""The papers of a page, line by line.

    paper = [upvotes] title [link…] abstract… [link…] [meta]
    meta  = (authors | organisation)? separator? date [comments | link]

A number that stands alone after a date is the paper's comments or the next paper's upvotes; whether the page
prints upvotes at all decides. On trending pages the upvotes are labelled and belong to the paper above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.sources.drafts import Draft
from bot.sources.lines import ORGANISATION_LENGTH, Kind, Unit, is_tail_like

_META = (Kind.AUTHORS, Kind.DATE, Kind.META, Kind.SEPARATOR)
_PROSE = (Kind.ABSTRACT, Kind.SHORT)
#: Under a heading, or on a trending page, a sentence of this length is the abstract or summary.
_SENTENCE = 40
#: A tail of more lines is no title with a beginning of its abstract.
_CUT_LINES = 2


@dataclass(slots=True)
class Body:
    """What the papers' part of a page says."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    #: Lines between papers that belong to none, and lines after the last.
    strange: list[Unit] = field(default_factory=list[Unit])
    footer: list[Unit] = field(default_factory=list[Unit])


def title_level(units: Sequence[Unit]) -> int:
    """The level of the headings that are titles, 0 where titles are no headings."""
    counts = [0] * 7
    for place, unit in enumerate(units):
        if unit.line.heading and unit.kind in _PROSE:
            after = next_unit(units, place)
            is_title = after is not None and not after.line.heading and is_sentence(after)
            counts[unit.line.heading] += is_title
    best = max(counts)
    level = max(place for place, count in enumerate(counts) if count == best) if best else 0
    plain = sum(
        not unit.line.heading and unit.kind is Kind.SHORT and is_followed(units, place) for place, unit in enumerate(units)
    )
    return level if best > plain else 0


def first_title(units: Sequence[Unit], level: int) -> int | None:
    """The place of the first title that has an abstract; None without one."""
    for place, unit in enumerate(units):
        after = next_unit(units, place)
        if level and unit.line.heading == level and after is not None and is_sentence(after):
            return place
        if not level and unit.kind is Kind.SHORT and is_followed(units, place):
            return place
    return None


def next_unit(units: Sequence[Unit], place: int) -> Unit | None:
    """The next unit that is neither a link nor furniture."""
    return next(_following(units, place), None)


def is_followed(units: Sequence[Unit], place: int) -> bool:
    """Whether an abstract comes next."""
    after = next_unit(units, place)
    return after is not None and after.kind is Kind.ABSTRACT


def is_sentence(unit: Unit) -> bool:
    """Whether a unit is an abstract, or long enough for one where its place says so."""
    return unit.kind is Kind.ABSTRACT or (unit.kind is Kind.SHORT and len(unit.text) >= _SENTENCE)


def _following(units: Sequence[Unit], place: int) -> Iterator[Unit]:
    for unit in units[place + 1 : place + 20]:
        if unit.kind is Kind.BANNER:
            return
        if unit.kind not in (Kind.ADDRESS, Kind.CHROME):
            yield unit


class BodyReader:
    """One pass over the units from the first title on."""

    def __init__(self, units: Sequence[Unit], lead: Sequence[Unit], *, level: int, is_trending: bool) -> None:
        self._units = units
        self._level = level
        self._is_trending = is_trending
        self._body = Body()
        self._current: Draft | None = None
        self._titles = 0
        self._upvotes: int | None = None
        self._arxiv_id: str | None = None
        self._prints_upvotes = any(unit.kind is Kind.NUMBER for unit in lead) or self._has_dashes()
        self._last = self._last_title()
        for unit in lead:
            self._lead(unit)

    def read(self) -> Body:
        """Everything from the first title to the end."""
        for place, unit in enumerate(self._units):
            if unit.kind is Kind.SHORT or (self._level and unit.line.heading == self._level and unit.kind in _PROSE):
                self._short(place, unit)
            elif unit.kind is Kind.ABSTRACT:
                self._paragraph(unit)
            elif unit.kind is Kind.UNKNOWN:
                self._strange(place, unit)
            else:
                self._furniture(unit)
        self._finish(before_title=False)
        return self._body

    def _has_dashes(self) -> bool:
        """Whether a number that only upvotes have stands before a title."""
        for place, unit in enumerate(self._units):
            if unit.kind is Kind.NUMBER and unit.is_upvotes and (after := next_unit(self._units, place)):
                if after.kind is Kind.SHORT and (after.line.heading or not self._level):
                    return True
        return False

    def _last_title(self) -> int:
        """The place of the last title that has an abstract: what follows its meta data is the page's foot."""
        for place in range(len(self._units) - 1, -1, -1):
            unit = self._units[place]
            if self._level and unit.line.heading == self._level:
                return place
            if not self._level and unit.kind is Kind.SHORT and is_followed(self._units, place):
                return place
        return 0

    def _lead(self, unit: Unit) -> None:
        if unit.kind is Kind.NUMBER:
            self._upvotes = unit.number
        for link in unit.links:
            self._arxiv_id = link.paper or self._arxiv_id

    # Titles, abstracts and what is short

    def _short(self, place: int, unit: Unit) -> None:
        if self._is_title(place, unit):
            self._open(unit)
            return
        current = self._current
        if current is None:
            self._strange(place, unit)
        elif not current.paragraphs and not current.has_meta:
            current.paragraphs.append(unit)
            self._touch(unit)
        elif self._is_organisation(place, unit):
            current.organisation = unit
            self._touch(unit)
        elif current.has_meta or (place > self._last and self._is_foot(place)):
            self._strange(place, unit)
        else:
            current.paragraphs.append(unit)
            current.warn("TAIL_PARAGRAPH")
            current.is_doubtful = current.is_doubtful or not (self._level or is_tail_like(unit.text))
            self._touch(unit)

    def _is_title(self, place: int, unit: Unit) -> bool:
        if self._level:
            return unit.line.heading == self._level
        current = self._current
        if is_followed(self._units, place):
            waits = current is not None and not current.has_meta
            return not (waits and is_tail_like(unit.text))
        if current is None:
            return self._is_cut_title(place)
        after = next_unit(self._units, place)
        if not current.paragraphs and not current.has_meta:
            is_abstract = is_tail_like(unit.text) or (self._is_trending and is_sentence(unit)) or after is None
            return not is_abstract
        if place > self._last and (current.has_meta or after is None):
            return self._is_cut_title(place) and not (is_tail_like(unit.text) and not current.has_meta)
        if current.has_meta:
            return after is not None
        if is_tail_like(unit.text) or self._is_organisation(place, unit):
            return False
        return after is not None and after.kind is Kind.SHORT and not self._organisation_follows(place)

    def _is_cut_title(self, place: int) -> bool:
        """Whether the page ends here, in a title or the first words of its abstract."""
        if place <= self._last or len(self._units) - place > 2 * _CUT_LINES:
            return False
        rest = self._units[place:]
        return (
            sum(unit.kind is Kind.SHORT for unit in rest) <= _CUT_LINES
            and all(unit.kind in (Kind.SHORT, Kind.ADDRESS, Kind.TRUNCATED) for unit in rest)
        )

    def _is_foot(self, place: int) -> bool:
        """Whether only furniture and lines that end like titles follow."""
        return not is_tail_like(self._units[place].text)

    def _is_organisation(self, place: int, unit: Unit) -> bool:
        """By position: the last line before a separator and a date, after an abstract."""
        current = self._current
        if current is None or current.has_meta or not current.paragraphs or len(unit.text) > ORGANISATION_LENGTH:
            return False
        if any(link.handle for link in unit.links):
            return True
        if "http" in unit.text or "www." in unit.text:
            return False
        after = list(_following(self._units, place))[:2]
        kinds = [other.kind for other in after]
        if kinds[:2] == [Kind.SEPARATOR, Kind.DATE]:
            return True
        if kinds[:1] == [Kind.DATE]:
            return after[0].text[:1] in "·•|" or not is_tail_like(unit.text)
        return False

    def _organisation_follows(self, place: int) -> bool:
        for later in range(place + 1, min(place + 20, len(self._units))):
            if self._units[later].kind is Kind.SHORT:
                return self._is_organisation(later, self._units[later])
        return False

    def _paragraph(self, unit: Unit) -> None:
        current = self._current
        if current is None or current.has_meta:
            self._body.strange.append(unit)
            return
        current.paragraphs.append(unit)
        self._touch(unit)

    def _strange(self, place: int, unit: Unit) -> None:
        (self._body.footer if place > self._last else self._body.strange).append(unit)

    # Meta data, numbers and links

    def _furniture(self, unit: Unit) -> None:
        current = self._current
        if unit.kind is Kind.BANNER:
            self._finish(before_title=False)
            return
        if unit.kind is Kind.TRUNCATED and current is not None:
            current.is_cut = True
        if unit.kind is Kind.NUMBER:
            self._number(unit)
            return
        if current is not None:
            if unit.is_label and current.upvotes is None:
                current.upvotes = unit.number
            if unit.authors is not None and current.authors is None:
                current.authors = unit.authors
            if unit.organisation is not None and current.organisation is None:
                current.organisation = unit
            if unit.date is not None and current.date is None:
                current.date, current.comments = unit.date, unit.number
        self._touch(unit)

    def _number(self, unit: Unit) -> None:
        """A number alone: what its own link, its sign or its place says, else to be decided at the next title."""
        current, links = self._current, unit.links
        if current is not None and any(link.is_discussion for link in links):
            current.comments = unit.number
        elif any(link.is_upvote for link in links):
            self._upvoted(unit.number, next(link.paper for link in links if link.is_upvote))
        elif current is None or (unit.is_upvotes and not self._is_trending):
            self._upvotes = unit.number
        elif current.date is not None:
            current.numbers.append(unit.number or 0)
        self._touch(unit)

    def _upvoted(self, number: int | None, paper: str | None) -> None:
        current = self._current
        if current is not None and self._is_trending and paper is not None and paper == current.arxiv_id:
            current.upvotes = number
        else:
            self._upvotes = number

    def _touch(self, unit: Unit) -> None:
        """Follow the unit's links: ids, discussions, repositories."""
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
            if current is not None and current.arxiv_id in (None, link.paper) and not link.is_upvote:
                if current.arxiv_id is None and current.date is not None and not link.is_discussion:
                    self._arxiv_id = link.paper
                else:
                    current.arxiv_id = link.paper
            elif current is None or current.arxiv_id != link.paper:
                self._arxiv_id = link.paper

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
        numbers = current.numbers
        if numbers and before_title and self._prints_upvotes and self._upvotes is None:
            self._upvotes = numbers.pop()
        if numbers and current.comments is None:
            current.comments = numbers[0]
        self._body.drafts.append(current)
        self._current = None
