"""The commands that ask one thing of the bot: ingest, follow, unfollow, interests, alerts, search."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.padding import Padding
from rich.table import Table

from bot import cleaning, dumps, matching
from bot.identity import paper_url
from bot.ingest import PATIENCE
from bot.models import Alert, IngestReport, Paper, SearchHit, UserId
from bot.services import open_profiles, open_services
from bot.settings import Settings
from bot.terminal import rows, screen

_REFUSALS_SHOWN = 20


async def ingest(settings: Settings, paths: Sequence[Path], *, as_json: bool) -> int:
    """Take in the named dumps, or what stands in the inboxes; 1 if everything asked for was refused."""
    reports: list[IngestReport] = []
    with screen.progress(shown=not as_json) as report:
        async with open_services(settings) as services:
            if paths:
                reports.append(await services.ingest.files(dumps.named(paths), report=report))
            else:
                reports += [
                    await services.ingest.folder(folder, report=report, wait=PATIENCE) for folder in services.folders
                ]
    total = IngestReport(
        papers=sum(r.papers for r in reports),
        new=sum(r.new for r in reports),
        merged=sum(r.merged for r in reports),
        rejected=sum(r.rejected for r in reports),
        alerts=sum(r.alerts for r in reports),
        seconds=sum(r.seconds for r in reports),
        refusals=tuple(refusal for r in reports for refusal in r.refusals),
        growing=tuple(name for r in reports for name in r.growing),
    )
    show_refusals(total)
    for name in total.growing:
        screen.err().print(screen.plain(f"{name}: still being written; it is left for the next run.", "yellow"))
    if as_json:
        screen.print_json(rows.report(total))
    else:
        screen.out().print(
            f"[bold]{total.papers}[/] papers read: [bold green]{total.new}[/] new, {total.merged} known; "
            f"{total.rejected} refused; [bold]{total.alerts}[/] alerts queued in {total.seconds:.1f} s"
        )
    return 1 if total.refusals and not total.papers else 0


async def follow(settings: Settings, reader: str, what: str, *, name: str | None, weight: float, as_json: bool) -> int:
    """Add an interest and show the nearest stored papers."""
    async with open_services(settings) as services:
        followed = await services.curate.follow(UserId.parse(reader), what, name=name, weight=weight)
    if as_json:
        nearest = [rows.near(near.paper, near.closeness) for near in followed.nearest]
        screen.print_json({**rows.interest(followed.interest), "nearest": nearest})
        return 0
    verb = "wants less of" if followed.interest.weight < 0 else "follows"
    screen.out().print(screen.plain(f"{reader} {verb} “{followed.interest.name}”.", "bold"))
    if followed.nearest:
        screen.out().print("Nearest papers already stored:")
        for near in followed.nearest:
            show_paper(near.paper, matching.words(near.closeness))
    return 0


async def unfollow(settings: Settings, reader: str, interest: str, *, as_json: bool) -> int:
    """Remove an interest by its name or id."""
    async with open_profiles(settings) as profiles:
        removed = await profiles.unfollow(UserId.parse(reader), interest)
    if as_json:
        screen.print_json(rows.interest(removed))
    else:
        screen.out().print(screen.plain(f"{reader} no longer follows “{removed.name}”.", "bold"))
    return 0


async def interests(settings: Settings, reader: str, *, as_json: bool) -> int:
    """List what a reader follows."""
    async with open_profiles(settings) as profiles:
        profile = await profiles.get(UserId.parse(reader))
    if as_json:
        screen.print_rows(rows.interest(followed) for followed in profile.interests)
        return 0
    if not profile.interests:
        screen.out().print(screen.plain(f"{reader} follows nothing yet: paperbot follow {reader} “a phrase”"))
        return 0
    table = Table(title=screen.plain(f"{reader} follows"), title_justify="left")
    for heading in ("id", "name", "from", "weight"):
        table.add_column(heading)
    for followed in profile.interests:
        sign = "less" if followed.weight < 0 else "more"
        table.add_row(
            followed.id, screen.plain(followed.name), followed.kind.value, f"{sign}, {abs(followed.weight):g}"
        )
    screen.out().print(table)
    return 0


async def alerts(settings: Settings, reader: str, *, as_json: bool) -> int:
    """List a reader's alerts, newest first."""
    async with open_profiles(settings) as profiles:
        queued = await profiles.alerts(UserId.parse(reader))
    if as_json:
        screen.print_rows(rows.alert(alert, paper) for alert, paper in queued)
    elif not queued:
        screen.out().print(screen.plain(f"No alert for {reader} yet: they come with papers that arrive from now on."))
    else:
        show_alerts(queued)
    return 0


async def search(settings: Settings, query: str, limit: int, *, as_json: bool) -> int:
    """Search the stored papers."""
    async with open_services(settings) as services:
        answer = await services.search.papers(query, limit=limit)
    if as_json:
        screen.print_rows(rows.hit(hit) for hit in answer.hits)
        return 0
    if not answer.hits:
        screen.out().print("No stored paper answers this.")
    show_hits(answer.hits)
    for note in answer.notes:
        screen.out().print(screen.plain(note, "yellow"))
    return 0


def show_refusals(report: IngestReport) -> None:
    """What was refused, the first of it, on stderr."""
    for file, code, reason in report.refusals[:_REFUSALS_SHOWN]:
        screen.err().print(screen.plain(f"{file}: {reason} ({code})", "red"))
    if (more := len(report.refusals) - _REFUSALS_SHOWN) > 0:
        screen.err().print(f"[red]… and {more} more; `paperbot dump` shows each.[/]")


def show_alerts(queued: Sequence[tuple[Alert, Paper]]) -> None:
    """Each alert as a person reads it: title, reason, link."""
    for alert, paper in queued:
        show_paper(paper, alert.why, number="  • ")


def show_hits(hits: Sequence[SearchHit]) -> None:
    """Each answer as a person reads it: title, what is known, why it is here, link."""
    for hit in hits:
        show_paper(hit.paper, f"{facts(hit.paper)}{hit.why}", number=f"{hit.rank:>2}. ")


def show_paper(paper: Paper, line: str, *, number: str = "") -> None:
    """One paper: its title, one line about it, its link."""
    console = screen.out()
    url = paper_url(paper)
    indent = " " * max(2, len(number))
    title = screen.linked(cleaning.display(paper.title), url, "bold cyan")
    console.print(Padding(title, (0, 0, 0, len(indent))) if not number else screen.plain(number) + title)
    console.print(Padding(screen.plain(line, "green"), (0, 0, 0, len(indent))))
    # A link that is broken over lines cannot be clicked or copied.
    console.print(screen.plain(f"{indent}{url}", "dim"), soft_wrap=True)


def facts(paper: Paper) -> str:
    """“10 authors · 2024-10-23 · ” as far as it is known."""
    known: list[str] = []
    if paper.author_count:
        known.append("1 author" if paper.author_count == 1 else f"{paper.author_count} authors")
    if day := paper.day():
        known.append(day.isoformat())
    return "".join(f"{fact} · " for fact in known)
