"""``channel digest …``: whether and when a channel gets its digest."""

from __future__ import annotations

import re

from bot import blocks
from bot.acts import Act, Message
from bot.errors import UserError
from bot.models import UserId
from bot.services import Bot

_TIME = re.compile(r"(?:at )?(\d{1,2})(?::00)?(?: ?(am|pm))?(?: ([A-Za-z][\w+/ -]{1,58}))?", re.ASCII | re.IGNORECASE)
_NOON = 12
_LAST_HOUR = 23


def is_digest(words: str) -> bool:
    """These words are ``on``, ``off`` or an hour, with a zone if one is named."""
    return words.casefold() in ("on", "off") or _TIME.fullmatch(words) is not None


async def change_digest(act: Act, words: str, channel: UserId, bot: Bot) -> Message:
    """Switch it on or off, or set its hour. Raises UserError for an hour or a zone that does not exist."""
    if words.casefold() == "off":
        await bot.readers.pause(channel, None)
        return blocks.sentence_message("This channel gets no digest until it is switched on again.")
    if parts := _TIME.fullmatch(words):
        hour, zone = _hour(parts[1], parts[2]), parts[3]
        known = await bot.readers.subscription(channel)
        if zone:
            await bot.readers.change(channel, hour=hour, zone=_zone(zone))
        elif known.zone:
            await bot.readers.change(channel, hour=hour)
        else:
            # A channel has no clock of its own: whoever names an hour means theirs.
            await bot.readers.change(channel, hour=hour, zone=await bot.people.zone(act.reader))
    await bot.readers.resume(channel)
    return blocks.sentence_message(await _said(channel, bot))


async def _said(channel: UserId, bot: Bot) -> str:
    chosen, default = await bot.readers.subscription(channel), bot.settings.schedule
    hour = default.digest_hour if chosen.hour is None else chosen.hour
    said = f"This channel gets its digest at {hour}:00 {chosen.zone or default.zone}."
    if (await bot.readers.get(channel)).interests:
        return said
    return f"{said} It follows nothing yet: type {bot.settings.slack.command} channel follow and a phrase."


def _hour(number: str, half: str | None) -> int:
    hour = int(number)
    if half and 1 <= hour <= _NOON:
        return hour % _NOON + (_NOON if half.casefold() == "pm" else 0)
    if half or hour > _LAST_HOUR:
        raise UserError("An hour is 0 to 23, or 1 to 12 with am or pm.")
    return hour


def _zone(name: str) -> str:
    found = blocks.find_zone(name)
    if found.name is None:
        raise UserError(found.complaint)
    return found.name
