"""Where titles are: by their heading where a tool kept headings, else by the abstract that follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.sources.lines import Kind, Unit

PROSE = (Kind.ABSTRACT, Kind.SHORT)
#: Under a heading, or on a trending page, a sentence of this length is the abstract or summary.
_SENTENCE = 40
_BULLETS = ("-", "*", "•", "+")
_LEVELS = 7
#: Links and furniture between two lines of a paper are fewer.
WINDOW = 20


def title_level(units: Sequence[Unit]) -> int:
    """The level of the headings that are titles, 0 where titles are no headings."""
    counts = [0] * _LEVELS
    for place, unit in enumerate(units):
        if unit.line.heading and unit.kind in PROSE:
            after = next_unit(units, place)
            is_title = after is not None and not after.line.heading and is_sentence(after)
            counts[unit.line.heading] += is_title
    best = max(counts)
    level = max(place for place, count in enumerate(counts) if count == best) if best else 0
    plain = sum(
        not unit.line.heading and unit.kind is Kind.SHORT and is_followed(units, place)
        for place, unit in enumerate(units)
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
    return next(following(units, place), None)


def is_followed(units: Sequence[Unit], place: int) -> bool:
    """Whether an abstract comes next."""
    after = next_unit(units, place)
    return after is not None and after.kind is Kind.ABSTRACT


def is_sentence(unit: Unit) -> bool:
    """Whether a unit is an abstract, or long enough for one where its place says so."""
    if unit.kind is Kind.ABSTRACT:
        return True
    is_item = unit.text.startswith(_BULLETS) or "://" in unit.text
    return unit.kind is Kind.SHORT and len(unit.text) >= _SENTENCE and not is_item


def following(units: Sequence[Unit], place: int) -> Iterator[Unit]:
    """The next units of the page that are neither links nor furniture, up to its end or a new banner."""
    for unit in units[place + 1 : place + WINDOW]:
        if unit.kind is Kind.BANNER:
            return
        if unit.kind not in (Kind.ADDRESS, Kind.CHROME, Kind.NOISE):
            yield unit
