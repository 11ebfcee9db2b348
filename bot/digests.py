"""Composes a digest: alerts that are delivered together to one reader, a person or a channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bot.models import Alert, Digest, UserId


def compose(reader: UserId, alerts: Iterable[Alert], cap: int) -> Digest:
    """At most ``cap`` papers, strongest first, each once.

    ``alerts`` may be those of several readers, as in a channel's digest: a paper is told with its strongest alert.
    Places are dealt to the interests in turn, each turn by strength, so that every interest is seen before one of
    them is seen twice. Which is the strongest, ``strongest_first`` says.
    """
    best: dict[str, Alert] = {}
    for alert in sorted(alerts, key=strongest_first):
        best.setdefault(alert.paper_id, alert)
    seen: defaultdict[tuple[UserId, str], int] = defaultdict(int)
    turns: list[tuple[int, Alert]] = []
    for alert in best.values():
        interest = (alert.reader, alert.interest_id)
        turns.append((seen[interest], alert))
        seen[interest] += 1
    turns.sort(key=lambda dealt: dealt[0])
    chosen = sorted((alert for _, alert in turns[:cap]), key=strongest_first)
    return Digest(reader=reader, alerts=tuple(chosen), left_out=len(best) - len(chosen))


def strongest_first(alert: Alert) -> tuple[float, float, str, str, str]:
    """What alerts are sorted by: how near the reader is told that they are, then strength; ties are settled.

    Strength alone is measured anew for each ingest run, so those of two runs would stand in another order than what is
    said of them.
    """
    closeness = alert.closeness
    # Of a fact, and among few papers, no share is told: then it is that of the rank.
    share = 1 - closeness.rank / max(1, closeness.corpus) if closeness.closer_than is None else closeness.closer_than
    return (-share, -alert.strength, alert.paper_id, alert.interest_id, str(alert.reader))


def by_interest(digest: Digest) -> tuple[tuple[str, tuple[Alert, ...]], ...]:
    """The digest's alerts under the names of their interests; the interest with the strongest alert comes first."""
    groups: dict[str, list[Alert]] = {}
    for alert in digest.alerts:
        groups.setdefault(alert.interest_name, []).append(alert)
    return tuple((name, tuple(group)) for name, group in groups.items())
