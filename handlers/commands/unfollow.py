"""``unfollow``: an interest goes."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Message, Reply
from bot.blocks import Button
from bot.errors import UserError
from bot.models import InterestKind, UserId
from bot.services import Bot
from handlers.tables import Command, anything


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Unfollow it for the person. Raises UnknownInterest."""
    await reply.answer(await unfollowed(bot, act.reader, words, who="You"))


async def unfollowed(bot: Bot, reader: UserId, words: str, *, who: str) -> Message:
    """Unfollow it for a reader, by the interest's name; ``who`` begins the answer. Raises UnknownInterest."""
    if not words:
        command = f"{bot.settings.slack.command} {'' if who == 'You' else 'channel '}interests"
        raise UserError(f"Say what to unfollow, by its name: {command} lists them.")
    gone = await bot.readers.unfollow(reader, words)
    again = "channel follow" if who != "You" else "follow"
    sentence = f"{who} no longer {'follow' if who == 'You' else 'follows'} “{gone.name}”."
    if gone.kind is not InterestKind.PHRASE or gone.weight < 0:
        return blocks.sentence_message(sentence)
    return blocks.offer_message(sentence, [Button("Follow again", "run_command", f"{again} {gone.text}")])


COMMAND = Command(name="unfollow", usage="<name>", summary="no longer hear of it", run=run, fits=anything, keeps=True)
