"""Why a paper was sent to a reader, or was not."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Protocol

from slackblocks import ContextBlock, Markdown

from bot.acts import Message
from bot.blocks.parts import rendered
from bot.blocks.status import MARKED, PLAIN, Tongue
from bot.blocks.text import clean, escape
from bot.blocks.titles import titled
from bot.cleaning import display
from bot.models import FACTS, Closeness, Interest, Paper

_TITLE, _WORDS, _NAME = 300, 500, 100


class WhyAnswer(Protocol):
    """Why a paper was sent to a reader, or was not."""

    @property
    def paper(self) -> Paper:
        """The paper."""
        ...

    @property
    def score(self) -> float | None:
        """Similarity to the nearest interest."""
        ...

    @property
    def bar(self) -> float:
        """Share of stored papers that it must beat."""
        ...

    @property
    def closeness(self) -> Closeness | None:
        """How near it is to that interest."""
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
        """The answer in a sentence."""
        ...


def why_message(answer: WhyAnswer) -> Message:
    """The answer in a sentence, and below it the nearest interest, how close it is, the bar, and when it was sent."""
    shown = " · ".join(_reasons(answer, MARKED))
    lines = [escape(answer.words, _WORDS), escape(display(answer.paper.title), _TITLE)]
    lines.append(", ".join(_reasons(answer, PLAIN)))
    context = (ContextBlock([Markdown(shown)], block_id="why:facts"),) if shown else ()
    return Message(
        "\n".join(line for line in lines if line),
        rendered(titled(answer.paper, answer.words, block_id="why:words"), *context),
    )


def _reasons(answer: WhyAnswer, tongue: Tongue) -> list[str]:
    interest, closeness = answer.interest, answer.closeness
    parts: list[str] = []
    if interest:
        parts.append(f"Nearest: “{tongue.safe(clean(interest.name, _NAME))}”")
    if interest and interest.kind not in FACTS:
        if closeness and closeness.closer_than is not None:
            parts.append(f"closer than {_percent(closeness.closer_than)} of {closeness.corpus:,} papers")
        parts.append(f"your bar {_percent(answer.bar)}")
        if answer.score is not None:
            parts.append(f"similarity {answer.score:.2f}")
    if answer.sent_at:
        parts.append(f"{'sent' if parts else 'Sent'} {tongue.time(answer.sent_at)}")
    return parts


def _percent(share: float) -> str:
    """Rounded down, so that nothing seems to pass a bar that it does not pass."""
    return f"{math.floor(share * 10_000 + 1e-6) / 100:g} %"
