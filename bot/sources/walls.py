"""Pages that a site sends instead of its papers."""

from __future__ import annotations

import re

_SEARCHED = 20_000
_RATE_LIMIT = re.compile(
    r"\bwe had to rate limit\b|\brate limit(?:ed)? (?:exceeded|reached)\b|\btoo many requests\b|\b(?:error|http|status)[: ]{1,2}429\b"
    r"|^\W{0,5}429\W{0,5}$",
    re.IGNORECASE | re.MULTILINE,
)
_LOGIN = re.compile(
    r"\bforgot your password\b|\bdon't have an account\b|\bsign in to\b|\blog in to (?:continue|your account)\b"
    r"|\bkeep me (?:logged|signed) in\b|^\W{0,5}(?:enter your )?password\W{0,5}$|type=[\"']?password\b",
    re.IGNORECASE | re.MULTILINE,
)


def wall(text: str) -> tuple[str, str] | None:
    """The refusal code and sentence of a text without papers that is a rate-limit notice or a log-in form."""
    top = text[:_SEARCHED].replace("\u2019", "'")
    if _RATE_LIMIT.search(top):
        return (
            "RATE_LIMIT_PAGE",
            "The site answered that it was asked too often. Wait some minutes and save the page again.",
        )
    if _LOGIN.search(top):
        return (
            "LOGIN_PAGE",
            "The page is a log-in form. Save the page without being logged out, or save the public list.",
        )
    return None
