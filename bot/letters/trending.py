"""What is talked about, for somebody who follows nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from bot.blocks.trending import HEADING, trending_cards
from bot.letters.frame import Frame, Letter, letter
from bot.letters.items import Item, item_lines, item_of
from bot.models import Paper

_NOTHING: Mapping[str, str] = MappingProxyType({})


def trending(frame: Frame, papers: Sequence[Paper], told: Mapping[str, str] = _NOTHING) -> Letter:
    """The papers, most talked about first, each with the beginning of its abstract.

    ``told``: how much each is talked about, by its id.
    """
    items = [item_of(card, card.number) for card in trending_cards(papers, told)]
    first, *others = [item.title for item in items] or [""]
    return letter(
        frame,
        "digest",
        HEADING,
        subject=f"{HEADING}: {first}" if first else HEADING,
        preheader=" · ".join(others),
        why=f"You get this at {frame.to} because you asked for it while you follow nothing.",
        more=[f"In Slack, {frame.command} follow speech recognition brings you what is near to that instead."],
        text=_lines(items),
        items=items,
        others=(),
        with_code=(),
        code_heading="",
        more_code="",
    )


def _lines(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        yield from ("", *item_lines(item))
