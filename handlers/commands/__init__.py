"""The slash command's sub-commands, one file each, and their table. Direct messages and mentions take the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.acts import Act, Reply
from bot.blocks import Button
from bot.errors import UserError
from bot.services import Bot
from handlers import answers
from handlers.commands import (
    channel,
    export,
    feed,
    follow,
    for_me,
    forget_me,
    history,
    interests,
    mute,
    pause,
    resume,
    saved,
    search,
    settings,
    similar,
    status,
    trending,
    unfollow,
    why,
)
from handlers.commands import help as help_
from handlers.commands.routing import route, typed
from handlers.found import Instead
from handlers.questions import About, Question
from handlers.tables import Command

_COMMANDS = (
    search.COMMAND,
    for_me.COMMAND,
    follow.COMMAND,
    unfollow.COMMAND,
    mute.COMMAND,
    interests.COMMAND,
    similar.COMMAND,
    trending.COMMAND,
    why.COMMAND,
    saved.COMMAND,
    history.COMMAND,
    settings.COMMAND,
    pause.COMMAND,
    resume.COMMAND,
    channel.COMMAND,
    status.COMMAND,
    feed.COMMAND,
    export.COMMAND,
    forget_me.COMMAND,
)

#: Every sub-command by its name, in the order of help.
TABLE: Mapping[str, Command] = {one.name: one for one in (*_COMMANDS, help_.command(_COMMANDS))}


async def run(act: Act, reply: Reply, bot: Bot) -> None:
    """Do what was typed (``act.text``): a command, else a search. Raises PaperbotError for what to tell the person."""
    if pasted := follow.pasted(act.text):
        await follow.run(act, pasted, reply, bot)
        return
    routed = route(typed(act.text), TABLE)
    if routed.command:
        await routed.command.run(act, routed.words, reply, bot)
        return
    offered = None
    if routed.offer:
        button = Button(f"Run {routed.offer}", "run_command", routed.offer)
        offered = Instead(f"Did you mean the command “{routed.offer}”?", (button,))
    await reply.answer(
        await answers.page(
            bot,
            act.reader,
            Question(About.SEARCH, routed.words),
            can_share=answers.can_share(act),
            notes=(routed.note,) if routed.note else (),
            offered=offered,
        )
    )


async def run_words(act: Act, text: str, reply: Reply, bot: Bot) -> None:
    """Do ``text`` as if it had been typed after the slash command: for buttons, direct messages and mentions."""
    await run(replace(act, text=text), reply, bot)


def keeps(text: str) -> bool:
    """What was typed changes or sends something, so it must not be lost."""
    try:
        if follow.pasted(text):
            return True
        routed = route(typed(text), TABLE)
    except UserError:
        return False
    command = routed.command
    return command is not None and (command.keeps or command.keeps_words(routed.words))
