"""What asking a source came to so far."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.errors import PageError
from bot.models import FetchReport, PageState

#: How what is wrong with a page begins in which nothing can be read.
UNREADABLE = "cannot be read any more."
#: Papers without text that are looked up on their own in one look.
DETAILS = 20


@dataclass
class Tally:
    """Counts while a source is asked."""

    source: str
    pages: int = 0
    unchanged: int = 0
    new: int = 0
    entries: int = 0
    rejected: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    notices: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    drifts: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    #: Those of the pages that drifted in which nothing can be read.
    unreadable: set[str] = field(default_factory=set[str])
    #: Pages that came and are what they were.
    well: set[str] = field(default_factory=set[str])
    #: Pages of which something seems to be missing.
    partial: list[str] = field(default_factory=list[str])
    #: The page that is asked for first.
    first: str = ""
    details_left: int = DETAILS
    #: The last failure of a page.
    last: PageError | None = None
    _began: float = field(default_factory=time.monotonic)

    def fail(self, page: str, failure: PageError) -> None:
        """A page could not be had; the others go on."""
        self.failures.append((page, failure.sentence))
        self.last = failure

    def doubt(self, before: Iterable[PageState]) -> None:
        """What was wrong with these pages is told again, unless they came well, or were told of now."""
        told = self.well | {page for page, _ in self.drifts}
        still = [state for state in before if state.doubt and state.page not in told]
        self.drifts += [(state.page, state.doubt) for state in still]
        self.unreadable |= {state.page for state in still if state.doubt.startswith(UNREADABLE)}

    @property
    def had_nothing(self) -> bool:
        """Not one page could be had."""
        return self.last is not None and not (self.new or self.unchanged or self.drifts)

    def drift(self) -> str:
        """What is no longer what it was, in a sentence; "" where nothing is."""
        if not self.drifts:
            return ""
        page, what = self.drifts[0]
        more = len(self.drifts) - 1
        others = f" So it is with {more} more." if more else ""
        hint = f"If it is meant to be so, `paperbot fetch {self.source} --again` takes it as it is."
        if page in self.unreadable:
            hint = "If the site itself shows its papers as always, report it with that file."
        return f"The page {page} {what}{others} {hint}"

    def report(self) -> FetchReport:
        """The counts, and what was told."""
        return FetchReport(
            source=self.source,
            pages=self.pages,
            unchanged=self.unchanged,
            new=self.new,
            entries=self.entries,
            rejected=self.rejected,
            seconds=time.monotonic() - self._began,
            failures=tuple(self.failures),
            notices=tuple(self.notices),
            drift=self.drift(),
            is_behind=any(page == self.first for page, _ in self.failures),
        )
