"""Faults, one after the other, on a whole bot: real workers that are killed, real stores, a Slack that fails on demand.

``python -m tests.faults [--tenth] [--write FILE] [NAME…]``

    lives        workers as processes that cost a tenth of a second each, for they are forked from one that has imported all
    ground       one lane: a store's server, a stand-in for Slack and the settings of the workers between them
    standing     the stand-in, as a process of its own
    seeding      invented papers, readers and deliveries
    checking     what was queued against what Slack has: lost, duplicated
    scenarios    the table of faults; one module a theme beside it (servers that stand in for each other: ..server_groups)
    writing      the table of results, and deploy/RELIABILITY.md
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.ground import Ground


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fault."""

    #: Times that the fault happened.
    runs: int
    lost: int = 0
    duplicated: int = 0
    #: Further figures, in words.
    figure: str = ""
    #: What was promised and not kept, in sentences.
    broken: tuple[str, ...] = ()
    #: How many lost and duplicated messages the promise allows.
    lost_allowed: int = 0
    duplicated_allowed: int = 0

    @property
    def kept(self) -> bool:
        """Nothing beyond what is promised."""
        return not self.broken and self.lost <= self.lost_allowed and self.duplicated <= self.duplicated_allowed


#: Tells how far a scenario is: done, of so many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault and how it is made."""

    #: As the catalogue of faults numbers it.
    fault: str
    #: What breaks.
    what: str
    #: What is done here to break it, and what is promised.
    done: str
    promise: str
    #: How often in the whole run.
    times: int
    #: Runs it so often on a ground of its own.
    run: Callable[[Ground, int, Progress], Awaitable[Outcome]]
    #: How often in a tenth of it; None: a tenth, at least once.
    fewer: int | None = None
    #: Part of the tenth that the suite runs.
    in_suite: bool = True
    #: Further words by which it may be asked for.
    names: tuple[str, ...] = field(default=())

    def count(self, *, tenth: bool) -> int:
        """How often it is made."""
        if not tenth:
            return self.times
        return max(1, self.times // 10) if self.fewer is None else self.fewer
