"""App Home: what a person follows, today's picks, the reading list, settings and status; first steps for the new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slackblocks import (
    ActionsBlock,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    HomeTabView,
    Markdown,
    PlainText,
    SectionBlock,
)

from bot.acts import Block, View
from bot.blocks.card import Card, drawn
from bot.blocks.digest import card_blocks
from bot.blocks.interests import InterestRow, interest_block
from bot.blocks.parts import Button, button, buttons, rendered
from bot.blocks.quiet import QuietDays, slot_blocks
from bot.blocks.text import clean
from bot.blocks.titles import title_beside
from bot.blocks.voting import vote_blocks

#: Slack takes 100 blocks.
MOST_BLOCKS = 100
#: Rows of what is followed, papers of each part: Home is looked at on a phone.
_INTERESTS, _PICKS, _SAVED, _VOTES = 20, 5, 5, 5
#: A line and a heading alone say nothing.
_LEAST = 2


@dataclass(frozen=True, slots=True)
class HomePage:
    """What App Home shows; long lists are cut to what fits."""

    interests: Sequence[InterestRow] = ()
    #: Today's best, best first.
    picks: Sequence[Card] = ()
    #: The reading list, newest first.
    saved: Sequence[Card] = ()
    #: Well-chosen papers to vote on, the first step for who follows nothing yet.
    votes: Sequence[Card] = ()
    #: How and when the reader is reached, in words (``subscription_words``).
    subscription: str = ""
    #: How the bot is doing, one sentence.
    status: str = ""
    command: str = "/papers"
    #: Papers on the reading list, where ``saved`` holds only the newest; None: as many as ``saved``.
    saved_count: int | None = None
    #: How the last expected day ended, plain sentences (``slot_words``); "": none was due yet.
    last_slot: str = ""
    #: That day, where papers below the bar can be shown anyway.
    quiet: QuietDays | None = None
    #: The question that an e-mail address waits for (``asked_blocks``).
    asked: Sequence[Block] = ()
    #: What is talked about is sent while nothing is followed; None: that is not offered.
    trending: bool | None = None

    @property
    def is_new(self) -> bool:
        """Nothing is followed yet, so the first steps are shown."""
        return not self.interests


def home_view(page: HomePage) -> View:
    """App Home, at most 100 blocks. Buttons ``home_follow`` and ``home_settings``; a menu ``interest`` on each row.

    To who follows nothing ``home_trending`` (value ``daily`` or ``stop``) offers what is talked about.

    Votes are the buttons of a card; on the reading list ``save`` takes a paper off it.
    """
    foot = list(_foot(page))
    room = MOST_BLOCKS - len(foot)
    if page.is_new:
        blocks = [*_first_steps(page), *page.asked, *vote_blocks(page.votes, most=_VOTES, is_new=page.is_new)]
    else:
        blocks = [
            *rendered(_offer("Follow something")),
            *page.asked,
            *slot_blocks(page.last_slot, page.quiet),
            *vote_blocks(page.votes, most=_VOTES, is_new=page.is_new),
        ]
    for part in (_picks(page), _interests(page), _saved(page)):
        blocks += _fitting(part, room - len(blocks))
    return {**HomeTabView(DividerBlock()).to_dict(), "blocks": [*blocks, *foot]}


def _first_steps(page: HomePage) -> tuple[Block, ...]:
    said = (
        "Tell me one thing you work on: a phrase, or links to papers you liked. You see the nearest papers at once, "
        "and hear of each new one that matters, with the reason."
    )
    offer = _offer("Type a phrase or paste links", *_trending(page.trending))
    return rendered(HeaderBlock("Three good papers, not twenty", "home:top"), _plain(said, "home:steps"), offer)


def _offer(label: str, *more: Button) -> ActionsBlock:
    follow, settings = Button(label, "home_follow", style="primary"), Button("Settings", "home_settings")
    return buttons("home:offer", follow, *more, settings)


def _trending(is_sent: bool | None) -> Iterator[Button]:
    if is_sent is not None:
        label, value = ("Stop the trending papers", "stop") if is_sent else ("Only what is talked about", "daily")
        yield Button(label, "home_trending", value)


def _picks(page: HomePage) -> list[Block]:
    shown = {one.paper.id for one in page.votes[:_VOTES]}
    picks = [one for one in page.picks if one.paper.id not in shown][:_PICKS]
    if not picks:
        return []
    heading = rendered(*_heading("Your best papers today", "home:picks"))
    return [*heading, *card_blocks([drawn(one) for one in picks])]


def _interests(page: HomePage) -> list[Block]:
    if page.is_new:
        return []
    rows = [interest_block(row) for row in page.interests[:_INTERESTS]]
    more = len(page.interests) - len(rows)
    rest = f"And {more} more: {page.command} interests shows all." if more else ""
    return [
        *rendered(*_heading("What you follow", "home:interests")),
        *rows,
        *(rendered(ContextBlock([PlainText(rest)], "home:more_interests")) if rest else ()),
    ]


def _saved(page: HomePage) -> list[Block]:
    if not page.saved:
        return []
    rows = [
        SectionBlock(
            Markdown(title_beside(one.paper)),
            block_id=f"paper:{one.paper.id}:saved",
            accessory=button(Button("Saved ✓", "save", one.paper.id)),
        )
        for one in page.saved[:_SAVED]
    ]
    count = page.saved_count if page.saved_count is not None else len(page.saved)
    more = count - len(rows)
    rest = f"And {more:,} more: {page.command} saved shows all." if more > 0 else ""
    return [
        *rendered(*_heading("Your reading list", "home:saved"), *rows),
        *(rendered(ContextBlock([PlainText(rest)], "home:more_saved")) if rest else ()),
    ]


def _foot(page: HomePage) -> tuple[Block, ...]:
    lines = [line for line in (clean(page.subscription, 1_900), clean(page.status, 1_900)) if line]
    if not lines:
        return ()
    return rendered(
        DividerBlock("home:line"),
        *(ContextBlock([PlainText(line)], f"home:foot:{place}") for place, line in enumerate(lines)),
    )


def _fitting(part: Sequence[Block], room: int) -> list[Block]:
    """The part as far as there is room."""
    return list(part[:room]) if room > _LEAST else []


def _heading(text: str, block_id: str) -> tuple[DividerBlock, HeaderBlock]:
    return DividerBlock(f"{block_id}:line"), HeaderBlock(text, block_id)


def _plain(text: str, block_id: str) -> SectionBlock:
    return SectionBlock(PlainText(text), block_id=block_id)
