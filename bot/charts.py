"""A reader's week as a small picture, and the same in words. The one place that knows matplotlib."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from bot.models import DayCount

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Inches and dots an inch: 1,200 pixels wide, so that letters stay sharp where a phone shows it at a third of that.
_SIZE, _DENSITY = (6.0, 2.75), 200
#: Points of the small letters: 9 where a phone shows the picture.
_LETTERS = 11.5
#: Days in one picture: more would be narrower than their numbers.
_MOST_DAYS = 14
_LONGEST_ALT = 1_900
#: A card of its own colour, so that contrast does not hang on the theme around it: 7:1 and more for words.
_GROUND, _INK, _QUIET, _LINE = "#f7f7f8", "#1d1c1d", "#54565a", "#d3d5d9"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: matplotlib's fonts are shared and not made for several threads.
_TURN = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Strip:
    """One row of bars. Each has a scale of its own: hundreds of papers come for a handful that is liked."""

    name: str
    colour: str
    of: Callable[[DayCount], int]


#: Colours that stay apart for who sees fewer of them, darker from row to row; every bar says its number anyway.
_STRIPS = (
    _Strip("came in", "#9aa0a8", lambda day: day.seen),
    _Strip("sent", "#2f7fd1", lambda day: day.sent),
    _Strip("liked or saved", "#0f6b4f", lambda day: day.liked),
)


def week(days: Sequence[DayCount]) -> bytes:
    """Papers that came, were sent and were liked, day by day, as a PNG; opaque, readable in light and dark.

    At most the last 14 days. CPU-bound (some 0.2 s, the first one more): call it in a thread.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = days[-_MOST_DAYS:]
    with _TURN:
        figure = Figure(figsize=_SIZE, dpi=_DENSITY, facecolor=_GROUND)
        canvas = FigureCanvasAgg(figure)
        grid = figure.add_gridspec(len(_STRIPS), 1, left=0.265, right=0.975, top=0.96, bottom=0.13, hspace=0.4)
        for place, strip in enumerate(_STRIPS):
            axes = figure.add_subplot(grid[place, 0])
            _draw(axes, strip, shown)
            if place == len(_STRIPS) - 1:
                _name_days(axes, shown)
        picture = BytesIO()
        canvas.print_png(picture)
    return picture.getvalue()


def alt_text(days: Sequence[DayCount]) -> str:
    """What the picture shows, in at most 1,900 characters: totals, and the figures of each day."""
    shown = days[-_MOST_DAYS:]
    if not shown:
        return "Nothing is known of these days."
    totals = _figures([sum(map(strip.of, shown)) for strip in _STRIPS])
    each = "; ".join(
        f"{_DAYS[day.day.weekday()]} {day.day.day}: {_figures([strip.of(day) for strip in _STRIPS])}" for day in shown
    )
    return f"Papers by day. In all {totals}. {each}."[:_LONGEST_ALT]


def _figures(counts: Sequence[int]) -> str:
    """``112 came in, 3 sent, 1 liked or saved``."""
    return ", ".join(f"{count:,} {strip.name}" for count, strip in zip(counts, _STRIPS, strict=True))


def _draw(axes: Axes, strip: _Strip, days: Sequence[DayCount]) -> None:
    """One row: its total and name at the left, a bar and its number for each day."""
    counts = [max(0, strip.of(day)) for day in days]
    places = range(len(counts))
    highest = max(1, *counts) if counts else 1
    axes.set_facecolor(_GROUND)
    axes.set_xlim(-0.6, max(1, len(counts)) - 0.4)
    # Above the highest bar there is room for its number.
    axes.set_ylim(0, highest * 1.5)
    axes.bar(places, counts, width=0.62, color=strip.colour, zorder=2)
    for place, count in zip(places, counts, strict=True):
        axes.annotate(
            f"{count:,}",
            (place, count),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=_LETTERS,
            color=_INK if count else _QUIET,
        )
    axes.set_yticks([])
    axes.set_xticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)
    for height, words, size, weight, colour, upright in (
        (0.46, f"{sum(counts):,}", 19, "bold", _INK, "bottom"),
        (0.4, strip.name, _LETTERS, "normal", _QUIET, "top"),
    ):
        axes.text(
            -0.03,
            height,
            words,
            transform=axes.transAxes,
            ha="right",
            va=upright,
            fontsize=size,
            fontweight=weight,
            color=colour,
        )


def _name_days(axes: Axes, days: Sequence[DayCount]) -> None:
    is_tight = len(days) > len(_DAYS)
    names = [_DAYS[day.day.weekday()][: 2 if is_tight else 3] for day in days]
    axes.set_xticks(range(len(days)), names, fontsize=_LETTERS, color=_QUIET)
    axes.tick_params(axis="x", length=0, pad=5)
