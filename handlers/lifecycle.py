"""What happens to people, channels and the installation itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

from bot import blocks
from bot.acts import Act, Reply
from bot.models import Person, Suspension, UserId
from bot.services import Bot
from handlers.tables import Event, Handler, always

_ARCHIVED = "it was archived; unarchive it, and it goes on"
_REMOVED = "I was removed from it; invite me, and it goes on"

log = logging.getLogger(__name__)


async def user_changed(act: Act, _: Reply, bot: Bot) -> None:
    """A profile changed: zone, rights, deactivated or back."""
    if person := person_of(act.reader.workspace, act.event.get("user")):
        await bot.people.refresh(person)


def person_of(workspace: str, told: object) -> Person | None:
    """What a ``user_change`` event says of somebody, None if it names nobody."""
    user = cast("Mapping[str, Any]", told if isinstance(told, Mapping) else {})
    user_id, zone = user.get("id"), user.get("tz")
    if not isinstance(user_id, str) or not user_id:
        return None
    return Person(
        reader=UserId(workspace, user_id),
        zone=zone if isinstance(zone, str) else None,
        is_admin=user.get("is_admin") is True or user.get("is_owner") is True,
        is_guest=user.get("is_restricted") is True or user.get("is_ultra_restricted") is True,
        is_bot=user.get("is_bot") is True,
        deleted=user.get("deleted") is True,
        is_external=user.get("is_stranger") is True or user.get("team_id", workspace) != workspace,
    )


def _suspends(because: Suspension, reason: str) -> Handler:
    """Nothing is sent to the channel any more, and who set it up is told the reason."""

    async def suspend(act: Act, _: Reply, bot: Bot) -> None:
        await _suspend(act, bot, because, reason)

    return suspend


async def member_left(act: Act, _: Reply, bot: Bot) -> None:
    """Somebody left a channel; it matters if that was the bot."""
    if act.reader.user == bot.bot_user:
        await _suspend(act, bot, Suspension.REMOVED, _REMOVED)


async def member_joined(act: Act, _: Reply, bot: Bot) -> None:
    """Somebody joined a channel; if that was the bot, it works there again."""
    if act.reader.user == bot.bot_user:
        await _resume(act, bot, Suspension.REMOVED, Suspension.UNREACHABLE)


async def unarchived(act: Act, _: Reply, bot: Bot) -> None:
    """The channel is back."""
    await _resume(act, bot, Suspension.ARCHIVED)


async def _suspend(act: Act, bot: Bot, because: Suspension, reason: str) -> None:
    channel = UserId(act.reader.workspace, act.channel)
    before = await bot.readers.subscription(channel)
    if before.suspended is because or not (await bot.readers.get(channel)).interests:
        return
    await bot.readers.change(channel, suspended=because)
    log.info("suspended channel=%s because=%s", channel.user, because)
    if before.owner and before.owner != act.reader.user:
        name = (await bot.people.channel(channel.workspace, channel.user)).name
        called = f"#{name}" if name else "a channel that you set up"
        sentence = f"Nothing is sent to {called} any more: {reason}."
        await bot.deliver.tell(UserId(channel.workspace, before.owner), blocks.sentence_message(sentence))
    # From now on it is seen as Slack has it now; the name above is the one that people know.
    await bot.people.channel(channel.workspace, channel.user, fresh=True)


async def _resume(act: Act, bot: Bot, *reasons: Suspension) -> None:
    channel = UserId(act.reader.workspace, act.channel)
    await bot.people.channel(channel.workspace, channel.user, fresh=True)
    if (await bot.readers.subscription(channel)).suspended in reasons:
        await bot.readers.change(channel, suspended=None)
        log.info("resumed channel=%s", channel.user)


async def uninstalled(act: Act, _: Reply, bot: Bot) -> None:
    """The app was removed from the workspace: everything of it is deleted, and the token is used no more."""
    bot.revoke()
    count = await bot.readers.purge(act.reader.workspace)
    log.warning("the app was removed from workspace=%s: %d keys deleted", act.reader.workspace, count)


async def tokens_revoked(act: Act, reply: Reply, bot: Bot) -> None:
    """Tokens were taken away; it matters if the bot's own is among them."""
    tokens = act.event.get("tokens")
    if isinstance(tokens, Mapping) and cast("Mapping[str, object]", tokens).get("bot"):
        await uninstalled(act, reply, bot)


EVENTS: tuple[Event, ...] = (
    Event("user_change", user_changed, keeps=always, is_told_by_slack=True),
    *(
        Event(name, _suspends(Suspension.ARCHIVED, _ARCHIVED), keeps=always, is_told_by_slack=True)
        for name in ("channel_archive", "group_archive")
    ),
    *(
        Event(name, _suspends(Suspension.UNREACHABLE, "it was deleted"), keeps=always, is_told_by_slack=True)
        for name in ("channel_deleted", "group_deleted")
    ),
    *(
        Event(name, unarchived, keeps=always, is_told_by_slack=True)
        for name in ("channel_unarchive", "group_unarchive")
    ),
    *(
        Event(name, _suspends(Suspension.REMOVED, _REMOVED), keeps=always, is_told_by_slack=True)
        for name in ("channel_left", "group_left")
    ),
    Event("member_left_channel", member_left, keeps=always, is_told_by_slack=True),
    Event("member_joined_channel", member_joined, keeps=always, is_told_by_slack=True),
    Event("app_uninstalled", uninstalled, keeps=always, is_told_by_slack=True),
    Event("tokens_revoked", tokens_revoked, keeps=always, is_told_by_slack=True),
)
