"""Forms that are opened from several places, filled with what is so now."""

from __future__ import annotations

from bot import blocks
from bot.acts import View
from bot.blocks import SettingsForm
from bot.models import Cadence, UserId
from bot.services import Bot

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def settings_view(bot: Bot, reader: UserId, *, is_channel: bool = False) -> View:
    """The settings of a person or a channel. Raises SlackError where Slack has to be asked for the zone."""
    profile, chosen = await bot.readers.get(reader), await bot.readers.subscription(reader)
    default = bot.settings.schedule
    return blocks.settings_modal(
        SettingsForm(
            bar=profile.bar,
            cap=profile.cap or bot.settings.digest.cap,
            cadence=chosen.cadence or (Cadence.DAILY if is_channel else Cadence.AT_ONCE),
            hour=default.digest_hour if chosen.hour is None else chosen.hour,
            weekdays=chosen.weekdays or tuple(_WEEK.index(day) for day in default.weekdays),
            zone=await bot.people.zone(reader),
            quiet_from=chosen.quiet_from,
            quiet_to=chosen.quiet_to,
            holiday_until=chosen.holiday_until,
            counted=chosen.counted,
            shows_colleagues=chosen.shows_colleagues,
            channel=reader.user if is_channel else None,
        )
    )
