"""What stands on a card: more, less, save, undo, and its menu."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from bot import blocks
from bot.acts import Act, Message, Reply, Surface, View
from bot.blocks import Button
from bot.errors import UserError
from bot.models import Paper, Taste
from bot.services import Bot
from handlers import answers, home, places
from handlers.actions.showing import card_of, interest_of, learnt_words, paper_of, show_in_place
from handlers.questions import About, Question
from handlers.tables import Action, always

_Choice: TypeAlias = Callable[[Act, Reply, Bot, Paper], Awaitable[None]]


async def more_like_this(act: Act, reply: Reply, bot: Bot) -> None:
    """Learn from the paper that the person wants more like it. Raises UnknownPaper, TooManyInterests."""
    await _rate(act, reply, bot, Taste.MORE)


async def not_for_me(act: Act, reply: Reply, bot: Bot) -> None:
    """Learn from the paper that the person wants less like it. Raises UnknownPaper, TooManyInterests."""
    await _rate(act, reply, bot, Taste.LESS)


async def _rate(act: Act, reply: Reply, bot: Bot, taste: Taste) -> None:
    paper = await paper_of(act, bot)
    services = await bot.services()
    rating = await services.rate.rate(act.reader, paper.id, taste)
    bar = await bot.readers.learn_bar(act.reader)
    said = f"Learnt: {taste}"
    if not await show_in_place(act, reply, bot, paper, said=said, name=rating.interest_name, bar=bar):
        sentence = learnt_words(said, rating.interest_name, bar)
        await _say(act, reply, sentence, Button("Undo", "undo", paper.id))


async def undo(act: Act, reply: Reply, bot: Bot) -> None:
    """Take back what was learnt from the paper. A second time changes nothing."""
    paper_id = card_of(act).paper_id
    services = await bot.services()
    rating = await services.rate.undo(act.reader, paper_id)
    await bot.readers.learn_bar(act.reader)
    [paper] = await bot.readers.papers([paper_id])
    if paper and await show_in_place(act, reply, bot, paper):
        return
    said = f"Taken back: {rating.taste} “{rating.interest_name}”." if rating else "There is nothing left to take back."
    await _conclude(act, reply, said)


async def save(act: Act, reply: Reply, bot: Bot) -> None:
    """Put the paper on the reading list; pressed where the card says that it is there, take it off."""
    paper = await paper_of(act, bot)
    if _says_saved(act):
        await bot.readers.unsave(act.reader, paper.id)
        if not await show_in_place(act, reply, bot, paper):
            await _say(act, reply, "Taken off your reading list.", Button("Undo", "save", paper.id))
        return
    is_new = await bot.readers.save(act.reader, paper.id)
    if blocks.parse_card_id(act.block_id) is None:
        await _conclude(act, reply, "Back on your reading list.")
    elif not await show_in_place(act, reply, bot, paper):
        said = "Saved to your reading list." if is_new else "It is on your reading list already."
        await _say(act, reply, said, Button("Undo", "unsave", paper.id))


async def unsave(act: Act, reply: Reply, bot: Bot) -> None:
    """Take the paper off the reading list, from the answer that said it was put there."""
    was_there = await bot.readers.unsave(act.reader, act.value)
    await _conclude(
        act, reply, "Taken off your reading list." if was_there else "It is not on your reading list any more."
    )


async def more(act: Act, reply: Reply, bot: Bot) -> None:
    """What was chosen from the card's menu. Raises UserError for a choice of an older version, UnknownPaper."""
    if (choose := _CHOICES.get(act.value)) is None:
        raise UserError("This choice is of an older version and does nothing any more.")
    await choose(act, reply, bot, await paper_of(act, bot))


async def _similar(act: Act, reply: Reply, bot: Bot, paper: Paper) -> None:
    question = Question(About.SIMILAR, paper.id)
    can_share = answers.can_share(act)
    await places.tell(
        act, reply, "Similar papers", lambda: answers.page(bot, act.reader, question, can_share=can_share)
    )


async def _why(act: Act, reply: Reply, bot: Bot, paper: Paper) -> None:
    await places.tell(act, reply, "Why?", lambda: answers.why(bot, act.reader, paper.id))


async def _abstract(_: Act, reply: Reply, __: Bot, paper: Paper) -> None:
    async def view() -> View:
        return blocks.abstract_modal(paper)

    await places.open_view(reply, "Abstract", view, is_quick=True)


async def _mute_interest(act: Act, reply: Reply, bot: Bot, _: Paper) -> None:
    interest = await interest_of(bot, act.reader, card_of(act).interest_id)
    command = bot.settings.slack.command
    if interest is None:
        raise UserError(
            f"This paper came from nothing that you follow: {command} mute and a phrase or an author keeps such away."
        )
    services = await bot.services()
    await services.curate.mute(act.reader, interest.id, muted=True)
    await _say(act, reply, f"Muted “{interest.name}”: nothing comes from it.", Button("Undo", "unmute", interest.id))


async def unmute(act: Act, reply: Reply, bot: Bot) -> None:
    """Let an interest bring papers again, from the answer that said it was muted. Raises UnknownInterest."""
    services = await bot.services()
    interest = await services.curate.mute(act.reader, act.value, muted=False)
    await _conclude(act, reply, f"“{interest.name}” brings papers again.")


async def _say(act: Act, reply: Reply, sentence: str, *buttons: Button) -> None:
    async def message() -> Message:
        return blocks.offer_message(sentence, buttons)

    if places.is_window(act):
        await reply.open(blocks.message_modal("Done", await message()))
    else:
        await reply.answer(await message())


async def _conclude(act: Act, reply: Reply, sentence: str) -> None:
    """The answer that the button stood below is over with it; a card that others see stays."""
    if blocks.parse_card_id(act.block_id) is None:
        await places.renew(act, reply, "Done", blocks.sentence_message(sentence))
    else:
        await _say(act, reply, sentence)


def _says_saved(act: Act) -> bool:
    """The card as the person saw it said that the paper is saved: a double click means it once."""
    if act.surface is Surface.HOME:
        return home.says_saved(act.block_id)
    for block in act.message_blocks:
        for element in block.get("elements") or ():
            if block.get("block_id") == act.block_id and element.get("action_id") == act.name:
                label: Mapping[str, object] = element.get("text") or {}
                return str(label.get("text")).startswith("Saved")
    return False


_CHOICES: Mapping[str, _Choice] = {
    "similar": _similar,
    "why": _why,
    "abstract": _abstract,
    "mute_interest": _mute_interest,
}

ACTIONS: tuple[Action, ...] = (
    Action("more_like_this", more_like_this, keeps=always),
    Action("not_for_me", not_for_me, keeps=always),
    Action("undo", undo, keeps=always),
    Action("save", save, keeps=always),
    Action("unsave", unsave, keeps=always),
    Action("more", more, keeps=lambda act: act.value == "mute_interest"),
    Action("unmute", unmute, keeps=always),
)
