"""``trending``: what is talked about."""

from __future__ import annotations

from bot.acts import Act, Reply
from bot.services import Bot
from handlers import answers
from handlers.found import PERIODS
from handlers.questions import About, Question
from handlers.tables import Command


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Answer with the first page."""
    question = Question(About.TRENDING, words.casefold())
    await reply.answer(await answers.page(bot, act.reader, question, can_share=answers.can_share(act)))


COMMAND = Command(
    name="trending",
    usage="[day | week | month]",
    summary="what is talked about most",
    run=run,
    fits=lambda words: words.casefold() in PERIODS,
)
