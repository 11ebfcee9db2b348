"""``resume``: the pause ends."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply
from bot.services import Bot
from handlers.tables import Command, nothing


async def run(act: Act, _: str, reply: Reply, bot: Bot) -> None:
    """End the person's pause."""
    before = await bot.readers.subscription(act.reader)
    await bot.readers.resume(act.reader)
    was_silent = before.paused or before.suspended
    said = "You hear of new papers again." if was_silent else "You were not paused: you hear of new papers as before."
    await reply.answer(blocks.sentence_message(said))


COMMAND = Command(name="resume", usage="", summary="end the pause", run=run, fits=nothing, keeps=True)
