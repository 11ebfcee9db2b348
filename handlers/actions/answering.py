"""What stands below an answer: the next page, sharing it, running an offered command, and confirming."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply
from bot.errors import UserError
from bot.services import Bot
from handlers import answers, commands, places
from handlers.questions import Question
from handlers.tables import Action, always


async def next_page(act: Act, reply: Reply, bot: Bot) -> None:
    """The next page in place of this one. Raises UserError for a button of an older version."""
    await places.renew(act, reply, "Papers", await answers.page(bot, act.reader, _question(act)))


async def share(act: Act, reply: Reply, bot: Bot) -> None:
    """Show this page to everybody in the conversation, without what is the person's own. Raises UserError."""
    if not act.channel:
        raise UserError(f"Share it where it belongs: type {bot.settings.slack.command} search in that conversation.")
    await reply.share(await answers.page(bot, act.reader, _question(act), is_shared=True))


async def run_command(act: Act, reply: Reply, bot: Bot) -> None:
    """Run the command that was offered."""
    await commands.run_words(act, act.value, reply, bot)


async def show_anyway(act: Act, reply: Reply, bot: Bot) -> None:
    """The best that there is, below the bar as it may be."""
    await commands.run_words(act, "for-me", reply, bot)


async def forget_me(act: Act, reply: Reply, bot: Bot) -> None:
    """Delete everything about the person, who has confirmed it."""
    await bot.readers.forget(act.reader)
    bot.changed.clear()
    await reply.replace(
        blocks.sentence_message(
            "Everything about you is deleted: nothing is sent to you any more, unless you follow something again."
        )
    )


def _question(act: Act) -> Question:
    question = Question.read(act.value)
    if question is None:
        raise UserError("This button is of an older version and does nothing any more: ask again for a new one.")
    return question


ACTIONS: tuple[Action, ...] = (
    Action("next", next_page),
    Action("share", share),
    Action("run_command", run_command, keeps=lambda act: commands.keeps(act.value)),
    Action("show_anyway", show_anyway),
    Action("forget_me_confirm", forget_me, keeps=always),
)
