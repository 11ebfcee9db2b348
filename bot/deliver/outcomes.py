"""What came of an attempt to deliver: one log line, and what is counted."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot import metrics
from bot.deliver.seams import DeliverReport
from bot.models import Delivery, Medium
from bot.store import Begin, Begun, Entry

log = logging.getLogger("bot.deliver")


class Outcome(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    #: An attempt of which nobody knew the end had sent it.
    FOUND = "found"
    LATER = "later"
    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DEAD = "dead"


@dataclass(slots=True)
class Attempt:
    """One attempt to deliver one message."""

    entry: Entry
    delivery: Delivery
    begin: Begin
    #: From when it is this attempt's, monotonic, in seconds: just before the ledger was asked.
    claimed: float
    #: Slack may have the message, from an attempt before this one; from this one.
    was_out: bool = False
    is_out: bool = False
    #: Monotonic, in seconds.
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        # Nobody can look for a letter, so one that is sent again may have arrived before.
        is_again = self.delivery.medium is Medium.EMAIL and self.begin.since_ms > 0
        self.was_out = self.begin.begun is Begun.LOOK_UP or is_again

    def seconds(self) -> float:
        """Since it is this attempt's; after ``lookup_after`` of them another may take it over."""
        return time.monotonic() - self.claimed

    def ended(self, report: DeliverReport, outcome: Outcome, *, ts: str = "", papers: int = 0, why: str = "") -> None:
        """Tell it, once."""
        delivery = self.delivery
        said: dict[str, object] = {
            "delivery_id": delivery.id,
            "team": delivery.reader.workspace,
            "kind": delivery.kind.value,
            "attempt": self.begin.tries,
            "outcome": outcome.value,
            "ts": ts,
            "ms": round((time.monotonic() - self.began) * 1000),
        }
        if why:
            said["why"] = why
        log.info("delivery", extra=said)
        metrics.DELIVERIES.labels(delivery.kind.value, outcome.value).inc()
        setattr(report, outcome.value, getattr(report, outcome.value) + 1)
        report.papers += papers


def observe_latency(delivery: Delivery, now: datetime) -> None:
    """From its queueing to Slack's answer; ``now`` is aware."""
    metrics.DELIVERY_LATENCY.labels(delivery.kind.value).observe(max(0.0, (now - delivery.queued).total_seconds()))
