"""The door to people in Slack: the only place that calls ``chat.*``, ``views.*``, ``files.*`` and the directory."""

from __future__ import annotations

import asyncio
import logging
import time
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from bot.acts import Message
from bot.errors import NotifierError, SettingsError
from bot.notify import files
from bot.notify.calling import WebApi
from bot.notify.pacing import LocalPace, Monotonic, Pace, SharedPace, Sleep
from bot.notify.posting import SlackMessages
from bot.notify.views import SlackViews
from bot.settings import DeliverySettings, SlackSettings

log = logging.getLogger(__name__)


class SlackNotifier(SlackMessages, SlackViews):
    """Reaches readers of one workspace. Every method raises NotifierRefused, NotifierUnavailable or NotifierAmbiguous.

    Use it as an async context manager, or call ``close``. ``pace`` is kept with other processes; without it, and while
    the store is away, this process keeps its own. ``now`` is monotonic, in seconds.
    """

    def __init__(
        self,
        slack: SlackSettings,
        delivery: DeliverySettings,
        pace: Pace | None = None,
        *,
        now: Monotonic = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        if slack.bot_token is None:
            raise SettingsError("The setting slack.bot_token is missing: put the app's bot token (xoxb-…) there.")
        token = slack.bot_token.get_secret_value().strip()
        own = LocalPace(delivery.channel_rate, delivery.workspace_rate, now, sleep)
        kept = SharedPace(pace, own) if pace else own
        super().__init__(WebApi(token, slack.api_url, delivery.send_timeout, kept, now=now, sleep=sleep), kept)
        self._app_token: SecretStr | None = slack.app_token

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        await self._api.close()

    def revoke(self) -> None:
        """The token is gone: everything is refused from now on, without a call."""
        self._api.revoke()

    @property
    def is_refused(self) -> bool:
        """Slack refuses the token, as far as this process has seen."""
        return self._api.is_refused

    async def upload(self, user: str, name: str, title: str, content: bytes) -> None:
        """Send a person a file by direct message, under a line that says its title."""
        file = await files.upload(self._api, name, content)
        # Posting opens the direct message by itself.
        posted = await self.post(user, Message(title))
        await files.complete(self._api, file, title, posted.channel)

    async def upload_image(self, name: str, alt: str, content: bytes) -> str | None:
        """Upload a picture for an image block (its ``slack_file``) without showing it anywhere; gives the file's id.

        ``alt`` says what is on it. None where Slack does not take it: a picture is never needed.
        """
        try:
            file = await files.upload(self._api, name, content, alt)
            await files.complete(self._api, file, alt)
        except NotifierError as failure:
            log.warning("a picture was not uploaded: %s", failure.cause)
            return None
        return file

    async def app_token_works(self) -> None:
        """Ask Slack for a Socket Mode address with the app-level token, and do not use it."""
        if self._app_token is None:
            raise SettingsError("The setting slack.app_token is missing: put the app-level token (xapp-…) there.")
        other = WebApi(self._app_token.get_secret_value().strip(), self._api.url, self._api.timeout)
        try:
            await other.write("apps.connections.open", {})
        finally:
            await other.close()
