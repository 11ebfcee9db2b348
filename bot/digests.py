"""Composes a digest: alerts that are delivered together to one reader, a person or a channel."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bot.matching import ALIKE, claims
from bot.models import Alert, Digest, UserId

_Vectors = Mapping[str, NDArray[np.float32]]
_NONE: Mapping[str, NDArray[np.float32]] = MappingProxyType({})
_EQUAL: Mapping[str, float] = MappingProxyType({})


def compose(
    reader: UserId,
    alerts: Iterable[Alert],
    cap: int,
    *,
    first: int | None = None,
    shares: Mapping[str, float] = _EQUAL,
    vectors: _Vectors = _NONE,
) -> Digest:
    """At most ``cap`` papers, each once, strongest first; the ``first`` of them, which are seen first, among themselves.

    ``alerts`` may be those of several readers, as in a channel's digest: a paper is told with its strongest alert.
    Places are dealt to the interests by their ``shares`` (by interest id, 1 where none is told) and the strength of
    their papers, as everywhere: each goes to the one whose next paper has the largest of ``matching.claims``.
    ``vectors`` are the papers' unit vectors by id: what is ``ALIKE`` to a paper that has a place waits for all that is
    not. Which is the strongest, ``strongest_first`` says.
    """
    best: dict[str, Alert] = {}
    for alert in sorted(alerts, key=strongest_first):
        best.setdefault(alert.paper_id, alert)
    chosen = list(islice(_dealt(best.values(), shares, vectors), max(0, cap)))
    seen_first = cap if first is None else max(0, first)
    told = (*sorted(chosen[:seen_first], key=strongest_first), *sorted(chosen[seen_first:], key=strongest_first))
    return Digest(reader=reader, alerts=told, left_out=len(best) - len(told))


def strongest_first(alert: Alert) -> tuple[float, float, str, str, str]:
    """What alerts are sorted by: how near the reader is told that they are, then strength; ties are settled.

    Strength alone is measured anew for each ingest run, so those of two runs would stand in another order than what is
    said of them.
    """
    closeness = alert.closeness
    # Of a fact, and among few papers, no share is told: then it is that of the rank.
    share = 1 - closeness.rank / max(1, closeness.corpus) if closeness.closer_than is None else closeness.closer_than
    return (-share, -alert.strength, alert.paper_id, alert.interest_id, str(alert.reader))


def _dealt(alerts: Iterable[Alert], shares: Mapping[str, float], vectors: _Vectors) -> Iterator[Alert]:
    """The alerts, strongest first, in the order in which they get places."""
    waiting: defaultdict[tuple[UserId, str], deque[Alert]] = defaultdict(deque)
    for alert in alerts:
        waiting[alert.reader, alert.interest_id].append(alert)
    places: Counter[tuple[UserId, str]] = Counter()
    given: list[NDArray[np.float32]] = []
    alike: list[Alert] = []
    while waiting:
        # Of equal claims the strongest paper's comes first.
        firsts = [first[0] for first in waiting.values()]
        claim = claims(
            np.array([shares.get(one.interest_id, 1.0) for one in firsts], np.float32),
            np.array([one.strength for one in firsts]),
            np.array([places[one] for one in waiting]),
        )
        _, _, interest = min(zip(-claim, map(strongest_first, firsts), waiting, strict=True))
        alert = waiting[interest].popleft()
        if not waiting[interest]:
            del waiting[interest]
        vector = vectors.get(alert.paper_id)
        if vector is not None and given and float(np.max(np.stack(given) @ vector)) >= ALIKE:
            alike.append(alert)
            continue
        if vector is not None:
            given.append(vector)
        places[interest] += 1
        yield alert
    yield from alike
