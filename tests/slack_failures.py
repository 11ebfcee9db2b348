"""Answers of the stand-in Slack that are not the usual ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

#: The ways in which a call ends so that nobody knows whether it was done.
Way: TypeAlias = Literal[
    "abort", "reset", "hang", "truncated", "html", "500", "502", "503", "504",
    "internal_error", "fatal_error", "service_unavailable",
]  # fmt: skip
WAYS: tuple[Way, ...] = (
    "abort", "reset", "hang", "truncated", "html", "500", "502", "503", "504",
    "internal_error", "fatal_error", "service_unavailable",
)  # fmt: skip

_HTML = "<html><body><h1>Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Failure:
    """One answer that is not the usual one."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    #: "before" breaks the connection off instead of doing it, "after" does it first; "reset" does so with a RST;
    #: "hang" never answers; "truncated" breaks off within the answer.
    broken: str = ""
    #: The call is done although the answer fails.
    is_done: bool = False
    #: The call is done so many seconds after it came in, when whoever called may be gone.
    late: float = 0.0
    #: Seconds of "hang".
    seconds: float = 5.0

    @classmethod
    def error(cls, code: str, **more: Any) -> Failure:
        """Slack's own no."""
        return cls(200, json.dumps({"ok": False, "error": code, **more}))

    @classmethod
    def limited(cls, retry_after: float | str | None) -> Failure:
        """Too many requests; None gives no Retry-After."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return cls(429, json.dumps({"ok": False, "error": "ratelimited"}), headers)

    @classmethod
    def unknown(cls, way: Way, *, is_done: bool) -> Failure:
        """The call ends in this way, and was done or not."""
        if way.isdigit():
            return cls(int(way), _HTML if way == "502" else "", is_done=is_done)
        if way == "html":
            return cls(200, _HTML, is_done=is_done)
        if way == "abort":
            return cls(broken="after" if is_done else "before", is_done=is_done)
        if way in ("reset", "hang", "truncated"):
            return cls(broken=way, is_done=is_done)
        return cls(200, json.dumps({"ok": False, "error": way}), is_done=is_done)
