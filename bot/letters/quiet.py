"""Why a day brought nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from bot.blocks.quiet import best_words, quiet_words
from bot.blocks.roll_up import near_card
from bot.letters.frame import Frame, Letter, letter
from bot.letters.items import item_lines, item_of
from bot.models import Near, Paper


def quiet(
    frame: Frame,
    day: date,
    best: tuple[Paper, Near] | None = None,
    notes: Sequence[str] = (),
    *,
    silence: Literal["daily", "when_it_matters", "weekly"] = "when_it_matters",
    silence_notes: Sequence[str] = (),
    is_weekly: bool = False,
) -> Letter:
    """That nothing was above the bar, and the best there was; the arguments are those of ``blocks.quiet_message``."""
    _, heading, told = quiet_words(
        day,
        notes,
        has_best=best is not None,
        silence=silence,
        silence_notes=silence_notes,
        today=frame.today,
        is_weekly=is_weekly,
        is_channel=frame.is_channel,
    )
    item = item_of(near_card(*best, saved=frozenset())) if best else None
    beginning = best_words(is_at_fault=bool(notes)).strip().removesuffix(":")
    anyway = f"In Slack, {frame.command} for-me shows what is nearest to what you follow."
    return letter(
        frame,
        "quiet",
        heading,
        preheader=" ".join(told) or (f"{beginning}: {item.title}" if item else ""),
        notes=told,
        more=[anyway] if item and not frame.is_channel else [],
        text=[f"{beginning}:", "", *item_lines(item)] if item else [],
        best=item,
        beginning=beginning,
    )
