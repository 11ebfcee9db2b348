"""Forms that are opened from several places, filled with what is so now."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply, View
from bot.blocks import Button, SettingsForm
from bot.due import cadence
from bot.models import UserId, Via
from bot.services import Bot
from handlers.reaching import sends_email

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def open_settings(act: Act, reply: Reply, bot: Bot, reader: UserId, *, is_channel: bool = False) -> None:
    """Open the settings of a person or a channel; a message permits no window to be opened, so it gets a button."""
    if act.trigger:
        await reply.open(await settings_view(bot, reader, is_channel=is_channel))
        return
    whose, action, value = (
        ("The channel's", "run_command", "channel settings") if is_channel else ("Your", "home_settings", "")
    )
    button = Button("Open settings", action, value)
    await reply.answer(blocks.offer_message(f"{whose} settings open in a window:", [button]))


async def settings_view(bot: Bot, reader: UserId, *, is_channel: bool = False) -> View:
    """The settings of a person or a channel."""
    return blocks.settings_modal(await settings_form(bot, reader, is_channel=is_channel))


async def settings_form(bot: Bot, reader: UserId, *, is_channel: bool = False) -> SettingsForm:
    """The settings of a person or a channel as they are now: what was chosen, else the host's."""
    profile, chosen = await bot.readers.get(reader), await bot.readers.subscription(reader)
    default = bot.settings.schedule
    host = bot.settings.digest.bar
    can_learn = bot.settings.digest.learn_bar and not is_channel
    has_email = sends_email(bot) and not is_channel
    way = blocks.way_of(chosen, has_email=has_email)
    return SettingsForm(
        # A bar that follows nothing and is the host's is "balanced".
        bar=None if can_learn and profile.bar == host else profile.bar,
        learns=can_learn and profile.bar is None,
        learnt_bar=profile.learnt_bar or host if can_learn else None,
        host_bar=host,
        cap=profile.cap or bot.settings.digest.cap,
        cadence=cadence(chosen, is_channel=is_channel),
        hour=default.digest_hour if chosen.hour is None else chosen.hour,
        weekdays=chosen.weekdays or tuple(sorted(_WEEK.index(day) for day in default.weekdays)),
        zone=await bot.people.zone(reader),
        quiet_from=chosen.quiet_from,
        quiet_to=chosen.quiet_to,
        holiday_until=chosen.holiday_until,
        counted=chosen.counted,
        shows_colleagues=chosen.shows_colleagues,
        roll_up=chosen.roll_up if chosen.roll_up is not None else bot.settings.digest.roll_up and not is_channel,
        # Whoever waits for the click has chosen all the same.
        via=(chosen.via if chosen.asked_address and chosen.via else way) if has_email else None,
        address=", ".join(chosen.addresses) if way is not Via.SLACK else "",
        asked_address=chosen.asked_address if has_email else "",
        trending=None if is_channel else chosen.trending,
        channel=reader.user if is_channel else None,
    )
