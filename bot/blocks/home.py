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
from bot.blocks.card import Card, card_id, drawn
from bot.blocks.digest import card_blocks
from bot.blocks.interests import InterestRow, interest_block
from bot.blocks.parts import Button, button, buttons, rendered
from bot.blocks.quiet import QuietDays, slot_blocks
from bot.blocks.text import clean, italic, opening, unformatted
from bot.blocks.titles import title_beside, titled
from bot.cleaning import display

#: Slack takes 100 blocks.
MOST_BLOCKS = 100
#: Rows of what is followed, papers of each part: Home is looked at on a phone.
_INTERESTS, _PICKS, _SAVED, _VOTES = 20, 5, 5, 5
#: A line and a heading alone say nothing.
_LEAST = 2
#: Characters of an abstract's beginning.
_ABOUT = 160
_NAME = 100


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

    @property
    def is_new(self) -> bool:
        """Nothing is followed yet, so the first steps are shown."""
        return not self.interests


def home_view(page: HomePage) -> View:
    """App Home, at most 100 blocks. Buttons ``home_follow`` and ``home_settings``; a menu ``interest`` on each row.

    Votes are the buttons of a card; on the reading list ``save`` takes a paper off it.
    """
    foot = list(_foot(page))
    room = MOST_BLOCKS - len(foot)
    if page.is_new:
        blocks = [*_first_steps(), *_votes(page)]
    else:
        blocks = [*rendered(_offer("Follow something")), *slot_blocks(page.last_slot, page.quiet), *_votes(page)]
    for part in (_picks(page), _interests(page), _saved(page)):
        blocks += _fitting(part, room - len(blocks))
    return {**HomeTabView(DividerBlock()).to_dict(), "blocks": [*blocks, *foot]}


def _first_steps() -> tuple[Block, ...]:
    said = (
        "Tell me one thing you work on: a phrase, or links to papers you liked. You see the nearest papers at once, "
        "and hear of each new one that matters, with the reason."
    )
    offer = _offer("Type a phrase or paste links")
    return rendered(HeaderBlock("Three good papers, not twenty", "home:top"), _plain(said, "home:steps"), offer)


def _offer(label: str) -> ActionsBlock:
    return buttons("home:offer", Button(label, "home_follow", style="primary"), Button("Settings", "home_settings"))


def _votes(page: HomePage) -> Iterator[Block]:
    if not page.votes:
        return
    voted = sum(one.taste is not None for one in page.votes)
    heading = "Or vote on a few papers" if page.is_new else "A few more votes"
    done = f" {voted} of {len(page.votes)} done." if voted else ""
    yield from rendered(
        *_heading(heading, "home:votes"),
        ContextBlock([PlainText(f"Which of these would you read? Every vote teaches at once.{done}")], "home:voting"),
    )
    for one in page.votes[:_VOTES]:
        yield from _vote(one)


def _vote(one: Card) -> tuple[Block, ...]:
    """A card without what a first look does not need."""
    paper = one.paper
    about = opening(display(paper.abstract), _ABOUT) if paper.abstract else ""
    text = titled(paper, about, block_id=f"paper:{paper.id}:vote:{one.turn}")
    actions_id = card_id(paper.id, None, one.turn)
    if one.taste is None:
        return rendered(
            text,
            buttons(
                actions_id,
                Button("More like this", "more_like_this", paper.id),
                Button("Not for me", "not_for_me", paper.id),
            ),
        )
    name = f" {italic(one.said_name, _NAME)}" if one.said_name else ""
    said = Markdown(f":white_check_mark: {unformatted(one.said or 'Learnt', _NAME)}{name}")
    return rendered(
        text,
        ContextBlock([said], block_id=f"paper:{paper.id}:said:{one.turn}"),
        buttons(actions_id, Button("Undo", "undo", paper.id)),
    )


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
