"""How what the bot logs is written: one JSON object a line for machines, a readable line for eyes.

Everything logs by the standard library with ``extra={…}``; here structlog's formatter is put on the root logger's
handler. Call ``redaction.install`` afterwards: it has the last word on every line.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from hashlib import blake2b
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.settings import LogSettings

#: Fields that name somebody or something, by their first word; ``delivery_id`` has a person's id in it.
_NAMING = ("delivery_id", "reader", "team", "workspace", "channel", "user", "owner", "paper", "arxiv", "operator")
#: The same where they stand in a sentence, and Slack's ids wherever they stand.
_NAMED = re.compile(rf"\b({'|'.join(_NAMING)})=('[^']*'|[^\s,;]+)")
_SLACK_ID = re.compile(r"\b[TEUWCDG][A-Z0-9]{7,}\b")
#: What a terminal would obey, and what would begin a line that nobody wrote.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_STANDARD = ("at", "level", "logger", "event", "exception")
#: What another handler's formatter leaves on a record.
_LEFT = {"message", "asctime"}


def install(chosen: LogSettings, stream: TextIO | None = None, *, key: bytes = b"") -> None:
    """Write every logger's lines, INFO and above, to ``stream`` (stderr). Calling it again replaces what it set before.

    A JSON line has ``at`` (ISO 8601, UTC), ``level``, ``logger``, ``event``, then the fields given by ``extra``.
    ``key``: a secret of the installation; with it, ids that are written as hashes cannot be guessed by trying.
    """
    output: TextIO = stream or sys.stderr
    is_json = chosen.format == "json" or (chosen.format == "auto" and not output.isatty())
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        *([_Hashing(key)] if chosen.hash_ids else []),
        _ordered,
        structlog.processors.JSONRenderer(default=repr) if is_json else _line,
    ]
    handler = _Handler(output)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after))
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not isinstance(one, _Handler)] + [handler]
    root.setLevel(logging.INFO)
    # What it tells of a tick that is late or broken off, the ticks tell themselves, and shorter.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second ``install`` finds it."""


class _Hashing:
    """Ids of people, channels and papers as hashes: the same id has the same one."""

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key).digest()

    def __call__(self, _logger: WrappedLogger, _method: str, told: EventDict) -> EventDict:
        """Hash the fields that name something, and what a sentence names."""
        for name, value in told.items():
            if name in {"at", "level", "logger"} or value in (None, ""):
                continue
            if name.startswith(_NAMING):
                told[name] = self._each(value)
            elif isinstance(value, str):
                named = _NAMED.sub(lambda found: f"{found[1]}={self._hash(found[2].strip(chr(39)))}", value)
                told[name] = _SLACK_ID.sub(lambda found: self._hash(found[0]), named)
        return told

    def _each(self, value: object) -> object:
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return [self._hash(str(one)) for one in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - of anything
        return value if isinstance(value, int) else self._hash(str(value))

    def _hash(self, value: str) -> str:
        return "#" + blake2b(value.encode("utf-8", "replace"), key=self._key, digest_size=6).hexdigest()


def _ordered(_logger: WrappedLogger, _method: str, told: EventDict) -> EventDict:
    """What every line has stands first, the fields after it in their order, a traceback last."""
    fields = {name: value for name, value in told.items() if name not in {*_STANDARD, *_LEFT}}
    first = {name: told[name] for name in _STANDARD[:-1] if name in told}
    last = {"exception": told["exception"]} if "exception" in told else {}
    return {**first, **fields, **last}


def _line(_logger: WrappedLogger, _method: str, told: EventDict) -> str:
    fields = "".join(f" {name}={_safe(value)}" for name, value in told.items() if name not in _STANDARD)
    line = f"{told['at']} {told['level'].upper():<7} {told['logger']}: {_safe(told['event'])}{fields}"
    return f"{line}\n{told['exception']}" if told.get("exception") else line


def _safe(value: object) -> str:
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], str(value))
