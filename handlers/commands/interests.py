"""``interests``: what is followed, with what each brought last week."""

from __future__ import annotations

from bot import blocks, interests
from bot.acts import Act, Message, Reply
from bot.blocks import InterestRow
from bot.models import UserId
from bot.services import Bot
from handlers.tables import Command, nothing


async def run(act: Act, _: str, reply: Reply, bot: Bot) -> None:
    """List the person's interests."""
    await reply.answer(await listed(bot, act.reader, is_channel=False))


async def listed(bot: Bot, reader: UserId, *, is_channel: bool) -> Message:
    """A reader's interests, each with its weight, its matches of last week and its buttons."""
    profile, now = await bot.readers.get(reader), bot.clock.now()
    matches = await bot.readers.matches(reader)
    rows = [InterestRow(one, matches.get(one.id, 0), interests.quiet(one, now)) for one in profile.interests]
    return blocks.interests_message(rows, is_channel, command=bot.settings.slack.command)


COMMAND = Command(
    name="interests", usage="", summary="what you follow, to rename, mute, remove or try", run=run, fits=nothing
)
