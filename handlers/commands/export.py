"""``export``: everything stored about the person, as a file."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply
from bot.services import Bot
from handlers.tables import Command, nothing

_FILE = "paperbot-export.json"


async def run(act: Act, _: str, reply: Reply, bot: Bot) -> None:
    """Send the person everything stored about them."""
    await reply.upload(_FILE, "Everything Paperbot has stored about you", await bot.readers.export(act.reader))
    await reply.answer(
        blocks.sentence_message(f"Everything stored about you went to you as {_FILE}, by direct message.")
    )


COMMAND = Command(
    name="export",
    usage="",
    summary="everything stored about you, as a file",
    run=run,
    fits=nothing,
    keeps=True,
)
