"""The papers of a day or a week, or those that have just come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.blocks import Card
from bot.blocks.card import DIFFERENT, reasons_of
from bot.blocks.digest import CODE, MOST_WITH_CODE
from bot.letters.frame import Frame, Letter, letter
from bot.letters.items import Item, item_lines, item_of, line_of, links_of
from bot.models import Paper

#: What stands above papers that are named in a line each.
MORE = "More papers"
_MORE_CODE = "And {count:,} more on your reading list."


def digest(
    frame: Frame,
    heading: str,
    cards: Sequence[Card],
    *,
    most: int | None = None,
    left_out: int = 0,
    notes: Sequence[str] = (),
    with_code: Sequence[Paper] = (),
) -> Letter:
    """The cards below a heading, as ``blocks.digest_message`` has them, but for those of the thread.

    The first ``most`` (1 or more, None for all) stand in full, the others in a line each with the reason. ``heading`` says what was found ("3 papers for you"), ``notes`` are sentences below it, plain both. ``left_out``
    counts papers that the cap kept back. ``with_code`` are papers the reader saved for which code has appeared.
    """
    whole = len(cards) if most is None else max(1, most)
    items = [item_of(card) for card in cards[:whole]]
    others = [
        line_of(card.paper, [*([DIFFERENT] if card.exploring else []), *reasons_of(card)]) for card in cards[whole:]
    ]
    named = [line_of(paper, links=links_of(paper)) for paper in with_code[:MOST_WITH_CODE]]
    more_code = _MORE_CODE.format(count=count) if (count := len(with_code) - len(named)) else ""
    kept_back = f"{left_out:,} more {'was' if left_out == 1 else 'were'} kept back by the cap."
    votes = f"To vote on a paper or to save it: in Slack, {frame.command} history shows them with their buttons."
    first, *titles = [item.title for item in (*items, *others, *named)] or [""]
    return letter(
        frame,
        "digest",
        heading,
        subject=f"{heading}: {first}" if first else heading,
        preheader=" · ".join(titles) or (items[0].reasons if items else ""),
        notes=notes,
        more=[*([kept_back] if left_out else []), *([votes] if items and not frame.is_channel else [])],
        text=_lines(items, others, named, more_code),
        items=items,
        others=others,
        others_heading=MORE,
        with_code=named,
        code_heading=CODE if items else "",
        more_code=more_code,
    )


def _lines(items: Sequence[Item], others: Sequence[Item], with_code: Sequence[Item], more_code: str) -> Iterator[str]:
    for item in items:
        yield from ("", *item_lines(item))
    if others:
        yield from ("", f"{MORE}:")
    for item in others:
        yield from ("", *item_lines(item))
    if with_code:
        yield from ("", *([f"{CODE}:"] if items else []))
    for item in with_code:
        yield from ("", *item_lines(item))
    if more_code:
        yield from ("", more_code)
