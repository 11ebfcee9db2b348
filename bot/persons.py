"""What Slack says of a user, in its answers and in its events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from bot.models import Person, UserId

#: What ``person_of`` reads of a user.
_TEXTS = frozenset({"id", "team_id", "tz"})
_FLAGS = frozenset({"is_admin", "is_owner", "is_restricted", "is_ultra_restricted", "is_bot", "deleted", "is_stranger"})
#: Slackbot is a user like any other in Slack's answers.
_SLACKBOT = "USLACKBOT"


def person_of(told: object, team: str, enterprise: str = "") -> Person | None:
    """A person, from users.info or a ``user_change`` event; None if it names nobody.

    ``team`` is our workspace's id, ``enterprise`` our organisation's, "" where there is none.
    """
    user = _mapping(told)
    user_id, zone = user.get("id"), user.get("tz")
    if not isinstance(user_id, str) or not user_id:
        return None
    return Person(
        reader=UserId(team, user_id),
        zone=zone if isinstance(zone, str) and zone else None,
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_bot=bool(user.get("is_bot")) or user_id == _SLACKBOT,
        deleted=bool(user.get("deleted")),
        is_external=bool(user.get("is_stranger")) or _is_elsewhere(user, team, enterprise),
        email=_address(user),
    )


def bare(told: object) -> Mapping[str, Any]:
    """A user without what nobody needs to keep: id, workspace, zone and flags; no name, no address, no picture."""
    user = _mapping(told)
    kept = {name: user[name] for name in _TEXTS if isinstance(user.get(name), str)}
    flags = {name: True for name in _FLAGS if user.get(name)}
    organisation = _mapping(user.get("enterprise_user")).get("enterprise_id")
    known = {"enterprise_user": {"enterprise_id": organisation}} if isinstance(organisation, str) else {}
    return {**kept, **flags, **known}


def _address(user: Mapping[str, Any]) -> str:
    """The address in the profile, "" where Slack tells none: there is none, or the app may not see it."""
    told: object = _mapping(user.get("profile")).get("email")
    return told.strip() if isinstance(told, str) else ""


def _is_elsewhere(user: Mapping[str, Any], team: str, enterprise: str) -> bool:
    """Neither of our workspace nor of our organisation."""
    home = user.get("team_id")
    if not home or home == team:
        return False
    organisation = _mapping(user.get("enterprise_user")).get("enterprise_id")
    return not (enterprise and enterprise in (organisation, home))


def _mapping(told: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", told) if isinstance(told, Mapping) else {}
