"""How Slack is doing, as far as this process has seen: when to leave it alone, and what its host should hear. Pure.

Time is monotonic, in seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.models import UserId

#: So many failures in a row, and everything waits; so many readers in a row who were put off, too.
ENOUGH = 3
#: The longest wait between two attempts while Slack is away; a workspace that refused is asked again after it.
LONGEST = 60.0
#: What is waited for is doubled so often at most: that is more than the longest wait.
_MOST_STEPS = 10
#: Deliveries of which nobody knows are looked up after twice the time each time, up to this many seconds.
LONGEST_DOUBT = 900.0
_REMEMBERED = 10_000
#: Seconds without a failure after which the next one is another outage's: longer than any wait within one.
_ANOTHER = 2 * LONGEST_DOUBT
#: The host hears of an outage that was longer.
WORTH_TELLING = 900.0


@dataclass(frozen=True, slots=True)
class Ended:
    """An outage that is over and that the host should hear of."""

    #: From its first failure to the first success.
    seconds: float
    #: Slack's word where it refused everything, "" where it was away.
    code: str = ""


@dataclass
class Outage:
    """Failures in a row, and until when nothing is sent because of them."""

    now: Callable[[], float] = time.monotonic
    #: What the host should hear and was not told yet.
    untold: Ended | None = None
    _failures: int = 0
    _steps: int = 0
    _until: float = 0.0
    _since: float | None = None
    _last: float = 0.0
    _code: str = ""
    _is_long: bool = False
    _put_off: set[UserId] = field(default_factory=set[UserId])
    #: How often nobody knew of a delivery.
    _doubts: dict[str, int] = field(default_factory=dict[str, int])

    def room(self, most: int) -> int:
        """How many may be tried at the same time: ``most``, none while it waits, one to see whether it works again."""
        if self.left() > 0:
            return 0
        return 1 if self._until else most

    def left(self) -> float:
        """Seconds until Slack is tried again."""
        return max(0.0, self._until - self.now())

    def failed(self) -> float:
        """An attempt did not come through; gives after how many seconds this delivery is tried again."""
        self._begin()
        self._failures += 1
        # What was under way when the wait began says nothing new.
        if self._failures >= ENOUGH and not self.left():
            self._wait(2.0 ** min(self._steps, _MOST_STEPS))
            self._steps += 1
        return max(self.left(), min(float(self._failures), 2.0, LONGEST))

    def doubted(self, delivery_id: str, seconds: float) -> float:
        """Nobody knows whether this was sent; gives when it is looked up: after ``seconds``, longer each time."""
        self.failed()
        if len(self._doubts) >= _REMEMBERED:
            self._doubts.clear()
        times = self._doubts[delivery_id] = self._doubts.get(delivery_id, 0) + 1
        return max(seconds, min(seconds * 2.0 ** min(times - 1, _MOST_STEPS), LONGEST_DOUBT))

    def settled(self, delivery_id: str) -> None:
        """It is known what became of this."""
        self._doubts.pop(delivery_id, None)

    def put_off(self, reader: UserId, seconds: float) -> float:
        """Slack, or our own pace, asked to wait; gives after how many seconds this delivery is tried again.

        That may concern one conversation: only when it meets several readers in a row does everybody wait.
        """
        self._begin()
        self._put_off.add(reader)
        if len(self._put_off) >= ENOUGH and not self.left():
            self._wait(seconds)
        return max(seconds, self.left(), 0.05)

    def refused(self, code: str) -> tuple[float, bool]:
        """The workspace refuses everything; gives how many seconds to wait, and whether that is news."""
        self._begin()
        is_new = code != self._code
        self._code = code
        if not self.left():
            self._wait(LONGEST)
        return self.left(), is_new

    def is_long(self) -> bool:
        """It lasts so long that its host should hear of it; once for each outage."""
        was_long, since = self._is_long, self._since
        self._is_long = since is not None and self.now() - since > WORTH_TELLING
        return self._is_long and not was_long

    def worked(self) -> None:
        """Slack took a post, or refused one for good: an outage is over. That it says it has none does not tell that."""
        if self._since is None:
            return
        # Nothing may have been tried since the last failure, so what came after it is not known to be part of it.
        ended = Ended(self._last - self._since, self._code)
        self._failures, self._steps, self._until, self._since, self._code = 0, 0, 0.0, None, ""
        self._put_off.clear()
        if ended.code or ended.seconds > WORTH_TELLING:
            self.untold = ended

    def _begin(self) -> None:
        now = self.now()
        if self._since is None or now - self._last > _ANOTHER:
            # So long nothing failed: whatever it was is over, though nothing was sent that would show it.
            self._failures, self._steps, self._since = 0, 0, now
        self._last = now

    def _wait(self, seconds: float) -> None:
        self._until = self.now() + min(seconds, LONGEST)
