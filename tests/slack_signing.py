"""Requests as Slack signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

SIGNING_SECRET = "a-signing-secret"  # noqa: S105 - of a workspace that is none


def signed(body: bytes, *, at: float | None = None, key: str = SIGNING_SECRET, kind: str = "json") -> dict[str, str]:
    """The headers of a request of Slack's; ``kind`` is "json" or "x-www-form-urlencoded"."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(key.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "content-type": f"application/{kind}",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={mac}",
    }


def body_of(payload: Mapping[str, Any]) -> tuple[bytes, str]:
    """A payload as Slack posts it, and the ``kind`` for ``signed``."""
    if payload.get("type") in {"event_callback", "url_verification"}:
        return json.dumps(payload).encode(), "json"
    form = payload if "command" in payload else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "x-www-form-urlencoded"
