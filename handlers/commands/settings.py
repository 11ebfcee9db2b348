"""``settings``: how much, when and how the person is written to."""

from __future__ import annotations

from bot.acts import Act, Reply
from bot.services import Bot
from handlers.forms import open_settings
from handlers.tables import Command, nothing


async def run(act: Act, _: str, reply: Reply, bot: Bot) -> None:
    """Open the person's settings."""
    await open_settings(act, reply, bot, act.reader)


COMMAND = Command(name="settings", usage="", summary="how much you hear, and when", run=run, fits=nothing)
