"""What a short line is, by its neighbours: a title, an organisation, a paragraph, or no part of any paper."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from bot.sources.drafts import Draft
from bot.sources.lines import ORGANISATION_LENGTH, Kind, Unit, ends_abstract, is_tail_like
from bot.sources.titles import PROSE, WINDOW, following, is_followed, is_sentence, next_unit

_META = (Kind.AUTHORS, Kind.DATE, Kind.META, Kind.SEPARATOR)
_SEPARATORS = ("·", "•", "|")
#: A page that ends in more lines was not cut off in a title or the first words of its abstract.
_CUT_LINES = 2


class Role(Enum):
    """The part a short line plays."""

    TITLE = auto()
    #: The first paragraph, where it is shorter than abstracts are.
    ABSTRACT = auto()
    #: The last paragraph.
    TAIL = auto()
    ORGANISATION = auto()
    STRANGE = auto()


class Roles:
    """The roles of one page's short lines."""

    def __init__(self, units: Sequence[Unit], *, level: int, is_trending: bool) -> None:
        self._units = units
        self._level = level
        self._is_trending = is_trending
        #: The place of the last title that has an abstract: what follows its meta data is the page's foot.
        self.last_title = max((place for place in range(len(units)) if self._begins_paper(place)), default=0)

    def role(self, place: int, current: Draft | None) -> Role:
        """The role of the unit at ``place`` while ``current`` is the paper being read."""
        unit = self._units[place]
        if self._level:
            is_title = unit.line.heading == self._level
        else:
            is_title = unit.kind is Kind.SHORT and self._is_title(place, unit, current)
        if is_title:
            return Role.TITLE
        if current is None:
            return Role.STRANGE
        if not current.paragraphs and not current.has_meta:
            return Role.ABSTRACT
        if self._is_organisation(place, current):
            return Role.ORGANISATION
        return Role.STRANGE if current.has_meta or self._is_foot(place) else Role.TAIL

    def _begins_paper(self, place: int) -> bool:
        unit = self._units[place]
        if self._level:
            return unit.line.heading == self._level and unit.kind in PROSE
        return unit.kind is Kind.SHORT and is_followed(self._units, place)

    def _is_title(self, place: int, unit: Unit, current: Draft | None) -> bool:
        if is_followed(self._units, place):
            waits = current is not None and not current.has_meta
            return not (waits and is_tail_like(unit.text))
        if current is None:
            return self._is_cut_off(place)
        after = next_unit(self._units, place)
        if not current.paragraphs and not current.has_meta:
            # The title above waits for its abstract: this is it, unless it reads like the next title.
            return after is not None and not is_tail_like(unit.text) and not (self._is_trending and is_sentence(unit))
        if place > self.last_title and (current.has_meta or after is None):
            return self._is_cut_off(place) and (current.has_meta or not ends_abstract(unit.text))
        if current.has_meta:
            return after is not None
        return (
            after is not None
            and after.kind is Kind.SHORT
            and not is_tail_like(unit.text)
            and not self._is_organisation(place, current)
            and not self._organisation_follows(place, current)
        )

    def _is_cut_off(self, place: int) -> bool:
        """Whether the page ends here, in a title or the first words of its abstract."""
        if place <= self.last_title or len(self._units) - place > 2 * _CUT_LINES:
            return False
        rest = self._units[place:]
        return sum(unit.kind is Kind.SHORT for unit in rest) <= _CUT_LINES and all(
            unit.kind in (Kind.SHORT, Kind.UNKNOWN, Kind.ADDRESS, Kind.TRUNCATED) for unit in rest
        )

    def _is_foot(self, place: int) -> bool:
        """Whether a line behind the last abstract is no part of it: no meta data follows, and it is no sentence."""
        if place <= self.last_title or ends_abstract(self._units[place].text):
            return False
        after = next_unit(self._units, place)
        return after is None or after.kind not in _META

    def _is_organisation(self, place: int, current: Draft) -> bool:
        """By position, the last line before a separator and a date; or by a link to the organisation's page."""
        unit = self._units[place]
        if current.has_meta or not current.paragraphs or len(unit.text) > ORGANISATION_LENGTH:
            return False
        if any(link.handle for link in unit.links):
            return True
        if "://" in unit.text or "www." in unit.text:
            return False
        after = [other for other, _ in zip(following(self._units, place), range(2), strict=False)]
        kinds = [other.kind for other in after]
        if kinds in ([Kind.SEPARATOR, Kind.DATE], [Kind.SEPARATOR]):
            return True
        return kinds[:1] == [Kind.DATE] and (after[0].text.startswith(_SEPARATORS) or not is_tail_like(unit.text))

    def _organisation_follows(self, place: int, current: Draft) -> bool:
        places = range(place + 1, min(place + WINDOW, len(self._units)))
        later = next((other for other in places if self._units[other].kind is Kind.SHORT), None)
        return later is not None and self._is_organisation(later, current)
