"""Acts as bytes, to be kept until they are done. Pure.

Secrets are left out: the trigger is void after seconds anyway, and without the response URL the answer goes by direct
message or into the conversation. What makes an act too large is left out too: the message's blocks first.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, cast

from bot.acts import Act, ActKind, Field, Surface
from bot.models import UserId

#: Bytes; the store keeps a little more.
LARGEST = 60_000
_LONGEST_TEXT = 4_000
_SECRET = frozenset({"trigger", "response_url"})
_TEXTS = frozenset(field.name for field in fields(Act) if field.type == "str") - _SECRET


def pack(act: Act) -> bytes:
    """The act as JSON, without its secrets, at most ``LARGEST`` bytes."""
    packed = _pack(act)
    if len(packed) > LARGEST:
        packed = _pack(replace(act, message_blocks=(), event={**act.event, "blocks": []} if act.event else {}))
    if len(packed) > LARGEST:
        short: dict[str, Any] = {name: cast("str", getattr(act, name))[:_LONGEST_TEXT] for name in _TEXTS}
        packed = _pack(replace(act, **short, message_blocks=(), event={}, fields={}))
    return packed


def _pack(act: Act) -> bytes:
    told: dict[str, Any] = {name: value for name in _TEXTS if (value := getattr(act, name))}
    told |= {
        "kind": act.kind.value,
        "surface": act.surface.value,
        "reader": [act.reader.workspace, act.reader.user],
        "at": act.at.isoformat(),
        "is_external": act.is_external,
        "message_blocks": list(act.message_blocks),
        "fields": dict(act.fields),
        "event": dict(act.event),
    }
    return json.dumps(told, separators=(",", ":")).encode()


def unpack(packed: bytes) -> Act | None:
    """The act again; None for bytes that are none."""
    try:
        told: Any = json.loads(packed)
        workspace, user = told["reader"]
        at = datetime.fromisoformat(told["at"])
        if at.tzinfo is None:
            return None
        texts: dict[str, Any] = {name: str(told[name]) for name in _TEXTS if name in told}
        return Act(
            **texts,
            kind=ActKind(told["kind"]),
            surface=Surface(told["surface"]),
            reader=UserId(str(workspace), str(user)),
            at=at,
            is_external=bool(told["is_external"]),
            message_blocks=tuple(dict(block) for block in told["message_blocks"]),
            fields={str(name): _field(value) for name, value in told["fields"].items()},
            event=dict(told["event"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _field(value: object) -> Field:
    if isinstance(value, list):
        return tuple(str(one) for one in cast("list[object]", value))
    return value if isinstance(value, str) else None
