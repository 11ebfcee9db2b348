"""Says things to people and in channels, and looks whether they were said.

Posting is never repeated by itself: Slack has no key that would keep a second copy away. Each outcome is sorted into
sent, NotifierUnavailable (not sent), NotifierRefused (never will be) and NotifierAmbiguous (nobody knows).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.acts import Block, Message
from bot.errors import NotifierAmbiguous, NotifierError, NotifierRefused, NotifierUnavailable
from bot.models import Place, UserId
from bot.notify.calling import PATIENCE, WebApi
from bot.notify.directory import SlackDirectory
from bot.notify.finding import EVENT_TYPE, find
from bot.notify.pacing import LONGEST_TURN, POSTING, Pace, nothing_sent
from bot.notify.posted import BrokenOff, Found, Posted
from bot.notify.sorting import BAD_BLOCKS, LATER, UNKNOWN

#: Slack cuts longer texts off.
_LONGEST_TEXT = 39_000

log = logging.getLogger(__name__)


class SlackMessages(SlackDirectory):
    """Messages. Every method raises NotifierRefused, NotifierUnavailable or NotifierAmbiguous."""

    def __init__(self, api: WebApi, pace: Pace) -> None:
        super().__init__(api)
        self._pace = pace

    async def turn(self, reader: UserId, *, parent: Place | None = None) -> None:
        """Wait until a message may be posted to the reader, or below ``parent``; ``send`` it then ``has_turn``.

        Raises NotifierUnavailable, with the seconds until then, where that takes too long. A cancellation tells that
        nothing was sent (``BrokenOff``).
        """
        with nothing_sent():
            await self._pace.turn(parent.channel if parent else reader.user)

    async def send(
        self,
        reader: UserId,
        message: Message,
        *,
        key: str = "",
        parent: Place | None = None,
        has_turn: bool = False,
    ) -> Posted:
        """Post one message to the reader, a person (direct message) or a channel; in the thread of ``parent`` if given.

        ``has_turn``: ``turn`` has just been waited for. ``key`` is stored with it, for ``find``: opaque, as everybody in the workspace can read it. The message's own
        thread is not sent, and nothing is tried twice. A cancellation that came before the post tells that nothing was
        sent (``BrokenOff``).
        """
        channel, thread = (parent.channel, parent.ts) if parent else (reader.user, None)
        return _posted(channel, await self._post_one(channel, message, thread, key, has_turn=has_turn))

    async def post(self, channel: str, message: Message, thread: str | None = None) -> Posted:
        """Post in a conversation, or to a person; in ``thread`` (a ts) if given; the message's own thread follows.

        When a later part of the thread fails, what came before stands: ``Posted.thread`` is shorter than
        ``message.thread``, and ``Posted.ended`` tells why. A cancellation tells what had been sent (``BrokenOff``)
        where that is known.
        """
        head = _posted(channel, await self._post_patiently(channel, message, thread))
        below: list[str] = []
        for number, part in enumerate(message.thread, 1):
            try:
                answer = await self._post_patiently(head.channel, part, thread or head.ts)
            except NotifierError as failure:
                log.warning("thread ends at %d of %d: %s", number - 1, len(message.thread), failure.cause)
                return Posted(head.channel, head.ts, tuple(below), failure)
            except asyncio.CancelledError as stopped:
                is_unsent = BrokenOff.told(stopped) is not None
                ended = NotifierUnavailable(LATER) if is_unsent else NotifierAmbiguous(UNKNOWN)
                raise BrokenOff(Posted(head.channel, head.ts, tuple(below), ended)).cancelled() from stopped
            below.append(str(answer.get("ts") or ""))
        return Posted(head.channel, head.ts, tuple(below))

    async def find(
        self, reader: UserId, key: str, *, since_ms: int, parent: Place | None = None, direct: str | None = None
    ) -> Found | None:
        """The message that was sent with ``key``; None: it was not posted.

        ``since_ms``: when its first attempt began (Unix, ms). ``direct``: the reader's conversation of direct messages,
        where it is known. Raises NotifierRefused where the history may not be read, NotifierUnavailable; never NotifierAmbiguous.
        """
        if parent:
            return await find(self._api, parent.channel, key, since_ms, parent.ts)
        is_person = reader.user[:1] in ("U", "W")
        channel = (direct or await self.direct(reader.user)) if is_person else reader.user
        return await find(self._api, channel, key, since_ms, None)

    async def _post_patiently(self, channel: str, message: Message, thread: str | None) -> dict[str, Any]:
        """Post it; once more after the wait that Slack asked for, if that is no longer than one for a turn."""
        try:
            return await self._post_one(channel, message, thread)
        except NotifierUnavailable as failure:
            if failure.retry_after is None or failure.retry_after > LONGEST_TURN:
                raise
        return await self._post_one(channel, message, thread)

    async def _post_one(
        self, channel: str, message: Message, thread: str | None, key: str = "", *, has_turn: bool = False
    ) -> dict[str, Any]:
        if not has_turn:
            with nothing_sent():
                await self._pace.turn(channel)
        where: dict[str, object] = {
            "channel": channel,
            "thread_ts": thread or None,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": key}} if key else None,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        return await self._say(POSTING, message, where, has_turn=True)

    async def _say(
        self, method: str, message: Message, where: Mapping[str, object], *, has_turn: bool = False
    ) -> dict[str, Any]:
        """Say it with blocks; without pictures, then without blocks, if Slack finds fault with them."""
        text = message.text[:_LONGEST_TEXT]
        for blocks in _forms(message.blocks):
            try:
                said = {**where, "text": text, "blocks": list(blocks)}
                return await self._api.write(method, said, PATIENCE, has_turn=has_turn)
            except NotifierRefused as failure:
                if failure.code not in BAD_BLOCKS:
                    raise
                log.error("blocks refused, sent with fewer: %s", failure.cause)  # noqa: TRY400 - the cause tells where
        # An empty list takes away the blocks that were there.
        without: list[Block] | None = [] if method == "chat.update" else None
        return await self._api.write(method, {**where, "text": text, "blocks": without}, PATIENCE, has_turn=has_turn)

    async def whisper(self, channel: str, user: str, message: Message, thread: str | None = None) -> None:
        """Say it in a conversation so that only ``user`` sees it."""
        where = {"channel": channel, "user": user, "thread_ts": thread or None}
        for part in (message, *message.thread):
            await self._say("chat.postEphemeral", part, where)

    async def amend(self, channel: str, ts: str, message: Message) -> None:
        """Put another message in place of one of ours."""
        await self._say("chat.update", message, {"channel": channel, "ts": ts})


def _posted(channel: str, answer: Mapping[str, Any]) -> Posted:
    return Posted(str(answer.get("channel") or channel), str(answer.get("ts") or ""))


def _forms(blocks: Sequence[Block]) -> Iterator[Sequence[Block]]:
    """The blocks, then those without the pictures: Slack refuses a picture that it has not looked through yet."""
    if blocks:
        yield blocks
    words = [block for block in blocks if block.get("type") != "image"]
    if words and len(words) < len(blocks):
        yield words
