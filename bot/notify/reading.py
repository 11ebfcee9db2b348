"""What Slack's answers say of our token and of conversations; ``bot.persons`` reads people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.models import Channel
from bot.notify.posted import Identity


def identity_of(answer: Mapping[str, Any], headers: Mapping[str, str]) -> Identity:
    """Who a token is, from auth.test."""
    scopes = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes", "")
    return Identity(
        team=str(answer.get("team_id") or ""),
        team_name=str(answer.get("team") or ""),
        bot_user=str(answer.get("user_id") or ""),
        bot_id=str(answer.get("bot_id") or ""),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        enterprise=str(answer.get("enterprise_id") or ""),
    )


def channel_of(channel: Mapping[str, Any]) -> Channel:
    """A conversation, from conversations.info."""
    is_direct = bool(channel.get("is_im"))
    return Channel(
        id=str(channel.get("id") or ""),
        name=str(channel.get("name") or ""),
        is_direct=is_direct,
        is_archived=bool(channel.get("is_archived")),
        is_member=bool(channel.get("is_member")) or is_direct,
    )
