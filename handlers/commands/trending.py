"""``trending``: what is talked about, now or each day."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply
from bot.services import Bot
from handlers import answers
from handlers.found import PERIODS
from handlers.questions import About, Question
from handlers.reaching import NO_TRENDING, TRENDING, change_trending
from handlers.tables import Command


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Answer with the first page; ``daily`` sends it by itself while nothing is followed, ``stop`` no longer."""
    asked = words.casefold()
    if is_standing(asked):
        await reply.answer(blocks.sentence_message(await change_trending(bot, act.reader, asked)))
        return
    question = Question(About.TRENDING, asked)
    await reply.answer(await answers.page(bot, act.reader, question, can_share=answers.can_share(act)))


def is_standing(words: str) -> bool:
    """These words change what comes by itself."""
    return words.casefold() in (TRENDING, NO_TRENDING)


COMMAND = Command(
    name="trending",
    usage="[day | week | month | daily | stop]",
    summary="what is talked about most, also each day by itself",
    run=run,
    fits=lambda words: words.casefold() in PERIODS or is_standing(words),
    keeps_words=is_standing,
)
