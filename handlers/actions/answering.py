"""What stands below an answer: the next page, sharing it, running an offered command, and confirming."""

from __future__ import annotations

from hashlib import sha256

from bot import blocks
from bot.acts import Act, Reply
from bot.blocks import QuietDays
from bot.errors import NotifierAmbiguous, NotifierError, UserError
from bot.models import UserId
from bot.services import Bot
from handlers import answers, commands, places
from handlers.questions import About, Question
from handlers.tables import Action, always


async def next_page(act: Act, reply: Reply, bot: Bot) -> None:
    """The next page in place of this one. Raises UserError for a button of an older version."""
    await places.renew(
        act, reply, "Papers", await answers.page(bot, act.reader, _question(act), can_share=answers.can_share(act))
    )


async def share(act: Act, reply: Reply, bot: Bot) -> None:
    """Show this page to everybody in the conversation, without what is the person's own; once, however often pressed.

    Raises UserError.
    """
    if not act.channel:
        raise UserError(f"Share it where it belongs: type {bot.settings.slack.command} search in that conversation.")
    shown = await answers.page(bot, act.reader, _question(act), is_shared=True, shared_by=act.reader.user)
    if not act.message:
        await reply.share(shown)
        return
    workspace, once = act.reader.workspace, _page_id(act)
    if not await bot.inbox.keep(workspace, once, b"") and not act.is_resumed:
        return
    try:
        await reply.share(shown)
    except NotifierAmbiguous:
        raise
    except NotifierError:
        await bot.inbox.release(workspace, once)
        raise


async def run_command(act: Act, reply: Reply, bot: Bot) -> None:
    """Run the command that was offered."""
    await commands.run_words(act, act.value, reply, bot)


async def show_anyway(act: Act, reply: Reply, bot: Bot) -> None:
    """The best of the quiet days that the button names, below the bar as it may be; in a channel, the channel's."""
    # Buttons of an older version name no days.
    question = Question(About.ANYWAY if QuietDays.read(act.value) else About.FOR_ME, act.value)
    of_channel = bool(act.channel) and not act.is_direct
    reader = UserId(act.reader.workspace, act.channel) if of_channel else act.reader
    # The next page of a channel's papers would be that of whoever presses the button: there is one.
    await places.tell(act, reply, "The best anyway", lambda: answers.page(bot, reader, question, is_shared=of_channel))


async def forget_me(act: Act, reply: Reply, bot: Bot) -> None:
    """Delete everything about the person, who has confirmed it."""
    await bot.readers.forget(act.reader)
    bot.changed.clear()
    await reply.replace(
        blocks.sentence_message(
            "Everything about you is deleted: nothing is sent to you any more, unless you follow something again."
        )
    )


def _page_id(act: Act) -> str:
    """The same for every press of this button: it names the page of the message."""
    page = f"{act.channel}\n{act.message}\n{act.reader.user}\n{act.value}"
    return f"share:{sha256(page.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _question(act: Act) -> Question:
    question = Question.read(act.value)
    if question is None:
        raise UserError("This button is of an older version and does nothing any more: ask again for a new one.")
    return question


ACTIONS: tuple[Action, ...] = (
    Action("next", next_page),
    Action("share", share, keeps=always),
    Action("run_command", run_command, keeps=lambda act: commands.keeps(act.value)),
    Action("show_anyway", show_anyway),
    Action("forget_me_confirm", forget_me, keeps=always),
)
