"""``help``: what can be typed."""

from __future__ import annotations

from collections.abc import Sequence

from bot import blocks
from bot.acts import Act, Reply
from bot.blocks import CommandHelp
from bot.services import Bot
from handlers.tables import Command


def command(others: Sequence[Command]) -> Command:
    """The command that tells of itself and of the others; with a command's name it tells how that one is written."""

    async def run(_: Act, words: str, reply: Reply, bot: Bot) -> None:
        shown = [one for one in everything if not words or one.name == words.casefold()]
        rows = [CommandHelp(one.name, one.usage, one.summary) for one in shown]
        await reply.answer(blocks.help_message(rows, bot.settings.slack.command))

    def fits(words: str) -> bool:
        return not words or any(one.name == words.casefold() for one in everything)

    everything = [*others, Command("help", "[command]", "what you can type here", run, fits)]
    return everything[-1]
