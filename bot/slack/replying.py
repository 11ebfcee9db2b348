"""Answers to one act: through its response URL while that works, else as a message."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from bot.acts import Act, ActKind, Block, Message, Surface, View
from bot.errors import Concerns, SlackError, SlackRefused, SlackUnavailable
from bot.slack.responding import Responder, ResponseUrl
from bot.slack.seams import Voice
from bot.slack.wording import TOO_OLD

log = logging.getLogger(__name__)


class SlackReply:
    """Implements ``bot.acts.Reply``."""

    def __init__(self, act: Act, voice: Voice, responder: Responder) -> None:
        self._act = act
        self._voice = voice
        self._url = ResponseUrl(responder, act.response_url)

    async def answer(self, message: Message) -> None:
        """Say it where the person is; only the person sees it.

        Through the response URL, else so that only the person sees it in the conversation, else by direct message.
        """
        for part in (message, *message.thread):
            await self._answer(part)

    async def _answer(self, message: Message) -> None:
        act = self._act
        if self._url.is_usable:
            where = {"thread_ts": act.thread} if act.thread else {}
            try:
                await self._url.say(message, response_type="ephemeral", replace_original=False, **where)
            except SlackError as failure:
                log.info("answered without the response URL: %s", failure.cause)
            else:
                return
        if act.channel and not act.is_direct and act.surface is not Surface.HOME:
            try:
                await self._voice.whisper(act.channel, act.reader.user, message, act.thread or None)
            except SlackRefused as failure:
                if failure.concerns is Concerns.WORKSPACE:
                    raise
                log.info("answered by direct message: %s", failure.cause)
            else:
                return
        if act.is_direct and act.surface is not Surface.HOME:
            await self._voice.post(act.channel, message, act.thread or None)
        else:
            await self._voice.send(act.reader, message)

    async def replace(self, message: Message) -> None:
        """Put it in place of the message whose element was used; where that cannot be, answer."""
        if self._url.is_usable:
            try:
                await self._url.say(message, replace_original=True)
            except SlackError as failure:
                log.info("replaced without the response URL: %s", failure.cause)
            else:
                return
        if self._act.surface is Surface.MESSAGE and self._act.message:
            await self._voice.amend(self._act.channel, self._act.message, message)
        else:
            await self._answer(message)

    async def share(self, message: Message) -> None:
        """Say it in the act's conversation, for everybody in it; in the thread if the act was in one."""
        act = self._act
        if self._url.is_usable and not message.thread:
            where = {"thread_ts": act.thread} if act.thread else {}
            try:
                await self._url.say(message, response_type="in_channel", replace_original=False, **where)
            except (SlackRefused, SlackUnavailable) as failure:
                # What is ambiguous is not said again: it might stand there twice, for everybody.
                log.info("shared without the response URL: %s", failure.cause)
            else:
                return
        if act.channel:
            await self._voice.post(act.channel, message, act.thread or None)
        else:
            await self._voice.send(act.reader, message)

    async def open(self, view: View) -> str:
        """Open a modal, on top if the act was in one; gives its id."""
        act = self._act
        if not act.trigger:
            raise SlackRefused(TOO_OLD, code="expired_trigger_id", concerns=Concerns.MESSAGE)
        # A submission's own modal is closed by its acknowledgement.
        if act.surface is Surface.MODAL and act.kind is not ActKind.SUBMISSION:
            return await self._voice.push_view(act.trigger, view)
        return await self._voice.open_view(act.trigger, view)

    async def update(self, view_id: str, view: View) -> None:
        """Put another view in place of an open modal."""
        await self._voice.update_view(view_id, view)

    async def publish(self, view: View) -> None:
        """Show the person's App Home. Acts of one person come one after the other, so the last one wins rightly."""
        await self._voice.publish_view(self._act.reader.user, view)

    async def upload(self, name: str, title: str, content: bytes) -> None:
        """Send the person a file by direct message."""
        await self._voice.upload(self._act.reader.user, name, title, content)

    async def unfurl(self, links: Mapping[str, tuple[Block, ...]]) -> None:
        """Show blocks under the links of the message that a ``link_shared`` event is about."""
        event = self._act.event
        await self._voice.unfurl(
            self._act.channel,
            self._act.message,
            links,
            unfurl_id=str(event.get("unfurl_id") or ""),
            source=str(event.get("source") or ""),
        )
