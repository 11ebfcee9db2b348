"""``status``: how sources, deliveries and the bot itself are doing."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply
from bot.services import Bot
from handlers.reaching import sends_email
from handlers.tables import Command, nothing


async def run(act: Act, _: str, reply: Reply, bot: Bot) -> None:
    """Tell how things are, as far as the person is concerned."""
    page = await bot.status.page(act.reader, is_awake=bot.is_awake)
    reached = blocks.reached_words(await bot.readers.subscription(act.reader), has_email=sends_email(bot))
    await reply.answer(blocks.status_message(page, reached))


COMMAND = Command(name="status", usage="", summary="sources, deliveries and version", run=run, fits=nothing)
