"""Looks into payloads without trusting their shape: what is not there, or not of the kind, is empty. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

#: A payload, or a part of one, as JSON has it.
Payload: TypeAlias = Mapping[str, Any]

#: <https://…|label>, <https://…>, <@U1>, <#C1|name>, <!here>, <!date^…|fallback>
_TOKEN = re.compile(r"<([@#!])?([^<>|\s][^<>|]*)(?:\|([^<>]*))?>")


def part(payload: object, *path: str) -> Payload:
    """The object at ``path``."""
    for name in path:
        payload = cast("Payload", payload).get(name) if isinstance(payload, Mapping) else None
    return cast("Payload", payload) if isinstance(payload, Mapping) else {}


def parts(payload: Payload, name: str) -> list[Payload]:
    """The objects in the list ``name``."""
    listed: object = payload.get(name)
    return (
        [cast("Payload", one) for one in cast("list[object]", listed) if isinstance(one, Mapping)]
        if isinstance(listed, list)
        else []
    )


def text(payload: Payload, *names: str) -> str:
    """The first of these that is a text with anything in it; lone surrogates become question marks."""
    for name in names:
        value: object = payload.get(name)
        if isinstance(value, str) and value:
            return value if value.isascii() else value.encode("utf-8", "replace").decode()
    return ""


def typed(written: str) -> str:
    """What a person typed, from what Slack made of it: links bare, channels by name, ``&amp;`` and the like undone.

    Mentions of users and groups stay as they are: ``<@U012>``, ``<!subteam^S1>``.
    """
    return _unescaped(_TOKEN.sub(_token, written))


def _token(found: re.Match[str]) -> str:
    sign, what, label = found[1], found[2], found[3]
    if sign == "#":
        return f"#{label or what}"
    if sign == "!":
        return f"@{what}" if what in {"channel", "here", "everyone"} else (label or found[0])
    if sign == "@":
        return found[0]
    if what.startswith(("mailto:", "tel:")):
        return label or what.partition(":")[2]
    return what if "://" in what else found[0]


def _unescaped(written: str) -> str:
    """Only the three that Slack escapes; once, so that a typed ``&amp;lt;`` stays what it was."""
    return re.sub(r"&(?:amp|lt|gt);", lambda found: html.unescape(found[0]), written)
