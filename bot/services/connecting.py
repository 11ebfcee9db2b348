"""All that one process runs: the store, the way to Slack and, by its role, Slack's door, the sender and the model."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from bot import manifest
from bot.acts import Router
from bot.deliver import Deliver
from bot.errors import NotifierError, NotifierRefused, StoreError
from bot.models import Medium, UserId
from bot.notify import Identity
from bot.services.opening import bot_over
from bot.services.running import Bot, Works
from bot.services.voice import Nobody
from bot.settings import Settings
from bot.store import Store, open_store

#: Seconds between two attempts to learn from Slack who we are.
ASK_AGAIN = 5.0
#: The consumer where there is only one: what it left behind, it finds again at once.
ALONE = "run"

log = logging.getLogger(__name__)


class _Knows(Protocol):
    """The part of the notifier that tells who we are."""

    async def identity(self) -> Identity: ...


@dataclass(frozen=True)
class _Known:
    """Which workspace Slack said that our token serves, kept for a start while Slack is away."""

    store: Store
    token: str

    async def read(self) -> Identity | None:
        """As Slack said it before; None where it never did, or the store does not tell."""
        try:
            found = await self.store.served.of(self.token)
        except StoreError as failure:
            log.warning("which workspace was served before is not known: %s", failure.cause)
            return None
        return Identity(team=found[0], team_name="", bot_user=found[1], bot_id="") if found else None

    async def write(self, identity: Identity) -> None:
        """As Slack says it now."""
        try:
            await self.store.served.remember(self.token, identity.team, identity.bot_user)
        except StoreError as failure:
            log.warning("which workspace is served is not kept: %s", failure.cause)


@asynccontextmanager
async def open_works(
    settings: Settings, router_for: Callable[[Bot], Router], *, answers: bool, ticks: bool, sends: bool = True
) -> AsyncGenerator[Works]:
    """What a process runs that answers Slack, does what is due, or only sends what is queued, open while the block runs.

    It closes in reverse order, the store last. Raises SettingsError for what Slack needs and nobody gave, and for a
    port that is taken, StoreOwned, StoreUnreachable, StoreUnsupported.
    """
    async with AsyncExitStack() as stack:
        store = await open_store(settings.store, owner=True)
        stack.push_async_callback(store.close)
        consumer = _consumer(store)
        if settings.slack.bot_token is None:
            bot = await stack.enter_async_context(bot_over(store, settings, Nobody()))
            if answers and settings.http.public_url:
                await _open_public(stack, bot)
            yield Works(bot, store, consumer)
            return
        # Slack's libraries are loaded only where they are used.
        from bot.notify.slack import SlackNotifier

        turns = store.turns(settings.delivery, lambda: bot.workspace())  # noqa: PLW0108 - the bot is opened below
        notifier = await stack.enter_async_context(SlackNotifier(settings.slack, settings.delivery, turns))
        needs_model = answers or ticks
        bot = await stack.enter_async_context(bot_over(store, settings, notifier, needs_model=needs_model))
        bot.on_revoked.append(notifier.revoke)
        known = _Known(store, settings.slack.bot_token.get_secret_value().strip())
        stack.push_async_callback(_end, asyncio.create_task(_begin(bot, notifier, known, greets=ticks)))
        deliver = Deliver(store, notifier, bot.clock, settings, consumer)
        mail = await _open_mail(stack, bot, store, consumer) if sends and settings.email.host else None
        works = Works(bot, store, consumer, deliver, is_refused=lambda: notifier.is_refused, mail=mail)
        if not answers:
            yield works
            return
        from bot.slack.opening import open_slack

        door = await stack.enter_async_context(
            open_slack(
                settings,
                router_for(bot),
                bot.inbox,
                notifier,
                clock=bot.clock,
                is_awake=lambda: bot.is_awake,
                remember=bot.readers.remember_message,
                addresses=bot.links,
            )
        )
        bot.on_revoked.append(door.revoke)
        yield replace(works, door=door)


async def _open_mail(stack: AsyncExitStack, bot: Bot, store: Store, consumer: str) -> Deliver:
    """The lane that sends by e-mail; ``stack`` closes its connections. Raises SettingsError."""
    from bot.notify.email import EmailNotifier

    settings = bot.settings
    notifier = EmailNotifier(settings.email, trusted=settings.fetch.allow_hosts)
    await stack.enter_async_context(notifier)
    return Deliver(store, notifier, bot.clock, settings, consumer, medium=Medium.EMAIL, links=bot.links)


async def _open_public(stack: AsyncExitStack, bot: Bot) -> None:
    """Serve feeds where there is no door of Slack's beside which they could stand. Raises SettingsError."""
    from bot.slack.public import open_public

    host, port = await stack.enter_async_context(open_public(bot.settings.http, bot.links))
    log.info("public pages at %s:%d", host, port)


def _consumer(store: Store) -> str:
    """A name among the processes that work on this store; an embedded store of our own has no other."""
    return ALONE if store.server else f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def _begin(bot: Bot, slack: _Knows, known: _Known, *, greets: bool) -> None:
    """Learn who we are, and greet who hosts us, once: the app was just installed.

    Until Slack says so we are who we were with this token: what goes by e-mail does not wait for Slack.
    """
    if bot.identity is None and (before := await known.read()):
        bot.identity = before
        log.info("until Slack tells who we are, serving workspace=%s as before", before.team)
    identity = bot.identity = await _identity(slack, bot)
    if not bot.is_revoked:
        await known.write(identity)
    log.info("serving workspace=%s as=%s", bot.identity.team, bot.identity.bot_user)
    scopes = bot.identity.scopes
    if scopes and (missing := manifest.drift(scopes, unfurl=bot.settings.slack.unfurl)):
        log.warning("the token lacks scopes %s: see `paperbot check`", ", ".join(missing))
    if greets and bot.settings.slack.operator:
        try:
            await bot.prepare.welcome(UserId(bot.identity.team, bot.settings.slack.operator))
        except StoreError as failure:
            log.warning("the operator was not greeted: %s", failure.cause)
        except Exception:
            log.exception("the operator was not greeted")


async def _identity(slack: _Knows, bot: Bot) -> Identity:
    """Ask Slack who we are until it says so; while it refuses our token we are nobody."""
    while True:
        try:
            return await slack.identity()
        except NotifierRefused as refusal:
            bot.identity = None
            log.error("Slack refuses our token (%s): see `paperbot check`", refusal.cause)  # noqa: TRY400 - no trace helps
        except NotifierError as failure:
            log.warning("Slack has not told who we are: %s cause=%r", failure.sentence, failure.cause)
        except Exception:
            # Without an answer nothing is ever sent, so it is asked for again whatever happened.
            log.exception("asking Slack who we are failed unexpectedly")
        await asyncio.sleep(ASK_AGAIN)
