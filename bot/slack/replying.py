"""Answers to one act: through its response URL while that works, else as a message.

Of messages of ours that show one paper it is remembered which one: people react to them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from bot.acts import Act, ActKind, Block, Message, Surface, View
from bot.blocks import papers_in
from bot.errors import Concerns, NotifierError, NotifierRefused, NotifierUnavailable, StoreError
from bot.slack.responding import Responder, ResponseUrl
from bot.slack.seams import Posted, Remember, Voice
from bot.slack.wording import TOO_OLD

log = logging.getLogger(__name__)


class SlackReply:
    """Implements ``bot.acts.Reply``."""

    def __init__(self, act: Act, voice: Voice, responder: Responder, remember: Remember) -> None:
        self._act = act
        self._voice = voice
        self._remember = remember
        self._url = ResponseUrl(responder, act.response_url)

    async def answer(self, message: Message) -> None:
        """Say it where the person is; only the person sees it.

        Through the response URL, else so that only the person sees it in the conversation, else by direct message.
        """
        for part in (replace(message, thread=()), *message.thread):
            await self._answer(part)

    async def _answer(self, message: Message) -> None:
        act = self._act
        if self._url.is_usable:
            where = {"thread_ts": act.thread} if act.thread else {}
            try:
                await self._url.say(message, response_type="ephemeral", replace_original=False, **where)
            except NotifierError as failure:
                log.info("answered without the response URL: %s", failure.cause)
            else:
                return
        if act.channel and not act.is_direct and act.surface is not Surface.HOME:
            try:
                await self._voice.whisper(act.channel, act.reader.user, message, act.thread or None)
            except NotifierRefused as failure:
                if failure.concerns is Concerns.WORKSPACE:
                    raise
                log.info("answered by direct message: %s", failure.cause)
            else:
                return
        if act.is_direct and act.surface is not Surface.HOME:
            await self._post(message)
        else:
            await self._send(message)

    async def _post(self, message: Message) -> None:
        await self._note(message, await self._voice.post(self._act.channel, message, self._act.thread or None))

    async def _send(self, message: Message) -> None:
        await self._note(message, await self._voice.send(self._act.reader, message))

    async def _note(self, message: Message, posted: Posted) -> None:
        for ts, part in zip((posted.ts, *posted.thread), (message, *message.thread), strict=False):
            if len(papers := papers_in(part.blocks)) == 1:
                await self._keep(posted.channel, ts, papers)

    async def _keep(self, channel: str, ts: str, papers: tuple[str, ...]) -> None:
        reader = self._act.reader
        try:
            await self._remember(reader.workspace, channel, ts, papers, reader=reader if channel[:1] == "D" else None)
        except StoreError as failure:
            log.warning("reactions to a message will not count: %s", failure.cause)

    async def replace(self, message: Message) -> None:
        """Put it in place of the message whose element was used; where that cannot be, answer."""
        act = self._act
        is_message = act.surface is Surface.MESSAGE and bool(act.message)
        if await self._replaced(message, is_message=is_message):
            if is_message and (papers := papers_in(message.blocks)):
                # Also where it shows several now: it may have shown one before.
                await self._keep(act.channel, act.message, papers)
        else:
            await self._answer(message)

    async def _replaced(self, message: Message, *, is_message: bool) -> bool:
        if self._url.is_usable:
            try:
                await self._url.say(message, replace_original=True)
            except NotifierError as failure:
                log.info("replaced without the response URL: %s", failure.cause)
            else:
                return True
        if is_message:
            await self._voice.amend(self._act.channel, self._act.message, message)
        return is_message

    async def share(self, message: Message) -> None:
        """Say it in the act's conversation, for everybody in it; in the thread if the act was in one.

        As a message of our own, that people can react to; where the bot is not, through the response URL.
        """
        act = self._act
        if act.channel:
            try:
                await self._post(message)
            except (NotifierRefused, NotifierUnavailable) as failure:
                # What is ambiguous is not said again: it might stand there twice, for everybody.
                if not self._url.is_usable:
                    raise
                log.info("shared through the response URL: %s", failure.cause)
            else:
                return
        elif not self._url.is_usable:
            await self._send(message)
            return
        where = {"thread_ts": act.thread} if act.thread else {}
        for part in (message, *message.thread):
            await self._url.say(part, response_type="in_channel", replace_original=False, **where)

    async def open(self, view: View) -> str:
        """Open a modal, on top if the act was in one; gives its id.

        Slack lets three stand on each other: where there are three, it takes the place of the one that the act was in.
        """
        act = self._act
        if not act.trigger:
            raise NotifierRefused(TOO_OLD, code="expired_trigger_id", concerns=Concerns.MESSAGE)
        # A submission's own modal is closed by its acknowledgement.
        if act.surface is Surface.MODAL and act.kind is not ActKind.SUBMISSION:
            try:
                return await self._voice.push_view(act.trigger, view)
            except NotifierRefused as failure:
                if failure.code != "push_limit_reached" or not act.view_id:
                    raise
                await self._voice.update_view(act.view_id, view)
                return act.view_id
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
