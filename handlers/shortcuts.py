"""The global shortcut "Search papers" and the message shortcut "Find similar papers"."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply
from bot.errors import UnknownPaper
from bot.identity import find_arxiv_id
from bot.services import Bot
from handlers import answers
from handlers.commands.routing import LONGEST, typed
from handlers.questions import About, Question
from handlers.tables import Shortcut


async def search_papers(_: Act, reply: Reply, __: Bot) -> None:
    """Open a window that takes a search."""
    await reply.open(blocks.search_modal())


async def find_similar(act: Act, reply: Reply, bot: Bot) -> None:
    """Answer with papers similar to the first one in the message, or to what it says."""
    question = await _question(act, bot)
    await reply.answer(await answers.page(bot, act.reader, question, can_share=answers.can_share(act)))


async def _question(act: Act, bot: Bot) -> Question:
    known = blocks.papers_in(act.message_blocks) or await bot.readers.message_papers(
        act.reader.workspace, act.channel, act.message
    )
    if known:
        return Question(About.SIMILAR, known[0])
    if arxiv_id := find_arxiv_id(act.text):
        services = await bot.services()
        try:
            return Question(About.SIMILAR, (await services.recommend.resolve(arxiv_id)).id)
        except UnknownPaper:
            # What is written around the link may still be near to what is stored.
            pass
    return Question(About.SEARCH, typed(act.text)[:LONGEST])


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("search_papers", "Search papers", "global", search_papers),
    Shortcut("find_similar", "Find similar papers", "message", find_similar),
)
