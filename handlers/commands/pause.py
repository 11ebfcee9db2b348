"""``pause``: nothing is sent for a while."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply
from bot.services import Bot
from handlers import answers
from handlers.commands import days
from handlers.tables import Command


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Pause the person's messages. Raises UserError for a day that is not to come."""
    back = days.read(words, await answers.local_day(bot, act.reader)) if words else None
    await bot.readers.pause(act.reader, days.before(back) if back else None)
    await bot.people.meet(act.reader)
    until = f"from {blocks.day_words(back)} on" if back else f"after {bot.settings.slack.command} resume"
    await reply.answer(blocks.sentence_message(f"Paused: nothing is sent to you. You hear again {until}."))


COMMAND = Command(
    name="pause",
    usage="[until 2026-04-01 | until monday | for 2 weeks]",
    summary="hear nothing for a while",
    run=run,
    fits=lambda words: not words or words.casefold().startswith("until ") or days.is_day(words),
    keeps=True,
)
