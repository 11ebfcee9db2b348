"""What Slack's answers say of people and conversations. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.models import Channel, Person, UserId
from bot.notify.posted import Identity

#: Slackbot is a user like any other in Slack's answers.
_SLACKBOT = "USLACKBOT"


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


def person_of(user: Mapping[str, Any], us: Identity) -> Person:
    """A person, from users.info or a user_change event."""
    user_id = str(user.get("id") or "")
    zone = user.get("tz")
    return Person(
        reader=UserId(us.team, user_id),
        zone=zone if isinstance(zone, str) and zone else None,
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_bot=bool(user.get("is_bot")) or user_id == _SLACKBOT,
        deleted=bool(user.get("deleted")),
        is_external=bool(user.get("is_stranger")) or _is_elsewhere(user, us),
    )


def _is_elsewhere(user: Mapping[str, Any], us: Identity) -> bool:
    """Neither of our workspace nor of our organisation."""
    team = user.get("team_id")
    if not team or team == us.team:
        return False
    organisation = user.get("enterprise_user")
    enterprise = organisation.get("enterprise_id") if isinstance(organisation, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return not (us.enterprise and us.enterprise in (enterprise, team))


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
