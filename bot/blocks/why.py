"""Why a paper was sent to a reader, or was not."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Protocol

from slackblocks import ContextBlock, Markdown

from bot.acts import Message
from bot.blocks.card import LEAST_COLLEAGUES, passage_of
from bot.blocks.card_parts import passage_part
from bot.blocks.parts import rendered, share_words
from bot.blocks.passage import passage_lines
from bot.blocks.status import MARKED, PLAIN, Tongue
from bot.blocks.text import clean, escape
from bot.blocks.titles import titled
from bot.cleaning import display
from bot.models import FACTS, Closeness, Interest, Paper

_TITLE, _WORDS, _NAME = 300, 500, 100
#: The answer in words tells how close the paper is, or was: another figure beside it would be rounded or measured anew.
_TOLD = re.compile(r"closer than \d")


class WhyAnswer(Protocol):
    """Why a paper was sent to a reader, or was not."""

    @property
    def paper(self) -> Paper:
        """The paper."""
        ...

    @property
    def bar(self) -> float:
        """Share of stored papers that it must beat."""
        ...

    @property
    def closeness(self) -> Closeness | None:
        """How near it is to that interest; None where that says nothing."""
        ...

    @property
    def interest(self) -> Interest | None:
        """The nearest interest."""
        ...

    @property
    def sent_at(self) -> datetime | None:
        """When it was sent, aware, UTC."""
        ...

    @property
    def words(self) -> str:
        """The answer in a sentence or two."""
        ...

    @property
    def passage(self) -> str:
        """The sentence of the abstract that speaks most for the interest; "" where none was looked for."""
        ...

    @property
    def marked(self) -> tuple[str, ...]:
        """Words of the passage that the interest knows."""
        ...

    @property
    def colleagues(self) -> int:
        """How many others saved it; told from two on."""
        ...

    @property
    def in_meaning(self) -> float | None:
        """Standard deviations above the interest's mean that come from meaning; None where nobody measured that."""
        ...

    @property
    def in_words(self) -> float | None:
        """Those that come from words."""
        ...


def why_message(answer: WhyAnswer) -> Message:
    """The answer in words, the passage that speaks for it, and below them what the score was made of.

    That is the nearest interest, how close the paper is to it, the bar, and how much comes from meaning and from words;
    then what colleagues did, and when it was sent.
    """
    parts = passage_of(answer.paper, answer.passage, answer.marked)
    shown = " · ".join(_reasons(answer, MARKED))
    lines = [escape(answer.words, _WORDS), escape(display(answer.paper.title), _TITLE)]
    lines += [escape(line) for line in passage_lines(parts)]
    lines.append(", ".join(_reasons(answer, PLAIN)))
    context = (ContextBlock([Markdown(shown)], block_id="why:facts"),) if shown else ()
    return Message(
        "\n".join(line for line in lines if line),
        (
            *rendered(titled(answer.paper, answer.words, block_id="why:words")),
            *([passage_part("why:passage", parts, is_quoted=True)] if parts else []),
            *rendered(*context),
        ),
    )


def _reasons(answer: WhyAnswer, tongue: Tongue) -> list[str]:
    interest, closeness = answer.interest, answer.closeness
    parts: list[str] = []
    if interest:
        parts.append(f"Nearest: “{tongue.safe(clean(interest.name, _NAME))}”")
    if interest and interest.kind not in FACTS:
        if closeness and closeness.closer_than is not None and not _TOLD.search(answer.words):
            parts.append(f"closer than {share_words(closeness.closer_than)} of {closeness.corpus:,} papers")
        parts.append(f"your bar {share_words(answer.bar)}")
        parts += _composition(answer)
    if answer.colleagues >= LEAST_COLLEAGUES:
        parts.append(f"{answer.colleagues:,} colleagues saved it")
    if answer.sent_at:
        parts.append(f"sent {tongue.time(answer.sent_at)}")
    return [f"{part[:1].upper()}{part[1:]}" if not place else part for place, part in enumerate(parts)]


def _composition(answer: WhyAnswer) -> list[str]:
    """``the score is 72 % meaning, 28 % words``; nothing where all is one of them, or none above what is usual."""
    meaning, words = max(0.0, answer.in_meaning or 0.0), max(0.0, answer.in_words or 0.0)
    if not math.isfinite(whole := meaning + words) or whole <= 0:
        return []
    by_words = round(100 * words / whole)
    if by_words in (0, 100):
        return []
    return [f"the score is {100 - by_words} % meaning, {by_words} % words"]
