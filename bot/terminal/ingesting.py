"""``paperbot ingest``: take in named dumps, or what stands in the inboxes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot import dumps
from bot.errors import FolderError
from bot.ingest import PATIENCE
from bot.models import IngestReport
from bot.progress import Report
from bot.services import Services, open_services
from bot.settings import Settings
from bot.terminal import rows, screen
from bot.terminal.papers import show_notices, show_refusals


async def ingest(settings: Settings, paths: Sequence[Path], *, as_json: bool) -> int:
    """Take in the named dumps, or what stands in the inboxes; 1 if everything asked for was refused."""
    failures: list[FolderError] = []
    files = dumps.named(paths)
    if paths and not files:
        screen.complain(screen.NO_FILES, "yellow")
    with screen.progress(quiet=as_json) as report:
        async with open_services(settings, report=report) as services:
            if paths:
                total = await services.ingest.files(files, report=report)
            else:
                total, failures = await _inboxes(services, report)
    for failure in failures:
        screen.complain(failure.sentence, "red")
    show_refusals(total)
    show_notices(total)
    for name in total.growing:
        screen.complain(f"{name}: still being written; it is left for the next run.", "yellow")
    if as_json:
        screen.print_json(rows.report(total))
    else:
        screen.out().print(
            f"[bold]{total.papers}[/] papers read: [bold green]{total.new}[/] new, {total.merged} known; "
            f"{total.rejected} refused; [bold]{total.alerts}[/] alerts queued in {total.seconds:.1f} s"
        )
    return 1 if (failures or total.refusals) and not total.papers else 0


async def _inboxes(services: Services, report: Report) -> tuple[IngestReport, list[FolderError]]:
    """One report for all inboxes; a folder that fails is told and the others are taken in all the same."""
    reports: list[IngestReport] = []
    failures: list[FolderError] = []
    for folder in services.folders:
        try:
            reports.append(await services.ingest.folder(folder, report=report, wait=PATIENCE))
        except FolderError as failure:
            failures.append(failure)
    total = IngestReport(
        papers=sum(r.papers for r in reports),
        new=sum(r.new for r in reports),
        merged=sum(r.merged for r in reports),
        rejected=sum(r.rejected for r in reports),
        alerts=sum(r.alerts for r in reports),
        seconds=sum(r.seconds for r in reports),
        refusals=tuple(refusal for r in reports for refusal in r.refusals),
        notices=tuple(notice for r in reports for notice in r.notices),
        growing=tuple(name for r in reports for name in r.growing),
    )
    return total, failures
