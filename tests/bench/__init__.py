"""Benches: each file of this folder measures one promise, as a ratio to a reference taken in the same run.

``run() -> Result`` is all that a bench is; ``__main__`` names them in a table, prints them and judges them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Machines differ and are shared: a bench fails only when its figure is worse than its limit by more than this share.
SLACK = 0.25


@dataclass(frozen=True, slots=True)
class Result:
    """What a bench measured. The figure and its limit are as they are; the slack is applied by ``failed`` alone."""

    bench: str
    figure: float
    limit: float
    #: What the figure is measured against, in words.
    reference: str
    #: The figure of every round, in the order they ran.
    runs: tuple[float, ...] = ()
    #: The figure must be at least the limit, not at most.
    at_least: bool = False
    #: Anything else worth printing: seconds, machine, memory.
    extra: Mapping[str, object] = field(default_factory=dict[str, object])
    #: Further promises that the same bench measured; each is judged as well.
    also: tuple[Result, ...] = ()

    @property
    def kept(self) -> bool:
        """The figure is within its limit, without slack."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    @property
    def failed(self) -> bool:
        """The figure, or one in ``also``, is beyond its limit by more than the slack."""
        over = self.figure < self.limit * (1 - SLACK) if self.at_least else self.figure > self.limit * (1 + SLACK)
        return over or any(one.failed for one in self.also)

    def as_json(self) -> dict[str, object]:
        """The object that ``--json`` prints."""
        return {
            "bench": self.bench,
            "figure": self.figure,
            "limit": self.limit,
            "reference": self.reference,
            "runs": list(self.runs),
            "at_least": self.at_least,
            "kept": self.kept,
            **self.extra,
            **({"also": [one.as_json() for one in self.also]} if self.also else {}),
        }
