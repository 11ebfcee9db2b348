"""``why``: why a paper was sent, or was not."""

from __future__ import annotations

from bot.acts import Act, Reply
from bot.services import Bot
from handlers import answers
from handlers.commands.naming import named_paper
from handlers.tables import Command, anything


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Answer with the interest, how close it is, the bar and what speaks for it; words that name no paper are searched."""
    if paper := await named_paper(act, COMMAND.name, words, reply, bot):
        await reply.answer(await answers.why(bot, act.reader, paper.id))


COMMAND = Command(
    name="why", usage="<link | title>", summary="why a paper was sent to you, or was not", run=run, fits=anything
)
