"""By which way people and channels hear of papers: an address is written to only after a click in Slack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot import blocks, mailboxes
from bot.acts import Block, Message
from bot.blocks import Asked
from bot.errors import UserError
from bot.models import Subscription, UserId, Via
from bot.services import Bot

#: What begins and ends that what is talked about comes by itself.
TRENDING, NO_TRENDING = "daily", "stop"
_NO_EMAIL = "This Paperbot sends no e-mail: whoever hosts it can let it ([email] in config.toml)."


def sends_email(bot: Bot) -> bool:
    """The host has named a mail server."""
    return bot.settings.email.host is not None


def check_email(bot: Bot) -> None:
    """Raises UserError where the host sends no e-mail."""
    if not sends_email(bot):
        raise UserError(_NO_EMAIL)


async def chosen_way(bot: Bot, reader: UserId, via: Via, now: Subscription) -> tuple[Mapping[str, Any], Message | None]:
    """What changes in a person's subscription by this way, and what the person is to be asked or told about it.

    Whoever turns back to Slack is written to nowhere else: a later choice asks again. Raises NotifierError.
    """
    if via is Via.SLACK or not sends_email(bot):
        return {"via": now.via and Via.SLACK, "addresses": (), "asked_address": ""}, None
    try:
        address = await bot.people.address(reader)
    except UserError as refusal:
        said = f"Papers go on coming as before, and everything else is saved. {refusal.sentence}"
        return {}, blocks.sentence_message(said)
    if address in now.addresses:
        return {"via": via, "asked_address": ""}, None
    if (address, via) == (now.asked_address, now.via):
        return {}, None
    return {"via": via, "asked_address": address}, blocks.asked_message(
        Asked([address], mailboxes.mark(address), is_both=via is Via.BOTH)
    )


async def asked_for_channel(bot: Bot, channel: UserId, addresses: Sequence[str]) -> Message:
    """Ask whether the channel's digest goes to exactly these addresses; those that are known already need no click."""
    now = await bot.readers.subscription(channel)
    dropped = [one for one in now.addresses if one not in addresses]
    if set(addresses) <= set(now.addresses):
        after = await bot.readers.change(channel, addresses=tuple(addresses), asked_address="")
        return blocks.sentence_message(channel_words(after))
    await bot.readers.change(channel, asked_address=" ".join(addresses))
    return blocks.asked_message(Asked(addresses, mailboxes.mark(*addresses), dropped, is_channel=True))


async def channel_way(bot: Bot, channel: UserId) -> Message:
    """Where the channel's digest goes by e-mail; what waits for a click is asked again."""
    now = await bot.readers.subscription(channel)
    asked = blocks.asked_addresses(now)
    if not asked:
        return blocks.sentence_message(channel_words(now))
    dropped = [one for one in now.addresses if one not in asked]
    return blocks.asked_message(Asked(asked, mailboxes.mark(*asked), dropped, is_channel=True))


def channel_words(subscription: Subscription) -> str:
    """Where a channel's digest goes by e-mail, in a sentence."""
    if not subscription.addresses:
        return "The digest of this channel goes to no e-mail address."
    return blocks.reached_words(subscription, has_email=True, is_channel=True)


def asked_blocks(bot: Bot, subscription: Subscription) -> Sequence[Block]:
    """The question that a person's address waits for; nothing where none waits."""
    asked = blocks.asked_addresses(subscription)
    if not asked or not sends_email(bot):
        return ()
    return blocks.asked_blocks(Asked(asked, mailboxes.mark(*asked), is_both=subscription.via is Via.BOTH))


async def change_trending(bot: Bot, reader: UserId, words: str) -> str:
    """Begin or end it, and say what comes when. Raises UserError for other words."""
    if words == NO_TRENDING:
        await bot.readers.change(reader, trending=False)
        command = bot.settings.slack.command
        return f"What is talked about comes no longer by itself: {command} trending shows it whenever you ask."
    if words != TRENDING:
        raise UserError("What is talked about comes daily, or it stops.")
    await bot.readers.change(reader, trending=True)
    await bot.people.meet(reader)
    when = blocks.slots_words(await bot.readers.subscription(reader), bot.settings.schedule)
    if follows := len((await bot.readers.get(reader)).interests):
        things = "1 thing" if follows == 1 else f"{follows:,} things"
        return f"You follow {things}, and hear of those. If ever you follow nothing, what is talked about comes {when}."
    return f"What is talked about comes {when}, until you follow something."
