"""The weekly look back: figures, what was learnt, near misses, what is talked about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.blocks import clean
from bot.blocks.naming import talk_words
from bot.blocks.roll_up import MOST_NEAR, MOST_NOTES, MOST_TRENDING, figures_words, near_card, week_heading
from bot.letters.frame import Frame, Letter, letter
from bot.letters.items import Item, item_lines, item_of, line_of, wrapped
from bot.models import DayCount, Near, Paper

_SENTENCE = 300
#: Percent of its cell that the longest bar takes: its figure stands beside it.
_LONGEST_BAR = 72


@dataclass(frozen=True, slots=True)
class Day:
    """A day's row; ``share`` is how long its bar is, in percent."""

    name: str
    share: int
    seen: str
    sent: str
    liked: str


def roll_up(
    frame: Frame,
    day: date,
    near: Sequence[tuple[Paper, Near]] = (),
    trending: Sequence[Paper] = (),
    notes: Sequence[str] = (),
    *,
    days: Sequence[DayCount] = (),
    silence_notes: Sequence[str] = (),
    saved: frozenset[str] = frozenset(),
) -> Letter:
    """The look back on ``days``, or else on the week that ends with ``day``; the arguments are those of ``blocks.roll_up_message``."""
    learnt = [said for note in notes[:MOST_NOTES] if (said := clean(note, _SENTENCE))]
    quiet = " ".join(said for note in silence_notes[:MOST_NOTES] if (said := clean(note, _SENTENCE)))
    figures = figures_words(days)
    misses = [item_of(near_card(paper, how_near, saved)) for paper, how_near in near[:MOST_NEAR]]
    talked = [line_of(paper, [talk] if (talk := talk_words(paper)) else []) for paper in trending[:MOST_TRENDING]]
    switch = f"{frame.command} {'channel settings' if frame.is_channel else 'settings'}"
    return letter(
        frame,
        "roll_up",
        week_heading(day, days, is_channel=frame.is_channel),
        notes=[said for said in (figures, quiet) if said],
        how=f"This comes once a week. In {'that channel' if frame.is_channel else 'Slack'}, {switch} switches it off.",
        text=_lines(days if figures else (), learnt, misses, talked),
        days=_days(days) if figures else [],
        learnt=learnt,
        near=misses,
        talked=talked,
    )


def _days(days: Sequence[DayCount]) -> list[Day]:
    most = max((day.seen for day in days), default=0)
    return [
        Day(
            f"{day.day:%a} {day.day.day}",
            -(-day.seen * _LONGEST_BAR // most) if most and day.seen > 0 else 0,
            f"{day.seen:,}",
            f"{day.sent:,}",
            f"{day.liked:,}",
        )
        for day in days
    ]


def _lines(
    days: Sequence[DayCount], learnt: Sequence[str], misses: Sequence[Item], talked: Sequence[Item]
) -> Iterator[str]:
    for day in _days(days):
        yield f"{day.name:>6}: {day.seen} came in, {day.sent} sent, {day.liked} liked or saved"
    if learnt:
        yield from ("", "What was learnt:")
    for sentence in learnt:
        yield from wrapped(sentence, first="* ", others="  ")
    if misses:
        yield from ("", "Near misses:")
    for item in misses:
        yield from ("", *item_lines(item))
    if talked:
        yield from ("", "Talked about most:")
    for place, item in enumerate(talked, 1):
        yield from ("", *item_lines(item, bullet=f"{place}. "))
