"""Opens and closes the door: the HTTP server or the Socket Mode connection, by the settings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.acts import Router
from bot.clock import Clock
from bot.errors import NotifierRefused, PaperbotError, SettingsError
from bot.settings import HttpSettings, Settings
from bot.slack.bolt import dispatch, make_app
from bot.slack.dispatching import Dispatcher
from bot.slack.doing import Doing
from bot.slack.guard import Guard
from bot.slack.public import Addresses, Doorway, PublicPages, open_public
from bot.slack.responding import Responder
from bot.slack.seams import Inbox, Named, Remember, Voice
from bot.slack.serving import serving
from bot.slack.socket_mode import connected

#: Seconds for acts under way when the door is closed and nobody asked it to stop before.
GRACE_SECONDS = 5.0
#: Seconds after the start within which acts wait for Slack to tell who we are.
NAME_SECONDS = 0.8
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0

log = logging.getLogger(__name__)


class SlackDoor:
    """The open door."""

    def __init__(self, dispatcher: Dispatcher, voice: Voice) -> None:
        self._dispatcher = dispatcher
        self._voice = voice
        self._us: Named | None = None
        self._named = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.time()
        self._client: SocketModeClient | None = None
        self._intake = AsyncExitStack()
        self._is_open = False
        #: Host and port where Slack's requests are taken; ("", 0) in Socket Mode.
        self.address: tuple[str, int] = ("", 0)
        #: The same for who has an address of ours, where that is served apart.
        self.public: tuple[str, int] = ("", 0)

    @property
    def workspace(self) -> str:
        """The workspace's id; "" until Slack has told it."""
        return self._us.team if self._us else ""

    async def connected(self) -> bool:
        """Slack can reach us, and has told who we are."""
        if self._us is None or self._dispatcher.is_gone or not self._is_open:
            return False
        return self._client is None or await self._client.is_connected()

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Take nothing more in, and wait up to ``grace`` seconds for what is being done. Kept acts come back."""
        self._is_open = False
        self._dispatcher.is_stopping = True
        await self._intake.aclose()
        await self._dispatcher.stop(grace)

    def revoke(self) -> None:
        """The token is gone: it is used no more, and acts are acknowledged and not done."""
        self._dispatcher.is_gone = True
        self._voice.revoke()

    async def known(self) -> Named | None:
        """Who our token is. Right after the start it waits for Slack to tell; None if Slack has not."""
        left = self._opened + NAME_SECONDS - self._loop.time()
        if self._us is None and left > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._named.wait(), left)
        return self._us

    async def open_http(
        self, app: AsyncApp, http: HttpSettings, secret: str, addresses: Addresses | None = None
    ) -> None:
        """Listen for Slack's requests, and for those of who has an address of ours. Raises SettingsError."""

        async def answer(payload: dict[str, Any], headers: dict[str, str]) -> tuple[int, str]:
            return await dispatch(app, payload, headers)

        guard = Guard(secret, answer)
        listening = Doorway(guard, PublicPages(addresses)) if addresses else guard
        served = serving(listening, http.host, http.port, "http.port")
        self.address = await self._intake.enter_async_context(served)
        self._is_open = True
        log.info("taking Slack's requests at %s:%d", *self.address)

    async def open_socket(
        self, app: AsyncApp, token: str, http: HttpSettings, addresses: Addresses | None = None
    ) -> None:
        """Connect to Slack, in the background; who has an address of ours is listened to. Raises SettingsError."""
        if addresses:
            self.public = await self._intake.enter_async_context(open_public(http, addresses))
        self._client = await self._intake.enter_async_context(connected(app, token))
        self._is_open = True

    async def learn(self) -> None:
        """Ask Slack who we are until it says so, then do what an earlier process left undone."""
        await _insist(self._learn_who, "Slack has not told who we are")
        self._named.set()
        await _insist(self._resume, "acts left undone wait")

    async def _learn_who(self) -> None:
        await self._dispatcher.finish_uninstalls()
        self._us = await self._voice.identity()
        log.info("in Slack as bot=%s workspace=%s", self._us.bot_user, self._us.team)

    async def _resume(self) -> None:
        if count := await self._dispatcher.resume():
            log.info("doing %d acts that were left undone", count)


async def _insist(step: Callable[[], Awaitable[None]], failed: str) -> None:
    """Do a step of the start until it comes through, whatever fails; ``failed`` says what that means."""
    wait = _FIRST_WAIT
    while True:
        try:
            await step()
        except PaperbotError as failure:
            tell = log.error if isinstance(failure, NotifierRefused) else log.warning
            tell("%s, asking again in %.0f s: %s", failed, wait, failure.cause)
        except Exception:
            log.exception("%s, asking again in %.0f s", failed, wait)
        else:
            return
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)


@asynccontextmanager
async def open_slack(
    settings: Settings,
    router: Router,
    inbox: Inbox,
    notifier: Voice,
    *,
    clock: Clock,
    is_awake: Callable[[], bool],
    remember: Remember,
    addresses: Addresses | None = None,
) -> AsyncGenerator[SlackDoor]:
    """The door, open while the block runs.

    ``is_awake``: the model is loaded, so that who waits need not be told that it is not. ``remember`` keeps which
    papers our messages show. ``addresses`` are opened for everybody where ``http.public_url`` is set. Raises SettingsError for a secret that the mode needs and nobody gave, and for an address
    that nobody can listen on.
    """
    slack, http = settings.slack, settings.http
    is_http = slack.mode == "http"
    shown = addresses if http.public_url else None
    secret = _needed(slack.signing_secret, "signing_secret") if is_http else _needed(slack.app_token, "app_token")
    async with AsyncExitStack() as stack:
        responder = Responder()
        stack.push_async_callback(responder.close)
        dispatcher = Dispatcher(
            router=router,
            inbox=inbox,
            doing=Doing(router, notifier, responder, is_awake, remember),
            clock=clock,
            workspace=lambda: door.workspace,
            when_gone=notifier.revoke,
        )
        door = SlackDoor(dispatcher, notifier)
        stack.push_async_callback(door.stop)
        app = make_app(slack.api_url, dispatcher.take, door.known)
        if is_http:
            await door.open_http(app, http, secret, shown)
        else:
            await door.open_socket(app, secret, http, shown)
        learning = asyncio.create_task(door.learn())
        try:
            yield door
        finally:
            learning.cancel()
            await asyncio.wait({learning})


def _needed(secret: SecretStr | None, key: str) -> str:
    if secret is None:
        where = "Basic Information" if key == "signing_secret" else "Basic Information, App-Level Tokens"
        raise SettingsError(f"The setting slack.{key} is missing: copy it from the app's page at Slack, {where}.")
    return secret.get_secret_value().strip()
