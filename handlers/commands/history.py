"""``history``: what the person was sent, and when."""

from __future__ import annotations

from bot.acts import Act, Reply
from bot.services import Bot
from handlers import answers
from handlers.questions import About, Question
from handlers.tables import Command, nothing


async def run(act: Act, _: str, reply: Reply, bot: Bot) -> None:
    """Answer with the first page, newest first."""
    await reply.answer(await answers.page(bot, act.reader, Question(About.HISTORY)))


COMMAND = Command(name="history", usage="", summary="what you were sent, and when", run=run, fits=nothing)
