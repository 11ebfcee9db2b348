"""Which of the store's keys a backup takes, and in which order: the bot may be writing meanwhile.

A key of ours is one thing or another by what stands behind its braces; of what is unknown here, a backup takes all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from bot.store import keys

#: What all keys of ours begin with.
OURS = "pb:{"

_KEY = re.compile(rb"pb:\{([^{}]+)\}:([a-z]+)(?::(.*))?", re.DOTALL)
_PAPERS = b"papers:0"
#: What processes share while they are at work: of no use to another store. The stream's tickets are made from what waits.
_LEFT_OUT = frozenset({b"lease", b"receipt", b"schema", b"history", b"outbox", b"parked"})
#: What says that something is still to be done, or was done up to here.
_TO_DO = frozenset({b"unmatched", b"acts", b"act", b"pending", b"learnt"})
#: Of these, what is read again when all records are: it may speak of some that came, or changed, meanwhile. Unmatched
#: papers are too, before all alerts.
_AGAIN = frozenset({b"acts", b"pending", b"learnt"})
_DONE = frozenset({b"dump", b"years", b"reached", b"settled", b"model", b"pages", b"calibrated"})
#: Of a reader's deliveries: what the outbox's scripts write together.
_OUTBOX = frozenset({b"ledger", b"sent", b"slots", b"deliveries", b"dead"})
_COUNTERS = frozenset({b"change", b"ordinal", b"place", b"fence"})
_SIGNS = frozenset({b"aliases", b"forwards", b"changes"})


class Turn(Enum):
    """When a key is read."""

    NEVER = "never"
    FIRST = "first"
    RECORDS = "records"
    SIGNS = "signs"
    #: A second time.
    AGAIN = "again"
    ALERTS = "alerts"
    COUNTERS = "counters"
    #: Not by itself: each reader's part at once.
    OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Named:
    """A key of ours, taken apart."""

    turn: Turn
    #: What it is: ``profile``, ``deliveries``; b"" for what is no key of ours.
    kind: bytes
    #: What stands behind that: a user, a medium; b"" for nothing.
    rest: bytes
    #: Braces and all, up to what it is.
    prefix: bytes

    def is_of(self, turn: Turn) -> bool:
        """Whether it is read then."""
        return turn is self.turn or (turn is Turn.AGAIN and self.kind in _AGAIN)


def named(key: bytes) -> Named:
    """What a key is, and when it is read."""
    found = _KEY.fullmatch(key)
    if not found:
        return Named(Turn.NEVER, b"", b"", b"")
    tag, kind, rest = found[1], found[2], found[3] or b""
    return Named(_turn(tag, kind), kind, rest, b"pb:{%s}:" % tag)


def _turn(tag: bytes, kind: bytes) -> Turn:
    if kind in _LEFT_OUT:
        return Turn.NEVER
    if tag != _PAPERS and kind in _OUTBOX:
        return Turn.OUTBOX
    if kind in _TO_DO or kind in _DONE:
        return Turn.FIRST
    if kind == b"alerts":
        return Turn.ALERTS
    if kind in _COUNTERS:
        return Turn.COUNTERS
    return Turn.SIGNS if kind in _SIGNS else Turn.RECORDS


#: What a store has in which nothing was ever stored: whoever opens it writes them.
_TRIVIAL = frozenset({keys.SCHEMA, keys.HISTORY, keys.FENCE, keys.MODEL, keys.SOURCES, keys.YEARS, keys.SERVED})
_TRIVIAL_KINDS = frozenset({b"lease", b"reached", b"settled", b"embedding"})


def is_trivial(key: bytes) -> bool:
    """Whether a store that holds nothing else counts as empty."""
    return key in {name.encode() for name in _TRIVIAL} or named(key).kind in _TRIVIAL_KINDS
