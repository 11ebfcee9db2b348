"""How papers are shown at a terminal: title, one line about it, link; and what ingesting had to say."""

from __future__ import annotations

from collections.abc import Sequence

from bot import cleaning
from bot.identity import paper_url
from bot.models import Alert, IngestReport, Paper, SearchHit
from bot.terminal import screen

_SHOWN = 20


def show_alerts(queued: Sequence[tuple[Alert, Paper]]) -> None:
    """Each alert as a person reads it: title, reason, link."""
    for alert, paper in queued:
        show_paper(paper, alert.why, mark="  • ")


def show_hits(hits: Sequence[SearchHit]) -> None:
    """Each answer as a person reads it: title, what is known, why it is here, link."""
    for hit in hits:
        show_paper(hit.paper, f"{facts(hit.paper)}{hit.why}", mark=f"{hit.rank:>2}. ")


def show_paper(paper: Paper, line: str, *, mark: str = "  ") -> None:
    """One paper: its title behind ``mark``, then one line about it and its link, indented as deep."""
    indent = " " * len(mark)
    url = paper_url(paper)
    screen.print_hanging(screen.linked(cleaning.display(paper.title), url, "bold cyan"), mark)
    screen.print_hanging(screen.plain(line, "green"), indent)
    # A link that is broken over lines cannot be clicked or copied.
    screen.out().print(screen.plain(f"{indent}{url}", "dim"), soft_wrap=True)


def show_refusals(report: IngestReport) -> None:
    """What was refused, the first of it, on stderr."""
    _complain(report.refusals, "red")


def show_notices(report: IngestReport) -> None:
    """What is worth telling of dumps that were taken in, the first of it, on stderr."""
    _complain(report.notices, "yellow")


def _complain(told: Sequence[tuple[str, str, str]], style: str) -> None:
    for file, code, sentence in told[:_SHOWN]:
        screen.complain(f"{file}: {sentence} ({code})", style)
    if (more := len(told) - _SHOWN) > 0:
        screen.complain(f"… and {more} more; `paperbot dump` shows each.", style)


def facts(paper: Paper) -> str:
    """“10 authors · 2024-10-23 · ” as far as it is known."""
    known: list[str] = []
    if paper.author_count:
        known.append("1 author" if paper.author_count == 1 else f"{paper.author_count} authors")
    if day := paper.day():
        known.append(day.isoformat())
    return "".join(f"{fact} · " for fact in known)
