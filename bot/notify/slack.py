"""The door to people in Slack: the only place that calls ``chat.*``, ``views.*``, ``files.*`` and the directory.

Posting is never repeated by itself: Slack has no key that would keep a second copy away. Each outcome is sorted into
sent, SlackUnavailable (not sent), SlackRefused (never will be) and SlackAmbiguous (nobody knows).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr

from bot.acts import Block, Message, View
from bot.errors import SettingsError, SlackAmbiguous, SlackError, SlackRefused, SlackUnavailable
from bot.models import UserId
from bot.notify.calling import PATIENCE, WebApi
from bot.notify.directory import SlackDirectory
from bot.notify.pacing import Monotonic, Pace, Sleep
from bot.notify.posted import BrokenOff, Posted
from bot.notify.sorting import BAD_BLOCKS, LATER, UNKNOWN
from bot.settings import DeliverySettings, SlackSettings

#: Seconds that a message nobody waits for waits when Slack asks for it.
POSTING_PATIENCE = 30.0
#: Slack cuts longer texts off.
_LONGEST_TEXT = 39_000

log = logging.getLogger(__name__)


class SlackNotifier(SlackDirectory):
    """Reaches readers of one workspace. Every method raises SlackRefused, SlackUnavailable or SlackAmbiguous.

    Use it as an async context manager, or call ``close``. ``now`` is monotonic, in seconds.
    """

    def __init__(
        self,
        slack: SlackSettings,
        delivery: DeliverySettings,
        *,
        now: Monotonic = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        if slack.bot_token is None:
            raise SettingsError("The setting slack.bot_token is missing: put the app's bot token (xoxb-…) there.")
        token = slack.bot_token.get_secret_value().strip()
        super().__init__(WebApi(token, slack.api_url, delivery.send_timeout, now=now, sleep=sleep))
        self._app_token: SecretStr | None = slack.app_token
        self._pace = Pace(delivery.channel_rate, delivery.workspace_rate, now, sleep)

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

    async def send(self, reader: UserId, message: Message, *, key: str = "") -> Posted:
        """Post to the reader, a person (direct message) or a channel; the message's own thread follows.

        ``key`` is stored with the message, for who may read its metadata. When a later part of the thread fails, what
        came before stands: ``Posted.thread`` is shorter than ``message.thread``, and ``Posted.ended`` tells why. A
        cancellation tells what had been sent (``BrokenOff``) where that is known.
        """
        return await self._post(reader.user, message, key=key)

    async def post(self, channel: str, message: Message, thread: str | None = None) -> Posted:
        """Post in a conversation, in ``thread`` (a ts) if given; the message's own thread follows, as with ``send``."""
        return await self._post(channel, message, thread=thread)

    async def _post(self, channel: str, message: Message, *, thread: str | None = None, key: str = "") -> Posted:
        head = await self._post_one(channel, message, thread, key)
        where, ts = str(head.get("channel") or channel), str(head.get("ts") or "")
        below: list[str] = []
        for number, part in enumerate(message.thread, 1):
            try:
                answer = await self._post_one(where, part, thread or ts, f"{key}/{number}" if key else "")
            except SlackError as failure:
                log.warning("thread ends at %d of %d: %s", number - 1, len(message.thread), failure.cause)
                return Posted(where, ts, tuple(below), failure)
            except asyncio.CancelledError as stopped:
                is_unsent = BrokenOff.told(stopped) is not None
                ended = SlackUnavailable(LATER) if is_unsent else SlackAmbiguous(UNKNOWN)
                raise BrokenOff(Posted(where, ts, tuple(below), ended)).cancelled() from stopped
            below.append(str(answer.get("ts") or ""))
        return Posted(where, ts, tuple(below))

    async def _post_one(self, channel: str, message: Message, thread: str | None, key: str) -> dict[str, Any]:
        await self._pace.turn(channel)
        metadata = {"event_type": "paperbot", "event_payload": {"key": key}} if key else None
        return await self._say(
            "chat.postMessage",
            message,
            {
                "channel": channel,
                "thread_ts": thread or None,
                "metadata": metadata,
                "unfurl_links": False,
                "unfurl_media": False,
            },
            POSTING_PATIENCE,
        )

    async def _say(
        self, method: str, message: Message, where: Mapping[str, object], patience: float = PATIENCE
    ) -> dict[str, Any]:
        """Say it with blocks; without them if Slack finds fault with them."""
        text = message.text[:_LONGEST_TEXT]
        if message.blocks:
            try:
                return await self._api.write(method, {**where, "text": text, "blocks": list(message.blocks)}, patience)
            except SlackRefused as failure:
                if failure.code not in BAD_BLOCKS:
                    raise
                log.error("blocks refused, sent as text: %s", failure.cause)  # noqa: TRY400 - the cause tells where
        # An empty list takes away the blocks that were there.
        without: list[Block] | None = [] if method == "chat.update" else None
        return await self._api.write(method, {**where, "text": text, "blocks": without}, patience)

    async def whisper(self, channel: str, user: str, message: Message, thread: str | None = None) -> None:
        """Say it in a conversation so that only ``user`` sees it."""
        where = {"channel": channel, "user": user, "thread_ts": thread or None}
        for part in (message, *message.thread):
            await self._say("chat.postEphemeral", part, where)

    async def amend(self, channel: str, ts: str, message: Message) -> None:
        """Put another message in place of one of ours."""
        await self._say("chat.update", message, {"channel": channel, "ts": ts})

    async def upload(self, user: str, name: str, title: str, content: bytes) -> None:
        """Send a person a file by direct message, under a line that says its title."""
        place, _ = await self._api.read("files.getUploadURLExternal", {"filename": name, "length": len(content)})
        await self._api.send_bytes(str(place.get("upload_url") or ""), content)
        # Posting opens the direct message by itself; opening it would need one more permission.
        posted = await self._post(user, Message(title))
        files = [{"id": str(place.get("file_id") or ""), "title": title}]
        await self._api.write("files.completeUploadExternal", {"files": files, "channel_id": posted.channel})

    async def unfurl(
        self,
        channel: str,
        ts: str,
        links: Mapping[str, Sequence[Block]],
        *,
        unfurl_id: str = "",
        source: str = "",
    ) -> None:
        """Show blocks under the links of a message; ``unfurl_id`` and ``source`` also find one not sent yet."""
        where = {"unfurl_id": unfurl_id, "source": source} if unfurl_id and source else {"channel": channel, "ts": ts}
        unfurls = {url: {"blocks": list(blocks)} for url, blocks in links.items()}
        await self._api.write("chat.unfurl", {**where, "unfurls": unfurls})

    async def open_view(self, trigger: str, view: View) -> str:
        """Open a modal; gives its id."""
        return _view_id(await self._api.write("views.open", {"trigger_id": trigger, "view": view}, 0.0))

    async def push_view(self, trigger: str, view: View) -> str:
        """Open a modal on top of the open one; gives its id."""
        return _view_id(await self._api.write("views.push", {"trigger_id": trigger, "view": view}, 0.0))

    async def update_view(self, view_id: str, view: View) -> None:
        """Put another view in place of an open one."""
        await self._api.write("views.update", {"view_id": view_id, "view": view})

    async def publish_view(self, user: str, view: View) -> None:
        """Show a person's App Home."""
        await self._api.write("views.publish", {"user_id": user, "view": view})

    async def app_token_works(self) -> None:
        """Ask Slack for a Socket Mode address with the app-level token, and do not use it."""
        if self._app_token is None:
            raise SettingsError("The setting slack.app_token is missing: put the app-level token (xapp-…) there.")
        other = WebApi(self._app_token.get_secret_value().strip(), self._api.url, self._api.timeout)
        try:
            await other.write("apps.connections.open", {})
        finally:
            await other.close()


def _view_id(answer: Mapping[str, Any]) -> str:
    view: dict[str, Any] = answer.get("view") or {}
    return str(view.get("id") or "")
