"""``for-me``: the best stored papers for the person now, with reasons."""

from __future__ import annotations

from bot.acts import Act, Reply
from bot.services import Bot
from handlers import answers
from handlers.questions import About, Question
from handlers.tables import Command, nothing


async def run(act: Act, _: str, reply: Reply, bot: Bot) -> None:
    """Answer with the first page."""
    await reply.answer(await answers.page(bot, act.reader, Question(About.FOR_ME)))


COMMAND = Command(name="for-me", usage="", summary="your best papers now, and why", run=run, fits=nothing)
