"""The weekly look back: a chart, what was learnt, near misses, what is talked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from slackblocks import (
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    ImageBlock,
    PlainText,
    RichText,
    RichTextBlock,
    RichTextList,
    RichTextSection,
    SectionBlock,
    SlackFile,
)

from bot.acts import Block, Message
from bot.blocks.card import Card, card_text, small_card
from bot.blocks.card_parts import shown_title
from bot.blocks.naming import linked_title, near_words, paper_list, talk_words
from bot.blocks.parts import Button, button, counted, rendered
from bot.blocks.text import clean, escape
from bot.models import DayCount, Near, Paper

#: Rows of each part: it is read on a phone.
MOST_NEAR, MOST_TRENDING, MOST_NOTES = 3, 5, 5
#: Characters of a sentence, of an alternative text (Slack takes 2,000), of all words in ``text``.
_SENTENCE, _ALT, _TEXT = 300, 1_900, 3_900
_WEEK = timedelta(days=6)
#: Slack's ids of files; anything else would be refused, and the message with it.
_FILE = re.compile(r"F[A-Z0-9]{8,30}", re.ASCII)


def roll_up_message(
    day: date,
    near: Sequence[tuple[Paper, Near]] = (),
    trending: Sequence[Paper] = (),
    notes: Sequence[str] = (),
    chart: tuple[str, str] | None = None,
    *,
    days: Sequence[DayCount] = (),
    silence_notes: Sequence[str] = (),
    saved: frozenset[str] = frozenset(),
    command: str = "/papers",
    is_channel: bool = False,
) -> Message:
    """The look back on ``days``, or else on the week that ends with the local day ``day``; one message.

    ``near``: papers below the bar, best first, with votes; ``trending``: most talked about first; ``notes``: plain
    sentences on what was learnt; ``chart``: a Slack file's id and what it shows in words (``charts.alt_text``). Without a
    chart the figures of ``days`` stand there in words. ``silence_notes``: plain sentences on days that brought nothing, and
    why. ``saved``: ids of papers on the reader's list.
    """
    heading = week_heading(day, days, is_channel=is_channel)
    told = [said for note in notes[:MOST_NOTES] if (said := clean(note, _SENTENCE))]
    quiet = " ".join(said for note in silence_notes[:MOST_NOTES] if (said := clean(note, _SENTENCE)))
    cards = [near_card(paper, how_near, saved) for paper, how_near in near[:MOST_NEAR]]
    picture = chart if chart and _FILE.fullmatch(chart[0]) else None
    figures = clean(picture[1], _ALT) if picture else figures_words(days)
    switch = f"This comes once a week. {_switch(command, is_channel=is_channel)} switches it off."
    blocks = [
        *rendered(HeaderBlock(PlainText(heading), block_id="week:heading")),
        *_picture(picture, figures),
        *rendered(*([SectionBlock(PlainText(quiet), block_id="week:quiet")] if quiet else [])),
        *_learnt(told),
        *_near(cards),
        *_talked(trending[:MOST_TRENDING]),
        *_foot(switch, is_channel=is_channel),
    ]
    talked = "; ".join(shown_title(paper.title) for paper in trending[:MOST_TRENDING])
    text = _text(
        escape(f"{heading}."),
        escape(figures),
        escape(quiet),
        escape(f"What was learnt: {' '.join(told)}") if told else "",
        "Near misses:" if cards else "",
        *map(card_text, cards),
        escape(f"Talked about most: {talked}.") if talked else "",
        escape(switch),
    )
    return Message(text, tuple(blocks))


def week_heading(day: date, days: Sequence[DayCount], *, is_channel: bool) -> str:
    """``Your week, 16 to 22 March``: of ``days``, or else of the week that ends with ``day``; plain."""
    first, last = (days[0].day, days[-1].day) if days else (day - _WEEK, day)
    whose = "This channel's week" if is_channel else "Your week"
    return f"{whose}, {_span(first, last)}"


def near_card(paper: Paper, near: Near, saved: frozenset[str]) -> Card:
    """A near miss as a card; ``saved`` are ids of papers on the reader's list."""
    return Card(paper, why=near_words(near) or None, saved=paper.id in saved)


def _picture(chart: tuple[str, str] | None, figures: str) -> tuple[Block, ...]:
    if chart:
        return rendered(ImageBlock(alt_text=figures, slack_file=SlackFile(None, chart[0]), block_id="week:chart"))
    return rendered(ContextBlock([PlainText(figures)], block_id="week:figures")) if figures else ()


def _learnt(notes: Sequence[str]) -> tuple[Block, ...]:
    if not notes:
        return ()
    listed = RichTextList("bullet", [RichTextSection(RichText(note)) for note in notes])
    above = RichTextSection(RichText("What was learnt", bold=True))
    return rendered(RichTextBlock([above, listed], block_id="week:learnt"))


def _near(cards: Sequence[Card]) -> tuple[Block, ...]:
    if not cards:
        return ()
    return (*_part("Near misses", "week:near"), *(block for one in cards for block in small_card(one)))


def _talked(papers: Sequence[Paper]) -> tuple[Block, ...]:
    if not papers:
        return ()
    lines = [
        [*linked_title(paper), *([RichText(f"\u00a0· {talk}")] if (talk := talk_words(paper)) else [])]
        for paper in papers
    ]
    listed = paper_list(lines, "week:talked", heading="Talked about most", is_ordered=True)
    return rendered(DividerBlock(block_id="week:talked:line"), listed)


def _part(heading: str, block_id: str) -> tuple[Block, ...]:
    above = RichTextBlock(RichTextSection(RichText(heading, bold=True)), block_id=block_id)
    return rendered(DividerBlock(block_id=f"{block_id}:line"), above)


def _switch(command: str, *, is_channel: bool) -> str:
    return f"{command} channel settings" if is_channel else "Settings"


def _foot(switch: str, *, is_channel: bool) -> tuple[Block, ...]:
    # What a channel gets is no one person's to change at the press of a button.
    if is_channel:
        return rendered(DividerBlock(block_id="week:line"), ContextBlock([PlainText(switch)], block_id="week:foot"))
    settings = button(Button("Settings", "home_settings"))
    foot = SectionBlock(PlainText(switch), block_id="week:foot", accessory=settings)
    return rendered(DividerBlock(block_id="week:line"), foot)


def figures_words(days: Sequence[DayCount]) -> str:
    """``523 papers came in, 10 were sent, 5 were liked or saved.``; "" where nothing happened."""
    if not any(day.seen or day.sent or day.liked for day in days):
        return ""
    seen, sent, liked = (sum(counts) for counts in zip(*((one.seen, one.sent, one.liked) for one in days), strict=True))
    were = "was" if sent == 1 else "were"
    return f"{counted(seen, 'paper')} came in, {sent:,} {were} sent, {liked:,} liked or saved."


def _span(first: date, last: date) -> str:
    """``16 to 22 March``; the month, and the year, twice where they differ."""
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
    month = "" if first.month == last.month else f" {first:%B}"
    return f"{first.day}{month} to {last.day} {last:%B}"


def _text(*lines: str) -> str:
    """All of it in words; what would be too long leaves out whole lines."""
    kept, room = list[str](), _TEXT
    for line in lines:
        if line and len(line) < room:
            kept.append(line)
            room -= len(line) + 1
    return "\n".join(kept)
