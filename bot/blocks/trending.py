"""What is talked about, for somebody who follows nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bot.acts import Message
from bot.blocks.card import Card
from bot.blocks.listing import papers_message
from bot.models import Paper

_NOTHING: Mapping[str, str] = MappingProxyType({})
#: Its heading, in a letter too.
HEADING = "Talked about most"


def trending_message(
    papers: Sequence[Paper],
    *,
    told: Mapping[str, str] = _NOTHING,
    saved: frozenset[str] = frozenset(),
    command: str = "/papers",
) -> Message:
    """The papers, most talked about first, as numbered cards; ``told``: how much each is talked about, by its id."""
    how = (
        f"You asked for this while you follow nothing. {command} follow speech recognition brings what is near to that."
    )
    return papers_message(HEADING, trending_cards(papers, told, saved=saved), notes=[how])


def trending_cards(
    papers: Sequence[Paper], told: Mapping[str, str], *, saved: frozenset[str] = frozenset()
) -> list[Card]:
    """As ``/papers trending`` shows them, here and in a letter."""
    return [
        Card(paper, why=told.get(paper.id) or None, saved=paper.id in saved, number=place)
        for place, paper in enumerate(papers, 1)
    ]
