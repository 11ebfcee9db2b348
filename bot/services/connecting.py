"""The bot with Slack: the notifier, the door where the role has one, and who we are there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from bot import blocks, manifest
from bot.acts import Router
from bot.errors import SlackError, SlackRefused, StoreError
from bot.models import UserId
from bot.notify import Identity
from bot.services.opening import open_bot
from bot.services.running import Bot
from bot.settings import Settings

#: Seconds between two attempts to learn from Slack who we are.
ASK_AGAIN = 5.0

log = logging.getLogger(__name__)


class Door(Protocol):
    """The part of Slack's door that its user needs."""

    async def stop(self, grace: float) -> None:
        """Take nothing more in, and wait up to so many seconds for what is being done."""
        ...


class _Knows(Protocol):
    """The part of the notifier that tells who we are."""

    async def identity(self) -> Identity: ...


@asynccontextmanager
async def open_connected(
    settings: Settings, router_for: Callable[[Bot], Router], *, has_door: bool, greets: bool
) -> AsyncGenerator[tuple[Bot, Door | None]]:
    """The bot with a way to people, and the door if it has one, open while the block runs.

    ``greets``: the operator is welcomed, once. Raises SettingsError for what Slack needs and nobody gave, and for a
    port that is taken, and what ``open_bot`` raises.
    """
    # Slack's libraries are loaded only where they are used.
    from bot.notify.slack import SlackNotifier
    from bot.slack import open_slack

    async with AsyncExitStack() as stack:
        notifier = await stack.enter_async_context(SlackNotifier(settings.slack, settings.delivery))
        bot = await stack.enter_async_context(open_bot(settings, notifier))
        bot.on_revoked.append(notifier.revoke)
        beginning = asyncio.create_task(_begin(bot, notifier, greets=greets))
        stack.callback(beginning.cancel)
        door: Door | None = None
        if has_door:
            opened = await stack.enter_async_context(
                open_slack(
                    settings,
                    router_for(bot),
                    bot.inbox,
                    notifier,
                    clock=bot.clock,
                    is_awake=lambda: bot.is_awake,
                    remember=bot.readers.remember_message,
                )
            )
            bot.on_revoked.append(opened.revoke)
            door = opened
        yield bot, door


async def _begin(bot: Bot, slack: _Knows, *, greets: bool) -> None:
    """Learn who we are, and greet who hosts us, once: the app was just installed."""
    bot.identity = await _identity(slack)
    log.info("serving workspace=%s as=%s", bot.identity.team, bot.identity.bot_user)
    scopes = bot.identity.scopes
    if scopes and (missing := manifest.drift(scopes, unfurl=bot.settings.slack.unfurl)):
        log.warning("the token lacks scopes %s: see `paperbot check`", ", ".join(missing))
    if greets and bot.settings.slack.operator:
        try:
            await _greet(bot, UserId(bot.identity.team, bot.settings.slack.operator))
        except StoreError as failure:
            log.warning("the operator was not greeted: %s", failure.cause)


async def _identity(slack: _Knows) -> Identity:
    """Ask Slack who we are until it says so."""
    while True:
        try:
            return await slack.identity()
        except SlackRefused as refusal:
            log.error("Slack refuses our token (%s): see `paperbot check`", refusal.cause)  # noqa: TRY400 - no trace helps
        except SlackError as failure:
            log.warning("Slack has not told who we are: %s cause=%r", failure.sentence, failure.cause)
        await asyncio.sleep(ASK_AGAIN)


async def _greet(bot: Bot, host: UserId) -> None:
    if not (await bot.readers.subscription(host)).welcomed:
        await bot.readers.change(host, welcomed=True)
        await bot.deliver.tell(host, blocks.welcome_message(bot.settings.slack.command))
