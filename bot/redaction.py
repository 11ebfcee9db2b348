"""Keeps secrets out of whatever is logged: tokens, the signing secret, passwords, response URLs.

What looks like a secret is found by its shape; what does not is named to ``hide`` or ``hide_lately`` by who holds it. ``install`` puts
both before every line that a handler of the root logger or a crash writes.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections import OrderedDict
from collections.abc import Iterable
from types import TracebackType
from urllib.parse import quote, unquote, urlsplit

from bot.settings import Settings

#: What stands in place of a secret.
HIDDEN = "[hidden]"

#: Shapes, each with what is left of it.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # xoxb-…, xoxe-1-…, xoxe.xoxb-1-…, xapp-1-…
    (re.compile(r"\b(xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9%_-]{3,}"), rf"\1-{HIDDEN}"),
    (re.compile(r"(?i)https?://hooks\.slack(?:-gov)?\.com/[^\s\"'<>\\]*"), f"https://hooks.slack.com/{HIDDEN}"),
    (re.compile(r"(?i)(response_url[\"'\\]*\s*[:=]\s*[\"'\\]*)[^\s\"'<>\\,})]+"), rf"\1{HIDDEN}"),
    # user:password@ in any address
    (re.compile(r"(://[^\s/:@?#]*):[^\s/@]+@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{6,}=*"), rf"\1 {HIDDEN}"),
    (re.compile(r"\bv0=[0-9a-f]{64}\b"), f"v0={HIDDEN}"),
    (
        re.compile(r"(?i)([?&](?:ticket|token|access_token|refresh_token|client_secret|code|state)=)[^&\s\"'<>]+"),
        rf"\1{HIDDEN}",
    ),
)
#: Shorter ones would hide ordinary words; a password that short is found only in its address.
_SHORTEST = 6
_REMEMBERED = 1_000
#: What was named to ``hide``, and to ``hide_lately``, the latest last.
named: set[str] = set()
lately: OrderedDict[str, None] = OrderedDict()


def hide(secrets: Iterable[str]) -> None:
    """Redact these from now on, also where they are quoted."""
    for secret in secrets:
        named.update(_written(secret))


def hide_lately(secret: str) -> None:
    """Redact a secret that is soon void; only the last few hundred are remembered."""
    for written in _written(secret):
        lately[written] = None
        lately.move_to_end(written)
    while len(lately) > _REMEMBERED:
        lately.popitem(last=False)


def _written(secret: str) -> set[str]:
    """The ways in which a secret may stand in a text."""
    if len(secret) < _SHORTEST:
        return set()
    return {secret, quote(secret, safe=""), repr(secret)[1:-1], json.dumps(secret)[1:-1]}


def redact(text: str) -> str:
    """``text`` without what looks like a secret or was named to ``hide``."""
    for secrets in (named, lately):
        for secret in secrets:
            if secret in text:
                text = text.replace(secret, HIDDEN)
    for shape, left in _SHAPES:
        text = shape.sub(left, text)
    return text


def secrets_of(settings: Settings) -> list[str]:
    """The values that must never be seen."""
    slack = settings.slack
    secrets = (slack.bot_token, slack.app_token, slack.signing_secret, settings.email.password)
    held = [value.get_secret_value() for value in secrets if value]
    sources = [url for source in settings.sources for url in (source.url, source.base_url) if url]
    return held + [secret for url in (settings.store.url, *sources) for secret in _passwords(url)]


def _passwords(url: str) -> list[str]:
    """What an address is entered with, as it is written and as it is meant."""
    try:
        password = urlsplit(url).password
    except ValueError:
        # Not an address; whoever opens it refuses it with a sentence.
        return []
    return [password, unquote(password)] if password else []


class RedactingFormatter(logging.Formatter):
    """Formats as another formatter does, then redacts the whole line with its traceback."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted."""
        return redact(self.inner.format(record))


def install(settings: Settings) -> None:
    """Redact every line of the root logger's handlers and of a crash; keep Slack's libraries from telling bodies.

    Call it after the handlers are there; calling it again does no harm.
    """
    hide(secrets_of(settings))
    for handler in logging.getLogger().handlers:
        if not isinstance(handler.formatter, RedactingFormatter):
            handler.setFormatter(RedactingFormatter(handler.formatter or logging.Formatter()))
    # At DEBUG they write tokens and whole messages.
    for name in ("slack_sdk", "slack_bolt", "aiohttp", "uvicorn", "redis", "aiosmtplib"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.INFO))
    # At INFO these write whole addresses, and a query may hold a key.
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
    sys.excepthook = _tell_crash


def _tell_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))
