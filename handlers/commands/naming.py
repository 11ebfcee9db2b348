"""Which stored paper a person named, for the commands about one paper."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply
from bot.errors import UnknownPaper, UserError
from bot.models import Paper
from bot.services import Bot
from handlers import answers
from handlers.found import not_there_yet
from handlers.questions import About, Question


async def named_paper(act: Act, command: str, words: str, reply: Reply, bot: Bot) -> Paper | None:
    """The stored paper that ``words`` name; None if they name none, and that was answered: other words are searched.

    Raises UserError for no words, UnknownPaper for a link that names no paper and a title in quotes that is not stored.
    """
    if not words:
        raise UserError(f'Say which paper: {bot.settings.slack.command} {command} and a link or a "title".')
    services = await bot.services()
    try:
        return await services.recommend.resolve(words)
    except UnknownPaper as error:
        if error.arxiv_id:
            missing = await not_there_yet(bot, act.reader, error.arxiv_id)
            await reply.answer(blocks.offer_message(missing.sentence, missing.buttons))
            return None
        if words.casefold().startswith(("http://", "https://", '"')):
            raise
    note = f"No stored paper is called “{words}”, so all your words were searched."
    question = Question(About.SEARCH, f"{command} {words}")
    await reply.answer(await answers.page(bot, act.reader, question, can_share=answers.can_share(act), notes=(note,)))
    return None
