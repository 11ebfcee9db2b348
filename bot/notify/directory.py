"""Asks Slack who people are and what conversations there are. Nothing here changes anything."""

from __future__ import annotations

from typing import Any

from bot.errors import SlackRefused
from bot.models import Channel, Person
from bot.notify.calling import WebApi
from bot.notify.posted import Identity
from bot.notify.reading import channel_of, identity_of
from bot.notify.sorting import refusal
from bot.persons import person_of

#: Members asked for at once.
_PAGE = 1_000


class SlackDirectory:
    """What Slack knows. Every method raises SlackRefused or SlackUnavailable."""

    def __init__(self, api: WebApi) -> None:
        self._api = api
        self._us: Identity | None = None

    async def person(self, user: str) -> Person | None:
        """What Slack says of a user; None if there is no such user."""
        us = await self.identity()
        try:
            answer, _ = await self._api.read("users.info", {"user": user})
        except SlackRefused as failure:
            if failure.code in {"user_not_found", "users_not_found", "user_not_visible"}:
                return None
            raise
        return person_of(answer.get("user"), us.team, us.enterprise)

    async def channel(self, channel: str) -> Channel | None:
        """What Slack says of a conversation; None if it is not there or not for us to see."""
        try:
            answer, _ = await self._api.read("conversations.info", {"channel": channel})
        except SlackRefused as failure:
            if failure.code == "channel_not_found":
                return None
            raise
        return channel_of(answer.get("channel") or {})

    async def is_member(self, channel: str, user: str) -> bool:
        """The user is in the conversation; False too where we cannot see who is."""
        cursor: str | None = None
        while cursor != "":
            page = {"channel": channel, "limit": _PAGE, **({"cursor": cursor} if cursor else {})}
            try:
                answer, _ = await self._api.read("conversations.members", page)
            except SlackRefused as failure:
                if failure.code in {"channel_not_found", "not_in_channel", "fetch_members_failed"}:
                    return False
                raise
            if user in (answer.get("members") or ()):
                return True
            more: dict[str, Any] = answer.get("response_metadata") or {}
            before, cursor = cursor, str(more.get("next_cursor") or "")
            if cursor == before:
                # The same page for ever.
                return False
        return False

    async def identity(self) -> Identity:
        """Who our token is; asked until it was told once."""
        if self._us is None:
            us = identity_of(*await self._api.read("auth.test", {}))
            if not us.bot_id or not us.team:
                raise refusal("auth.test", "not_allowed_token_type", cause="auth.test: the token is no bot's")
            self._us = us
        return self._us
