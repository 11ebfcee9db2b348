"""What happens to people, channels and the installation itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import cast

from bot.acts import Act, Reply
from bot.errors import NotifierError
from bot.models import Channel, Suspension, UserId
from bot.persons import person_of
from bot.services import Bot
from handlers.tables import Event, Handler, always

_ARCHIVED = "it was archived; unarchive it, and it goes on"
_REMOVED = "I was removed from it; invite me, and it goes on"

#: Seconds after which what was still being written, by whatever process, is there, and is deleted as well.
LATECOMER_SECONDS = 60.0

log = logging.getLogger(__name__)


async def user_changed(act: Act, _: Reply, bot: Bot) -> None:
    """A profile changed: zone, rights, deactivated or back."""
    enterprise = bot.identity.enterprise if bot.identity else ""
    if person := person_of(act.event.get("user"), act.reader.workspace, enterprise):
        await bot.people.refresh(person)


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
    if before.owner and before.owner != act.reader.user:
        name = (await _seen(bot, channel)).name
        called = f"#{name}" if name else "a channel that you set up"
        sentence = f"Nothing is sent to {called} any more: {reason}."
        topic = f"{channel.user}-{because}-{bot.clock.now():%Y-%m-%dT%H}"
        await bot.prepare.tell(UserId(channel.workspace, before.owner), topic, sentence)
    # Last, so that who does it again after a crash finds it undone: the word to the owner goes out once.
    await bot.readers.change(channel, suspended=because)
    log.info("suspended channel=%s because=%s", channel.user, because)
    # From now on it is seen as Slack has it now; the name above is the one that people know.
    await _seen(bot, channel, fresh=True)


async def _resume(act: Act, bot: Bot, *reasons: Suspension) -> None:
    channel = UserId(act.reader.workspace, act.channel)
    await _seen(bot, channel, fresh=True)
    if (await bot.readers.subscription(channel)).suspended in reasons:
        await bot.readers.change(channel, suspended=None)
        log.info("resumed channel=%s", channel.user)


async def _seen(bot: Bot, channel: UserId, *, fresh: bool = False) -> Channel:
    """The channel as Slack has it; without a name while Slack is away, for what happened to it holds all the same."""
    try:
        return await bot.people.channel(channel.workspace, channel.user, fresh=fresh)
    except NotifierError as failure:
        log.warning("channel=%s is not seen: %s", channel.user, failure.cause)
        return Channel(channel.user)


async def uninstalled(act: Act, _: Reply, bot: Bot) -> None:
    """The app was removed from the workspace: everything of it is deleted, and the token is used no more."""
    workspace = act.reader.workspace
    if not act.is_resumed:
        bot.revoke()
    log.warning("the app was removed from workspace=%s: %d keys deleted", workspace, await bot.readers.purge(workspace))
    if not act.is_resumed:
        await asyncio.sleep(LATECOMER_SECONDS)
        if count := await bot.readers.purge(workspace):
            log.warning("%d keys of workspace=%s had come late, and were deleted", count, workspace)


async def tokens_revoked(act: Act, _: Reply, bot: Bot) -> None:
    """Tokens were taken away; if the bot's own is among them it is used no more, and everything waits for another."""
    tokens = act.event.get("tokens")
    if isinstance(tokens, Mapping) and cast("Mapping[str, object]", tokens).get("bot"):
        bot.revoke()
        log.error("the token of workspace=%s was taken away: start again with a new one", act.reader.workspace)


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
    # Not kept: after a restart it would be taken for the new token's.
    Event("tokens_revoked", tokens_revoked, is_told_by_slack=True),
)
