"""``similar``: papers near one that is named."""

from __future__ import annotations

from bot.acts import Act, Reply
from bot.services import Bot
from handlers import answers
from handlers.commands.naming import named_paper
from handlers.questions import About, Question
from handlers.tables import Command, anything


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Answer with the first page; words that name no stored paper are searched. Raises UnknownPaper."""
    if paper := await named_paper(act, COMMAND.name, words, reply, bot):
        question = Question(About.SIMILAR, paper.id)
        await reply.answer(await answers.page(bot, act.reader, question, can_share=answers.can_share(act)))


COMMAND = Command(name="similar", usage="<link | title>", summary="papers close to this one", run=run, fits=anything)
