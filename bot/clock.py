"""The one place that reads the clock; everything else is handed ``now``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import SettingsError
from bot.settings import TestingSettings


@dataclass(frozen=True, slots=True)
class Clock:
    """Real time, or the time that the testing settings name."""

    testing: TestingSettings

    def now(self) -> datetime:
        """The present moment, aware, in UTC. Raises SettingsError for a testing clock that is no ISO 8601 time."""
        if not (self.testing.enabled and self.testing.clock):
            return datetime.now(UTC)
        written = self.testing.clock
        try:
            if (file := Path(written)).is_file():
                written = file.read_text(encoding="utf-8").strip()
            moment = datetime.fromisoformat(written)
        except (OSError, ValueError) as error:
            raise SettingsError(
                "The setting testing.clock is neither an ISO 8601 time nor a file that holds one.", cause=repr(error)
            ) from error
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
