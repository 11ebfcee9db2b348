"""Reactions on a message with exactly one paper count like its buttons; taking them away takes that back."""

from __future__ import annotations

from collections.abc import Mapping

from bot import blocks
from bot.acts import Act, Reply
from bot.blocks import Button
from bot.models import Taste
from bot.services import Bot
from handlers.actions.showing import learnt_words
from handlers.tables import Event

_TASTES: Mapping[str, Taste] = {
    "+1": Taste.MORE,
    "thumbsup": Taste.MORE,
    "-1": Taste.LESS,
    "thumbsdown": Taste.LESS,
}
_BOOKMARK = "bookmark"


async def added(act: Act, reply: Reply, bot: Bot) -> None:
    """Thumbs up, thumbs down or a bookmark. Raises UnknownPaper, TooManyInterests."""
    paper_id = await _paper(act, bot)
    if not paper_id:
        return
    if _name(act) == _BOOKMARK:
        await bot.readers.save(act.reader, paper_id)
        said, way_back = "Saved to your reading list.", Button("Undo", "unsave", paper_id)
    else:
        services = await bot.services()
        rating = await services.rate.rate(act.reader, paper_id, _TASTES[_name(act)])
        bar = await bot.readers.learn_bar(act.reader)
        said = learnt_words(f"Learnt: {rating.taste}", rating.interest_name, bar)
        way_back = Button("Undo", "undo", paper_id)
    await reply.answer(blocks.offer_message(said, [way_back]))


async def removed(act: Act, _: Reply, bot: Bot) -> None:
    """It was taken away again: what it did is taken back, unless something else was said since."""
    paper_id = await _paper(act, bot)
    if not paper_id:
        return
    if _name(act) == _BOOKMARK:
        await bot.readers.unsave(act.reader, paper_id)
        return
    marks = await bot.readers.marks(act.reader, [paper_id])
    if marks[paper_id].taste is _TASTES[_name(act)]:
        services = await bot.services()
        await services.rate.undo(act.reader, paper_id)
        await bot.readers.learn_bar(act.reader)


def _name(act: Act) -> str:
    """The reaction without the colour of its skin."""
    return act.value.partition("::")[0]


def _counts(act: Act) -> bool:
    return _name(act) in _TASTES or _name(act) == _BOOKMARK


async def _paper(act: Act, bot: Bot) -> str:
    """The one paper of the message that the reaction is on; "" for any other message or reaction."""
    if not _counts(act):
        return ""
    papers = await bot.readers.message_papers(act.reader.workspace, act.channel, act.message)
    return papers[0] if len(papers) == 1 else ""


EVENTS: tuple[Event, ...] = (
    Event("reaction_added", added, keeps=_counts),
    Event("reaction_removed", removed, keeps=_counts),
)
