"""Nouns as JSON: written by pydantic, read back strictly, and never trusted.

Whatever stands in the store may have been cut short or written by somebody else: what cannot be read is counted in
``Skipped`` and left out, it never stops the rest.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from bot.models import Alert, Interest, ModelTag, Paper

Noun = TypeVar("Noun")

_LONGEST_NUMBER = 15


@dataclass(slots=True)
class Skipped:
    """Counts stored values that could not be read. Threads may share one."""

    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int = 1) -> None:
        """So many more."""
        with self._lock:
            self.count += count

    def text(self, raw: object) -> str | None:
        """Bytes as text, or None."""
        if raw is None:
            return None
        try:
            return raw.decode() if isinstance(raw, bytes) else self._none()
        except UnicodeDecodeError:
            return self._none()

    def number(self, raw: object) -> int | None:
        """Bytes as a whole number from 0 to 10^15, or None."""
        if raw is None:
            return None
        if isinstance(raw, bytes) and raw.isdigit() and len(raw) <= _LONGEST_NUMBER:
            return int(raw)
        return self._none()

    def fraction(self, raw: object, least: float, most: float) -> float | None:
        """Bytes as a number from ``least`` to ``most``, or None."""
        if raw is None:
            return None
        try:
            value = float(raw) if isinstance(raw, bytes) else math.nan
        except ValueError:
            value = math.nan
        return value if least <= value <= most else self._none()

    def _none(self) -> None:
        self.add()


class Record(Generic[Noun]):
    """One noun's form in the store."""

    def __init__(self, noun: type[Noun], is_sound: Callable[[Noun], bool]) -> None:
        self._adapter = TypeAdapter(noun)
        self._is_sound = is_sound

    def dump(self, noun: Noun) -> bytes:
        """The noun as JSON; what is no character (a lone surrogate) becomes ``?``."""
        try:
            return self._adapter.dump_json(noun)
        except PydanticSerializationError:
            plain = self._adapter.dump_python(noun, mode="json")
            return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    def load(self, raw: object, skipped: Skipped) -> Noun | None:
        """The noun that ``dump`` wrote; None for None, and counted for anything else."""
        if raw is None:
            return None
        try:
            if isinstance(raw, bytes) and self._is_sound(noun := self._adapter.validate_json(raw, strict=True)):
                return noun
        except (ValidationError, ValueError, OverflowError):
            pass
        skipped.add()
        return None


def _is_aware(moment: datetime | None) -> bool:
    return moment is None or moment.tzinfo is not None


def _sound_paper(paper: Paper) -> bool:
    if paper.published is not None:
        paper.published.as_date()
    return _is_aware(paper.first_seen) and _is_aware(paper.published_at)


def _sound_interest(interest: Interest) -> bool:
    return math.isfinite(interest.weight) and interest.weight != 0 and _is_aware(interest.created)


def _sound_alert(alert: Alert) -> bool:
    closer = alert.closeness.closer_than
    numbers = (alert.strength, alert.closeness.score, 0.0 if closer is None else closer)
    return all(map(math.isfinite, numbers)) and _is_aware(alert.queued)


def _sound_tag(tag: ModelTag) -> bool:
    return tag.dimension > 0


PAPER = Record(Paper, _sound_paper)
INTEREST = Record(Interest, _sound_interest)
ALERT = Record(Alert, _sound_alert)
TAG = Record(ModelTag, _sound_tag)
