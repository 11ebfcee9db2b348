"""``feed``: an address at which a program reads what the person, or the channel, was sent."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Message, Reply
from bot.errors import UserError
from bot.models import LinkPurpose, UserId
from bot.services import Bot
from handlers.tables import Command

_CHANGES = ("new", "off")


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Say the person's own address, give another one, or take it back. Raises UserError where the host has no feeds."""
    await reply.answer(await changed_feed(bot, act.reader, words, command=f"{bot.settings.slack.command} feed"))


async def channel_feed(_: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    """The same for a channel; only who asked sees it. Raises UserError where the host has no feeds."""
    command = f"{bot.settings.slack.command} channel feed"
    await reply.answer(await changed_feed(bot, channel, words, whose="this channel", command=command))


async def changed_feed(bot: Bot, reader: UserId, words: str, *, whose: str = "you", command: str) -> Message:
    """What becomes of the reader's feed: told, renewed (``new``) or taken back (``off``). Raises UserError."""
    wanted = words.casefold()
    if wanted == "off":
        was_there = await bot.links.revoke(reader, LinkPurpose.FEED)
        said = (
            "The feed is off: its address opens nothing any more." if was_there else "There was no feed to switch off."
        )
        return blocks.sentence_message(f"{said} {command} makes a new one.")
    make = bot.links.renew if wanted == "new" else bot.links.address
    if (address := await make(reader, LinkPurpose.FEED)) is None:
        raise UserError(
            "There are no feeds here: whoever hosts this app has to say where it is reached (http.public_url)."
        )
    before = "The address before this one opens nothing any more. " if wanted == "new" else ""
    return blocks.sentence_message(
        f"What {whose} {'were' if whose == 'you' else 'was'} sent, as an Atom feed for your feed reader:\n"
        f"{address}\n"
        f"{before}Whoever has this address can read it, so do not pass it on. "
        f"{command} new gives another one, {command} off takes it back."
    )


def is_feed(words: str) -> bool:
    """Arguments of this command: none, ``new`` or ``off``."""
    return not words or words.casefold() in _CHANGES


COMMAND = Command(
    name="feed",
    usage="[new | off]",
    summary="what you were sent, as an Atom feed for your feed reader",
    run=run,
    fits=is_feed,
    keeps=True,
)
