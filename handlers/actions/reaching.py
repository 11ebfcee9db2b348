"""The click that an e-mail address waits for. The button names the address by its mark alone; nothing else is trusted."""

from __future__ import annotations

from typing import Any

from bot import blocks, mailboxes
from bot.acts import Act, Reply, Surface
from bot.blocks import Button
from bot.errors import UserError
from bot.models import Subscription, UserId, Via
from bot.services import Bot
from handlers import home
from handlers.reaching import channel_words, check_email
from handlers.tables import Action, always

_OLDER = "This question is of an earlier time and does nothing any more."


async def confirm(act: Act, reply: Reply, bot: Bot) -> None:
    """Write to the address from now on. A person's must still be that of the Slack profile.

    Raises NotAllowed, UserError, NotifierError.
    """
    reader = await _reader(act, bot)
    now = await bot.readers.subscription(reader)
    asked = blocks.asked_addresses(now)
    if asked or mailboxes.mark(*now.addresses) != act.value:
        _check(act, asked)
        check_email(bot)
        if reader == act.reader:
            await _check_profile(act, reply, bot, asked)
        now = await bot.readers.change(reader, addresses=asked, asked_address="", **_beside(act, now))
    said = _words(bot, now) if reader == act.reader else await _channel_words(bot, now)
    await _conclude(act, reply, bot, f"Done. {said}")


async def decline(act: Act, reply: Reply, bot: Bot) -> None:
    """Write to the address not at all. Raises NotAllowed, UserError."""
    reader = await _reader(act, bot)
    now = await bot.readers.subscription(reader)
    if asked := blocks.asked_addresses(now):
        _check(act, asked)
    if reader != act.reader:
        now = await bot.readers.change(reader, asked_address="")
        await _conclude(act, reply, bot, channel_words(now))
        return
    if asked:
        await bot.readers.change(reader, via=Via.SLACK, addresses=(), asked_address="")
        await _conclude(act, reply, bot, "Papers go on reaching you in Slack.")
    else:
        await _conclude(act, reply, bot, _OLDER)


def _words(bot: Bot, now: Subscription) -> str:
    """How papers come from now on; whoever never chose how often gets them at another time than before."""
    way = blocks.reached_words(now, has_email=True)
    said = f"From now on papers reach you {way[:1].lower()}{way[1:]}"
    if now.cadence is not None:
        return said
    return f"{said} A digest comes {blocks.slots_words(now, bot.settings.schedule)}; the settings change that."


async def _channel_words(bot: Bot, now: Subscription) -> str:
    """Where the channel's digest goes; one that follows nothing has none."""
    said = channel_words(now)
    if (await bot.readers.get(now.reader)).interests:
        return said
    return f"{said} The channel follows nothing yet: type {bot.settings.slack.command} channel follow and a phrase."


async def _reader(act: Act, bot: Bot) -> UserId:
    """Whose address it is: the person's own, or the channel's in which the button stands. Raises NotAllowed."""
    if not blocks.asks_for_channel(act.block_id):
        return act.reader
    await bot.people.may_change(act.reader, act.channel)
    return UserId(act.reader.workspace, act.channel)


def _check(act: Act, asked: tuple[str, ...]) -> None:
    if not asked or mailboxes.mark(*asked) != act.value:
        raise UserError(f"{_OLDER} Choose e-mail in the settings once more, and I ask again.")


async def _check_profile(act: Act, reply: Reply, bot: Bot, asked: tuple[str, ...]) -> None:
    """The profile may have changed since the question: somebody else may have that address now."""
    if (await bot.people.address(act.reader),) != asked:
        await bot.readers.change(act.reader, asked_address="")
        await _conclude(act, reply, bot, _OLDER)
        raise UserError(
            "Your Slack profile has another address by now, so nothing is sent: choose e-mail in the settings once more."
        )


def _beside(act: Act, now: Subscription) -> dict[str, Any]:
    """What else changes: a person's way, if the address before it was taken meanwhile; who sets a channel up owns it."""
    if now.reader == act.reader:
        return {"via": Via.BOTH if now.via is Via.BOTH else Via.EMAIL}
    return {"owner": now.owner or act.reader.user}


async def _conclude(act: Act, reply: Reply, bot: Bot, sentence: str) -> None:
    """The question is over: App Home shows how things are now, a message says so."""
    if act.surface is Surface.HOME:
        await home.publish(act, reply, bot)
    else:
        await reply.replace(
            blocks.offer_message(sentence, [Button("Open settings", "home_settings")] if act.is_direct else [])
        )


ACTIONS: tuple[Action, ...] = (
    Action("confirm_email", confirm, keeps=always),
    Action("decline_email", decline, keeps=always),
)
