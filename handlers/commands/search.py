"""``search``: stored papers for a query, page by page."""

from __future__ import annotations

from bot.acts import Act, Reply
from bot.services import Bot
from handlers import answers
from handlers.questions import About, Question
from handlers.tables import Command, anything


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Answer with the first page. Raises EmptyQuery, BadFilter."""
    question = Question(About.SEARCH, words)
    await reply.answer(await answers.page(bot, act.reader, question, can_share=answers.can_share(act)))


COMMAND = Command(
    name="search",
    usage="<words, since:2026-01, authors:>3, has:code, org:name>",
    summary="papers by words and meaning; only you see them",
    run=run,
    fits=anything,
)
