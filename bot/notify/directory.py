"""Asks Slack who people are and what conversations there are. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from bot.errors import NotifierAmbiguous, NotifierRefused, NotifierUnavailable
from bot.models import Attached, Channel, Person
from bot.notify import files
from bot.notify.calling import WebApi
from bot.notify.posted import Identity
from bot.notify.reading import channel_of, identity_of
from bot.notify.sorting import LATER, refusal
from bot.persons import person_of

#: Members asked for at once.
_PAGE = 1_000


class SlackDirectory:
    """What Slack knows. Every method raises NotifierRefused or NotifierUnavailable."""

    def __init__(self, api: WebApi) -> None:
        self._api = api
        self._us: Identity | None = None

    async def person(self, user: str) -> Person | None:
        """What Slack says of a user; None if there is no such user."""
        us = await self.identity()
        try:
            answer, _ = await self._api.read("users.info", {"user": user})
        except NotifierRefused as failure:
            if failure.code in {"user_not_found", "users_not_found", "user_not_visible"}:
                return None
            raise
        return person_of(answer.get("user"), us.team, us.enterprise)

    async def channel(self, channel: str) -> Channel | None:
        """What Slack says of a conversation; None if it is not there or not for us to see."""
        try:
            answer, _ = await self._api.read("conversations.info", {"channel": channel})
        except NotifierRefused as failure:
            if failure.code == "channel_not_found":
                return None
            raise
        return channel_of(answer.get("channel") or {})

    async def is_member(self, channel: str, user: str) -> bool:
        """The user is in the conversation; False too where we cannot see who is."""
        try:
            async for some in self._members(channel):
                if user in some:
                    return True
        except NotifierRefused as failure:
            if failure.code not in {"channel_not_found", "not_in_channel", "fetch_members_failed"}:
                raise
        return False

    async def members(self, channel: str) -> set[str]:
        """Everybody in the conversation."""
        return {user async for some in self._members(channel) for user in some}

    async def _members(self, channel: str) -> AsyncGenerator[list[str]]:
        async for page in self._api.pages("conversations.members", {"channel": channel, "limit": _PAGE}):
            listed: object = page.get("members")
            yield [str(user) for user in listed] if isinstance(listed, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    async def file(self, file: str, most_bytes: int) -> Attached | None:
        """A file that somebody gave, by its id, read up to so many bytes; None if it is not there or not for us to see."""
        return await files.download(self._api, file, most_bytes)

    async def direct(self, user: str) -> str:
        """The conversation of direct messages with a person (``D…``), opened if it is not yet."""
        try:
            answer = await self._api.write("conversations.open", {"users": user})
        except NotifierAmbiguous as failure:
            # Opening it twice opens one.
            raise NotifierUnavailable(LATER, cause=failure.cause) from failure
        channel: object = answer.get("channel")
        found = str(channel.get("id") or "") if isinstance(channel, dict) else ""  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        if not found:
            raise NotifierUnavailable(LATER, cause="conversations.open: the answer names no conversation")
        return found

    async def identity(self) -> Identity:
        """Who our token is; asked until it was told once."""
        if self._us is None:
            us = identity_of(*await self._api.read("auth.test", {}))
            if not us.bot_id or not us.team:
                raise refusal("auth.test", "not_allowed_token_type", cause="auth.test: the token is no bot's")
            self._us = us
        return self._us
