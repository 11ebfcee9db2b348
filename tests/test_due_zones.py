"""One digest for each local day, around every change of clocks there is, and whatever the clock, or the reader, does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.due import due, falls, reachable
from bot.models import Cadence, Subscription, UserId
from bot.settings import ScheduleSettings
from tests.clock_changes import check, zones

_HOST = ScheduleSettings()
_ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Nuuk"]


def test_every_change_of_clocks_of_every_zone() -> None:
    """All IANA zones, 2026 to 2030: each local day there is has its slot once, as soon as its hour has come."""
    alike = zones()
    assert sum(map(len, alike.values())) == len(available_timezones())
    checked = sum(check(names[0], at, (0, 2, 9, 23)) for changes, names in alike.items() for at, _, _ in changes)
    assert checked > 5_000


class Slots(RuleBasedStateMachine):
    """A reader, two schedulers that both think they lead, a clock that jumps, and slots as the store takes them."""

    @initialize(zone=st.sampled_from(_ZONES), hour=st.integers(0, 23))
    def begin(self, zone: str, hour: int) -> None:
        """Everything is as it should be."""
        self.time = datetime(2026, 3, 1, tzinfo=UTC)
        self.wrong = timedelta(0)
        self.reader = Subscription(
            UserId("T1", "U1"), cadence=Cadence.DAILY, hour=hour, zone=zone, weekdays=tuple(range(7))
        )
        self.last: date | None = None
        self.taken: list[date] = []
        self._look()

    @rule(minutes=st.integers(1, 26 * 60))
    def passes(self, minutes: int) -> None:
        """Time passes, with a look every ten seconds; half an hour is as good."""
        end = self.time + timedelta(minutes=minutes)
        while self.time < end:
            self.time = min(end, self.time + timedelta(minutes=30))
            self._look()

    @rule(hours=st.integers(0, 30))
    def is_down(self, hours: int) -> None:
        """The bot is down for a while; what it knew is in the store."""
        self.time += timedelta(hours=hours)
        self._look()

    @rule(wrong=st.sampled_from([timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)]))
    def jumps(self, wrong: timedelta) -> None:
        """The clock is wrong for some looks, then right again."""
        self.wrong = wrong
        self._look()
        self.wrong = timedelta(0)
        self._look()

    @rule()
    def jumps_far(self) -> None:
        """The clock says another year for a moment: what was taken then does not count once it is right again."""
        self.wrong = timedelta(days=400)
        self._look()
        self.wrong = timedelta(0)
        self._look()

    @rule(zone=st.sampled_from(_ZONES))
    def moves(self, zone: str) -> None:
        """The reader goes to another zone."""
        self.reader = Subscription(self.reader.reader, cadence=Cadence.DAILY, hour=self.reader.hour, zone=zone)
        self._look()

    @invariant()
    def no_day_twice(self) -> None:
        """No day had two digests."""
        assert len(self.taken) == len(set(self.taken))

    @invariant()
    def none_is_left(self) -> None:
        """A day whose hour has come had its digest, or a later one did."""
        zone = ZoneInfo(self.reader.zone or "UTC")
        today = self.time.astimezone(zone).date()
        moment = falls(self.reader, _HOST, today)
        is_expected = self.reader.weekdays is not None or today.weekday() < 5
        if moment is not None and moment <= self.time and is_expected and reachable(self.reader, _HOST, self.time):
            assert self.last is not None
            assert self.last >= today or today in self.taken

    def _look(self) -> None:
        """Both schedulers read, then both take: the store lets one."""
        now = self.time + self.wrong
        last = self.last
        for _ in range(2):
            day = due(self.reader, _HOST, is_channel=False, last_slot=last, now=now)
            if day is not None and self._takes(day):
                self.taken.append(day)

    def _takes(self, day: date) -> bool:
        """As the store's script: a digest is queued once, and a day is taken once, but for one that is a week ahead."""
        if day in self.taken or (self.last is not None and day <= self.last < day + timedelta(days=7)):
            return False
        self.last = day
        return True


SlotsTest = Slots.TestCase
SlotsTest.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
