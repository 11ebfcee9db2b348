"""``channel mail …``: to which e-mail addresses a channel's digest goes as well."""

from __future__ import annotations

import re

from bot import blocks, mailboxes
from bot.acts import Message
from bot.errors import UserError
from bot.models import UserId
from bot.services import Bot
from handlers.reaching import asked_for_channel, channel_way, check_email

#: Addresses of one channel: a list of many is the mail server's to keep.
MOST_ADDRESSES = 20
_PARTED = re.compile(r"[\s,;]+")


async def change_mail(words: str, channel: UserId, bot: Bot) -> Message:
    """Send the digest to these addresses too, once somebody has confirmed it; to none any more; or say how it is.

    Raises UserError for what is no address, for too many, and where the host sends no e-mail.
    """
    if words.casefold() == "off":
        await bot.readers.change(channel, addresses=(), asked_address="")
        return blocks.sentence_message("The digest of this channel goes to no e-mail address any more.")
    check_email(bot)
    if not words:
        return await channel_way(bot, channel)
    written = [one for one in _PARTED.split(words) if one]
    # of two that differ in capitals alone the first is meant
    addresses = {address.casefold(): address for address in reversed([mailboxes.checked(one) for one in written])}
    if len(addresses) > MOST_ADDRESSES:
        raise UserError(
            f"At most {MOST_ADDRESSES} addresses: give that of a mailing list, which knows who wants the digest."
        )
    return await asked_for_channel(bot, channel, tuple(reversed(addresses.values())))
