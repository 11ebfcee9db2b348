"""Shows what a button of a card changed: in the card itself where only the person sees it, else by an answer.

Whoever presses two buttons in a row presses the second on a message as it was before the first: Slack sends the
message along as the person saw it. So messages are remembered as they were last changed, and the newer look is built on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import blocks
from bot.acts import Act, Block, Message, Reply, Surface
from bot.blocks import CardId
from bot.errors import UnknownPaper
from bot.models import Interest, Paper, UserId
from bot.services import Bot
from handlers import answers, home
from handlers.answers import Row

#: Messages that are remembered as they were last changed.
_REMEMBERED = 500


def card_of(act: Act) -> CardId:
    """The card whose element was used; for an element that stands elsewhere, the paper that its value names."""
    return blocks.parse_card_id(act.block_id) or CardId(act.value, None, 0)


async def paper_of(act: Act, bot: Bot) -> Paper:
    """The paper that the card is about. Raises UnknownPaper for one that is not stored any more."""
    [paper] = await bot.readers.papers([card_of(act).paper_id])
    if paper is None:
        raise UnknownPaper("This paper is not stored any more, so nothing can be done with it.")
    return paper


async def interest_of(bot: Bot, reader: UserId, interest_id: str | None) -> Interest | None:
    """The person's own interest of this id; None for one that is gone, or another reader's."""
    follows = (await bot.readers.get(reader)).interests
    return next((one for one in follows if one.id == interest_id), None)


def learnt_words(said: str, name: str, bar: float | None) -> str:
    """What a vote changed, in a sentence or two: what was learnt, the interest's name, the bar where the vote moved it."""
    moved = blocks.bar_moved(bar) if bar is not None else ""
    return f"{said} “{name}”." + (f" {moved[:1].upper()}{moved[1:]}." if moved else "")


async def show_in_place(
    act: Act, reply: Reply, bot: Bot, paper: Paper, *, said: str = "", name: str = "", bar: float | None = None
) -> bool:
    """Let the card say what changed, if nobody else sees it; False where that cannot be.

    ``said`` is followed by the ``name`` of what it concerns, and the ``bar`` where it moved; without it the card is as it
    was, but for what is saved.
    """
    if act.surface is Surface.HOME:
        await home.publish(act, reply, bot, touched=Row(paper))
        return True
    if not (act.is_direct or act.surface is Surface.EPHEMERAL):
        return False
    shown = _newest(act, bot)
    card = _card_in(shown, card_of(act))
    if not card:
        return False
    [fresh] = await answers.cards(
        bot, act.reader, [Row(paper, None, await interest_of(bot, act.reader, card.interest_id))]
    )
    look = replace(fresh, said=said or None, said_name=name or None, bar=bar, turn=card.turn + 1)
    changed = blocks.with_card(shown, card.paper_id, blocks.card(look))
    if changed is None:
        return False
    _remember(bot, act, changed)
    text = act.message_text.removeprefix(blocks.said_text(act.message_blocks))
    await reply.replace(Message(f"{blocks.said_text(changed)}{text}", changed))
    return True


def _newest(act: Act, bot: Bot) -> Sequence[Block]:
    """The message as it is now: as Slack sent it along, or as we changed it after the person had seen it.

    Where it has other papers by now, another page came in place of what we changed.
    """
    ours, theirs = bot.changed.get((act.channel, act.message), ()), act.message_blocks
    is_newer = blocks.papers_in(ours) == blocks.papers_in(theirs) and _turns(ours) > _turns(theirs)
    return ours if is_newer else theirs


def _turns(shown: Sequence[Block]) -> int:
    """How often cards were changed in this message; it only grows."""
    cards = (blocks.parse_card_id(block.get("block_id", "")) for block in shown)
    return sum(card.turn for card in cards if card)


def _card_in(shown: Sequence[Block], wanted: CardId) -> CardId | None:
    """The paper's card as the message has it now."""
    cards = (blocks.parse_card_id(block.get("block_id", "")) for block in shown)
    return next((card for card in cards if card and card.paper_id == wanted.paper_id), None)


def _remember(bot: Bot, act: Act, changed: tuple[Block, ...]) -> None:
    bot.changed[act.channel, act.message] = changed
    while len(bot.changed) > _REMEMBERED:
        bot.changed.popitem(last=False)
