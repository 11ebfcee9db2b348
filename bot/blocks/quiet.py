"""Why a day brought nothing, and the words for how a day ended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import slackblocks
from slackblocks import ContextBlock, PlainText, RichText, RichTextBlock, RichTextElement, RichTextSection, SectionBlock

from bot.acts import Block, Message
from bot.blocks.card_parts import shown_title
from bot.blocks.naming import linked_title, near_words
from bot.blocks.parts import Button, button, buttons, counted, rendered
from bot.blocks.subscription import clock_words, day_words, near_day_words
from bot.blocks.text import clean, escape
from bot.models import Ending, Near, Paper, SlotEnd

#: Characters of a sentence, of a title in a line, and how many sentences are said.
_SENTENCE, _TITLE, _MOST_NOTES = 400, 120, 4
#: Characters of how a day ended.
_SLOT = 1_000
_VALUE = re.compile(r"(\d{4}-\d\d-\d\d)(/7)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuietDays:
    """What was quiet, as ``Show anyway`` carries it: a local day, or the week that ends with it."""

    day: date
    is_week: bool = False

    def value(self) -> str:
        """For a button: the ISO date, of a week with ``/7`` after it."""
        return f"{self.day.isoformat()}{'/7' if self.is_week else ''}"

    @classmethod
    def read(cls, value: str) -> QuietDays | None:
        """What ``value`` made; None for anything else. Never raises."""
        if not (parts := _VALUE.fullmatch(value)):
            return None
        try:
            return cls(date.fromisoformat(parts[1]), parts[2] is not None)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Lately:
    """The papers of the last local day on which a reader was sent some."""

    papers: int
    #: When the last of them came, aware, on the reader's clock.
    at: datetime
    #: They came at several times of that day.
    is_spread: bool = False


def quiet_message(
    day: date,
    best: tuple[Paper, Near] | None = None,
    notes: Sequence[str] = (),
    *,
    silence: Literal["daily", "when_it_matters", "weekly"] = "when_it_matters",
    silence_notes: Sequence[str] = (),
    today: date | None = None,
    is_weekly: bool = False,
    is_channel: bool = False,
) -> Message:
    """That nothing was above the bar, the best there was, and a button ``show_anyway`` (its value: ``QuietDays``).

    Without a best nothing came near, and there is nothing to show. ``silence_notes`` are plain sentences that are said of
    these days instead: the first of them is the heading.

    ``day`` is the slot's local day, ``today`` the reader's local day when it is sent (None: the same). ``notes`` are
    plain sentences, one for each source at fault; with them the message is about the sources. Without them it speaks of
    the day under ``daily``, of a week under the others; of a week also for a digest that comes weekly (``is_weekly``).
    """
    quiet, heading, told = quiet_words(
        day,
        notes,
        has_best=best is not None,
        silence=silence,
        silence_notes=silence_notes,
        today=today,
        is_weekly=is_weekly,
        is_channel=is_channel,
    )
    parts: list[RichTextElement] = [RichText(heading, bold=True), *(RichText(f"\n{note}") for note in told)]
    blocks: list[slackblocks.Block] = [RichTextBlock(RichTextSection(parts), block_id="quiet:words")]
    said = [f"{heading}.", *told]
    if best:
        beginning = best_words(is_at_fault=bool(notes))
        line = [RichText(beginning), *linked_title(best[0])]
        blocks.append(RichTextBlock(RichTextSection(line), block_id="quiet:best"))
        if nearness := near_words(best[1]):
            blocks.append(ContextBlock([PlainText(f"{nearness[:1].upper()}{nearness[1:]}")], block_id="quiet:near"))
        said.append(f"{beginning}{_named(best[0], best[1])}.")
    row = [*([_anyway(quiet)] if best else []), *([] if is_channel else [Button("Settings", "home_settings")])]
    offered = [buttons("quiet:offer", *row)] if row else []
    return Message("\n".join(map(escape, said)), rendered(*blocks, *offered))


def quiet_words(
    day: date,
    notes: Sequence[str],
    *,
    has_best: bool,
    silence: Literal["daily", "when_it_matters", "weekly"],
    silence_notes: Sequence[str],
    today: date | None,
    is_weekly: bool,
    is_channel: bool,
) -> tuple[QuietDays, str, list[str]]:
    """What was quiet, that in a heading without a full stop, and sentences below it, plain; see ``quiet_message``."""
    quiet = QuietDays(day, is_week=is_weekly or (silence != "daily" and not notes))
    now = today or day
    in_a_row = quiet.is_week and not is_weekly and silence == "when_it_matters"
    when = "for a week" if in_a_row else _week_words(day, now) if quiet.is_week else near_day_words(day, now)
    above = f"Nothing above {'the' if is_channel else 'your'} bar {when}" if has_best else f"Nothing came near {when}"
    heading = f"No papers {when}" if notes else above
    told = [said for note in (*silence_notes, *notes)[:_MOST_NOTES] if (said := clean(note, _SENTENCE))]
    if silence_notes and told:
        heading, *told = told[0].removesuffix("."), *told[1:]
    return quiet, heading, told


def best_words(*, is_at_fault: bool) -> str:
    """What stands before the title of the best paper below the bar; ``is_at_fault``: a source is."""
    return "The best of what there is: " if is_at_fault else "The best was "


def slot_words(
    end: SlotEnd | None,
    best: Paper | None = None,
    *,
    today: date,
    lately: Lately | None = None,
    at_once: bool = False,
) -> str:
    """What came last, in plain sentences: ``lately``, else how the last expected day ended; "" for neither.

    ``best`` is the paper of ``end.best``, ``today`` the reader's local day. Who is written to ``at_once`` gets papers, and
    no digests.
    """
    if lately:
        when = near_day_words(lately.at.date(), today)
        at = f", the last at {clock_words(lately.at)}" if lately.is_spread else f" at {clock_words(lately.at)}"
        return f"Last papers: {lately.papers:,} {when}{at}."
    if end is None:
        return ""
    when = near_day_words(end.day, today)
    if end.ending is Ending.SENT:
        # A digest without papers tells of code alone.
        papers = counted(end.papers, "paper") if end.papers else "code for what you saved"
        return f"{'Last message' if at_once else 'Your last digest'}: {when}, {papers}."
    if not end.is_empty or end.ending is Ending.SOURCE:
        elsewhere = f"none {when}, for what was above your bar stood in a channel where you are."
        failed = f"it could not be sent {when}, and the host has been told."
        at_fault = " ".join(filter(None, (f"no papers {when}.", clean(end.note, _SENTENCE))))
        said = {Ending.FAILED: failed, Ending.ELSEWHERE: elsewhere}.get(end.ending, at_fault)
        return _began(said, at_once=at_once)
    before = f", as on the {end.quiet_days} days before" if end.quiet_days > 1 else ""
    if best is None or end.best is None:
        return _began(f"nothing came near {when}{before}.", at_once=at_once)
    return _began(f"nothing above your bar {when}{before}. The best was {_named(best, end.best)}.", at_once=at_once)


def _began(words: str, *, at_once: bool) -> str:
    return f"{words[:1].upper()}{words[1:]}" if at_once else f"Your last digest: {words}"


def slot_blocks(words: str, quiet: QuietDays | None) -> tuple[Block, ...]:
    """How the last day ended, for App Home; where it brought nothing, the best below the bar is a press away."""
    if not (shown := clean(words, _SLOT)):
        return ()
    if quiet is None:
        return rendered(ContextBlock([PlainText(shown)], "home:slot"))
    return rendered(SectionBlock(PlainText(shown), block_id="home:slot", accessory=button(_anyway(quiet))))


def _anyway(quiet: QuietDays) -> Button:
    return Button("Show anyway", "show_anyway", quiet.value(), said="Show the best papers below the bar")


def _named(paper: Paper, near: Near) -> str:
    nearness = near_words(near)
    return f"“{clean(shown_title(paper.title), _TITLE)}”{f', {nearness}' if nearness else ''}"


def _week_words(day: date, today: date) -> str:
    return "this week" if day == today else f"in the week until {day_words(day)}"
