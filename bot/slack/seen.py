"""Which acts were seen before, for those that no store keeps. In memory, per process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

#: Slack sends an event again for 24 hours at most.
SECONDS = 26 * 3600.0
_REMEMBERED = 100_000


@dataclass
class Seen:
    """Ids of the last 26 hours, at most a hundred thousand."""

    now: Callable[[], float] = time.monotonic
    _at: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float])

    def add(self, act_id: str) -> bool:
        """Remember it; False if it was there already."""
        now = self.now()
        while self._at and (len(self._at) >= _REMEMBERED or next(iter(self._at.values())) < now - SECONDS):
            self._at.popitem(last=False)
        if act_id in self._at:
            return False
        self._at[act_id] = now
        return True
